# `make help` lists what there is. Everything runs in .venv, which is made on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
WORKERS ?= 2
IS_NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
.DEFAULT_GOAL := help
.PHONY: help demo up test quick faults check fix lint types pictures messages bench requirements clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(INSTALLED): requirements-dev.txt
	@$(BIN)/python -c 'import pip; $(IS_NEW_ENOUGH)' 2>/dev/null || { \
		$(PYTHON) -c '$(IS_NEW_ENOUGH)' 2>/dev/null || { \
			echo "Newsroom needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another, as in: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }; \
		$(PYTHON) -m venv --clear $(VENV) || { \
			echo "There can be no $(VENV) without the modules venv and ensurepip. On Debian: apt install python3-venv" >&2; exit 1; }; }
	@echo "Installing into $(VENV) (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

demo: $(INSTALLED) ## the whole service on loopback; ONCE=1 ends after the summary, READERS=25, FEED=path-or-url
	@READERS="$(READERS)" FEED="$(FEED)" ONCE="$(ONCE)" $(BIN)/python -m tools.demo

up: $(INSTALLED) ## web, workers and beat for development, on the local servers
	@NEWSROOM_MODE=$${NEWSROOM_MODE:-development} $(BIN)/python manage.py up

test: $(INSTALLED) ## every test, on real PostgreSQL and Redis
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

quick: $(INSTALLED) ## the tests that need no server
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal --quick $(ARGS)

faults: $(INSTALLED) ## 20,000 readers and twenty kills, with twenty seeds: half an hour
	FAULTS=long $(BIN)/python -m pytest -m fault tests/faults $(ARGS)

check: lint types ## what CI checks beside the tests

lint: $(INSTALLED) ## ruff, djlint, import-linter, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint --quiet templates
	NEWSROOM_MODE=test $(BIN)/lint-imports
	NEWSROOM_MODE=test $(BIN)/python manage.py makemigrations --check --dry-run

types: $(INSTALLED) ## mypy, strict
	NEWSROOM_MODE=test $(BIN)/mypy .

fix: $(INSTALLED) ## format, and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pictures: $(INSTALLED) ## mails and pages as PNG files under var/pictures (needs Chromium); ARGS="readers --languages fr" for some
	@NEWSROOM_MODE=test $(BIN)/python -m tools.pictures $(ARGS)

messages: $(INSTALLED) ## take new strings into locale/, compile, and list what wants a translation
	@NEWSROOM_MODE=test DJANGO_SETTINGS_MODULE=newsroom.settings $(BIN)/python -m tools.catalogues

bench: $(INSTALLED) ## what delivery costs, in tables (docs/performance.md); ARGS=--full adds a million readers
	@$(BIN)/python -m benchmarks all $(ARGS)

requirements: $(INSTALLED) ## lock the dependencies of pyproject.toml by hash
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--output-file requirements.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--extra dev --output-file requirements-dev.txt pyproject.toml

clean: ## remove what the demo, the tests and development have made
	rm -rf var/bench var/demo var/development var/test var/pictures .pytest_cache .mypy_cache .ruff_cache
