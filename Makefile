# Every target sets itself up; `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
URL ?=
CONFIG ?=
DATA ?= ../shared/data
EXAMPLES ?= 1000
CHAOS_S ?= 600

PROFILE ?= full
K6_OUT ?= bench-results/k6

.PHONY: help up down demo status backup restore test test-all coverage check slo load contract chaos audit format lock bench bench-energy train clean

help: ## List every target
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# uv checks every wheel against the hashes in the lock file. Bytecode is compiled once here:
# a dozen processes import the same modules at every start, three times faster so.
.venv/.bootstrap: requirements/bootstrap.lock
	@echo "making .venv"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "brAInwav needs Python 3.11 or newer, not " + sys.version.split()[0])'
	@$(PYTHON) deployments/preflight/checks.py .
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock
	@touch $@

.venv/.runtime: .venv/.bootstrap requirements/runtime.lock
	@echo "installing the locked dependencies (about 6 GB with torch's CUDA packages)"
	@$(BIN)/uv pip install --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/runtime.lock
	@touch $@

.venv/.dev: .venv/.runtime requirements/dev.lock
	@echo "installing the locked development tools"
	@$(BIN)/uv pip install --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/dev.lock
	@touch $@

# `pip install -e .` with what the lock file has: nothing is downloaded.
.venv/.command: .venv/.runtime pyproject.toml
	@$(BIN)/uv pip install --quiet --offline --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@touch $@

up: .venv/.command ## Start the service, index the demonstration catalogue and show a first search
	@$(BIN)/brainwav up $(if $(CONFIG),--config "$(CONFIG)")
	@$(BIN)/brainwav demo $(if $(URL),--url "$(URL)")

down: ## Stop what `make up` started, and nothing else
	@if [ -x $(BIN)/brainwav ]; then $(BIN)/brainwav down; elif [ -x $(BIN)/python ]; then $(BIN)/python scripts/down.py; else echo "nothing was running"; fi

demo: .venv/.command ## Index the catalogue and search it again, on a running service
	@$(BIN)/brainwav demo $(if $(URL),--url "$(URL)")

status: .venv/.command ## Say what runs, where it answers and how its components are
	@$(BIN)/brainwav status $(if $(URL),--url "$(URL)")

backup: .venv/.command ## Copy everything the service remembers, while it runs (TO=folder or .tar.gz)
	@$(BIN)/brainwav backup $(if $(CONFIG),--config "$(CONFIG)") $(if $(TO),--to "$(TO)")

restore: .venv/.command ## Put a backup back where the configuration says (FROM=backup, FORCE=1)
	@$(BIN)/brainwav restore "$(FROM)" $(if $(CONFIG),--config "$(CONFIG)") $(if $(FORCE),--force)

# One more than there are cores: some tests wait for processes that they started.
TEST_WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
test: .venv/.dev ## Run the quick tests: some minutes
	@$(BIN)/python -m pytest -m "not cluster and not slow" --numprocesses $(TEST_WORKERS) --dist loadfile

test-all: .venv/.dev ## Run the other tests, on clusters and under load: most of an hour
	@$(BIN)/python -m pytest -m "cluster or slow"

coverage: .venv/.dev ## Run the quick tests and tell which branches they never take, by package
	@$(BIN)/python -m pytest -m "not cluster and not slow" --numprocesses $(TEST_WORKERS) --dist loadfile \
		--cov --cov-report=json:bench-results/coverage.json --cov-report=
	@$(BIN)/python -m scripts.dev.branch_coverage bench-results/coverage.json

check: .venv/.dev ## Format, lint, types, dependency direction, configuration, tests that cannot fail
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/basedpyright --level error
	@$(BIN)/python -m tests.name_vacuous
	@$(BIN)/python -m deployments.cli check serve_config.yaml $(wildcard deploy/*.yaml)

slo: .venv/.dev ## Write the alert rules, k6 thresholds and dashboard anew from reliability/slos.yaml
	@$(BIN)/python -m scripts.dev.generate_slo

load: .venv/.dev ## Hold the running service to its objectives under load (k6; about 8 minutes)
	@$(BIN)/python -m scripts.dev.load --url $(or $(URL),http://127.0.0.1:8000) --profile $(PROFILE) --out $(K6_OUT)

contract: .venv/.dev ## Send requests made from the OpenAPI document, for some minutes, to every route
	@CONTRACT_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest tests/http/test_contract.py

chaos: .venv/.runtime ## Let faults happen under load for ten minutes: is anything lost? (root for all of them)
	@$(BIN)/python -m scripts.chaos --seconds $(CHAOS_S)

audit: .venv/.dev ## Look up the locked dependencies in the vulnerability database (needs a network)
	@$(BIN)/python -m scripts.dev.audit

format: .venv/.dev ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: .venv/.dev ## Write the lock files anew from pyproject.toml (versions and hashes only)
	@scripts/lock.sh

bench: .venv/.runtime ## Measure everything against its baseline in the same run (most of an hour)
	@$(BIN)/python -m scripts.bench --data $(DATA)

bench-energy: .venv/.runtime ## Measure what energy adds up to and what each mode saves (about 40 minutes)
	@$(BIN)/python -m scripts.bench.energy

train: .venv/.dev ## Train the picture tower of the embedded model anew
	@$(BIN)/python -m scripts.dev.train_demo_clip

clean: down ## Stop, and delete the index, the logs and the state
	@rm -rf .brainwav
