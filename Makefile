# make demo    the whole way, from a mail to a read message, on this machine
# make test    every test; gets servers, a browser and mail clients if it can
# make check   what a change has to pass: format, vet, staticcheck, advisories, tests
# make build   bin/securetext, static
# make bench   rates of intake, sending and viewing on both stores; memory and
#              waiting times with a thousand clients connected
# make fuzz    a minute of each fuzz target (FUZZTIME=1m)
# make screens pictures of every page, in docs/screens/ (SCREENS=folder)

SHELL       := bash
TESTTIMEOUT ?= 10m
SCREENS     ?= docs/screens
ARGS        ?=

.PHONY: demo build test check lint vuln bench fuzz screens clean

demo:
	go run ./cmd/securetext demo $(ARGS)

build:
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o bin/securetext ./cmd/securetext

test:
	.ci/services run go test -race -timeout $(TESTTIMEOUT) $(ARGS) ./...

check: lint vuln test

lint:
	.ci/lint

vuln:
	.ci/vuln

# Benchmarks run without the race detector, and Postgres waits for the disk.
bench:
	SERVICES_DURABLE=1 .ci/services run go test -run '^$$' -bench . -benchmem $(ARGS) \
		$$(grep -rl --include='*_test.go' '^func Benchmark' . | xargs -n 1 dirname | sort -u)

fuzz:
	.ci/fuzz

screens:
	mkdir -p $(SCREENS)
	SCREENS=$(abspath $(SCREENS)) .ci/services run go test -count=1 -timeout $(TESTTIMEOUT) -run '^TestBrowserScreens$$' ./pickup ./web/console

clean:
	rm -rf bin
