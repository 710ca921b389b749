# SPDX-License-Identifier: Apache-2.0
#
# A thin layer over Meson (build/) and the scripts in dev/, one line of work
# per target.  `make run` and `make test` install what is missing first.

BUILD ?= build
CLIENTS := tests/e2e/node_modules/.package-lock.json
FUZZ_SECONDS ?= 60

# node 20 where Debian's is older (dev/deps.sh)
export PATH := $(CURDIR)/build/node/bin:$(PATH)

.PHONY: all deps run test test-asan bench fuzz lint install

all:
	dev/build.sh $(BUILD)

deps:
	dev/deps.sh all

run:
	dev/deps.sh run
	dev/build.sh $(BUILD)
	BUILD=$(BUILD) exec dev/run.sh

test:
	dev/deps.sh test
	$(MAKE) --no-print-directory $(CLIENTS)
	dev/test.sh $(BUILD)

test-asan:
	dev/deps.sh test
	$(MAKE) --no-print-directory $(CLIENTS)
	dev/build.sh build-asan -Db_sanitize=address,undefined -Db_lundef=false
	dev/test.sh build-asan

bench:
	dev/deps.sh bench
	dev/bench.sh

fuzz:
	dev/deps.sh lint
	dev/fuzz.sh $(FUZZ_SECONDS)

lint:
	dev/deps.sh lint
	dev/lint.sh

install: all
	meson install -C $(BUILD)

# the npm clients that the end-to-end tests drive
$(CLIENTS): tests/e2e/package-lock.json tests/e2e/package.json
	cd tests/e2e && npm ci --ignore-scripts --no-fund --no-audit
	touch $@
