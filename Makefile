# Needs Python 3.11 or newer with venv, and make; everything else comes from requirements.lock into .venv/.
# Three commands on a fresh machine:  make demo   make test   make up

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
BIN := .venv/bin
PORT ?= 8097
JOBS ?= 3
UP_ARGS ?=
BENCH_ARGS ?=
# loadscope keeps the tests of one file on one worker, so that a server started for a file is started once
TEST_ARGS ?= -n $(JOBS) --dist loadscope --no-loadscope-reorder

.PHONY: help setup demo test fuzz node sdks long up check lint types imports docs lock clean contracts released bench

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

# --- environment ------------------------------------------------------------------------------------------------------
# Most modules of most packages are never imported: Python compiles those that are, when they are.
.venv/.locked: requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (Debian: apt install python3-venv)" >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	@touch $@

.venv/.ready: .venv/.locked pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: .venv/.ready ## create .venv from requirements.lock

# --- use --------------------------------------------------------------------------------------------------------------
demo: .venv/.ready ## play the stories in a sandbox of their own and compare every figure
	@$(BIN)/yibaobox demo

up: .venv/.ready ## serve on 127.0.0.1:8097 until Ctrl-C
	@exec $(BIN)/yibaobox up --port $(PORT) $(UP_ARGS)

# --- checks -----------------------------------------------------------------------------------------------------------
check: lint types imports docs test ## everything that .ci/run asks for

lint: .venv/.ready ## ruff, the Dockerfile, the compose file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --diff .
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

types: .venv/.ready ## mypy, strict
	$(BIN)/mypy

imports: .venv/.ready ## directions of imports; what is imported is declared
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry services mocks

contracts: .venv/.ready ## contracts/*.yaml from the code
	$(BIN)/yibaobox contract export contracts

released: contracts ## contracts/*.yaml kept as those of this version
	$(BIN)/yibaobox contract export contracts/released/$$($(BIN)/python -c "import yibaobox; print(yibaobox.__version__)")

docs: .venv/.ready ## pages in docs/_build
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet --fresh-env --builder html docs docs/_build/html

test: .venv/.ready ## all tests but the long ones
	$(BIN)/python -m pytest $(TEST_ARGS) -m "not long"

node: .venv/.ready ## the gateways' SDKs from npm, for the tests that drive them (Node and npm must be there)
	@$(BIN)/python tests/support/nodejs.py

sdks: .venv/.ready ## the gateways' SDKs that need an environment of their own, for the tests that drive them
	@$(BIN)/python tests/support/pythons.py

fuzz: .venv/.ready ## every operation of every contract by chance; SCHEMATHESIS_SEED=… repeats a run
	SCHEMATHESIS_SEED=$${SCHEMATHESIS_SEED:-$$RANDOM} $(BIN)/python -m pytest -s -m "not long" tests/contracts/test_by_chance.py

long: .venv/.ready ## the tests that take minutes
	$(BIN)/python -m pytest -m long

.venv/.bench: requirements-bench.lock .venv/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@

bench: .venv/.bench ## measure: a table, a plot and JSON in build/bench (BENCH_ARGS=--quick for a coarse look)
	@$(BIN)/python -m loadtests.bench $(BENCH_ARGS)

# --- upkeep -----------------------------------------------------------------------------------------------------------
lock: ## resolve requirements*.lock anew
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	build/lock/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
		--extra pg --extra bulk --extra dev --extra build \
		--generate-hashes --no-emit-index-url --no-header --output-file requirements.lock
	build/lock/bin/uv pip compile pyproject.toml --quiet --universal --extra pg --extra bench --python-version 3.11 \
		--constraints requirements.lock --no-annotate \
		--generate-hashes --no-emit-index-url --no-header --output-file requirements-bench.lock
	build/lock/bin/uv pip compile pyproject.toml --quiet --universal --extra pg --extra build --python-version 3.11 \
		--constraints requirements.lock --no-annotate \
		--generate-hashes --no-emit-index-url --no-header --output-file requirements-run.lock

clean: ## remove the environment, builds and caches
	rm -rf .venv build dist docs/_build .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find services mocks tests docs -name __pycache__ -type d -prune -exec rm -rf {} +
