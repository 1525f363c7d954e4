PYTHON ?= python3
BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test notebooks bench bench-studies bench-labs lint clean

help:  ## show these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: .venv/.core  ## install the simulator and run a first scenario
	$(BIN)/paddock run bad-sysctl --out out/bad-sysctl

test: .venv/.dev  ## run all tests, fast ones first; those on containers need an engine
	$(BIN)/python -m pytest -m "not engine"
	$(BIN)/python -m pytest -m "engine and not own_engine"
	$(BIN)/python -m pytest -m own_engine -n 0

notebooks: .venv/.dev  ## run the notebooks again and keep what they say and show
	$(BIN)/python -m tests.notebooks.execution

bench: .venv/.dev  ## measure the simulator's speed
	$(BIN)/python -m tests.benchmarks.bench

bench-studies: .venv/.dev  ## measure how fast studies are, on all cores
	$(BIN)/python -m tests.benchmarks.study

bench-labs: .venv/.dev  ## lay the times of twenty runs of a lab over simulated ones (needs an engine)
	$(BIN)/python -m tests.benchmarks.labs

lint: .venv/.dev  ## check the style of the code
	$(BIN)/python -m ruff check .

clean:  ## remove all that the other commands made
	rm -rf .venv out build *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A half-made environment is removed, so that the next try starts afresh.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo '$(PYTHON) must be Python 3.11 or newer; name another: make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -m venv .venv \
	  || { rm -rf .venv; echo '$(PYTHON) -m venv failed: apt install python3-venv' >&2; exit 1; }

# The stamps: installed once, and again when the requirements change.
.venv/.core: pyproject.toml | .venv/bin/python
	$(PIP_INSTALL) --editable .
	@touch $@

.venv/.dev: pyproject.toml | .venv/bin/python
	$(PIP_INSTALL) --editable '.[dev]'
	@touch .venv/.core $@
