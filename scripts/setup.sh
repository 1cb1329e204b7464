#!/bin/sh
# Installs what the tests need besides Go modules, or says exactly what is missing
# and how to get it. Where all is there it says so and needs no network.
set -eu
cd "$(dirname "$0")/.."

say() { echo "setup: $*"; }

# 1. Go, as new as go.mod asks for.
command -v go >/dev/null || { say "Go is missing: install it from https://go.dev/dl/"; exit 1; }
need=$(sed -n 's/^go //p' go.mod)
have=$(go env GOVERSION | sed 's/^go//')
if [ "$(printf '%s\n%s\n' "$need" "$have" | sort -V | head -n 1)" != "$need" ]; then
	say "Go $have is too old: $need is needed, see https://go.dev/dl/"
	exit 1
fi
say "Go $have"

# 2. Modules, so that everything afterwards works without a network.
say "fetching Go modules where the cache lacks them"
go mod download
go -C tools mod download

# 3. Debian packages: a PostgreSQL server, since the database tests run on it and on
#    SQLite, a browser for the pages' tests, a C compiler for the race detector, and
#    readers of PDF and of QR codes for the letters' tests.
missing=
command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="postgresql"
command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing="$missing chromium"
command -v "$(go env CC)" >/dev/null || missing="$missing gcc libc6-dev"
command -v pdftotext >/dev/null || missing="$missing poppler-utils"
command -v qpdf >/dev/null || missing="$missing qpdf"
command -v zbarimg >/dev/null || missing="$missing zbar-tools"
if [ -z "$missing" ]; then
	say "PostgreSQL, Chromium, a C compiler, and readers of PDF and of QR codes are here"
elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	say "installing by apt-get: $missing"
	apt-get update -q
	# shellcheck disable=SC2086 # a list of words
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
else
	say "MISSING: $missing. What needs it will be SKIPPED, NOT CHECKED."
	say "         As root: apt-get install $missing"
fi

# 4. belenios-tool, the reference implementation, as judge of our elections. Debian 12
#    has version 2.0, which does not know Ed25519; later ones are built from source
#    (https://www.belenios.org) and named by BAYYINA_BELENIOS_TOOL, a list like PATH.
if ! command -v belenios-tool >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	say "installing by apt-get: belenios-tool"
	{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends belenios-tool; } || true
fi
fields=
curve=
for tool in $(echo "${BAYYINA_BELENIOS_TOOL:-}" | tr : ' ') $(command -v belenios-tool || true); do
	version=$("$tool" --version)
	say "belenios-tool $version"
	case $version in
	2.0*) fields=yes ;;
	2.* | 3.*) fields=yes curve=yes ;;
	esac
done
[ "$curve" ] || say "MISSING: belenios-tool from 2.1 to 3.3. Its verdict on elections in Ed25519 will be SKIPPED, NOT CHECKED."
[ "$fields" ] || say "MISSING: belenios-tool. Its verdict on elections in finite fields will be SKIPPED, NOT CHECKED."

# 5. axe-core, which checks that the pages are accessible: a browser script that npm
#    packs, by its version and hash.
axe=axe-core-4.14.1.tgz
sum=e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745
mkdir -p .cache/axe-core
cd .cache/axe-core
if [ ! -f $axe ] && command -v npm >/dev/null; then
	say "fetching $axe"
	npm pack --silent "axe-core@$(basename ${axe#axe-core-} .tgz)" >/dev/null || true
fi
if [ ! -f $axe ]; then
	rm -f axe.min.js
	say "MISSING: axe-core: npm is missing, or cannot fetch it. That pages are accessible will be SKIPPED, NOT CHECKED."
	say "         Install npm (Debian: apt-get install npm), or put $axe into .cache/axe-core."
elif echo "$sum  $axe" | sha256sum --check --quiet; then
	tar -xzf $axe --strip-components 1 package/axe.min.js
	say "axe-core: $axe"
else
	say "$axe in .cache/axe-core is not the file that it should be: remove it, and run this again"
	exit 1
fi
cd ../..

# 6. Real archives and vectors of other tools, kept outside the repository.
data=${BAYYINA_PEERDATA:-../shared/data}
if [ -d "$data" ]; then
	say "peers' data: $data"
else
	say "MISSING: peers' data at $data. Tests against it will be SKIPPED, NOT CHECKED."
	say "         Set BAYYINA_PEERDATA to the folder that holds it."
fi
