package vote_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"bayyina/module/vote"
	"bayyina/module/vote/booth"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/web"
	"bayyina/platform/web/webtest"
)

// polling is an election that is open, with its booth and the real interface for booths.
type polling struct {
	*shown
	cut atomic.Bool // the booth does not reach the server
	got sync.Map    // what was sent: path, and all bodies together
}

func newPolling(t *testing.T, n *nation) *polling {
	t.Helper()
	w := newWorldOf(t, store.SQLite, n)
	w.open()
	p := &polling{shown: show(w)}
	site := must(web.New(web.Config{Name: read.Bilingual{AR: "المفوضية", EN: "Commission"}, Origin: webtest.Origin, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}))
	must(booth.New(booth.Settings{Server: webtest.Origin, Log: origin, Receipt: w.Receipt.VerifierKey()})).Mount(site)
	pages := must(board.NewPages(p.board, webtest.Origin+"/log"))
	api := vote.NewCasting(casting(w))
	api.MountAPI(must(pages.NewAPI(site)))
	must(vote.NewChecker(api)).Mount(site)
	serve := site.Handler()
	p.site = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if p.cut.Load() && strings.HasPrefix(r.URL.Path, "/api/") {
			panic(http.ErrAbortHandler)
		}
		if r.Method == http.MethodPost {
			body, err := io.ReadAll(r.Body)
			check(t, err)
			p.got.Store(r.URL.Path, string(body))
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		serve.ServeHTTP(rw, r)
	})
	return p
}

// sent is the body of the last request that changes something, to a path with this end.
func (p *polling) sent(end string) (body string) {
	p.got.Range(func(path, text any) bool {
		if strings.HasSuffix(path.(string), end) {
			body = text.(string)
		}
		return true
	})
	return body
}

// enter opens the booth and gives a voter's credential.
func (p *polling) enterBooth(t *testing.T, b *webtest.Browser, voter int) {
	t.Helper()
	b.Page(t, "/booth/#"+p.uuid)
	b.Type(t, "#credential", p.secrets[voter].Reveal())
	b.Click(t, "main form button")
	b.Wait(t, ".choices")
}

func TestAVoterCastsABallotInTheBooth(t *testing.T) {
	w := newPolling(t, theNation())
	b := webtest.Open(t, w.site)
	b.Width(t, webtest.Phone)
	b.Page(t, "/booth/#"+w.uuid)
	b.Wait(t, "#credential")
	b.Screenshot(t, "booth-1")
	b.Type(t, "#credential", w.secrets[2].Reveal())
	b.Click(t, "main form button")
	b.Wait(t, ".choices")
	b.Screenshot(t, "booth-2")
	b.Click(t, ".choices label")
	b.Click(t, ".bar-below .button")
	b.Wait(t, ".answers")
	b.Screenshot(t, "booth-3")
	b.Click(t, "main > .actions .button")
	b.Wait(t, ".seal")
	b.Screenshot(t, "booth-4")
	b.Click(t, ".two .button")
	b.Wait(t, ".verdict.true")
	b.Screenshot(t, "booth-5")
	w.tick(batch)
	if n := must(w.reg.Status(ctx, w.uuid)).Ballots; n != 1 {
		t.Errorf("%d ballots are in the log", n)
	}
}
