# Every target sets up what it needs, from nothing: Python 3.11+ (with venv), Node 20+ and npm, make.
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
UI := src/yiwang/web/ui
CONFIG ?=
SECONDS ?= 600
export PYTHONPATH :=

.PHONY: help setup up test quick check fix bench fuzz conformance ui clean debian-packages lock

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: .make/python .make/ui .make/kernels ## virtual environment, locked dependencies, front end, compiled kernels

.make/python: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "yiwang needs Python 3.11 or newer: apt-get install python3 python3-venv" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "yiwang needs Python 3.11 or newer; $(PYTHON) is older" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python has no venv module: apt-get install python3-venv" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip sync -q --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps -e . uv==$(UV_VERSION)
	@mkdir -p .make && touch $@

UI_SOURCES := $(shell find $(UI) -path $(UI)/node_modules -prune -o -type f -print 2>/dev/null)

.make/node: $(UI)/package-lock.json
	@command -v npm >/dev/null || { echo "yiwang needs Node 20 or newer with npm to build its pages" >&2; exit 2; }
	npm --prefix $(UI) ci --no-audit --no-fund --loglevel=error
	@mkdir -p .make && touch $@

.make/ui: .make/node $(UI_SOURCES)
	npm --prefix $(UI) run --silent build
	@mkdir -p .make && touch $@

.make/kernels: .make/python $(wildcard src/yiwang/kernels/*.py src/yiwang/mpegts/packet.py)
	$(BIN)/python -m yiwang.services.warm_up
	@mkdir -p .make && touch $@

up: setup ## run the network (CONFIG=file.toml; without it the demo of two regions)
	$(BIN)/yiwang up $(CONFIG)

debian-packages:
	scripts/debian-packages.sh

test: setup debian-packages check ## everything: checks, then every test
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(PYTEST_ARGS)
	npm --prefix $(UI) run --silent test

quick: setup ## the tests that take seconds
	$(BIN)/python -m pytest -n 2 -m "not slow and not browser and not netns"

check: .make/python .make/node ## ruff, mypy strict, floors, spelling, front end types and rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell src tests docs README.md CONTRIBUTING.md CHANGELOG.md
	npm --prefix $(UI) run --silent check

fix: .make/python ## format and mend what can be mended by a program
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup debian-packages ## measure: CPU and memory against ffmpeg, latency, kernels
	$(BIN)/python -m bench

conformance: setup debian-packages ## docs/conformance.md: each stream of each real capture, packaged, beside what ffmpeg reads in the capture
	$(BIN)/python -m tests.differential.conformance

fuzz: .make/python .make/kernels ## wrong octets for every parser, for SECONDS (600); what is new in them is kept in var/fuzz
	$(BIN)/python -m tests.fuzz.run $(SECONDS)

lock: ## resolve the Python dependencies anew
	$(BIN)/uv pip compile -q pyproject.toml --extra ocr --group dev --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 -o requirements.lock

clean: ## all that was made
	rm -rf .venv .make $(UI)/node_modules src/yiwang/web/static
