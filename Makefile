# Zhulian 筑联. `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
export ZHULIAN_HOME ?= $(CURDIR)/.home

.PHONY: help setup demo test test-long lint format bench shots locks clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.base ## Make .venv with the `zhulian` command, and the front end
$(VENV)/.base: requirements/base.lock package-lock.json pyproject.toml scripts/setup.sh scripts/build_front.mjs verifier/verify.js verifier/zhulian_verify.py
	@scripts/setup.sh base "$(PYTHON)"
	@touch $@

$(VENV)/.dev: $(VENV)/.base requirements/dev.lock
	@scripts/setup.sh dev "$(PYTHON)"
	@touch $@

demo: setup ## Make a town, load it, assess it and serve it (PORT=8000, ZHULIAN_HOME=.home)
	@exec $(VENV)/bin/zhulian demo --port $(PORT)

test: $(VENV)/.dev ## Everything the tests need (PostgreSQL, Chromium), then all tests
	@scripts/setup.sh system "$(PYTHON)"
	@$(VENV)/bin/python scripts/run_tests.py

test-long: $(VENV)/.dev ## The long forms: 1,000 kills, the full oracle, a 1 GB file
	@scripts/setup.sh system "$(PYTHON)"
	@ZHULIAN_LONG=1 $(VENV)/bin/python scripts/run_tests.py

lint: $(VENV)/.dev ## ruff, mypy, import contracts, audit of the dependencies
	@$(VENV)/bin/python scripts/run_tests.py lint

format: $(VENV)/.dev ## Format the code
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .

bench: $(VENV)/.dev ## Each figure of the README with its yardstick, in one run (SIZE=small|usual|nation, PARTS="peers nation")
	@$(VENV)/bin/python benchmarks/run.py --size $(or $(SIZE),usual) $(PARTS)

shots: $(VENV)/.dev ## Screenshots of the docs, made anew
	@$(VENV)/bin/python scripts/shots.py

locks: ## Resolve the lock files anew (hashes, no index addresses)
	@scripts/setup.sh locks "$(PYTHON)"

clean: ## Remove what was built; the data in ZHULIAN_HOME stay
	@rm -rf $(VENV) node_modules src/zhulian/server/static/vendor build dist .mypy_cache .ruff_cache .pytest_cache
