#!/bin/sh
# Runs the short tests of the given packages under the race detector, which needs
# a C compiler.
set -eu
cd "$(dirname "$0")/.."

if ! command -v "$(go env CC)" >/dev/null; then
	echo "race: NOT CHECKED: no C compiler (Debian: apt-get install gcc libc6-dev)"
	exit 0
fi
CGO_ENABLED=1 go test -race -short -timeout 15m "$@"
