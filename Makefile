# `make demo` and `make test` do all the set-up themselves; the rest is for those who work on LiveLedger.
.DEFAULT_GOAL := help
.PHONY: help setup demo try test test-slow fuzz faults bench lint slither contracts bindings lock wheel fsck up down doctor
BIN := .venv/bin
HARDHAT := node_modules/.bin/node node_modules/hardhat/dist/src/cli.js
# Python keeps what it compiled, whatever the shell says: else each of its processes compiles every package anew.
export PYTHONDONTWRITEBYTECODE =

help: ## This list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## Python packages, node modules, engines (cached)
	@scripts/setup

demo: setup ## Run real trading days through a real chain and verify the answers
	@$(BIN)/liveledger demo

try: setup ## Three answers of the demo in one page that checks them: build/try.html
	@$(BIN)/python scripts/try_bundles.py build/try
	@node_modules/.bin/node api/try_page/build.js build/try build/try.html

test: setup ## Contracts' and Python tests
	@scripts/test-programs
	@scripts/run-tests

test-slow: setup ## The tests that take minutes (whole year of data, long idle, many kills)
	@$(BIN)/python -m pytest -m slow

fuzz: setup ## Contracts' tests with 4,096 inputs each, invariants over 160 runs of 48 calls (about ten minutes)
	@$(HARDHAT) build --quiet
	@LIVELEDGER_FUZZ_RUNS=4096 LIVELEDGER_INVARIANT_RUNS=160 LIVELEDGER_INVARIANT_DEPTH=48 $(HARDHAT) test solidity

faults: setup ## Break a network of four in every way that docs/faults.md lists (about forty minutes)
	@$(BIN)/python -m pytest tests/faults -m network -k 'not quick'

bench: setup ## Measure the ledger beside PostgreSQL and its own engine (docs/benchmarks.md; about 40 minutes)
	@scripts/test-programs bench
	@$(BIN)/python scripts/bench.py

lint: setup ## ruff, mypy, layers, declared packages, solhint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry ledger_node api oracles
	@$(BIN)/deptry --ignore DEP002,DEP004 examples scripts tests
	@node_modules/.bin/node node_modules/.bin/solhint 'contracts/**/*.sol' --max-warnings 0

slither: setup ## Static analysis of the contracts: what it finds is explained in docs/contracts-analysis.md
	@$(BIN)/python scripts/slither.py

contracts: setup ## Compile the contracts
	@$(HARDHAT) build

bindings: setup ## Generate the Python bindings of the contracts anew
	@$(BIN)/python scripts/generate_bindings.py

lock: setup ## Pin anew what pyproject.toml asks for (three locks)
	@scripts/lock

wheel: setup ## Build the wheel into dist/
	@scripts/wheel

fsck: setup ## Rebuild the index from the chain and compare
	@$(BIN)/liveledger fsck

up: setup ## Keep a node and the API running
	@$(BIN)/liveledger up

down: setup ## Stop what `make up` started
	@$(BIN)/liveledger down

doctor: setup ## What is here, which version, what is missing
	@$(BIN)/liveledger doctor
