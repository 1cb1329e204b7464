# What can be made. Everything is Go modules, except a PostgreSQL server for the tests.
#
#   make demo    build bin/bayyina, hold a whole election with it in ./demo, and serve it until Enter
#   make test    install what the tests lack, and run them all
#   make check   format, vet, staticcheck, vulnerabilities, import arrows, generated
#                files, types of scripts, tidy modules, race tests, the verifier for
#                WebAssembly
#   make bench   measure anew the figures of docs/PERFORMANCE.md (BENCH=-full: the largest sizes too)
#   make soak    the long forms of the crash and scale tests (hours)

GO   ?= go
TOOL := $(GO) tool -modfile=tools/go.mod

# Packages with goroutines that share memory; those of core/ run beneath the modules, too.
RACE := ./core/mix ./platform/... ./module/vote ./module/vote/booth ./module/vote/local ./module/vote/manage

.PHONY: all demo test check bench soak setup litewitness clean
all: bin/bayyina

# Go itself knows what has changed.
.PHONY: bin/bayyina
bin/bayyina:
	$(GO) build -o $@ ./cmd/bayyina

demo: bin/bayyina bin/litewitness
	rm -rf demo
	bin/bayyina demo --out demo

# The witnesses' program, another party's, which the demo runs three times.
.PHONY: bin/litewitness
bin/litewitness:
	$(GO) build -o $@ filippo.io/torchwood/cmd/litewitness

# A real witness, another party's program, for the tests of the log.
litewitness:
	$(GO) build -o .cache/bin/litewitness filippo.io/torchwood/cmd/litewitness

setup:
	@scripts/setup.sh

# Four packages at a time, even on two processors: those with browsers mostly wait. `make check` vets.
test: setup litewitness
	$(GO) test -p 4 -vet=off -timeout 20m ./...

bench:
	$(GO) run ./bench $(BENCH)

soak: setup litewitness
	BAYYINA_SOAK=1 $(GO) test -count 1 -timeout 24h ./platform/... ./module/... ./cmd/...

clean:
	rm -rf bin demo .cache

# Generated files come first: the other checks read them. Then each check runs,
# two at a time, even where another has failed.
CHECKS := format vet staticcheck arrows types tidy wasm vulnerabilities race
.PHONY: generated $(CHECKS)
check: generated
	@$(MAKE) --no-print-directory --keep-going --output-sync=target -j 2 $(CHECKS)
	@echo 'make check: all checks passed, but for what is said above to be NOT CHECKED'

generated:
	scripts/generated.sh

format:
	@unformatted=$$($(TOOL) gofumpt -d .) && test -z "$$unformatted" || { echo "$$unformatted"; echo 'format: run gofumpt -w on these files'; exit 1; }

vet:
	$(GO) vet ./...
	$(GO) -C tools vet ./...

staticcheck:
	$(TOOL) staticcheck ./...

arrows:
	$(GO) -C tools test ./arrows
	$(GO) -C tools run ./arrows -C "$(CURDIR)"

types:
	scripts/types.sh

tidy:
	scripts/tidy.sh

wasm:
	scripts/wasm.sh

vulnerabilities:
	scripts/vulnerabilities.sh

race: litewitness
	scripts/race.sh $(RACE)
