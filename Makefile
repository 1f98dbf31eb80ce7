# Every target works from a fresh clone: it makes .venv first if need be. CI calls the same ones.
PYTHON ?= python3.11
BIN := .venv/bin
STAMP := .venv/.installed
SERVICE_TESTS := $(wildcard tests/integration tests/e2e)

.DEFAULT_GOAL := help
.PHONY: help install accelerate run test test-integration lint types bench bench-scale lock up down clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

install: $(STAMP) ## .venv with everything in it, every package checked against its locked hash

$(STAMP): requirements-dev.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

accelerate: $(STAMP) ## compile the scoring core, if a C compiler is here; all works without
	$(BIN)/python -m agents.accelerate

run: $(STAMP) ## the whole system on this machine, no services needed: sample traffic to sales-ready events
	$(BIN)/intent up

test: $(STAMP) ## all tests; those whose service is missing skip here and fail where CI=true
	@status=0; \
	$(BIN)/python -m pytest -q -n auto --ignore=tests/integration --ignore=tests/e2e tests || status=1; \
	$(if $(SERVICE_TESTS),$(BIN)/python -m pytest -q -n auto --dist loadfile tests/integration || status=1; $(BIN)/python -m pytest -q tests/e2e || status=1;) \
	exit $$status

test-integration: $(STAMP) ## only the tests that start a broker, Redis, Prometheus or a browser
	$(BIN)/python -m pytest -q $(SERVICE_TESTS)

lint: $(STAMP) ## ruff, and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
types: $(STAMP) ## mypy --strict
	$(BIN)/mypy

bench: $(STAMP) ## our worker beside other engines, same log, broker and core; ten minutes
	$(BIN)/python -m bench
bench-scale: $(STAMP) ## cost as accounts and history grow, memory, recovery, latency; minutes
	$(BIN)/python -m bench scale

lock: $(STAMP) ## resolve again: requirements-dev.lock, and of it what an image needs
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	  --all-extras pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	  --extra rocksdb --extra accelerator --extra build -c requirements-dev.lock pyproject.toml -o requirements.lock

up: ## the same with real Kafka, Redis and Prometheus, in containers
	docker compose -f deploy/compose.yaml up --build
down: ## stop the containers and forget their data
	docker compose -f deploy/compose.yaml down --volumes

clean: ## remove what the targets made
	rm -rf .venv .accelerator dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
