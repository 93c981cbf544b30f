# make chat      install, index corpus/, open the chat page
# make test      install, run the tests
# make help      the rest

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Both spellings: older versions of pip read the first for building too, newer ones the second.
export PIP_CONSTRAINT       := $(CURDIR)/constraints.txt
export PIP_BUILD_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: chat test test-slow gate lint types shots fix install wheel clean help

chat: $(VENV)/installed
	$(BIN)/sourcier index corpus
	$(BIN)/sourcier chat

test: $(VENV)/installed-dev
	$(BIN)/pytest -n 2 --dist loadfile

test-slow: $(VENV)/installed-dev  ## the tests that take half a minute or more
	$(BIN)/pytest -m slow

gate: $(VENV)/installed  ## hold the answers to our own questions to eval/gate.txt
	$(BIN)/sourcier eval --archive corpus eval/questions/dev.jsonl --gate eval/gate.txt

lint: $(VENV)/installed-dev  ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-dev  ## mypy, strict
	$(BIN)/mypy

shots: $(VENV)/installed-dev  ## pictures of every view of the page, into shots/
	$(BIN)/python tests/shots.py

fix: $(VENV)/installed-dev  ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

install: $(VENV)/installed  ## only install

wheel: $(VENV)/installed  ## build the wheel into dist/
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

clean:  ## forget the virtual environment and the index
	rm -rf $(VENV) .sourcier build dist *.egg-info

help:
	@sed -n '1,2s/^# //p' $(MAKEFILE_LIST)
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1	\2/p' $(MAKEFILE_LIST) | expand -t 15

# A stamp is written last, so that an install that was cut short is done again.
$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@
