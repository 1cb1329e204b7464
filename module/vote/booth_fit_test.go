package vote_test

import (
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bayyina/platform/web/webtest"
)

// Whoever cannot run the booth reads what to do, in both languages, at once.
func TestWhoCannotRunTheBoothIsToldWhatToDo(t *testing.T) {
	t.Parallel()
	p := opened(t, theNation())
	first := webtest.Open(t, p.site)
	for _, k := range []struct {
		name  string
		width int64
		told  string
		unfit func(b *webtest.Browser)
	}{
		{"scripts are refused", webtest.Phone, ".late", func(b *webtest.Browser) { b.NoScripts(t) }},
		{"no workers", webtest.Desktop, ".late.now", func(b *webtest.Browser) { b.First(t, `delete window.Worker`) }},
		{"a worker that fails", webtest.Phone, ".late.now", func(b *webtest.Browser) {
			b.First(t, `window.Worker = class { constructor() { setTimeout(() => this.onerror({message: "too old"})); } }`)
		}},
	} {
		t.Run(k.name, func(t *testing.T) {
			b := first.Another(t)
			b.Width(t, k.width)
			k.unfit(b)
			b.Page(t, "/booth/#"+p.uuid)
			b.Wait(t, k.told)
			text := b.Text(t, "main")
			for _, want := range []string{"جافاسكربت", "متصفح آخر", "The booth has not started", "older than 2022"} {
				if !strings.Contains(text, want) {
					t.Errorf("the page does not say %q: %s", want, text)
				}
			}
			if k.name != "scripts are refused" { // which axe is, too
				b.Fits(t)
				b.Axe(t)
			}
			b.Screenshot(t, "booth-unfit-"+strings.ReplaceAll(k.name, " ", "-"))
			b.Complaints() // of the script that stops
		})
	}
}

// On the slowest network that phones have, with every fifth request lost, a vote takes its time and
// arrives once.
func TestAVoteArrivesOverASlowNetworkWithLosses(t *testing.T) {
	if os.Getenv("BAYYINA_SOAK") == "" {
		t.Skip("SKIPPED but in the long form: a slow network takes a minute")
	}
	p := opened(t, theNation())
	var asked atomic.Int64
	b := webtest.Open(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") && asked.Add(1)%5 == 0 {
			panic(http.ErrAbortHandler)
		}
		p.site.ServeHTTP(rw, r)
	}))
	b.Network(t, 2000, 50_000/8, 50_000/8) // "slow 2G"
	begun := time.Now()
	since := func(what string) { t.Logf("%s after %.1f s", what, time.Since(begun).Seconds()) }
	again := func(selector string) {
		t.Helper()
		for webtest.Ask[bool](t, b, `new Promise(yes => { const look = () => document.querySelector("`+selector+`") ? yes(false) : document.querySelector(".errors") ? yes(true) : setTimeout(look, 100); look() })`) {
			b.Click(t, "main form button, main .actions .button")
			webtest.Ask[bool](t, b, `new Promise(yes => { const look = () => document.querySelector(".errors") ? setTimeout(look, 100) : yes(true); look() })`)
		}
	}
	b.Page(t, "/booth/#"+p.uuid)
	since("the page is there")
	again("#credential")
	since("the booth asks for the credential")
	b.Type(t, "#credential", p.secrets[5].Reveal())
	b.Click(t, "main form button")
	again(".choices")
	since("the question is there")
	b.Click(t, ".choices label")
	goOn(t, b)
	encrypted(t, b)
	since("the seal is there")
	b.Click(t, castButton)
	b.Wait(t, done)
	since("the promise is there")
	p.inTheLog(1)
	b.Complaints() // of the requests that were lost
}
