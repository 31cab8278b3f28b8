# Everything runs in $(VENV), which the first target builds from requirements/dev.txt with hashes.
# PYTHON=python3.12 chooses the interpreter; VENV=path chooses another environment.

VENV ?= .venv
VENV_LOWEST ?= .venv-lowest
VENV_LOCK ?= .venv-lock
READY := $(VENV)/.ready
READY_LOWEST := $(VENV_LOWEST)/.ready
READY_LOCK := $(VENV_LOCK)/.ready
RUN := $(VENV)/bin/python -m
# What one worker or stage has compiled, the next one need not.
unexport PYTHONDONTWRITEBYTECODE
# Half as many workers again as there are processors; what one has left another takes over.
WORKERS ?= auto
PYTEST := pytest -n $(WORKERS) --dist worksteal
# What a commit's id chooses of the tests that run once more elsewhere: SHARE=1 for all of them.
SHARE ?= 1

# What reads a repository, or writes to one: what git is told by a user's configuration matters there.
HOSTILE := $(addprefix tests/integration/test_, history_*.py ancestry_memory.py command_line.py \
	changelog_command.py check.py links.py release_plain.py release_clones.py)

# What has to do with none of the dependencies: git's output, processes, and a killed run's way back.
NOT_LOWEST := $(addprefix --ignore-glob=tests/integration/test_, history_*.py ancestry_memory.py \
	bench_*.py process.py replay.py release_killed.py release_races.py release_interrupted.py \
	forge_killed.py release_forge_killed.py)
# The modules of core that import one, and SemVer's, which is compared with the `semver` package.
LOWEST_UNIT := $(addprefix tests/unit/test_, config*.py pep440.py plan.py record.py \
	version.py version_file*.py)

# The first that runs and is new enough: a name on PATH may be a shim that only fails.
CANDIDATES := python3.13 python3.12 python3.11 python3
IS_NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
ifndef PYTHON
PYTHON = $(shell for name in $(CANDIDATES); do \
	"$$name" $(IS_NEW_ENOUGH) >/dev/null 2>&1 && { echo "$$name"; break; }; done)
endif

.PHONY: environments test test-programs test-all test-bare readme test-forges e2e test-laws demo lint format types \
	imports house core-coverage test-hostile test-lowest test-adoption wheel-test torture bench replay changelog check \
	lock clean

environments: $(READY) $(READY_LOWEST)

# Every behaviour once, with git and Python alone; of each matrix the cell that the commit's id chooses.
# TAGBOAT_CELL=id chooses as that commit does; TESTS=folders for a part.
test: $(READY)
	TAGBOAT_TEST_OFFLINE=1 $(RUN) tests.measured $(PYTEST) --tier=test --share=$(SHARE) $(TESTS)

# What needs other programs, and nothing else.
test-programs: $(READY)
	TAGBOAT_TEST_OFFLINE=1 $(RUN) tests.measured $(PYTEST) --tier=programs

# Everything that is proved, each once. What is missing is told first.
test-all: $(READY) $(READY_LOWEST)
	@$(RUN) tests.tiers
	$(MAKE) core-coverage TIER=all
	$(RUN) tests.measured $(PYTEST) --tier=all tests/integration tests/project
	$(MAKE) test-laws test-hostile test-lowest torture test-bare e2e test-adoption wheel-test demo replay

# make demo, readme and test on bare Debians, as root. BARE=trixie SHARE=8 for a part.
BARE ?= bookworm trixie
test-bare: $(READY)
	for codename in $(BARE); do \
		SHARE=$(SHARE) $(RUN) tests.engine.debian $$codename demo readme test || exit; done

# The README, word for word: installed and followed in a home directory of its own.
readme: $(READY)
	$(RUN) tests.project.word_for_word

# Exchanges with forges are checked against their published descriptions.
test-forges: $(READY)
	@command -v npm >/dev/null || { echo "npm is missing: apt-get install npm" >&2; exit 1; }
	$(RUN) $(PYTEST) --tier=all --share=$(SHARE) tests/integration/test_forge_*.py

# On a real engine and real registries, as root: .ci/engine-packages installs them.
e2e: $(READY)
	$(RUN) pytest -o faulthandler_timeout=1200 --share=$(SHARE) tests/e2e

# Every law on thousands of new examples, again and again for so many minutes; test has hundreds, once.
MINUTES ?= 60
test-laws: $(READY)
	$(RUN) tests.laws --minutes $(MINUTES)

demo: $(READY)
	$(RUN) demo

lint: $(READY)
	$(RUN) ruff check .
	$(RUN) ruff format --check .

format: $(READY)
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

types: $(READY)
	$(RUN) mypy

imports: $(READY)
	$(VENV)/bin/lint-imports --cache-dir .cache/imports

