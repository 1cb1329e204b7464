package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"bayyina/module/vote"
	"bayyina/platform/web/webtest"
)

// voter is somebody at the booth.
type voter struct {
	*webtest.Browser
	p      *people
	number int // from 0
	secret string
	lang   string
	width  int64
}

// vote has five of the six voters vote.
func (p *people) vote(secrets []string) {
	checker, _ := p.e.opened(&checkerCmd{Server: p.origin, Listen: "127.0.0.1:0"})
	checker = strings.TrimSuffix(checker, "/en/check-ballot")
	for i, who := range []struct {
		lang   string
		width  int64
		choose []string
	}{
		{"ar", webtest.Phone, []string{"عائشة"}},
		{"en", webtest.Desktop, []string{"Aisha"}},
		{"ar", webtest.Desktop, []string{"محمد"}},
		{"en", webtest.Phone, []string{"Mohamed", "Khadija"}}, // votes twice: the last one counts
		{"ar", webtest.Phone, []string{""}},                   // blank
	} {
		v := &voter{p.first.Another(p.t), p, i, secrets[i], who.lang, who.width}
		v.Width(p.t, who.width)
		for again, candidate := range who.choose {
			if again > 0 { // the log must show both
				p.published(func(s vote.Status) bool { return s.Waiting == 0 })
			}
			v.enter(again > 0)
			v.choose(candidate)
			if i == 2 {
				v.check(checker, candidate)
			}
			v.cast()
		}
	}
}

func (v *voter) look(name string) {
	v.p.t.Helper()
	v.p.look(v.Browser, fmt.Sprintf("booth-%s-%s-%d", name, v.lang, v.width))
}

// enter opens the booth and gives the credential.
func (v *voter) enter(again bool) {
	t := v.p.t
	if again {
		v.Click(t, "main > p > .button")
	} else {
		v.Page(t, v.p.origin+"/booth/#"+v.p.uuid)
		v.Wait(t, "#credential")
		if webtest.Ask[string](t, v.Browser, `document.documentElement.lang`) != v.lang {
			v.Click(t, "#language")
		}
	}
	v.Wait(t, "#credential")
	v.look("credential")
	v.Type(t, "#credential", v.secret)
	v.Click(t, "main form button")
	v.Wait(t, ".choices")
}

// choose chooses a candidate, or nobody, and has the ballot encrypted.
func (v *voter) choose(candidate string) {
	t := v.p.t
	v.look("choices")
	row := `main .choice`
	if candidate == "" {
		row = `main .blank .choice, main .choice.blank`
	}
	if !webtest.Ask[bool](t, v.Browser, "(() => { const row = [...document.querySelectorAll(`"+row+"`)].find(e => e.textContent.includes(`"+candidate+"`)); row?.click(); return row != null })()") {
		t.Fatalf("there is no choice %q: %s", candidate, v.Text(t, "main"))
	}
	v.Click(t, ".bar-below .button")
	v.encrypt()
}

func (v *voter) encrypt() {
	t := v.p.t
	v.Wait(t, ".answers")
	v.look("review")
	v.Click(t, "main > .actions .button")
	v.Wait(t, ".seal")
	v.look("seal")
}

// check has the ballot opened, and read by a checker that is not the server's; then it is encrypted
// anew.
func (v *voter) check(checker, candidate string) {
	t := v.p.t
	v.Click(t, ".two section:last-child .button")
	v.Wait(t, `main a[href*="/check-ballot#"]`)
	v.look("opened")
	link := webtest.Ask[string](t, v.Browser, `document.querySelector('main a[href*="/check-ballot#"]').href`)
	_, ballot, _ := strings.Cut(link, "#")
	of := strings.Split(ballot, "/")
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) { // until the server has it
		answer, err := http.Get(v.p.origin + "/api/v1/elections/" + of[0] + "/openings/" + of[1])
		v.p.must(err)
		v.p.must(answer.Body.Close())
		if answer.StatusCode == http.StatusOK {
			break
		}
		if time.Since(begun) > time.Minute {
			t.Fatalf("the opened ballot: %s", answer.Status)
		}
	}
	other := v.p.first.Another(t)
	other.Width(t, webtest.Phone)
	other.Page(t, checker+"/ar/check-ballot#"+ballot)
	other.Follow(t, "main form button")
	v.p.look(other, "checker-ar-390")
	if text := other.Text(t, "main"); !strings.Contains(text, candidate) {
		t.Errorf("the checker does not read the vote for %s: %s", candidate, text)
	}
	other.Wait(t, ".verdict.true")
	v.Click(t, "main > .actions .button")
	v.encrypt()
}

// cast casts the ballot with the one-time code that comes by e-mail.
func (v *voter) cast() {
	t := v.p.t
	v.Click(t, ".two section:first-child .button")
	v.Wait(t, "#voter")
	v.look("who")
	v.Type(t, "#voter", fmt.Sprintf("v-%d", v.number+1))
	v.Click(t, "main form .button")
	v.Wait(t, "#code")
	v.look("code")
	v.Type(t, "#code", v.p.code(v.number))
	v.Click(t, "main form .button")
	v.Wait(t, ".verdict.true")
	v.look("done")
}
