# Everything starts here: `make demo`, `make test`. Each target sets up what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCK := requirements/dev.txt
ARGS ?=
OUT ?=

# Of the end-to-end tests (a browser) and of the app's window (Mesa's software renderer will do).
PACKAGES := chromium libgl1 libgl1-mesa-dri libegl1 libgles2 libgbm1 libmtdev1

export UV_PYTHON_DOWNLOADS := never
export KIVY_NO_ARGS := 1

.PHONY: help setup demo test app phone check format bench peers faults schema words lock packages clean

help:
	@echo "make demo    the whole system with a simulated cohort; Ctrl-C stops it"
	@echo "make app     the patient's app, against the demo"
	@echo "make phone   the Android build laid out for buildozer, in build/phone"
	@echo "make test    every test"
	@echo "make check   format, lint, floors, types, migrations, OpenAPI snapshot"
	@echo "make bench   the benchmarks (OUT=file writes JSON)"
	@echo "make faults  reminders and sync under kills, crashes and a bad network (OUT=file)"
	@echo "make setup   only the environment; make schema, words and lock renew what is generated"

setup: $(READY)

# uv comes from PATH, else into an environment of its own: a sync would remove it from ours.
$(READY): $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed (make PYTHON=/path/to/python3)."; exit 1; }
	@set -e; uv=uv; \
	if ! uv --version >/dev/null 2>&1; then \
		uv=build/uv/bin/uv; \
		test -x $$uv || { \
			$(PYTHON) -m venv build/uv || { echo "Python's venv is missing (Debian: python3-venv)."; exit 1; }; \
			build/uv/bin/python -m pip install --quiet --disable-pip-version-check uv; \
		}; \
	fi; \
	$$uv venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" $(VENV); \
	$$uv pip sync --quiet --require-hashes --python $(BIN)/python $(LOCK)
	@touch $@

demo: setup
	@exec $(BIN)/python manage.py demo $(ARGS)

app: setup
	@exec $(BIN)/python -m mobile.main $(ARGS)

# Tests of the whole house mostly wait: they run beside the others, each part with its own services.
test: setup packages
ifdef ARGS
	$(BIN)/python -m pytest $(ARGS)
else
	@mkdir -p build; \
	$(BIN)/python -m pytest -m slow > build/slow-tests.log 2>&1 & slow=$$!; \
	trap 'kill $$slow' INT TERM; \
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"; rest=$$?; \
	wait $$slow; waited=$$?; cat build/slow-tests.log; \
	exit $$((rest | waited))
endif

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python -W ignore manage.py makemigrations --check --dry-run
	@mkdir -p build
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file build/openapi.yaml
	diff -u docs/openapi.yaml build/openapi.yaml

# The Android build, laid out for buildozer: no network needed, nothing is built.
phone: setup
	@$(BIN)/python -m mobile.android.stage $(ARGS)

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup
	@$(BIN)/python -m bench $(if $(OUT),--out $(OUT)) $(ARGS)

faults: setup
	@exec $(BIN)/python -m bench.faults $(if $(OUT),--out $(OUT)) $(ARGS)

# What the benchmark measures beside ours and the house does not depend on.
peers: setup
	@uv venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" build/peers; \
	uv pip sync --quiet --require-hashes --python build/peers/bin/python requirements/peers.txt

schema: setup
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

# New messages into the catalogues, where they wait for translators (backend/wire/language.py).
words: setup
	@DJANGO_SETTINGS_MODULE=backend.settings $(BIN)/python -m tests.words.extraction

lock: setup
	for part in server audit phone dev peers; do \
		uv pip compile --quiet --no-header --generate-hashes --universal --python-version 3.11 --override requirements/overrides.txt \
			--output-file requirements/$$part.txt requirements/$$part.in; \
	done

# Installed where we may, named where we may not; a test that lacks one says so and is skipped.
packages:
	@command -v dpkg-query >/dev/null || { echo "The browser and window tests need: $(PACKAGES)"; exit 0; }; \
	missing=; for name in $(PACKAGES); do \
		dpkg-query -W -f '$${Status}' $$name 2>/dev/null | grep -q "ok installed" || missing="$$missing $$name"; \
	done; \
	test -z "$$missing" && exit 0; \
	if [ "$$(id -u)" = 0 ]; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends $$missing >/dev/null \
			|| echo "Could not install$$missing: tests that need them will be skipped."; \
	else \
		echo "For the browser and window tests: sudo apt-get install$$missing"; \
	fi

clean:
	rm -rf build $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
