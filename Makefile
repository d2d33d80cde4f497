# make demo   a finished experiment in a few minutes, from nothing but Python 3.11 or newer
# make check  style, types and the quick tests, in a minute: while one works
# make test   installs what tests need, browsers included, and runs them all, after what make check looks at

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable
SUDO = $(shell [ "$$(id -u)" = 0 ] || command -v sudo)

PYTEST = $(BIN)/python -m pytest --numprocesses logical --maxprocesses 8 --dist loadfile --no-loadscope-reorder

.PHONY: demo check test clean

demo: $(VENV)/.installed
	$(BIN)/python -m generator build --exp 3
	@echo
	@echo "Look at it:  $(BIN)/python -m generator serve"

check: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(PYTEST) -m "not slow and not browser"

test: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m tests.browser --install
	$(PYTEST)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed and this is %d.%d: name another with make PYTHON=python3.12" % sys.version_info[:2] or 0)'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
		|| { command -v apt-get >/dev/null && $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq python3-venv; } \
		|| { echo "$(PYTHON) cannot make virtual environments: install its venv package (on Debian: python3-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(INSTALL) .
	@touch $@

$(VENV)/.installed-test: $(VENV)/bin/python pyproject.toml
	$(INSTALL) '.[test]'
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) dist private artifacts report .mypy_cache
