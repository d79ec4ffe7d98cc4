# Every task of a developer and of CI; `make` alone lists them. A clean clone needs Python 3.12 or later, make and a
# package registry. ARGS goes to the program: make test ARGS="-k token".

UV := python3 tools/uv.py
BIN := .venv/bin
PROCESSES := 2
TESTS := not browser and not long and not nightly
PYTEST = $(NICE) $(BIN)/python -m pytest -n $(PROCESSES) --dist worksteal $(ARGS)
IN_BROWSER := browser and not nightly
ON_POSTGRES := not browser and not nightly
SERVERS := $(BIN)/python tools/servers.py
INSTALL := $(UV) pip install --quiet --python .venv
COMPILE := $(UV) pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.12 \
           --custom-compile-command "make requirements"

.DEFAULT_GOAL := help
ifndef LANES # `check` lets two tasks run side by side; whoever says -j for anything else gets one after the other
.NOTPARALLEL:
endif
# Tests start hundreds of programs: where this is set, each would compile every module anew, for half of its time.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup demo test test-postgres test-browser test-all test-others check nightly lint format format-check types floors \
        missing-migrations deploy-check first-hour mutate bench bench-daily bench-pages bench-slow bench-provisioning bench-jobs \
        openapi acts messages release release-check \
        requirements screenshots clean

help: ## List these tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' Makefile

setup: .venv/.installed ## Prepare .venv, in which the `commerce` command is
	@echo "Ready: $(BIN)/commerce --help"

demo: .venv/.installed ## Start a demo company on https://localhost:8443
	@$(BIN)/commerce demo $(ARGS)

test: .venv/.developer ## Test on SQLite, without the browser's tests and the long ones
	$(PYTEST) -m "$(TESTS)"

test-postgres: .venv/.developer ## Run on PostgreSQL with Valkey what could come out otherwise there
	$(SERVERS) $(PYTEST) -m "$(ON_POSTGRES)"

test-browser: .venv/.developer ## Drive Chromium through the pages
	$(BIN)/python -m pytest -n 1 $(ARGS) -m "$(IN_BROWSER)"  # a browser and a server fill two cores

# Two at a time, the longest first: types are checked while what the tests need comes over the network. The tests are two
# rows: one waits for servers and browsers, and the other one, with two processes, takes whatever is free of the cores
# meanwhile, and all of it in the end.
check: .venv/.developer ## All that CI runs
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target LANES=2 types .venv/.modoboa .venv/.localstripe \
	    .venv/.steady .venv/.epp-schemas .venv/.fakepve floors deploy-check missing-migrations lint format-check
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=line LANES=2 test-all test-others \
	|| { echo "A row of tests failed: its summary is above, perhaps before that of the other one."; exit 1; }

test-all:
	$(MAKE) --no-print-directory TESTS="not browser and not nightly" NICE="nice -n 5" test

test-others: test-browser
	$(MAKE) --no-print-directory PROCESSES=1 test-postgres

# What `check` leaves out (`NIGHTLY` in tests/plan.py), and more of what is random or killed.
nightly: .venv/.developer .venv/.modoboa .venv/.localstripe .venv/.steady .venv/.epp-schemas .venv/.fakepve ## Test everything, with more kills and draws: an hour, before a release
	DRAWS=5 KILLS=20 FOLLOWED=40 $(MAKE) --no-print-directory TESTS="not browser" test
	DRAWS=5 KILLS=20 FOLLOWED=40 $(MAKE) --no-print-directory ON_POSTGRES="not browser" test-postgres
	ALL_VIEWS=1 $(MAKE) --no-print-directory IN_BROWSER=browser test-browser

format: .venv/.developer ## Format the code and sort its imports
	$(BIN)/ruff check --quiet --fix-only --select I .
	$(BIN)/ruff format .

format-check: .venv/.developer
	$(BIN)/ruff format --check .

lint: .venv/.developer ## Look for mistakes
	$(BIN)/ruff check .

types: .venv/.developer ## Check the types
	$(BIN)/mypy

floors: .venv/.developer ## Check that each floor imports only what lies below it
	$(BIN)/lint-imports --no-logo

missing-migrations: .venv/.installed ## Check that each model change has its migration
	$(BIN)/commerce manage makemigrations --check --dry-run

deploy-check: .venv/.installed ## Check the settings as a production installation has them
	$(SERVERS) --production $(BIN)/commerce manage check --deploy --fail-level WARNING

first-hour: ## Run docs/first-hour.md line by line, to the paid order (needs Caddy; not part of check: it takes minutes)
	@python3 tools/first_hour.py

mutate: .venv/.developer ## Plant small faults and tell those that no test finds: make mutate ARGS=src/commerce/kit
	$(BIN)/python tools/mutate.py $(ARGS)

bench: .venv/.developer ## Measure the API beside its peers and its limit: make bench ARGS=--quick
	$(BIN)/python -m bench $(ARGS)

bench-daily: .venv/.developer ## Measure the daily run with 100,000 services and more: make bench-daily ARGS="--sizes 10000"
	$(BIN)/python -m bench.daily_run $(ARGS)

bench-pages: .venv/.developer ## Measure pages beside bare Django views, and the staff area with 1,000,000 invoices: ARGS=--record
	$(BIN)/python -m bench.pages $(ARGS)
	$(BIN)/python -m bench.staff_pages $(ARGS)

bench-slow: .venv/.developer ## Measure what half-sent requests cost others, directly and behind Caddy and nginx as documented
	$(BIN)/python -m bench.half_sent

