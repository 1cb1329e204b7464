#!/bin/sh
# Checks the types of the scripts for browsers, where npm can get the compiler: the build
# itself needs neither.
set -eu
cd "$(dirname "$0")/.."

version=7.0.2
if ! command -v npm >/dev/null || ! npm exec --yes --package "typescript@$version" -- tsc --version >/dev/null 2>&1; then
	echo "types: npm is missing, or cannot fetch typescript $version: the scripts' types are NOT CHECKED"
	exit 0
fi
npm exec --yes --package "typescript@$version" -- tsc -p platform/web/script
if [ -d .cache/npm/node_modules/@noble/curves ]; then
	npm exec --yes --package "typescript@$version" -- tsc -p module/vote/booth/script
else
	echo "types: what the booth's scripts import is missing (make setup fetches it): their types are NOT CHECKED"
fi
echo "types: the scripts' types hold"
