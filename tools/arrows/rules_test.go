package main

import "testing"

func TestArrows(t *testing.T) {
	for _, c := range []struct {
		from, imports string
		allowed       bool
	}{
		{"core/tally", "bayyina/core/group", true},
		{"core/tally", "bayyina/corelike/x", true},
		{"core/tally", "bayyina/platform/store", false},
		{"core/tally", "bayyina/module/vote", false},
		{"core/tally", "os", false},
		{"core/tally", "net/http", false},
		{"core/tally", "log/slog", false},
		{"core/tally", "io/fs", true},
		{"platform/store", "bayyina/core/group", true},
		{"platform/store", "bayyina/module/vote", false},
		{"platform/store", "database/sql", true},
		{"module/vote", "bayyina/platform/store", true},
		{"module/vote", "bayyina/module/vote/evidence", true},
		{"module/vote", "bayyina/module/register", false},
		{"module/vote/evidence", "bayyina/module/register/evidence", false},
		{"module/vote/evidence", "bayyina/core/tally", true},
		{"module/vote/evidence", "bayyina/platform/ledger/read", true},
		{"module/vote/evidence", "bayyina/platform/ledger/replay", true},
		{"module/vote/evidence", "bayyina/platform/ledger", false},
		{"module/vote/evidence", "bayyina/module/vote", false},
		{"module/vote/evidence", "bayyina/module/vote/evidence/result", true},
		{"module/vote", "bayyina/cmd/bayyina", false},
		{"cmd/bayyina", "bayyina/module/vote", true},
		{"cmd/bayyina", "bayyina/internal/demo", true},
		{"internal/demo", "bayyina/platform/store", true},
		{"module/vote", "bayyina/internal/demo", false},
	} {
		got := check(pkg{ImportPath: "bayyina/" + c.from, Imports: []string{c.imports}})
		if allowed := len(got) == 0; allowed != c.allowed {
			t.Errorf("%s → %s: allowed %v, want %v", c.from, c.imports, allowed, c.allowed)
		}
	}
}

func TestArrowsHoldForTestsToo(t *testing.T) {
	p := pkg{ImportPath: "bayyina/core/tally", TestImports: []string{"os"}, XTestImports: []string{"bayyina/platform/store"}}
	if got := check(p); len(got) != 1 {
		t.Errorf("broken: %q, want the import of the store only", got)
	}
}

func TestVerifierLinksNothingOfAServer(t *testing.T) {
	for _, linked := range []string{"database/sql", "github.com/transparency-dev/tessera/storage/posix", "github.com/jackc/pgx/v5", "bayyina/platform/ledger"} {
		if got := check(pkg{ImportPath: "bayyina/platform/ledger/replay", Deps: []string{linked}}); len(got) != 1 {
			t.Errorf("%s linked: %q", linked, got)
		}
	}
	for _, linked := range []string{"net/http", "golang.org/x/mod/sumdb/tlog", "bayyina/platform/ledger/read"} {
		if got := check(pkg{ImportPath: "bayyina/platform/ledger/replay", Deps: []string{linked}}); len(got) != 0 {
			t.Errorf("%s linked: %q", linked, got)
		}
	}
}
