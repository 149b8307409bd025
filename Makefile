# Each target sets up .venv by itself, and reinstalls only when pyproject.toml, requirements.txt or
# Python changed. Without make: `python -m minitorch.dev demo`, `... test`, `... lint`.

PYTHON ?= python3

# The file itself, not `-m minitorch.dev`, which would first import whatever Numba this Python has;
# -I, because the folder of a script must not shadow the standard library's modules.
DEV = $(PYTHON) -I minitorch/dev.py

.PHONY: help demo test lint
.DEFAULT_GOAL := help

help:
	@echo "make demo   train a network on handwritten digits, runs/digits/report.png shows the result"
	@echo "make test   run all tests"
	@echo "make lint   run ruff, mypy and import-linter"
	@echo "PYTHON=python3.13 chooses another Python, MINITORCH_VENV=folder another environment."

demo:
	$(DEV) demo

test:
	$(DEV) test

lint:
	$(DEV) lint
