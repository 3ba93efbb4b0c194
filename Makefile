# PowerSync: everything a checkout needs, from make and Python 3.11 or newer alone.
# PYTHON=/path/to/python3 chooses the interpreter of a new environment.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PY := .venv/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo run test lint bench soak mutants

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)$$/\1|\2/p' Makefile | while IFS='|' read -r name text; do printf 'make %-9s%s\n' "$$name" "$$text"; done

setup: .venv/.runtime ## build the environment in .venv (the other targets do it by themselves)

demo: setup ## start a simulated home, its vendors, the web app and the scheduler on http://localhost:5001
	@exec $(PY) run.py demo

run: setup ## start the web app and the scheduler
	@exec $(PY) run.py all

test: .venv/.development ## run lint, types and all tests, and say how long each part took
	@sh scripts/test.sh

lint: .venv/.development ## check style, types and layers
	@sh scripts/test.sh lint

bench: .venv/.development ## measure speed, memory and page weight, as a table
	@$(PY) -m tests.bench

soak: .venv/.development ## run the simulated household through 100 days of faults
	@$(PY) -m tests.soak

mutants: .venv/.development ## break the domain and the control loop in small ways and see which tests notice
	@$(PY) -c 'import mutmut' 2>/dev/null || { echo "make mutants needs mutmut: $(PY) -m pip install mutmut" >&2; exit 1; }
	@$(PY) -m mutmut run 'app.domain.*' 'app.control.*'

# A stamp per list of pins: a second call installs nothing, a changed pin installs again.
$(PY):
	@sh scripts/make_venv.sh .venv

.venv/.runtime: requirements.txt | $(PY)
	@sh scripts/install_pins.sh requirements.txt
	@touch $@

.venv/.development: requirements-dev.txt .venv/.runtime
	@sh scripts/install_pins.sh requirements-dev.txt
	@touch $@
