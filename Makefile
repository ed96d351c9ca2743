# make repro | make test | make lint | make bench | make paper SAVEE=... MELD=...
# Each first builds .venv from pyproject.toml and constraints.txt; STRICT=1 pins what strict.env names.

PYTHON ?= python3
BIN := $(CURDIR)/.venv/bin
# DVC starts each stage as `python -m stages.<name>`: the environment's python, also where none is activated.
export PATH := $(BIN):$(PATH)

ifeq ($(STRICT),1)
include strict.env
export $(shell sed -n 's/^\([A-Z_]*\)=.*/\1/p' strict.env)
endif

.PHONY: repro test lint bench paper

repro: .venv/installed
	python -m fdan.preflight
	dvc repro
	@echo "Tables: reports/tables/table1.md ... table4.md   Figures: reports/figures   Does the paper hold up? reports/audit.md"

test: lint
	pytest

lint: .venv/installed
	ruff format --check .
	ruff check .
	mypy

# What is fast and against what, in about five minutes; also in build/bench.json.
bench: .venv/installed
	python -m benchmarks

# The paper's own numbers, on the real corpora. The CNN rows take weeks on a CPU, hours with a GPU.
paper: .venv/installed
	@test -d "$(SAVEE)" -a -d "$(MELD)" || { echo "usage: make paper SAVEE=/data/SAVEE MELD=/data/MELD" >&2; exit 2; }
	python -m fdan.preflight --weights imagenet
	dvc exp run -S 'raw.savee="$(SAVEE)"' -S 'raw.meld="$(MELD)"' -S features.weights=imagenet \
	  -S baselines.weights=imagenet -S baselines.size=224 -S baselines.epochs=300 -S 'baselines.seeds=[0,1,2]' \
	  figures tables audit

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@
