package ledger_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bayyina/platform/ledger"
	"bayyina/platform/store"
)

func TestPublicFilesAreServedAndNothingElse(t *testing.T) {
	r := newRig(t, store.SQLite)
	r.create(t)
	if err := os.WriteFile(filepath.Join(r.Dir, "secret"), []byte("s"), 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := ledger.Public(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	const forever, ask = "public, max-age=31536000, immutable", "no-cache"
	for _, c := range []struct {
		path   string
		status int
		cache  string
	}{
		{"/checkpoint", 200, ask},
		{"/checkpoints/001", 200, forever},
		{"/tile/0/000.p/1", 200, forever},
		{"/tile/entries/000.p/1", 200, forever},
		{"/", 404, ask},
		{"/tile", 404, ask},
		{"/tile/", 404, ask},
		{"/checkpoint/x", 404, ask},
		{"/.state/treeState", 404, ask},
		{"/tile/.hidden", 404, ask},
		{"/../secret", 404, ask},
		{"/tile/0/999", 404, ask},
	} {
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.URL.Path = c.path
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		if w.Code != c.status || w.Header().Get("Cache-Control") != c.cache || w.Header().Get("X-Content-Type-Options") != "nosniff" ||
			!strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %d %v", c.path, w.Code, w.Header())
		}
	}
}

func TestPublicFilesAreServedInRanges(t *testing.T) {
	r := newRig(t, store.SQLite)
	p := r.create(t)
	h, err := ledger.Public(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodGet, "/checkpoint", nil)
	req.Header.Set("Range", "bytes=4-9")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	if w.Code != http.StatusPartialContent || w.Body.String() != string(p.Checkpoint[4:10]) {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}
