// Hardhat compiles with npm's own solc, so that no compiler is downloaded; version and settings stand in contracts/solc.json.
import { createRequire } from "node:module";
import { globSync, readFileSync } from "node:fs";

const require = createRequire(import.meta.url);
const compiler = JSON.parse(readFileSync(new URL("./contracts/solc.json", import.meta.url), "utf8"));
const shipped = { version: compiler.version, path: require.resolve("solc/soljson.js"), settings: compiler.settings };

// Tests take contracts from their artifacts (tests/contracts/ContractTest.sol), so they need no optimiser of their own,
// which takes minutes. Those of libraries compile the library into the test, and are compiled as it ships.
const quick = { ...shipped, settings: { evmVersion: compiler.settings.evmVersion, optimizer: { enabled: false } } };
const tests = globSync("tests/contracts/**/*.sol", { cwd: import.meta.dirname }).filter(
  (path) => !path.startsWith("tests/contracts/lib/"),
);

export default {
  solidity: {
    compilers: [shipped],
    overrides: Object.fromEntries(tests.map((path) => [path, quick])),
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
