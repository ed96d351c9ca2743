# make taste | make repro | make check | make test | make lint | make verify | make bench | make paper SAVEE=... MELD=...
# make site | make real RAVDESS=... FACES=...
# Each first builds .venv from pyproject.toml and requirements.lock.   make lock: makes the latter anew

PYTHON ?= python3
# By a path, and a relative one: GNU make 3.81 does not look for programs in an exported PATH, and the folder's name may
# hold spaces. DVC starts each stage as `python -m stages.<name>`: the environment's, also where none is activated.
RUN := PATH="$$PWD/.venv/bin:$$PATH" .venv/bin/python -m

# A stage is started as `python -m stages.<name>`, which Python finds in the current folder unless PYTHONSAFEPATH is set; and
# pip would install elsewhere than into .venv.
unexport PYTHONSAFEPATH PIP_USER PIP_TARGET PIP_PREFIX

# The tests compute with the pins from their first line on, whatever pytest loads before them.
PINNED := $(RUN) fdan.numerics.pins .venv/bin/python -m

# A .venv that another Python made, or whose Python is gone, is made anew; so is one that was left half made. But only
# one that make has made: another is somebody's, and stays.
ABOUT := -c 'import sys; print("%d.%d" % sys.version_info[:2], sys.base_prefix)'
ifneq "$(shell $(PYTHON) $(ABOUT))" "$(shell .venv/bin/python $(ABOUT) 2>/dev/null)"
ANEW := yes
.PHONY: .venv/installed
endif

MADE := .made-by-make

.PHONY: taste repro check test lint bench site paper real verify lock git

repro: .venv/installed git
	$(RUN) fdan.commands.cli preflight
	$(RUN) dvc repro
	@echo "Tables: reports/tables/table1.md ... table4.md   Figures: reports/figures   Does the paper hold up? reports/audit.md"

# In two minutes or so: a first table and the figures, of one corpus, one seed and few epochs, in build/taste.
taste: .venv/installed
	$(RUN) fdan.commands.cli taste

# The tests run in a process per core, four at most, since each of them loads torch.
PARALLEL := --numprocesses auto --maxprocesses 4 --dist worksteal

# In minutes: lint, types and the fast tests.
check: lint
	$(PINNED) pytest -m "not slow" $(PARALLEL)

test: lint
	$(PINNED) pytest $(PARALLEL)

lint: .venv/installed
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy

# Everything once more from nothing, in a clone of what is committed, and compared with it: the same bits?
verify: .venv/installed
	rm -rf build/verify
	git clone --quiet . build/verify
	rm -rf build/verify/reports build/verify/dvc.lock
	cd build/verify && PATH="$$PWD/../../.venv/bin:$$PATH" && export PATH && python -m dvc repro && python -m fdan.commands.cli verify

# What is fast and against what, in about twelve minutes on two slow cores; also in build/bench.json.
bench: .venv/installed
	$(RUN) benchmarks

# The pages and the docstrings as a site, in build/site.
site: .venv/installed
	$(RUN) sphinx -q -c docs . build/site
	@echo "build/site/index.html"

# The paper's own numbers, on the real corpora, or on the one that is given; `fdan download weights` comes before it. First it
# estimates what that will take, then it leaves params.yaml changed, and prints how. The CNN rows take weeks on a CPU, hours
# with a GPU.
paper: .venv/installed git
	$(RUN) fdan.commands.cli paper $${SAVEE:+--savee "$$SAVEE"} $${MELD:+--meld "$$MELD"}
	$(RUN) fdan.commands.cli preflight
	$(RUN) dvc repro report

# The paper's claims on real people: RAVDESS' speech and labelled photographs. Writes docs/real_people.* alone, works in
# build/real and continues there after an interruption. It takes three hours; ARMS=fdan,fdan1 runs some arms alone.
real: .venv/installed
	$(RUN) fdan.commands.cli real --ravdess "$$RAVDESS" --faces "$$FACES" $${ARMS:+--arms "$$ARMS"}

# DVC refuses to start in a folder without git, such as an unpacked zip, unless it is told. A repository that git refuses, for
# one because it belongs to somebody else, is no such folder: then git says what to do.
git: .venv/installed
	@if said=$$(LC_ALL=C git rev-parse --git-dir 2>&1); then \
	  ! grep -qs no_scm .dvc/config.local || echo ".dvc/config.local: core.no_scm is set, but git works here; dvc exp and" \
	    "dvc metrics diff work again after: dvc config --local --unset core.no_scm" >&2; \
	elif ! command -v git >/dev/null || case "$$said" in *"not a git repository (or "*) true ;; *) false ;; esac; then \
	  test -e .git || grep -qs no_scm .dvc/config.local || { \
	    $(RUN) dvc config --local core.no_scm true && echo "No git here, so DVC works without (.dvc/config.local)." \
	    "For dvc exp and dvc metrics diff: git init, and remove that file." ; }; \
	else \
	  echo "$$said" | sed -n -e '1s/^/.git: git refuses this repository: /p' -e 's/^[[:space:]]*\(git config \)/try again after: \1/p' \
	    | tr '\n' ';' | sed 's/;$$//; s/;/; /g' >&2; echo >&2; exit 2; \
	fi

# The hashes of every file of every package that `make` installs, from PyPI alone: after a change of constraints.txt, or of
# the packages in pyproject.toml. What constraints.txt does not name stays as it is. face-alignment names OpenCV's desktop
# build, which wants X libraries: the headless one takes its place.
lock:
	$(PYTHON) -m venv --clear build/lock
	build/lock/bin/python -m pip install --quiet uv==0.13.9
	echo "opencv-python; python_version < '3'" > build/lock/overrides.txt
	build/lock/bin/uv pip compile --quiet --no-config --default-index https://pypi.org/simple pyproject.toml \
	  --extra dev --extra detectors --constraint constraints.txt --override build/lock/overrides.txt \
	  --universal --python-version 3.11 --generate-hashes --annotation-style line --no-header \
	  --output-file requirements.lock

.venv/installed: pyproject.toml constraints.txt requirements.lock install.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON): expected Python 3.11 or newer; name one: make PYTHON=python3.13" >&2; exit 2; }
	@test -e $@ -a -z "$(ANEW)" || { \
	  test -e $@ || test -e .venv/$(MADE) || test -z "$$(ls -A .venv 2>/dev/null)" || { \
	    echo ".venv: was not made by make, so it is left alone; move it away (mv .venv my-venv), and try again" >&2; exit 2; }; \
	  mkdir -p .venv && touch .venv/$(MADE) && find .venv/ -mindepth 1 -maxdepth 1 ! -name $(MADE) -exec rm -rf {} + && \
	  "$$($(PYTHON) -c 'import sys; print(sys._base_executable)')" -m venv .venv; }
	@touch .venv/$(MADE) && rm -f $@
	@echo "Installing into .venv: minutes, and up to 2.7 GB to fetch, most of it torch ..."
	.venv/bin/python install.py
	@touch $@
