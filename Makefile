# Two commands do all the set-up: `make up` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

STACK ?= dev
# Everything that set-up makes is in .dockyard; its env puts the tools there on PATH.
IN_ENV := . ./.dockyard/env &&
PYTHON_CODE := __main__.py airgap app/images.py app/conftest.py app/tests bench components delivery \
	docs images plugin policies recovery stacks tests
# Imported as their images do: `service`, not `app.service`.
SERVICES := app/service app/ui app/post app/comment app/backup app/monolith
# Tests that share no port, name or figure: as many at once as there are processors.
SIDE_BY_SIDE := app tests/unit tests/policies tests/judges tests/airgap_providers

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

.PHONY: setup
setup:
	@python3 -m airgap setup
	@git config filter.pulumi-salt.clean "sed '/^encryptionsalt:/d'" 2>/dev/null || true

.PHONY: tools
tools:
	@python3 -m airgap setup --without-engine

.PHONY: images
images: setup ## Build the application's images that are missing
	@$(IN_ENV) python -m delivery build --base-image "$$(cat .dockyard/base-image)"

.PHONY: stack
stack: setup
	@$(IN_ENV) pulumi stack select --create $(STACK) >/dev/null
	@# Git takes a file of another size for changed without a look through the filter; tell it.
	@if [ "$$(git hash-object Pulumi.dev.yaml)" = "$$(git rev-parse :Pulumi.dev.yaml)" ]; \
	then git update-index Pulumi.dev.yaml; fi 2>/dev/null || true

.PHONY: up
up: images stack ## Deploy the stack dev on this machine's Docker and print its URL
	@$(IN_ENV) python3 -m airgap status
	@$(IN_ENV) pulumi up --stack $(STACK) --refresh --yes --skip-preview --suppress-outputs
	@$(IN_ENV) printf '\nThe page is at %s\n' "$$(pulumi stack output --stack $(STACK) url)"

.PHONY: preview
preview: setup ## Show what would change in every stack, or in STACK=..., and what the policies say
	@$(IN_ENV) python3 -m airgap status
	@$(IN_ENV) python -m delivery preview $(if $(filter file,$(origin STACK)),,--stack $(STACK))

.PHONY: down
down: stack ## Remove the stack; DATA=delete removes its data too, otherwise it is kept
	@case "$(DATA)" in ''|delete) ;; *) echo "DATA: '$(DATA)' is no choice; DATA=delete removes \
	the data, leave it out to keep it" >&2; exit 2 ;; esac
	@$(IN_ENV) host="$$(pulumi stack output --stack $(STACK) dockerHost 2>/dev/null || true)"; \
	pulumi destroy --stack $(STACK) --yes --skip-preview; \
	if [ "$(DATA)" = delete ]; then export DOCKER_HOST="$${host:-$${DOCKER_HOST:-}}"; \
	docker volume ls --quiet --filter label=org.dockyard.stack=$(STACK) \
	| xargs --no-run-if-empty docker volume rm; fi

.PHONY: backup
backup: setup ## Take a backup of the stack dev, or of STACK=...
	@$(IN_ENV) python -m recovery backup --stack $(STACK)

.PHONY: drill
drill: setup ## Take a backup, restore it into a throw-away copy, compare and report
	@$(IN_ENV) python -m recovery drill --fresh --stack $(STACK)

.PHONY: restore
restore: setup ## Restore the newest backup, or BACKUP=...; asks before data goes
	@$(IN_ENV) python -m recovery restore --stack $(STACK) --backup $(or $(BACKUP),newest)

.PHONY: testable
testable: images
	@python3 -m airgap test-tools
	@$(IN_ENV) python3 -m airgap status

.PHONY: test
test: testable ## Run the tests: units, services, whole stacks, the page in a browser; PYTEST=... a part
ifdef PYTEST
	@$(IN_ENV) python -m pytest $(PYTEST)
else
	@$(IN_ENV) python -m pytest --numprocesses auto --dist loadfile $(SIDE_BY_SIDE)
	@$(IN_ENV) python -m pytest --durations 20 -m "not endurance" tests/airgap tests/e2e
endif

.PHONY: endurance
endurance: testable ## Run the tests that take long: updates under load, a Swarm, much data, an upgrade
	@$(IN_ENV) python -m pytest -m endurance tests/e2e

.PHONY: unit
unit: tools ## Run the tests that need no Docker Engine
	@$(IN_ENV) python -m pytest tests/unit

.PHONY: services
services: tools ## Run the services' tests, against MONGODB_URL if it is set
	@$(IN_ENV) python -m pytest app

.PHONY: lint
lint: tools ## Check style, types and Dockerfiles
	@$(IN_ENV) ruff format --check .
	@$(IN_ENV) ruff check .
	@$(IN_ENV) mypy $(PYTHON_CODE)
	@$(IN_ENV) MYPYPATH=app mypy $(SERVICES)
	@$(IN_ENV) hadolint app/*/*Dockerfile airgap/*/Dockerfile delivery/toolbox/Dockerfile \
	tests/e2e/stand_in_images/*/Dockerfile

.PHONY: docs
docs: tools ## Build the documentation, with Graphviz' dot; a warning or a dead link fails it
	@$(IN_ENV) python -m sphinx --fail-on-warning --keep-going --nitpicky --quiet docs .dockyard/docs
	@echo "The documentation is at .dockyard/docs/index.html"

.PHONY: links
links: tools ## Ask every site that the documentation links to whether the page is there
	@$(IN_ENV) python -m sphinx --builder linkcheck --fail-on-warning --quiet docs .dockyard/links

.PHONY: wheel
wheel: tools ## Build the library for other projects, into dist/
	@$(IN_ENV) python -m build --outdir dist .

.PHONY: schema
schema: tools ## Freeze the library's public surface as it is now, for a review of the change
	@$(IN_ENV) python -m tests.e2e.frozen_schema

.PHONY: bench
bench: images ## Measure against Compose, empty programs and raw resources; print ratios
	@python3 -m airgap compose
	@$(IN_ENV) python -m bench
