#!/bin/sh
# Generates what is generated, and fails if that changes any file.
set -eu
cd "$(dirname "$0")/.."

state() {
	git diff --binary HEAD
	git ls-files --others --exclude-standard -z | xargs -0r sha256sum
}
before=$(state | sha256sum)
go generate ./...
if [ "$(state | sha256sum)" != "$before" ]; then
	git status --short
	echo "generated: go generate has changed files: commit what it makes"
	exit 1
fi
