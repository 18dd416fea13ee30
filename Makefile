# The two commands are `make demo` and `make test`; both set up what they need. `make` alone says what there is.
PYTHON_BIN := .venv/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo up lint format test test-quick test-kafka test-fault fault bench docs golden lock clean

help: ## say what there is
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo '  ARGS="…" is handed on, e.g. make demo ARGS="--once --cases 200 --json"'

.venv/runtime: deploy/lock/runtime.txt deploy/lock/install pyproject.toml
	@deploy/lock/install runtime && touch $@

.venv/dev: deploy/lock/dev.txt deploy/lock/install pyproject.toml
	@deploy/lock/install dev && touch .venv/runtime $@

setup: .venv/dev ## make .venv with everything for development

demo: .venv/runtime ## run the hub on a real Kafka with simulated agencies; Ctrl-C stops it
	@$(PYTHON_BIN)/hub demo $(ARGS)

up: .venv/runtime ## start broker, registry, workers and gateway with deploy/samarinda, and stay
	@$(PYTHON_BIN)/hub up $(ARGS)

lint: .venv/dev ## check style, types and the house's plan
	$(PYTHON_BIN)/ruff check .
	$(PYTHON_BIN)/ruff format --check .
	$(PYTHON_BIN)/mypy
	$(PYTHON_BIN)/lint-imports --no-cache

format: .venv/dev ## let ruff write the code as it should stand
	$(PYTHON_BIN)/ruff check --fix .
	$(PYTHON_BIN)/ruff format .

test: .venv/dev ## run every test: quick ones, on a real Kafka, and under fault
	$(PYTHON_BIN)/pytest -n 2 --dist loadfile $(ARGS)

test-quick: .venv/dev ## run the tests that need no Kafka, in seconds
	$(PYTHON_BIN)/pytest -n 2 --dist loadfile -m "not kafka" tests/unit tests/laws tests/scenario tests/golden tests/house tests/docs $(ARGS)

test-kafka: .venv/dev ## run the tests on a real Kafka
	$(PYTHON_BIN)/pytest tests/kafka tests/contract tests/docs/test_joining.py $(ARGS)

test-fault: .venv/dev ## kill workers at random under load, as `make test` does
	$(PYTHON_BIN)/pytest tests/fault $(ARGS)

fault: .venv/dev ## kill workers for longer: 200 kills unless HUB_FAULT_KILLS says otherwise
	HUB_FAULT_KILLS=$${HUB_FAULT_KILLS:-200} $(PYTHON_BIN)/pytest -s --timeout 7200 tests/fault $(ARGS)

bench: .venv/dev ## measure, beside a bare loop and a plain faust agent; ARGS="--quick" for 4 minutes
	@$(PYTHON_BIN)/python -m tests.bench $(ARGS)

docs: .venv/dev ## write the generated pages of docs/ anew
	$(PYTHON_BIN)/python -m hub.cli.reference > docs/cli.md
	$(PYTHON_BIN)/python -m hub.cli.reference metrics > docs/metrics.md
	$(PYTHON_BIN)/python -m hub.cli.reference procedures docs/procedures
	$(PYTHON_BIN)/python -m hub rehearse deploy/samarinda --week 2025-03-24 --cases 5000 --seed 7 --picture docs/mall.svg > /dev/null

golden: .venv/dev ## decide the kept cases of tests/golden anew; read the difference before you commit it
	$(PYTHON_BIN)/python -m tests.golden

lock: ## write the lock files anew from pyproject.toml (needs uv)
	@deploy/lock/relock $(ARGS)

clean: ## remove .venv and what runs left behind; data in .hub stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
