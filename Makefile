# The commands that people rely on. `make up` and `make test` work on a fresh machine with python3 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MAKEFLAGS += --no-print-directory

.PHONY: env up fast test proofs mutants rows lint check bench clean

env: $(VENV)/.made

# pip comes with the venv; else from virtualenv; else a pip of the machine installs into the venv from outside.
$(VENV)/.made: pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Signoff needs Python 3.11 or newer: there is no $(PYTHON)." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Signoff needs Python 3.11 or newer; set PYTHON=python3.x" >&2; exit 1; }
	@echo "Making the environment in $(VENV): a minute or so the first time."
	@if $(BIN)/python -c '' 2>/dev/null; then :; \
	elif $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then $(PYTHON) -m venv --clear $(VENV); \
	elif $(PYTHON) -m virtualenv --version >/dev/null 2>&1; then $(PYTHON) -m virtualenv --quiet --clear $(VENV); \
	elif $(PYTHON) -m pip --version >/dev/null 2>&1; then $(PYTHON) -m venv --clear --without-pip $(VENV); \
	else echo "This Python cannot make environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; fi
	@pip="$(BIN)/python -m pip"; $$pip --version >/dev/null 2>&1 || pip="$(PYTHON) -m pip --python $(BIN)/python"; \
	$$pip install --quiet --no-input --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

up: env
	@$(BIN)/python -m bot.cli up

# While you work: what starts no process of its own, with few generated cases.
fast: env
	@HYPOTHESIS_PROFILE=fast $(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

test: env
	@$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder

# The same tests at full size: 200 rounds of each race, 10,000 deliveries, 5,000 drafts, all generated cases.
proofs: env
	@HYPOTHESIS_PROFILE=full $(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder

# Small changes to a room of core, and whether its own tests notice: make mutants ROOM=core/reviewers ONLY='*7'
mutants: env
	@$(BIN)/python -c 'import mutmut.stats' 2>/dev/null || $(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check -c constraints.txt -e '.[mutants]'
	@$(BIN)/python -m tests.mutants $(ROOM) $(if $(ONLY),--only '$(ONLY)')

# The same for the rows of a module's tables, which mutmut leaves alone: make rows FILE=core/mail/reasons.py
rows: env
	@$(BIN)/python -m tests.mutants_of_tables $(FILE)

lint: env
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

check: lint test

bench: env
	@$(BIN)/python -m tests.bench

clean:
	@rm -rf $(VENV) build dist *.egg-info
