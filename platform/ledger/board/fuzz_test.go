package board_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"bayyina/internal/forge"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// FuzzQuery: whatever programs and pages are asked, the answer is never a failure of the
// server, and to programs it is JSON.
func FuzzQuery(f *testing.F) {
	l := tell(f)
	l.publish(f, forge.HonestSize)
	b := l.board(f, "")
	refresh(f, b)
	s := must(web.New(web.Config{
		Name: read.Bilingual{AR: "بيّنة", EN: "Bayyina"}, Origin: "https://vote.test", Version: b.Version, Log: slog.New(slog.DiscardHandler),
	}))
	pages := must(board.NewPages(b, "https://vote.test/log"))
	pages.Mount(s)
	must(pages.NewAPI(s))
	h := s.Handler()
	paths := []string{"/api/v1/log/entries", "/api/v1/claims", "/en/log", "/ar/log/entries/"}
	for i, query := range []string{"limit=2&before=5", "subject=8QrCAeS5xbQKAY", "before=3&kind=log.genesis/1", "", "limit=-1", "before=9223372036854775808", "kind=%00", "limit=2&limit=3"} {
		f.Add(i, query)
	}
	f.Fuzz(func(t *testing.T, which int, query string) {
		u := &url.URL{Path: paths[uint(which)%uint(len(paths))], RawQuery: query}
		if strings.HasSuffix(u.Path, "/entries/") {
			u.Path, u.RawQuery = u.Path+query, ""
		}
		r := httptest.NewRequest(http.MethodGet, "https://vote.test/", nil)
		r.URL, r.RequestURI = u, u.RequestURI()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError {
			t.Fatalf("%s: status %d, %s", u, w.Code, w.Body)
		}
		if strings.HasPrefix(u.Path, "/api/") && !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%s: %s", u, w.Body)
		}
	})
}
