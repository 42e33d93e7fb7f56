// Hardhat compiles with npm's own solc, so that no compiler is downloaded; version and settings stand in contracts/solc.json.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(import.meta.url);
const compiler = JSON.parse(readFileSync(new URL("./contracts/solc.json", import.meta.url), "utf8"));

export default {
  solidity: {
    version: compiler.version,
    path: require.resolve("solc/soljson.js"),
    settings: compiler.settings,
  },
  paths: {
    sources: "./contracts",
    tests: { solidity: "./tests/contracts" },
    artifacts: "./build/hardhat/artifacts",
    cache: "./build/hardhat/cache",
  },
  test: {
    solidity: {
      fuzz: { runs: 256, seed: "0x4c4c" },
      invariant: { runs: 32, depth: 24, failOnRevert: true },
    },
  },
};
