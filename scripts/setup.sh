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
#    SQLite, a browser for the pages' tests, a C compiler for the race detector,
#    readers of PDF and of QR codes for the letters' tests, a judge of XML schemas, and what brings messages to
#    phones (Kannel) and mailboxes (aiosmtpd).
missing=
command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="postgresql"
command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing="$missing chromium-headless-shell"
command -v "$(go env CC)" >/dev/null || missing="$missing gcc libc6-dev"
command -v pdftotext >/dev/null || missing="$missing poppler-utils"
command -v qpdf >/dev/null || missing="$missing qpdf"
command -v xmllint >/dev/null || missing="$missing libxml2-utils"
command -v zbarimg >/dev/null || missing="$missing zbar-tools"
command -v bearerbox >/dev/null || missing="$missing kannel"
/usr/bin/python3 -c "import aiosmtpd" 2>/dev/null || missing="$missing python3-aiosmtpd"
if [ -z "$missing" ]; then
	say "PostgreSQL, Chromium, a C compiler, readers of PDF and of QR codes, Kannel and a mail server are here"
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

# 5. What npm packs, by version and hash: axe-core, which checks that the pages are
#    accessible, and what the booth's scripts are bundled with.
mkdir -p .cache/npm
while read -r package version sum; do
	archive=$(echo "${package#@}" | tr / -)-$version.tgz
	dir=.cache/npm/node_modules/$package
	if [ ! -f ".cache/npm/$archive" ] && command -v npm >/dev/null; then
		say "fetching $archive"
		(cd .cache/npm && npm pack --silent "$package@$version" >/dev/null) || true
	fi
	rm -rf "$dir"
	if [ ! -f ".cache/npm/$archive" ]; then
		say "MISSING: $package: npm is missing, or cannot fetch it. What needs it will be SKIPPED, NOT CHECKED."
		say "         Install npm (Debian: apt-get install npm), or put $archive into .cache/npm."
	elif echo "$sum  .cache/npm/$archive" | sha256sum --check --quiet; then
		mkdir -p "$dir"
		tar -xzf ".cache/npm/$archive" -C "$dir" --strip-components 1
		say "$package $version"
	else
		say "$archive in .cache/npm is not the file that it should be: remove it, and run this again"
		exit 1
	fi
done <<-'PACKAGES'
	axe-core 4.14.1 e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745
	@noble/curves 2.4.0 55279c71b0201d6c0e58d0206d15825359e02a3932f326ba7b7909ac2d334aa9
	@noble/hashes 2.4.0 e1946149b780017b2564fcc092cb01c04e1d7f20627d0296c17da8868f4436dc
PACKAGES
mkdir -p .cache/axe-core
rm -f .cache/axe-core/axe.min.js
if [ -f .cache/npm/node_modules/axe-core/axe.min.js ]; then
	cp .cache/npm/node_modules/axe-core/axe.min.js .cache/axe-core/
fi

# 6. Real archives and vectors of other tools, kept outside the repository.
data=${BAYYINA_PEERDATA:-../shared/data}
if [ -d "$data" ]; then
	say "peers' data: $data"
else
	say "MISSING: peers' data at $data. Tests against it will be SKIPPED, NOT CHECKED."
	say "         Set BAYYINA_PEERDATA to the folder that holds it."
fi
