# Everything sets itself up in .venv; Python 3.11+, git and make are all that is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One more than there are cores: many tests wait for git and for servers.
WORKERS ?= $(shell $(PYTHON) -c "import os; print((os.cpu_count() or 2) + 1)")
INSTALLED := $(VENV)/.installed
DEV := $(VENV)/.dev
# Where it is set, every one of the hundreds of processes that the tests start compiles the updater anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check soak bench bench-parts docs image clean

demo: $(INSTALLED)
	$(BIN)/updater demo $(ARGS)

test: check
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not soak" $(ARGS)

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

soak: $(DEV)
	$(BIN)/python -m pytest -m soak -s --hypothesis-profile=soak $(ARGS)

# The whole, beside its floor; `ARGS="--help"` says what can be asked for.
bench: $(DEV)
	$(BIN)/python tests/bench $(ARGS)

bench-parts: $(DEV)
	@for one in tests/benchmarks/*.py; do \
		echo "$$one"; $(BIN)/python "$$one" || failed="$$failed $$one"; \
	done; \
	if [ -n "$$failed" ]; then echo "failed, or too slow:$$failed"; exit 1; fi

docs: $(DEV)
	$(BIN)/python .ci/make_docs.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

# IMAGE, TAG, BASE and IMAGE_TOOL say what, from what and with what.
image:
	@.ci/image

$(INSTALLED): pyproject.toml .ci/constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint .ci/constraints.txt --editable .
	touch $@

$(DEV): $(INSTALLED)
	$(BIN)/python .ci/dev_requirements.py > $(VENV)/dev.txt
	$(BIN)/python -m pip install --quiet --constraint .ci/constraints.txt --requirement $(VENV)/dev.txt
	touch $@

clean:
	rm -rf $(VENV) build site *.egg-info
