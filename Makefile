# Requires Python 3.11 or newer and make; everything else is installed into .venv.
# PYTHON=/path/to/python selects the interpreter for a new .venv.

SHELL := /bin/sh
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest -n 2
FIND_PYTHON = for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done

.PHONY: help demo test test-long test-matrix lint format docs bench bench-quick chromium javascript pgbouncer wrk peers \
	clean

help:
	@echo "make demo         run the example at http://127.0.0.1:8000"
	@echo "make test         run all tests, with the long ones shortened"
	@echo "make test-long    run all tests at full length"
	@echo "make test-matrix  run the tests on the oldest and newest frameworks and Pythons"
	@echo "make lint         check style, types, imports, dependencies, spelling and wording"
	@echo "make format       format the code"
	@echo "make docs         build the documentation into site/"
	@echo "make bench        benchmark qscope and its peers (half an hour) and update the page in docs/"
	@echo "make bench-quick  run the main benchmarks (two minutes) without updating the page"
	@echo "make clean        remove what the other targets created, except var/"

# The driver of a database other than SQLite is an extra named after the URL's scheme.
DATABASE_EXTRA := $(filter postgresql turso,$(firstword $(subst :, ,$(QSCOPE_DATABASE_URL))))

demo: .venv/example $(DATABASE_EXTRA:%=.venv/%)
	@$(BIN)/python -m example_app

test: .venv/test chromium javascript pgbouncer
	$(PYTEST) -m "not long"

# Only the long run needs schemathesis and its dependencies.
test-long: .venv/fuzz chromium javascript pgbouncer
	$(PYTEST)

# The oldest and newest supported versions, on each Python; PYTHONS="3.12" selects others.
PYTHONS := 3.11 3.12 3.13

test-matrix: $(BIN)/python
	@$(BIN)/python -m tests.matrix $(PYTHONS)

# What the checks of spelling and wording cover.
PROSE := $(wildcard *.md) Makefile mkdocs.yml pyproject.toml docs example_app qscope_store \
	qscope_integrations benchmarks tests

lint: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright --warnings
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/codespell -D - -D tests/prose/words.txt $(PROSE)
	$(BIN)/python -m tests.prose $(PROSE)

format: .venv/test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/docs
	$(BIN)/mkdocs build --strict
	$(BIN)/python -m tests.reference.site site

bench: .venv/bench wrk peers
	$(BIN)/python -m benchmarks --parts servers,growth,timing,memory --servers all \
		--rounds 3 --seconds 3 --page

bench-quick: .venv/bench wrk peers
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv tests/interop/node_modules benchmarks/servers/node/node_modules site dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# One stamp per extra, renewed when pyproject.toml changes.
.venv/example .venv/postgresql .venv/turso .venv/test .venv/fuzz .venv/docs .venv/bench: .venv/%: pyproject.toml | $(BIN)/python
	@echo "Installing qscope[$*] into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@

$(BIN)/python:
	@python=$${PYTHON:-$$($(FIND_PYTHON))}; \
	if [ -z "$$python" ]; then \
		echo "qscope requires Python 3.11 or newer: install it, or run make PYTHON=/path/to/python3." >&2; \
		exit 1; \
	fi; \
	"$$python" -m venv .venv || { rm -rf .venv; \
		echo "Could not create .venv with $$python; on Debian or Ubuntu: apt-get install python3-venv." >&2; \
		exit 1; }

# The browser tests use the system's Chromium. Without it they are skipped, with the reason.
chromium:
	@for name in chromium chromium-browser google-chrome; do \
		command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser tests ..."; \
		{ apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium; } \
			>/dev/null 2>&1 && exit 0; \
	fi; \
	echo "Chromium is missing and cannot be installed: the browser tests will be skipped."

# JavaScript client libraries, and the primary of the Turso replicas. Without Node their tests are
# skipped, with the reason.
javascript:
	@if ! command -v npm >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Node for the JavaScript clients ..."; \
		{ apt-get update -qq && apt-get install -qq -y --no-install-recommends nodejs npm; } \
			>/dev/null 2>&1; \
	fi; \
	cd tests/interop; \
	cmp -s package-lock.json node_modules/.installed && exit 0; \
	echo "Installing the JavaScript clients ..."; \
	{ npm ci --ignore-scripts --no-audit --no-fund && \
		cp package-lock.json node_modules/.installed; } >/dev/null 2>&1 && exit 0; \
	echo "The JavaScript clients cannot be installed: their tests will be skipped."

# Tests use PgBouncer in transaction mode. Without it they are skipped, with the reason.
pgbouncer:
	@{ command -v pgbouncer || ls /usr/sbin/pgbouncer; } >/dev/null 2>&1 && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing PgBouncer for the tests ..."; \
		{ apt-get update -qq && apt-get install -qq -y --no-install-recommends pgbouncer; } \
			>/dev/null 2>&1 && { service pgbouncer stop >/dev/null 2>&1 || :; } && exit 0; \
	fi; \
	echo "PgBouncer is missing and cannot be installed: its tests will be skipped."

# The load generator of the benchmarks. Without it they stop and say what to install.
wrk:
	@if ! command -v wrk >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing wrk for the benchmarks ..."; \
		{ apt-get update -qq && apt-get install -qq -y --no-install-recommends wrk; } \
			>/dev/null 2>&1 || echo "wrk cannot be installed."; \
	fi

# node-oidc-provider and the Node release that it is measured on; skipped without npm.
peers:
	@cd benchmarks/servers/node; \
	cmp -s package-lock.json node_modules/.installed && exit 0; \
	echo "Installing node-oidc-provider ..."; \
	{ npm ci && cp package-lock.json node_modules/.installed; } >/dev/null 2>&1 && exit 0; \
	echo "node-oidc-provider cannot be installed: it will be skipped."
