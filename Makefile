# Copyright (c) 2026, Winfleet contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# PYTHON: the interpreter to make the virtual environment with, 3.10 or later. VENV: where it goes.
PYTHON ?= python3
VENV ?= .venv
export PYTHON VENV

BIN := $(VENV)/bin
STEP := tools/step.sh
COLLECTION := .build/collections/ansible_collections/winfleet/rd_licensing
# With --check they only say what is out of date.
GENERATE := env PYTHONPATH=.build/collections:. python -m tools.generate

.DEFAULT_GOAL := help
.SUFFIXES:

##@ What you may want to see
.PHONY: help demo bench bench-report docs
help:  ## This list
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# CONNECTION=psrp: with the other connection plugin.
demo: venv-run  ## Replace a license server of a simulated fleet: dry run, real run, second run
	@tools/env.sh $(BIN)/python tools/demo.py --connection $(or $(CONNECTION),winrm)

# make bench-report SERVERS=100 CALS=10000: what a fleet_report on so many servers costs.
bench-report: venv-test  ## Bytes, seconds and memory of a report on a large fleet (SERVERS=100 CALS=10000)
	@tools/env.sh $(BIN)/python -m tools.benchmark --report $(or $(SERVERS),100) --cals $(or $(CALS),10000)

bench: venv-run  ## Requests, bytes and milliseconds of each module, against the simulated fleet
	@tools/env.sh $(BIN)/python -m tools.benchmark

docs: venv-docs  ## The documentation site, into .build/docs/html
	@tools/env.sh tools/docs.sh

##@ Tests
.PHONY: test test-unit test-simulator test-integration test-molecule test-fuzz fuzz compat
# PROBE_FILE: a file that the probe saved; the simulated servers of these tests then answer the way it records.
ifdef PROBE_FILE
test test-unit test-universe test-integration test-molecule: export SIMULATOR_PROBE_FILE = $(abspath $(PROBE_FILE))
endif
test: venv-test  ## Every test: units, simulator, integration, Molecule scenarios
	@tools/env.sh $(BIN)/python tools/run_tests.py

test-unit test-simulator test-integration test-fuzz test-molecule: test-%: venv-test
	@tools/env.sh $(BIN)/python tools/run_tests.py $*

# COUNT: how many universes. FIRST: the first seed. SEED: one universe, with everything that happens in it.
.PHONY: test-universe
test-universe: venv-test  ## The same tasks in many random worlds with faults (COUNT=20000 FIRST=0, or SEED=17)
	@tools/env.sh env PYTHONPATH=.build/collections $(BIN)/python -m tests.universe --count $(or $(COUNT),20000) \
	  --first $(or $(FIRST),0) $(if $(SEED),--seed $(SEED))

# EVERY=10: only every tenth point.
.PHONY: test-faults
test-faults: venv-test  ## Every kind of fault at every message of each module, and what later runs make of it (EVERY=1)
	@tools/env.sh env PYTHONPATH=.build/collections $(BIN)/python -m tests.universe.fault_points --every $(or $(EVERY),1)

# COUNT, FIRST: as above.
.PHONY: test-redaction
test-redaction: venv-test  ## Random fleets with planted names, none of which may be in the file of a probe (COUNT=10000)
	@tools/env.sh env PYTHONPATH=.build/collections:. $(BIN)/python -m tests.integration.redaction \
	  --count $(or $(COUNT),10000) --first $(or $(FIRST),0)

# COUNT: how many fleets. FIRST: the first seed.
.PHONY: test-fleets
test-fleets: venv-test  ## Usage and health checks of many random fleets against the simulator's own truth (COUNT=1000 FIRST=0)
	@tools/env.sh env PYTHONPATH=.build/collections:. $(BIN)/python -m tests.integration.random_fleets --count $(or $(COUNT),1000) \
	  --first $(or $(FIRST),0)

