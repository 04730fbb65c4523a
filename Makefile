# The menu: everything that a person, a pre-commit hook or CI runs is a target here.

VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run-installed
DEV := $(VENV)/.dev-installed

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench fuzz reference tables lock clean

help: ## Show this menu
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(RUN) ## Start Ownkey and a pretend Atlassian; goes on where it stopped; ARGS=--fresh begins anew
	@$(BIN)/ownkey demo --home .demo $(ARGS)

test: $(DEV) ## Run the tests, browser walks included; make test ARGS=tests/cli runs some
	@scripts/install-chromium
	@scripts/install-clients
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(DEV) ## Style, types, import contracts, templates, migrations, deployment settings
	@scripts/check

format: $(DEV) ## Lay out the code as make check wants it
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

bench: $(DEV) ## Measure, and print what was measured beside the goals
	@$(BIN)/python bench/run.py $(ARGS)

fuzz: $(DEV) ## Fuzz router, decoder and link rewriter for some minutes; ARGS="--minutes 5"
	@$(BIN)/python scripts/fuzz.py $(ARGS)

reference: $(DEV) ## Write the pages of docs/reference that are made from the code
	@$(BIN)/python scripts/write_reference.py

tables: $(DEV) ## Write the tables of a fresh database as the migrations make them
	@$(BIN)/python scripts/write_fresh_tables.py

lock: $(DEV) ## Pin the newest releases that pyproject.toml allows, and run the tests on them
	@scripts/lock --upgrade
	@$(MAKE) --no-print-directory test check

clean: ## Remove what these targets made
	rm -rf $(VENV) .venv-clients tests/clients/node_modules tests/oidc/node_modules build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(RUN): requirements/run.txt requirements/installer.txt pyproject.toml scripts/install scripts/environment
	@scripts/install requirements/run.txt
	@touch $@

$(DEV): requirements/dev.txt requirements/installer.txt pyproject.toml scripts/install scripts/environment
	@scripts/install requirements/dev.txt
	@touch $(RUN) $@
