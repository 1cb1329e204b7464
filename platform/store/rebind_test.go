package store

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParametersAreRewrittenOutsideLiteralsAndComments(t *testing.T) {
	for _, c := range []struct{ shared, postgres string }{
		{"SELECT ?2, ?1", "SELECT $2, $1"},
		{"SELECT ?10+?1", "SELECT $10+$1"},
		{"SELECT '?1', ?1", "SELECT '?1', $1"},
		{"SELECT 'it''s ?1', ?1", "SELECT 'it''s ?1', $1"},
		{`SELECT "a?1" FROM t WHERE b = ?1`, `SELECT "a?1" FROM t WHERE b = $1`},
		{"SELECT 1 -- ?1\n, ?1", "SELECT 1 -- ?1\n, $1"},
		{"SELECT /* ?1 */ ?1", "SELECT /* ?1 */ $1"},
		{"SELECT a ? b, ?1", "SELECT a ? b, $1"},
		{"SELECT 'open ?1", "SELECT 'open ?1"},
		{"SELECT 5/?1-?2", "SELECT 5/$1-$2"},
		{"?", "?"},
		{"", ""},
	} {
		if got := rebind(c.shared); got != c.postgres {
			t.Errorf("rebind(%q) = %q, want %q", c.shared, got, c.postgres)
		}
	}
}

func TestRewritingChangesNothingButTheMark(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		query := rapid.StringMatching(`([ab?0-9'"\-/*\n]){0,40}`).Draw(t, "query")
		got := rebind(query)
		if strings.ReplaceAll(got, "$", "?") != query {
			t.Fatalf("rebind(%q) = %q", query, got)
		}
		if rebind(got) != got {
			t.Fatalf("rebind(%q) is not stable", query)
		}
	})
}