# WORDS: only scenarios whose name has one of the words.
.PHONY: test-plan
test-plan: venv-test  ## Plans made, approved and applied in every branch: each fact moved, each message lost
	@tools/env.sh env PYTHONPATH=.build/collections $(BIN)/python -m tests.plan_apply $(WORDS)

# SECONDS=600: for longer. Coverage-guided where atheris installs, else with the seeded mutator of the tests.
fuzz: venv-test  ## Fuzz the reading of responses, for a minute
	@tools/venv.sh fuzz || echo "atheris does not install here; the seeded mutator goes on without coverage."
	@PYTHONPATH=.build/collections:. tools/env.sh $(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60)

.PHONY: test-kerberos kerberos-page
test-kerberos:  ## Connections with a real KDC, CredSSP, certificates and proxies on loopback; skipped where MIT Kerberos is not installed
	@tools/kerberos.sh

kerberos-page:  ## The same, and write docs/connections-tested.md
	@tools/kerberos.sh --write

compat:  ## The unit tests and the demo with each ansible-core for which this machine has a Python
	@tools/compat.sh

##@ Checks
CHECKS := ruff format mypy yamllint shellcheck reuse changelog generated ansible-lint docs docsite build galaxy-importer sanity
.PHONY: check $(addprefix check-,$(CHECKS))
check: $(addprefix check-,$(CHECKS))  ## Every check; each one alone: make check-ruff, ...

$(addprefix check-,$(CHECKS)): venv-check

check-ruff:
	@$(STEP) ruff ruff check .

check-format:
	@$(STEP) format ruff format --check .

check-mypy:
	@$(STEP) mypy mypy -p ansible_collections.winfleet.rd_licensing.plugins -p tests -p tools

check-yamllint:
	@$(STEP) yamllint yamllint --strict .

check-shellcheck:
	@$(STEP) shellcheck shellcheck tools/*.sh .ci/run

# Its first choice for telling encodings wants the system's libmagic.
check-reuse:
	@$(STEP) reuse env REUSE_ENCODING_MODULE=charset_normalizer reuse lint

check-changelog:
	@$(STEP) changelog antsibull-changelog lint

check-generated:
	@$(STEP) generated $(GENERATE) --check

check-ansible-lint:
	@$(STEP) ansible-lint ansible-lint --offline --profile production

check-docs:
	@$(STEP) docs env HOME='$(CURDIR)/.build/home' antsibull-docs lint-collection-docs --plugin-docs --skip-rstcheck --validate-collection-refs=all \
	  --disallow-unknown-collection-refs --check-extra-docs-refs .

check-docsite: venv-docs
	@$(STEP) docsite tools/docs.sh

check-build:
	@$(STEP) build tools/build.sh

check-galaxy-importer: check-build
	@$(STEP) galaxy-importer tools/galaxy_import.sh

check-sanity:
	@$(STEP) sanity tools/sanity.sh

##@ Upkeep
.PHONY: venv venv-run venv-test venv-check venv-docs coverage generate lock release clean
venv: venv-check  ## The virtual environment with all packages, and nothing else
venv-run:
	@tools/venv.sh run
venv-test:
	@tools/venv.sh run test
venv-check:
	@tools/venv.sh run test check

venv-docs:
	@tools/venv.sh run test check docs

coverage: venv-test  ## Walk every operation, connection method and license program, and write docs/coverage.md
	@tools/env.sh $(BIN)/python -m tests.integration.matrix

generate: venv-check  ## Write the generated parts of the documentation again
	@tools/env.sh $(GENERATE)

release: venv-check  ## VERSION=1.2.3: changelog, all checks and tests, commit, tag, archive; nothing is published
	@tools/env.sh tools/release.sh $(VERSION)

lock:  ## Newest version of every package into requirements/constraints.txt
	@tools/lock.sh

clean:  ## Removes the virtual environment and all that was built
	rm -rf .venv .venv-* .build .ansible .mypy_cache .ruff_cache .pytest_cache .hypothesis
