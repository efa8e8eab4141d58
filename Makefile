# Two commands do everything on a fresh machine with Python 3.11 or newer, make and git:
#   make demo    the main job on the sample register, told step by step
#   make test    every check there is
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTHON ?= python3

.PHONY: help setup demo test lint types layers tests bench format lock wheel docs clean

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup: $(STAMP) ## the virtual environment, from the lock

# The lock is installed by hash; a machine without a usable Python fails here, by name.
$(STAMP): requirements-dev.lock pyproject.toml
	@for candidate in "$(PYTHON)" python3.13 python3.12 python3.11; do \
	    if "$$candidate" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        found="$$candidate"; break; fi; done; \
	if [ -z "$${found:-}" ]; then \
	    echo "make: Python 3.11 or newer with the venv module is needed (try: make PYTHON=/path/to/python3)" >&2; exit 1; fi; \
	echo "Setting up $(VENV) with $$("$$found" --version)"; \
	"$$found" -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	touch $(STAMP)

demo: setup ## the main job, end to end, in about a minute
	$(BIN)/rajaus demo

# Types and layers keep one core busy for a minute: they run beside the tests.
test: lint ## every check: lint, types, layers, tests, wheel
	$(MAKE) --jobs=3 types layers tests

lint: setup ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## mypy, strict
	$(BIN)/mypy

layers: setup ## import-linter: the layers hold
	$(BIN)/lint-imports

# Compiled modules are kept, whatever the caller's shell says: two workers and many child processes load them.
tests: setup ## pytest on two cores, the built wheel included
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n 2 --dist worksteal --durations=10

format: setup ## let ruff put things right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## speed and memory, as ratios in one run
	$(BIN)/python -m bench

lock: setup ## resolve the lock files anew
	scripts/lock.sh $(BIN)/uv

wheel: setup ## dist/rajaus-*.whl
	rm -rf dist
	$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null
	@ls dist

docs: setup ## rewrite the generated tables in docs/
	$(BIN)/python scripts/document.py

clean: ## everything that can be made again
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache rajaus-demo
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
