# Everything a newcomer or CI calls. `make run` and `make test` need Python 3.11, git and the package registries.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# uv's own downloads are pinned in the lock; pip brings it once.
UV_VERSION := $(shell sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements.lock)
STAMP := $(VENV)/.installed
# Brought by pip, which finds a build of one's own choice (without CUDA, say) where its settings name one.
TORCH_VERSION := 2.13.0
HUB_JS_VERSION := 2.17.5
AXE_VERSION := 4.14.1

.PHONY: run install install-dev test test-services test-s3 test-axe test-clients lint bench screenshots messages base-image images lock clean help

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 16

run: install ## Install and start Spaceport on this machine
	@$(BIN)/spaceport up

install: $(STAMP) ## Install what Spaceport needs, into .venv

install-dev: $(STAMP)-dev ## The same, with what the tests need

$(BIN)/uv:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: set PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@sed -n '/^uv==/,/^    #/p' requirements.lock > $(VENV)/uv.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock

$(STAMP): requirements.lock pyproject.toml | $(BIN)/uv
	@echo "installing"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q platform runner
	@touch $@

$(STAMP)-dev: requirements-dev.lock $(STAMP)
	@echo "installing for tests"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements-dev.lock
	@touch $@

test: install-dev ## Run the tests; says first what it found on this machine
	@$(BIN)/python -m pytest $(ARGS)

test-services: ## Install what Debian packages offer of the services that tests use (as root)
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		docker.io docker-compose iptables debootstrap chromium git-lfs bubblewrap postgresql \
		nginx-light fonts-noto-color-emoji

test-s3: $(BIN)/uv ## Install an S3 server for tests, beside what they need themselves
	@$(BIN)/uv venv --quiet --clear .venv-s3
	@$(BIN)/uv pip install --quiet --python .venv-s3/bin/python 'moto[server,s3]>=5.2'

test-axe: ## Install axe-core, which audits pages for screen readers and keyboards (needs npm)
	@npm install --silent --no-save --no-audit --no-fund --prefix .venv-axe axe-core@$(AXE_VERSION)

.venv-clients/.installed: requirements-clients.lock | $(BIN)/uv
	@$(PYTHON) -m venv --clear .venv-clients
	@.venv-clients/bin/pip install --quiet --disable-pip-version-check torch==$(TORCH_VERSION)
	@$(BIN)/uv pip install --quiet --python .venv-clients/bin/python --require-hashes --compile-bytecode -r requirements-clients.lock
	@npm install --silent --no-save --no-audit --no-fund --prefix .venv-clients/js @huggingface/hub@$(HUB_JS_VERSION)
	@touch $@

test-clients: .venv-clients/.installed ## Install clients that tests run as they are: transformers, datasets, gradio, huggingface.js (needs npm)

lint: install-dev ## Check style and types
	@$(BIN)/ruff check platform runner tests spaces
	@$(BIN)/ruff format --check platform runner tests spaces
	@$(BIN)/mypy

bench: install-dev ## Measure, as ratios to bare baselines in the same run
	@$(BIN)/python -m tests.bench $(ARGS)

screenshots: install-dev ## Make the pictures of the main pages in platform/spaceport/docs (needs Chromium)
	@$(BIN)/python -m tests.screenshots $(ARGS)

messages: install-dev ## Bring the catalogues of all languages up to date with what templates, scripts and Python say
	@$(BIN)/python -m tests.messages

base-image: install ## Make the image that docker builds start from, from Debian's packages (as root)
	@$(BIN)/python -m spaceport_runner.base_image

images: install ## Make the images that compose.yaml runs
	@$(BIN)/python -m spaceport_runner.platform_images

lock: $(BIN)/uv ## Compile the lock files from pyproject.toml
	$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --universal \
		--python-version 3.11 --extra postgres pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --universal \
		--python-version 3.11 --extra postgres --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock
	$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --universal \
		--python-version 3.11 requirements-clients.in -o requirements-clients.lock
	for release in tests/clients/releases/*.in; do \
		$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --universal \
			--python-version 3.11 $$release -o $${release%.in}.lock || exit 1; \
	done

clean: ## Remove the environment, not the data
	rm -rf $(VENV)
