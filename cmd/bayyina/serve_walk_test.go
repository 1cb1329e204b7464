package main

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bayyina/platform/identity/account"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web/webtest"
)

// walker is somebody at a browser, before the demonstration as it is served.
type walker struct {
	*webtest.Browser
	r *running
}

// A newcomer takes up an invitation with a passkey, and comes back with it; officers take a
// decision, which the log then holds; and anybody reads of it on the board.
func TestTheServedCountryIsWalkedInABrowser(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		rehearsal(t, database, func(r *running) {
			w := walker{webtest.Open(t, nil), r}
			w.Width(t, webtest.Phone)
			w.signIn(t)
			w.decide(t)
			w.board(t)
		})
	})
}

// open opens a page, in Arabic, which everybody must be able to use.
func (w walker) open(t *testing.T, path string) {
	t.Helper()
	w.Page(t, w.r.settings.Site.Origin+"/ar"+path)
	w.Fits(t)
	w.Axe(t)
}

// signIn walks from an invitation to a second sign-in.
func (w walker) signIn(t *testing.T) {
	device := w.Authenticator(t)
	_, secret, err := w.r.accounts.Invite(t.Context(), nil, account.Newcomer{Name: "سلمى", Address: "salma@example.ly", Organisation: "commission"})
	if err != nil {
		t.Fatal(err)
	}
	w.Page(t, w.r.accounts.InvitationLink("ar", secret))
	w.Follow(t, "main form button")
	w.Type(t, "#label", "هاتفي")
	w.Follow(t, "form[data-passkey] button[type=submit]")
	w.open(t, "/account")
	w.Follow(t, `form[action$="/sign-out"] button`)
	w.open(t, "/sign-in")
	w.Follow(t, "form[data-passkey] button[type=submit]")
	w.open(t, "/account")
	if text := w.Text(t, "main"); device.Passkeys(t) != 1 || !strings.Contains(text, "سلمى") {
		t.Errorf("%d passkeys; the account says %s", device.Passkeys(t), text)
	}
}

// as signs in as a person of the demonstration.
func (w walker) as(t *testing.T, person int) {
	t.Helper()
	w.open(t, "/demo")
	w.Follow(t, fmt.Sprintf(`form:has([name=person][value="%d"]) button`, person))
}

// decide walks from a proposal to the log, in which the decision is true for whoever has
// the policy.
func (w walker) decide(t *testing.T) {
	w.as(t, 1)
	w.open(t, "/decisions/propose/roles")
	webtest.Ask[string](t, w.Browser, `document.querySelector('[name=person]').value = '5'`)
	webtest.Ask[string](t, w.Browser, `document.querySelector('[name=role]').value = 'observer'`)
	w.Click(t, "#reason_ar")
	w.Press(t, "لمتابعة الاقتراع")
	w.Follow(t, "main form button")
	proposed, err := url.Parse(w.Address(t))
	if err != nil {
		t.Fatal(err)
	}
	decision := strings.TrimPrefix(proposed.Path, "/ar")
	for _, officer := range []int{2, 3} {
		w.as(t, officer)
		w.open(t, decision)
		w.Follow(t, `form[action$="/software"] button`)
	}
	for start := time.Now(); !strings.Contains(w.Text(t, "main"), "تقرر وهو في السجل"); time.Sleep(time.Second) {
		if time.Since(start) > time.Minute {
			t.Fatalf("the decision is not in the log:\n%s", w.Text(t, "main"))
		}
		w.open(t, decision)
	}
	w.Screenshot(t, "walk-decision-ar-390")
	v := verifyCmd{Location: w.r.local, Policy: filepath.Join(w.r.Config.Dir, policyName)}
	report, err := v.check(w.r.env)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range report.Claims {
		if c.Verdict == read.False {
			t.Errorf("%s is false: %v", c.ID, c.Faults)
		}
		if c.ID == "decision.foureyes" && c.Verdict != read.True {
			t.Errorf("%s is %s", c.ID, c.Verdict)
		}
	}
}

// board reads what the public does, on a desk.
func (w walker) board(t *testing.T) {
	w.Width(t, webtest.Desktop)
	for _, path := range []string{"/", "/elections", "/log", "/log/decisions", "/check"} {
		w.open(t, path)
	}
	w.open(t, "/elections")
	w.Follow(t, `main a[href*="/elections/"]`)
	w.Axe(t)
	w.Screenshot(t, "walk-election-ar-1280")
}
