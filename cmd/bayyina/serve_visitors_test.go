package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"bayyina/platform/ledger/read"
	"bayyina/platform/web/webtest"
)

// Whoever visits the demonstration opens an election by a click, votes in its booth, finds the tracker
// in the log, and has the trustees count.
func TestAVisitorOfTheDemonstrationVotesAndHasItCounted(t *testing.T) {
	t.Parallel()
	b := webtest.Open(t, nil)
	c := newClock()
	e := theWorld()
	e.now = c.now
	rehearse(t, e, "", func(r *running) {
		origin := r.settings.Site.Origin
		page := origin + "/ar/demo/vote"
		look := func(b *webtest.Browser, name string) {
			b.Fits(t)
			b.Axe(t)
			b.Screenshot(t, "visitors-"+name)
		}
		// until looks at a page until it shows something.
		until := func(b *webtest.Browser, address, want string) string {
			t.Helper()
			for begun := time.Now(); ; time.Sleep(100 * time.Millisecond) {
				b.Page(t, address)
				text := b.Text(t, "main")
				if strings.Contains(text, want) {
					return text
				}
				if time.Since(begun) > time.Minute {
					t.Fatalf("%s never says %q: %s", address, want, text)
				}
			}
		}
		b.Width(t, webtest.Phone)
		b.Page(t, page)
		look(b, "none-ar-390")
		b.Follow(t, `button[name=minutes][value="1"]`)
		look(b, "open-ar-390")
		closes := r.now().Add(time.Minute)

		booth := b.Another(t)
		booth.Width(t, webtest.Phone)
		booth.Page(t, webtest.Ask[string](t, b, `document.querySelector("a[href^='/booth/']").href`))
		booth.Wait(t, "#credential")
		booth.Click(t, "main form button")
		booth.Wait(t, ".choices")
		booth.Click(t, ".choices label")
		booth.Click(t, ".bar-below .button")
		booth.Wait(t, ".list")
		booth.Click(t, ".list")
		booth.Click(t, ".candidates button")
		booth.Click(t, ".bar-below .button")
		booth.Wait(t, ".ranking")
		booth.Click(t, ".unranked .choice")
		booth.Click(t, ".bar-below .button")
		booth.Wait(t, ".answers")
		booth.Click(t, "main > .actions .button")
		booth.Wait(t, ".seal")
		booth.Click(t, ".two section:first-child .button")
		booth.Wait(t, ".verdict.true")
		tracker := booth.Text(t, "main .card code")
		election := webtest.Ask[string](t, booth, `location.hash.slice(1)`)

		for begun := time.Now(); ; time.Sleep(100 * time.Millisecond) { // until the board has read so far
			answer, err := http.Get(origin + "/en/elections/" + election)
			if err != nil {
				t.Fatal(err)
			}
			if answer.Body.Close(); answer.StatusCode == http.StatusOK {
				break
			}
			if time.Since(begun) > time.Minute {
				t.Fatalf("the board shows no election of visitors: %s", answer.Status)
			}
		}
		until(b, origin+"/en/elections/"+election+"/trackers?tracker="+url.QueryEscape(tracker[:8]), tracker)
		until(b, origin+"/en/elections/booth", "is the one in the log, as the server itself compared it")
		c.until(closes)
		b.Width(t, webtest.Desktop)
		until(b, page, "الآن دور أمناء المفاتيح")
		look(b, "tallied-ar-1280")
		b.Follow(t, `button[value=count]`)
		until(b, origin+"/en/demo/vote", "There is a result")
		look(b, "counted-en-1280")
		text := until(b, origin+"/en/elections/"+election, "Maryam al-Fakhri")
		if !strings.Contains(text, "100") {
			t.Errorf("the one vote is not the result: %s", text)
		}
		b.Screenshot(t, "visitors-result-en-1280")

		for address, well := range map[string]bool{origin: true, "https://elsewhere.example": false} {
			settings := *r.settings
			settings.Site.Origin = address
			d := &doctor{env: r.env, dir: r.Config.Dir, settings: &settings}
			if d.booth(); len(d.findings) != 1 || d.findings[0].Well != well {
				t.Errorf("the doctor finds at %s: %+v", address, d.findings)
			}
		}
		report, err := (&verifyCmd{Location: r.local, Booth: origin + "/booth/"}).check(r.env)
		if err != nil {
			t.Fatal(err)
		}
		for _, claim := range report.Claims {
			if claim.Verdict == read.False {
				t.Errorf("%s is false: %+v", claim.ID, claim.Faults)
			}
		}
	})
}
