// Hardhat compiles with npm's own solc, so that no compiler is downloaded; version and settings stand in contracts/solc.json.
import { createRequire } from "node:module";
import { globSync, readFileSync } from "node:fs";
import { cached } from "./scripts/solc_cache.js";

const require = createRequire(import.meta.url);
const compiler = JSON.parse(readFileSync(new URL("./contracts/solc.json", import.meta.url), "utf8"));
const shipped = { version: compiler.version, path: require.resolve("solc/soljson.js"), settings: compiler.settings };

// Tests take contracts from their artifacts (tests/contracts/ContractTest.sol), so they need no optimiser of their own,
// which takes minutes. Those of libraries compile the library into the test, and are compiled as it ships.
const quick = { ...shipped, settings: { evmVersion: compiler.settings.evmVersion, optimizer: { enabled: false } } };
const tests = globSync("tests/contracts/**/*.sol", { cwd: import.meta.dirname });
// The registry is asked in passing and written to seldom: it is compiled for size (scripts/compile_contracts.py does the same).
const smaller = Object.entries(compiler.runs).flatMap(([folder, runs]) => {
  const settings = { ...compiler.settings, optimizer: { ...compiler.settings.optimizer, runs } };
  return globSync(`${folder}**/*.sol`, { cwd: import.meta.dirname }).map((path) => [path, { ...shipped, settings }]);
});
const settingsOf = (path) => (path.startsWith("tests/contracts/lib/") ? shipped : quick);

// Hardhat compiles files together that share one settings object, and makes one anew for each override.
const together = {
  resolveUserConfig: async (user, resolveVariable, next) => {
    const config = await next(user, resolveVariable);
    for (const { overrides } of Object.values(config.solidity.profiles)) {
      const first = new Map();
      for (const [path, settings] of Object.entries(overrides)) {
        const text = JSON.stringify(settings);
        if (!first.has(text)) first.set(text, settings);
        overrides[path] = first.get(text);
      }
    }
    return config;
  },
};

const remembered = {
  invokeSolc: async (context, solc, input, settings, next) => {
    const compile = async () => JSON.stringify(await next(context, solc, input, settings));
    return JSON.parse(await cached(solc.longVersion, JSON.stringify(input), compile));
  },
};

const handlers = (category) => async () => ({ default: async () => category });
// Where two Hardhats run at a time, each writes to a folder of its own.
const build = process.env.LIVELEDGER_HARDHAT_BUILD || "./build/hardhat";

// How much the tests of contracts try: `make fuzz` asks for more than every run does.
const number = (name, usual) => Number(process.env[`LIVELEDGER_${name}`] || usual);

export default {
  plugins: [{ id: "liveledger", hookHandlers: { config: handlers(together), solidity: handlers(remembered) } }],
  solidity: {
    compilers: [shipped],
    overrides: Object.fromEntries([...smaller, ...tests.map((path) => [path, settingsOf(path)])]),
  },
  paths: {
    sources: "./contracts",
    tests: { solidity: "./tests/contracts" },
    artifacts: `${build}/artifacts`,
    cache: `${build}/cache`,
  },
  test: {
    solidity: {
      // Cases worked out by hand, which the tests of the formulas run too.
      fsPermissions: { readDirectory: ["ledger_node/liveledger/rules"] },
      fuzz: { runs: number("FUZZ_RUNS", 256), seed: "0x4c4c" },
      invariant: { runs: number("INVARIANT_RUNS", 32), depth: number("INVARIANT_DEPTH", 24), failOnRevert: true },
    },
  },
};
