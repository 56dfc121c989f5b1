# Needs nothing but python3 (3.11 or newer) with pip and venv: all else comes from PyPI as wheels.
PYTHON ?= python3
BIN := .venv/bin
DEMO := workdirs/demo

.PHONY: help setup media demo check test test-slow fuzz formats bench docs clean

help:
	@echo "make setup      the program and its tools in .venv"
	@echo "make demo       a swap from beginning to end, about ten minutes with the installation"
	@echo "make test       setup, media, check and the tests: what has to pass"
	@echo "make test-slow  the tests that take minutes"
	@echo "make fuzz       feed every reader with what breaks it, a minute each (installs atheris)"
	@echo "make formats    every kind of film through the whole tool; writes the table of docs/formats.md"
	@echo "make bench      speeds, as ratios to a plain way of doing the same"
	@echo "make check      style, types, documentation up to date"
	@echo "make docs       write docs/commands.md and docs/models.md from the code"
	@echo "make media      the films that the demo and the tests use, in .media"
	@echo "make clean      remove .venv, .media and caches; workdirs/ stays"

# The stamp is made last, so that an installation that was broken off is done again.
.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, %s is %d.%d: make PYTHON=..." % (sys.executable, *sys.version_info[:2]) if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

setup: .venv/installed

media: setup
	@$(BIN)/python tests/fetch_media.py .media

# The bearded man's face for the shaven one's: the swap that shows most, in the shortest film.
demo: setup media
	@test -f $(DEMO)/manifest.json || $(BIN)/faceswap new $(DEMO) --no-consent-record --source .media/jwpIntro.mp4 --target .media/single_face.mp4
	$(BIN)/faceswap run $(DEMO) --model lite --minutes 6
	@echo
	@echo "the film:           $$(ls $(DEMO)/output.* | grep -v json)"
	@echo "before and after:   $(DEMO)/swapped/sheet.png"

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python docs/generate.py --check

# Two processes: most of a test's time is the start of something that knows one core. What kills and
# stops programs in the midst of their work has the machine for itself.
test: setup media check
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore=tests/e2e
	$(BIN)/python -m pytest tests/e2e

test-slow: setup media
	$(BIN)/python -m pytest -m slow

# A reader at a time: make fuzz SECONDS=600 READER=faces
SECONDS ?= 60
READER ?=
fuzz: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,fuzz]'
	@for reader in $(or $(READER),$$($(BIN)/python -m tests.fuzz.fuzz_run --list)); do \
		echo "$$reader"; \
		$(BIN)/python -m tests.fuzz.fuzz_run $$reader .fuzz -max_total_time=$(SECONDS) -print_final_stats=1 \
			2>.fuzz.log || { tail -40 .fuzz.log; exit 1; }; \
		grep -E "number_of_executed|average_exec|peak_rss" .fuzz.log; \
	done

formats: setup media
	$(BIN)/python -m pytest tests/formats -m 'slow or not slow' --write-formats

bench: setup media
	$(BIN)/faceswap bench
	$(BIN)/python -m pytest -m bench -s

docs: setup
	$(BIN)/python docs/generate.py

clean:
	rm -rf .venv .media .fuzz .fuzz.log .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
