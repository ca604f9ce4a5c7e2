# Everything a new machine needs is Python 3.11 or later, make and the package registries.
PYTHON ?= python3
BIN := .venv/bin
TESTS ?= tests

.PHONY: run test test-long install lint bench docs clean

run: .venv/.installed
	$(BIN)/polytrunk demo

install: .venv/.installed

test: .venv/.dev
	$(BIN)/pytest -n 2 --dist loadfile -m "not long"

test-long: .venv/.dev
	$(BIN)/pytest -n 2 --dist worksteal -m long

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.dev
	$(BIN)/polytrunk bench

docs: .venv/.dev
	$(BIN)/python -m tests.support.generate

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/.dev: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch .venv/.installed $@

clean:
	rm -rf .venv build *.egg-info
