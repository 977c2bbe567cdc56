# Fyr: two commands, `make run` and `make test`; `make help` names the rest.
#
# Everything below works on a fresh Debian or Ubuntu machine with Python 3.11+, make and a network, and installs what
# is missing. What was built once is not built again: real files are the targets where there are any, and stamps in
# .make/ where there are none. PYTHON=/path/to/python3.12 chooses the interpreter that .venv is made with.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

VENV := .venv
BIN := $(VENV)/bin
BOOTSTRAP := scripts/bootstrap.sh
PAGE := src/fyr/serve/page/index.html
HOST ?= 127.0.0.1
PORT ?= 8000
PYTEST_ARGS ?=
export PYTHON
export NO_MKDOCS_2_WARNING := 1

# A Node of our own, when the machine has none that is new enough, lies in .venv/node (scripts/bootstrap.sh node).
export PATH := $(CURDIR)/$(VENV)/node/bin:$(PATH)

WEB_SOURCES := $(shell [ -d web ] && find web \( -name node_modules -o -name test-results \) -prune -o -type f -print)
KERNELS := $(shell grep -rl --include='*.py' njit src/fyr/treat src/fyr/imaging)
DOCS_SOURCES := mkdocs.yml $(shell find docs scripts -type f) $(shell find src/fyr -name '*.py' -o -name '*.yaml')

# ---------------------------------------------------------------------------------------------------- the commands

.PHONY: help
help: ## what can be made (this list)
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: .make/installed .make/kernels $(PAGE) ## the demonstration hospital on http://127.0.0.1:8000 (HOST=, PORT=)
	@exec $(BIN)/fyr demo --host $(HOST) --port $(PORT)

.PHONY: test
test: .make/installed .make/test-tools .make/flower check web-check $(PAGE) ## everything: lint, types, import rules, page, documents, all tests (PYTEST_ARGS=)
	$(BIN)/pytest -q -n auto --dist worksteal $(PYTEST_ARGS)

.PHONY: check
check: .make/installed ## in seconds: format, lint, types, import rules, the lock
	@$(MAKE) --no-print-directory -j 2 --keep-going --output-sync=target check-format check-lint check-types check-imports check-lock

.PHONY: bench
bench: .make/installed ## every headline figure beside its peer, in the same run
	@set -e; for script in benchmarks/[a-z]*.py; do \
		[ -e "$$script" ] || { echo "there are no benchmarks yet"; break; }; \
		echo "== $$script"; $(BIN)/python "$$script"; done

.PHONY: docs
docs: .make/docs ## the documents, built into site/ (any broken link is an error)

.PHONY: format
format: .make/installed ## rewrite the Python files the way check-format wants them
	$(BIN)/ruff format
	$(BIN)/ruff check --fix-only --quiet

.PHONY: lock
lock: .make/installed ## bring requirements.lock in step with pyproject.toml
	$(BIN)/python scripts/lock.py write

.PHONY: clean
clean: ## remove everything that was built; keeps .venv and web/node_modules
	rm -rf .make site dist src/fyr/serve/page web/test-results
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests benchmarks scripts -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: distclean
distclean: clean ## clean, and .venv, .venv-flower and web/node_modules too
	rm -rf $(VENV) .venv-flower web/node_modules

# ---------------------------------------------------------------------------------------------- the parts of check

.PHONY: check-format check-lint check-types check-imports check-lock web-check
check-format: .make/installed
	$(BIN)/ruff format --check --quiet || { echo "some files are not formatted as agreed: run make format" >&2; exit 1; }

check-lint: .make/installed
	$(BIN)/ruff check --quiet

check-types: .make/installed
	$(BIN)/mypy --no-error-summary

check-imports: .make/installed
	@$(BIN)/lint-imports > .make/imports.log 2>&1 || { cat .make/imports.log >&2; exit 1; }

check-lock: .make/installed
	$(BIN)/python scripts/lock.py check

web-check: .make/web-check

# ------------------------------------------------------------------------------------------------------- the files

$(VENV)/pyvenv.cfg:
	$(BOOTSTRAP) venv $(VENV)

.make/dependencies: requirements.lock $(VENV)/pyvenv.cfg
	@mkdir -p .make
	$(BIN)/python scripts/install.py
	@touch $@

.make/installed: pyproject.toml .make/dependencies
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.make/kernels: scripts/compile_kernels.py .make/dependencies $(KERNELS) | .make/installed
	$(BIN)/python scripts/compile_kernels.py
	@touch $@

.make/node: $(BOOTSTRAP) scripts/node.lock $(VENV)/pyvenv.cfg
	@mkdir -p .make
	$(BOOTSTRAP) node $(VENV)
	@touch $@

.make/test-tools: $(BOOTSTRAP) .make/dependencies
	@mkdir -p .make
	$(BOOTSTRAP) test-tools $(VENV)
	@touch $@

.make/flower: scripts/flower.py scripts/flower.lock .make/dependencies
	@mkdir -p .make
	$(BIN)/python scripts/flower.py install
	@touch $@

web/node_modules/.package-lock.json: web/package-lock.json .make/node
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(PAGE): $(WEB_SOURCES) web/node_modules/.package-lock.json
	cd web && npm run --silent build -- --logLevel warn
	@touch $@

.make/web-check: $(WEB_SOURCES) web/node_modules/.package-lock.json
	cd web && npm run --silent check && npm run --silent test
	@touch $@

.make/docs: $(DOCS_SOURCES) .make/installed
	@# not --quiet: it would hide the warnings from --strict too
	$(BIN)/mkdocs build --strict > .make/docs.log 2>&1 || { cat .make/docs.log >&2; exit 1; }
	@touch $@
