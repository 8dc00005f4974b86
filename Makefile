# make run: start rnnviz; make test: check and test it. Both set up what they need.
.DEFAULT_GOAL := help
.PHONY: help run test check protocol mutants assets bench shots sheet clean

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SAMPLE := assets/sessions/message-lstm.rnnviz
PYTEST_WORKERS ?= 2

help:
	@echo "make run     start rnnviz (without a display: write the sample session's figures to figures/)"
	@echo "make test    check the code and run the tests, without a display"
	@echo "make check   ruff, mypy and the contracts between the layers"
	@echo "make protocol  let window and engine talk in 1,000 random orders (tools/protocol.py)"
	@echo "make mutants plant faults into copies of the program and report those that no test notices"
	@echo "make assets  make the sample sequences, the trained weights and the sample sessions again"
	@echo "make bench   time traces, gradients and redraws"
	@echo "make shots   take the screenshots of the README again"
	@echo "make sheet   look for what is cut, overlaps or is too small or faint, in every layout, size, theme and type size"

$(READY): pyproject.toml constraints.txt tools/environment tools/system-packages
	@tools/system-packages
	@tools/environment $(VENV)
	@touch $@

run: $(READY)
	@if [ "$$(uname -s)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY$$QT_QPA_PLATFORM" ]; then \
		echo "There is no display here to open a window on, so these figures of the sample session are written:"; \
		QT_QPA_PLATFORM=offscreen $(BIN)/rnnviz export $(SAMPLE) --out figures --format png,svg,pdf; \
	else \
		$(BIN)/rnnviz; \
	fi

test: check
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile </dev/null

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

protocol: $(READY)
	QT_QPA_PLATFORM=offscreen $(BIN)/python tools/protocol.py

mutants: $(READY)
	QT_QPA_PLATFORM=offscreen $(BIN)/python tools/mutants.py </dev/null

assets: $(READY)
	$(BIN)/python -m rnnviz.engine.sequence.samples assets/sequences
	$(BIN)/python -m rnnviz.engine.samples assets

bench: $(READY)
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m benchmarks

shots: $(READY)
	QT_QPA_PLATFORM=offscreen $(BIN)/python tools/screenshots.py assets/screenshots

sheet: $(READY)
	$(BIN)/python tools/contact_sheet.py contact-sheet

clean:
	rm -rf $(VENV) build dist figures contact-sheet .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
