package board_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"bayyina/internal/forge"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// site is the board's pages alone.
func site(tb testing.TB, b *board.Board) http.Handler {
	tb.Helper()
	s := must(web.New(web.Config{
		Name: read.Bilingual{AR: "بيّنة", EN: "Bayyina"}, Rehearsal: true, Origin: "https://vote.test",
		Version: b.Version, Log: slog.New(slog.NewTextHandler(tb.Output(), nil)),
	}))
	must(board.NewPages(b, "https://vote.test/log")).Mount(s)
	return s.Handler()
}

func get(tb testing.TB, h http.Handler, path string, status int) *httptest.ResponseRecorder {
	tb.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://vote.test"+path, nil))
	if w.Code != status {
		tb.Errorf("%s: status %d, want %d", path, w.Code, status)
	}
	return w
}

var href = regexp.MustCompile(`(?:href|src)="(/[^"#]*)"`)

func TestEveryPageOfTheBoardIsThereInEveryLanguageAndNoLinkIsBroken(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in short runs: it takes long")
	}
	l := tell(t)
	l.publish(t, forge.HonestSize)
	b := l.board(t, "")
	refresh(t, b)
	h := site(t, b)
	seen := map[string]bool{"/ar/": true, "/en/": true}
	queue := []string{"/ar/", "/en/"}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		w := get(t, h, path, http.StatusOK)
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			continue
		}
		for _, m := range href.FindAllStringSubmatch(w.Body.String(), -1) {
			if !seen[m[1]] && !strings.HasPrefix(m[1], "/ar-u-nu-arab/") {
				seen[m[1]] = true
				queue = append(queue, m[1])
			}
		}
	}
	if len(seen) < 2*forge.HonestSize {
		t.Errorf("only %d pages and files", len(seen))
	}
	for _, path := range []string{"/log", "/log/entries/5", "/log/decisions", "/check"} {
		get(t, h, "/ar-u-nu-arab"+path, http.StatusOK)
	}
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	l := tell(t)
	l.publish(t, forge.HonestSize)
	b := l.board(t, "")
	refresh(t, b)
	h := site(t, b)
	for _, path := range []string{
		"/en/log/entries/300", "/en/log/entries/-1", "/en/log/entries/01", "/en/log/entries/x", "/en/log/kinds/vote.nothing/1",
		"/en/log/before/x", "/entries/300/proof.txt", "/entries/0/attachments/00", "/entries/6/attachments/%2e%2e",
	} {
		get(t, h, path, http.StatusNotFound)
	}
	get(t, h, "/en/log/before/99999", http.StatusOK)
}

func TestBeforeTheFirstRoundPagesSayThatNothingWasRecomputed(t *testing.T) {
	l := tell(t)
	l.publish(t, 20)
	h := site(t, l.board(t, ""))
	w := get(t, h, "/en/", http.StatusServiceUnavailable)
	if !strings.Contains(w.Body.String(), "has not finished recomputing") {
		t.Errorf("%s", w.Body)
	}
}

func TestAFalseClaimAndARewrittenLogAreShownAndNeverHidden(t *testing.T) {
	l := tell(t)
	l.publish(t, forge.HonestSize)
	b := l.board(t, "")
	refresh(t, b)
	h := site(t, b)
	if body := get(t, h, "/en/log", http.StatusOK).Body.String(); strings.Contains(body, "not a continuation") {
		t.Error("trouble where there is none")
	}
	l.publish(t, 20)
	_ = b.Refresh(ctx)
	if body := get(t, h, "/en/check", http.StatusOK).Body.String(); !strings.Contains(body, "not a continuation") {
		t.Error("the page does not say that the log was rewritten")
	}
	if body := get(t, h, "/en/log", http.StatusServiceUnavailable).Body.String(); !strings.Contains(body, "not a continuation") {
		t.Error("the page of what is gone does not say that the log was rewritten")
	}

	lie := tell(t)
	lie.history.Entries[forge.HonestRules].Time = start.AddDate(0, 0, -3)
	lie.publish(t, forge.HonestSize)
	b = lie.board(t, "")
	refresh(t, b)
	h = site(t, b)
	if body := get(t, h, "/en/", http.StatusOK).Body.String(); !strings.Contains(body, "claims of this log are false") && !strings.Contains(body, "claim of this log is false") {
		t.Error("the first page does not say that something is false")
	}
	if body := get(t, h, fmt.Sprintf("/en/log/entries/%d", forge.HonestRules), http.StatusOK).Body.String(); !strings.Contains(body, "Something about this entry is wrong") {
		t.Error("the entry does not say that it is wrong")
	}
}

func TestDownloadsAreNeverShownAsPages(t *testing.T) {
	l := tell(t)
	l.publish(t, forge.HonestSize)
	b := l.board(t, "")
	s := refresh(t, b)
	h := site(t, b)
	e := must(s.Entry(ctx, forge.HonestFirst))
	for _, path := range []string{
		"/policy.txt", "/entries/6/entry.txt", "/entries/6/statement.txt", "/entries/6/proof.txt", "/entries/6/receipt.txt",
		"/entries/6/attachments/" + e.Statement.Attachments[0].SHA256,
	} {
		w := get(t, h, path, http.StatusOK)
		if w.Header().Get("Content-Disposition") != "attachment" || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
			t.Errorf("%s: %v", path, w.Header())
		}
		again := httptest.NewRequest(http.MethodGet, "https://vote.test"+path, nil)
		again.Header.Set("If-None-Match", w.Header().Get("ETag"))
		w = httptest.NewRecorder()
		if h.ServeHTTP(w, again); w.Code != http.StatusNotModified {
			t.Errorf("%s again: status %d", path, w.Code)
		}
	}
	policy := must(read.ParsePolicy(get(t, h, "/policy.txt", http.StatusOK).Body.Bytes()))
	if _, err := read.CheckReceipt(get(t, h, "/entries/6/receipt.txt", http.StatusOK).Body.Bytes(), policy); err != nil {
		t.Error(err)
	}
}
