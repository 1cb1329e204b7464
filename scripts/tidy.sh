#!/bin/sh
# Fails unless go.mod requires exactly what is used. (-e, because some modules'
# own tests need modules that cannot be had everywhere; nothing of ours needs them.
# For the same reason go.sum is not compared: the build itself demands what it needs.)
set -eu
cd "$(dirname "$0")/.."

for module in . tools; do
	diff=$(go -C "$module" mod tidy -e -diff 2>/dev/null | sed -n '/^diff .*go\.mod/,/^diff .*go\.sum/p' || true)
	if [ -n "$diff" ]; then
		echo "$diff" | grep '^[-+]'
		echo "tidy: run go mod tidy -e in $module"
		exit 1
	fi
done
