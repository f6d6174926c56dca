# A fresh machine needs Python 3.11 or newer and make; the rest is installed into .venv.
# PYTHON=/path/to/python chooses the interpreter for a new .venv.

SHELL := /bin/sh
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest -n 2
FIND_PYTHON = for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done

.PHONY: help demo test test-long test-matrix lint format docs bench bench-quick chromium javascript pgbouncer wrk peers \
	clean

help:
	@echo "make demo       serve the example at http://127.0.0.1:8000"
	@echo "make test       run every test, the long ones in their short form"
	@echo "make test-long  run every test at full length"
	@echo "make test-matrix  run them on the oldest and newest frameworks and Pythons"
	@echo "make lint       check style, types, import rules and dependencies"
	@echo "make format     put the code into the house style"
	@echo "make docs       build the documentation into site/"
	@echo "make bench      measure qscope and its peers, half an hour; writes the page in docs/"
	@echo "make bench-quick  the main ones, in two minutes; leaves the page alone"
	@echo "make clean      remove what the other targets made; var/ stays"

# The driver of another database than SQLite is an extra that carries the name of the URL's scheme.
DATABASE_EXTRA := $(filter postgresql turso,$(firstword $(subst :, ,$(QSCOPE_DATABASE_URL))))

demo: .venv/example $(DATABASE_EXTRA:%=.venv/%)
	@$(BIN)/python -m example_app

test: .venv/test chromium javascript pgbouncer
	$(PYTEST) -m "not long"

# schemathesis and what it needs are for the long run only.
test-long: .venv/fuzz chromium javascript pgbouncer
	$(PYTEST)

# The oldest and the newest of what is supported, on each Python; PYTHONS="3.12" names others.
PYTHONS := 3.11 3.12 3.13

test-matrix: $(BIN)/python
	@$(BIN)/python -m tests.matrix $(PYTHONS)

lint: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright --warnings
	$(BIN)/lint-imports
	$(BIN)/deptry .

format: .venv/test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/docs
	$(BIN)/mkdocs build --strict

bench: .venv/bench wrk peers
	$(BIN)/python -m benchmarks --parts servers,growth,timing,memory --servers all \
		--rounds 3 --seconds 3 --page

bench-quick: .venv/bench wrk peers
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv tests/interop/node_modules benchmarks/servers/node/node_modules site dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# One stamp for each set of extras, renewed when pyproject.toml changes.
.venv/example .venv/postgresql .venv/turso .venv/test .venv/fuzz .venv/docs .venv/bench: .venv/%: pyproject.toml | $(BIN)/python
	@echo "Installing qscope[$*] into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@

$(BIN)/python:
	@python=$${PYTHON:-$$($(FIND_PYTHON))}; \
	if [ -z "$$python" ]; then \
		echo "qscope needs Python 3.11 or newer: install it, or run make PYTHON=/path/to/python3." >&2; \
		exit 1; \
	fi; \
	"$$python" -m venv .venv || { rm -rf .venv; \
		echo "No .venv could be made with $$python; on Debian or Ubuntu: apt-get install python3-venv." >&2; \
		exit 1; }

# The browser tests drive the system's Chromium and are skipped, with the reason, without it.
chromium:
	@for name in chromium chromium-browser google-chrome; do \
		command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser tests ..."; \
		{ apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium; } \
			>/dev/null 2>&1 && exit 0; \
	fi; \
	echo "Chromium is not there and cannot be installed here: the browser tests will be skipped."

# Client libraries in JavaScript, and the server that Turso replicas follow; their tests are skipped,
# with the reason, without Node.
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
	echo "The JavaScript clients cannot be installed here: their tests will be skipped."

# Tests go through it in transaction mode, and are skipped, with the reason, without it.
pgbouncer:
	@{ command -v pgbouncer || ls /usr/sbin/pgbouncer; } >/dev/null 2>&1 && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing PgBouncer for the tests ..."; \
		{ apt-get update -qq && apt-get install -qq -y --no-install-recommends pgbouncer; } \
			>/dev/null 2>&1 && { service pgbouncer stop >/dev/null 2>&1 || :; } && exit 0; \
	fi; \
	echo "PgBouncer is not there and cannot be installed here: its tests will be skipped."

# The load of the benchmarks; they say what to do when it is not there.
wrk:
	@if ! command -v wrk >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing wrk for the benchmarks ..."; \
		{ apt-get update -qq && apt-get install -qq -y --no-install-recommends wrk; } \
			>/dev/null 2>&1 || echo "wrk cannot be installed here."; \
	fi

# node-oidc-provider, with the Node release it is measured on; left out where there is no npm.
peers:
	@cd benchmarks/servers/node; \
	cmp -s package-lock.json node_modules/.installed && exit 0; \
	echo "Installing node-oidc-provider ..."; \
	{ npm ci && cp package-lock.json node_modules/.installed; } >/dev/null 2>&1 && exit 0; \
	echo "node-oidc-provider cannot be installed here: it will be left out."