# The figures of the structure, against their limits.
house: $(READY)
	$(RUN) tests.house

# By the unit tests alone: those of examples, of which each run has the same. The laws run beside them.
TIER ?= test
core-coverage: $(READY)
	$(RUN) $(PYTEST) --quiet --tier=$(TIER) -m "not hypothesis" --cov --cov-report= tests/unit
	$(RUN) coverage report --include='src/tagboat/use_cases/*' --fail-under=95
	$(RUN) coverage report --include='src/tagboat/core/*' --fail-under=100
	$(RUN) $(PYTEST) --quiet --tier=$(TIER) -m hypothesis tests/unit

test-hostile: $(READY)
	TAGBOAT_TEST_OFFLINE=1 TAGBOAT_TEST_HOSTILE=1 $(RUN) $(PYTEST) --tier=all --share=$(SHARE) $(HOSTILE)

test-lowest: $(READY_LOWEST)
	TAGBOAT_TEST_OFFLINE=1 $(VENV_LOWEST)/bin/python -m $(PYTEST) --tier=all --share=$(SHARE) \
		$(LOWEST_UNIT) tests/integration $(NOT_LOWEST)

# TORTURE="--races 3 --kills once --random 20" for less of it.
torture: $(READY)
	@command -v strace >/dev/null || { echo "strace is missing: apt-get install strace" >&2; exit 1; }
	$(RUN) tests.torture $(TORTURE)

# The ways in, with what reads and runs them: needs npm and rsync.
test-adoption: $(READY)
	$(RUN) tests.adoption.first_release
	$(RUN) pytest -o faulthandler_timeout=1100 tests/adoption

wheel-test: $(READY)
	$(RUN) pytest tests/wheel

# All of it needs npm, for lerna; the last part needs the engine that e2e needs. BENCHES="run images" for a part.
BENCHES ?= run grammar packages images
BENCH_run = $(BENCH)
BENCH_grammar = $(filter --quick --check,$(BENCH))
BENCH_packages = $(filter --quick --check --rounds=%,$(BENCH))
BENCH_images = $(BENCH_packages)
bench: $(READY)
	@command -v npm >/dev/null || test -n "$(filter --quick,$(BENCH))" || \
		test -z "$(filter packages,$(BENCHES))" || \
		{ echo "npm is missing: apt-get install npm" >&2; exit 1; }
	$(foreach name,$(BENCHES),$(RUN) benchmarks.$(name) $(BENCH_$(name)) &&) true

replay: $(READY)
	$(RUN) tests.replay
	$(RUN) tests.replay_packages

changelog: $(READY)
	$(RUN) tagboat changelog -o CHANGELOG.md

check: lint types imports test core-coverage test-hostile test-lowest wheel-test demo replay

# Writes the lists of dependencies anew, each with the newest releases that its rule allows.
COMPILE = $(VENV_LOCK)/bin/uv pip compile pyproject.toml --quiet --universal \
	--python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade
lock: $(READY_LOCK)
	$(COMPILE) --group dev -o requirements/dev.txt
	$(COMPILE) -o requirements/tagboat.txt
	$(subst pyproject.toml,,$(COMPILE)) --group programs -o requirements/programs.txt
	$(COMPILE) --group test --resolution lowest-direct -o requirements/lowest.txt

clean:
	rm -rf $(VENV) $(VENV_LOWEST) $(VENV_LOCK) .cache dist

# $(call make-venv,folder): says in one line what is missing, then makes an empty environment.
define make-venv
	@command -v git >/dev/null || { echo "git is missing: apt-get install git" >&2; exit 1; }
	@test -n "$(PYTHON)" || \
		{ echo "Python 3.11 or newer is missing: apt-get install python3 python3-venv" >&2; exit 1; }
	@"$(PYTHON)" $(IS_NEW_ENOUGH) || \
		{ echo "$(PYTHON) is not Python 3.11 or newer: choose another with PYTHON=" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing: apt-get install python3-venv" >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear $(1)
endef

# $(call install,folder,list): the list with its hashes, which is complete, then this project, editable.
# Without --no-deps the pip of Debian 12 looks for newer releases of what is asked for with extras.
define install
	$(1)/bin/python -m pip install --quiet --require-hashes --no-deps -r $(2)
	$(1)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(1)/.ready
endef

$(READY): pyproject.toml requirements/dev.txt
	$(call make-venv,$(VENV))
	$(call install,$(VENV),requirements/dev.txt)

$(READY_LOWEST): pyproject.toml requirements/lowest.txt
	$(call make-venv,$(VENV_LOWEST))
	$(call install,$(VENV_LOWEST),requirements/lowest.txt)

$(READY_LOCK):
	$(call make-venv,$(VENV_LOCK))
	$(VENV_LOCK)/bin/python -m pip install --quiet uv
	@touch $@
