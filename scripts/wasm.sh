#!/bin/sh
# Builds the verifier for WebAssembly, and fails if it holds anything of a server:
# SQL, the library that writes logs, or code of ours that serves HTTP.
set -eu
cd "$(dirname "$0")/.."

verifier=./platform/ledger/replay
export GOOS=js GOARCH=wasm
go build -o /dev/null $verifier

bad=$(go list -deps $verifier | grep -E '^database/sql|transparency-dev/tessera|ncruces/|jackc/|modernc.org/|pressly/goose' || true)
if [ -n "$bad" ]; then
	echo "wasm: the verifier must not link:"
	echo "$bad"
	exit 1
fi

# net/http is needed to fetch a log; nothing of ours may serve with it.
dirs=$(go list -deps -f '{{with .Module}}{{if .Main}}{{$.Dir}}{{end}}{{end}}' $verifier)
for dir in $dirs; do
	if find "$dir" -maxdepth 1 -name '*.go' ! -name '*_test.go' -exec cat {} + |
		grep -E 'http\.(Server|ServeMux|Handle|HandleFunc|Serve|ListenAndServe)\b'; then
		echo "wasm: $dir serves HTTP"
		exit 1
	fi
done
echo "wasm: $(echo "$dirs" | wc -l) packages of ours, nothing of a server"