bench-provisioning: .venv/.developer ## Measure accounts made on 20 servers, of which two are dead and one is slow: ARGS=--record
	$(BIN)/python -m bench.provisioning $(ARGS)

bench-jobs: .venv/.developer ## Measure jobs of five kinds by real workers: make bench-jobs ARGS="--jobs 20000 --workers 4 --trouble"
	$(BIN)/python -m bench.jobs $(ARGS)

openapi: .venv/.installed ## Write docs/openapi.json and docs/openapi-v2.json from the routes that serve
	$(BIN)/commerce manage openapi docs/openapi.json
	$(BIN)/commerce manage openapi docs/openapi-v2.json --api v2

acts: .venv/.developer ## Write docs/acts, all that can be done with each kind of record, from the code
	@$(BIN)/python -m tools.acts

screenshots: .venv/.developer ## Take the pictures of README.md anew, of a demo in Chromium
	$(BIN)/python -m tools.screenshots

release: .venv/.installed ## Build dist/: the wheel, its requirements, its bill of materials, and the source
	$(UV) build --quiet --wheel --no-build-isolation --python $(BIN)/python --out-dir dist .
	@cp requirements/base.txt dist/requirements.txt
	@$(BIN)/python tools/bill_of_materials.py > dist/commerce.cdx.json
	git archive --prefix=commerce/ --output=dist/commerce.tar.gz HEAD

release-check: .venv/.developer ## Check that each language has every text and email (not part of check: what lacks is English)
	$(BIN)/python -m tools.messages --check

messages: .venv/.developer ## Extract our texts into gettext catalogs: make messages ARGS=de starts a language
	$(BIN)/python -m tools.messages $(ARGS)

requirements: ## Pin the newest versions that pyproject.toml and requirements/*.in allow
	$(COMPILE) pyproject.toml --output-file requirements/base.txt
	$(COMPILE) pyproject.toml --extra procrastinate -c requirements/base.txt --output-file requirements/procrastinate.txt
	$(COMPILE) pyproject.toml --extra dev -c requirements/procrastinate.txt --output-file requirements/dev.txt
	$(COMPILE) requirements/build.in -c requirements/dev.txt --output-file requirements/build.txt
	$(COMPILE) requirements/uv.in --output-file requirements/uv.txt
	$(COMPILE) requirements/localstripe-build.in --output-file requirements/localstripe-build.txt
	$(COMPILE) requirements/localstripe.in --output-file requirements/localstripe.txt
	$(COMPILE) --override requirements/modoboa-without.txt requirements/modoboa.in --output-file requirements/modoboa.txt
	$(COMPILE) requirements/fakepve.in --output-file requirements/fakepve.txt

clean: ## Remove what these tasks made; what an installation wrote (var/) stays
	rm -rf .venv .venv-uv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache bench/var

# What is installed is installed again only when one of these files has changed.
.venv/bin/python:
	@printf 'Preparing .venv: Python … '
	@$(UV) venv --quiet --clear --python ">=3.12" .venv

.venv/.installed: .venv/bin/python pyproject.toml requirements/base.txt requirements/build.txt
	@printf 'packages … '
	@$(INSTALL) --require-hashes --no-build -r requirements/base.txt -r requirements/build.txt
	@printf 'commerce … '
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@
	@echo done

.venv/.developer: .venv/.installed requirements/dev.txt
	@printf 'Developer packages … '
	@$(INSTALL) --require-hashes --no-build -r requirements/dev.txt
	@touch $@
	@echo done

# Programs that stand for payment providers or judge our requests to them, for tests alone: each has a place of its own.
.venv/.steady: .venv/bin/python requirements/steady/npm-shrinkwrap.json
	@printf 'Judge of requests … '
	@mkdir -p .venv/steady && cp requirements/steady/*.json .venv/steady/
	@cd .venv/steady && npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@
	@echo done

# What judges the frames that we send to registries: printed in RFCs, which Debian has as packages.
.venv/.epp-schemas: .venv/bin/python tools/epp_schemas.py
	@printf 'Schemas of EPP … '
	@$(BIN)/python tools/epp_schemas.py
	@echo done

.venv/.localstripe: .venv/bin/python requirements/localstripe.txt requirements/localstripe-build.txt
	@printf 'localstripe … '
	@$(UV) venv --quiet --clear --python .venv .venv/localstripe
	@$(UV) pip install --quiet --python .venv/localstripe --require-hashes \
	    --build-constraints requirements/localstripe-build.txt -r requirements/localstripe.txt
	@touch $@
	@echo done

# Real panels, for the modules of hosting.
.venv/.modoboa: .venv/bin/python requirements/modoboa.txt requirements/localstripe-build.txt tools/modoboa_instance.py
	@printf 'Modoboa … '
	@$(UV) venv --quiet --clear --python .venv .venv/modoboa
	@$(UV) pip install --quiet --no-deps --compile-bytecode --python .venv/modoboa --require-hashes \
	    --build-constraints requirements/localstripe-build.txt -r requirements/modoboa.txt
	@$(BIN)/python tools/modoboa_instance.py
	@touch $@
	@echo done

.venv/.fakepve: .venv/bin/python requirements/fakepve.txt
	@printf 'fakepve … '
	@$(UV) venv --quiet --clear --python .venv .venv/fakepve
	@$(UV) pip install --quiet --python .venv/fakepve --require-hashes --no-build -r requirements/fakepve.txt
	@touch $@
	@echo done
