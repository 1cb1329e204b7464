package vote_test

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bayyina/module/vote"
	"bayyina/module/vote/letter"
	"bayyina/module/vote/local"
	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/message"
	"bayyina/platform/web/webtest"
)

// desktop opens a program in a browser, at its own address as the shell knows it.
func desktop(t *testing.T, program interface{ Mount(*local.Shell) error }) *webtest.Browser {
	t.Helper()
	shell := must(local.Listen(local.Config{Name: read.Bilingual{AR: "برنامج", EN: "Program"}, Random: rand.Reader, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}))
	check(t, program.Mount(shell))
	address := must(url.Parse(shell.URL()))
	inside := shell.Handler()
	b := webtest.Open(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = address.Host // the browser of a test knows no other host than the test's
		inside.ServeHTTP(w, r)
	}))
	b.Page(t, address.Path)
	return b
}

// step types the passphrase and does the step that the page offers.
func step(t *testing.T, b *webtest.Browser) {
	t.Helper()
	b.Type(t, "#passphrase", passphrase)
	b.Follow(t, "main form[action$='/do'] button")
}

func TestATrusteeGoesThroughTheCeremonyInABrowser(t *testing.T) {
	t.Parallel()
	h := newHall(t, newWorld(t, "sqlite"))
	h.begin(t, false)
	b := desktop(t, h.programs[0])
	page := "/ceremonies/" + h.draft
	b.Look(t, "trustee-home", "/")
	b.Look(t, "trustee-certificate", page)

	// A wrong passphrase is told beside its field, and nothing is made.
	b.Page(t, "/ar"+page)
	b.Type(t, "#passphrase", "wrong horse battery staple")
	b.FollowTo(t, http.StatusUnprocessableEntity, "main form[action$='/do'] button")
	b.Wait(t, "#passphrase-problem")
	if h.ask(t, 0).Has(vote.StepCertificate, 1) != nil {
		t.Fatal("a certificate was made with a wrong passphrase")
	}
	step(t, b)
	b.Look(t, "trustee-waits", page)
	h.does(t, 1, vote.StepCertificate)
	h.does(t, 2, vote.StepCertificate)

	// Every fingerprint is compared before anything is committed to.
	b.Look(t, "trustee-compare", page)
	b.Page(t, "/en"+page)
	b.FollowTo(t, http.StatusUnprocessableEntity, "main form[action$='/compare'] button")
	b.Click(t, "#compared-2")
	b.Click(t, "#compared-3")
	b.Follow(t, "main form[action$='/compare'] button")
	step(t, b)
	h.does(t, 1, vote.StepCommitment)
	h.does(t, 2, vote.StepCommitment)
	h.drain()
	b.Page(t, "/en"+page)
	step(t, b)
	h.does(t, 1, vote.StepPolynomial)
	h.does(t, 2, vote.StepPolynomial)
	b.Page(t, "/ar"+page)
	step(t, b)
	h.does(t, 1, vote.StepShare)
	h.does(t, 2, vote.StepShare)

	// The copy is tried before the agreement: a file that is another one is refused.
	b.Look(t, "trustee-restore", page)
	dir := t.TempDir()
	other, copied := filepath.Join(dir, "other.age"), filepath.Join(dir, "copy.age")
	check(t, os.WriteFile(other, must(h.ask(t, 1).Sealed()), 0o600))
	check(t, os.WriteFile(copied, must(h.ask(t, 0).Sealed()), 0o600))
	b.Page(t, "/en"+page)
	b.Upload(t, "#copy", other)
	b.Type(t, "#passphrase", passphrase)
	b.FollowTo(t, http.StatusUnprocessableEntity, "main form[action$='/restore'] button")
	b.Upload(t, "#copy", copied)
	b.Type(t, "#passphrase", passphrase)
	b.Follow(t, "main form[action$='/restore'] button")
	b.Look(t, "trustee-agreement", page)
	b.Page(t, "/ar"+page)
	step(t, b)
	h.does(t, 1, vote.StepAgreement)
	h.does(t, 2, vote.StepAgreement)
	h.issue(t)
	b.Look(t, "trustee-done", page)
	if !must(h.ceremonies.Ceremony(ctx, h.draft)).Complete() {
		t.Error("the ceremony is not complete")
	}
}

func TestTheAuthoritysPagesInABrowser(t *testing.T) {
	t.Parallel()
	slow(t)
	h := newHall(t, newWorld(t, "sqlite"))
	h.begin(t, false)
	cfg := h.keyed(t, h.Authority)
	cfg.Senders = map[message.Channel]message.Sender{message.Email: &phones{got: make(map[string][]string)}, message.SMS: &phones{got: make(map[string][]string)}}
	a := must(local.NewAuthority(cfg))
	b := desktop(t, a)
	page := "/ceremonies/" + h.draft
	look := func(name, path string) { // what is made of the same parts as other pages
		if os.Getenv("BAYYINA_SOAK") != "" {
			b.Look(t, name, path)
		}
	}
	look("authority-home", "/")
	b.Look(t, "authority-issue", page)
	phrase := []byte(passphrase)
	d := must(a.Ask(ctx, h.draft))
	check(t, d.Issue([]byte(reachable), phrase))
	look("authority-restore", page)
	check(t, d.RestoreList(must(d.Sealed()), phrase))
	look("authority-publish", page)
	check(t, d.Publish(phrase))
	must(d.Send(ctx))
	b.Look(t, "authority-wording", page)
	name := read.Bilingual{AR: "انتخاب مجلس النواب", EN: "Election of the House"}
	check(t, d.SetWording(letter.Election{UUID: h.draft, Title: name, Commission: name, Authority: name, Contact: name, Zone: name, Opens: opens, Closes: closes, Booth: "https://vote.test/booth/", Code: message.SMS}))
	d = must(a.Ask(ctx, h.draft))
	check(t, d.Print(ctx, phrase, ignore))
	check(t, d.SendAll(ctx, message.Email, phrase, ignore))
	must(d.Mark(local.Handed, "1-2"))
	b.Look(t, "authority-handing", page)
	for _, task := range []string{"email", "lists", "wording"} {
		look("authority-"+task, page+"/tasks/"+task)
	}
	b.Look(t, "authority-handed", page+"/tasks/handed")
	b.Look(t, "authority-voter", page+"/tasks/voter")

	// Credentials do not go the way of the codes, and why is told.
	b.Page(t, "/ar"+page+"/tasks/sms")
	b.Type(t, "#passphrase", passphrase)
	b.FollowTo(t, http.StatusUnprocessableEntity, "main form button")
	if text := b.Text(t, "main"); !strings.Contains(text, "بهذه القناة نفسها") {
		t.Errorf("the page says %s", text)
	}
	b.Screenshot(t, "authority-sms-refused-ar")
	// A scanner types the letters' squares, each with an end of line.
	b.Page(t, "/en"+page+"/tasks/handed")
	b.Click(t, "[name=what][value=handed]")
	webtest.Ask[bool](t, b, fmt.Sprintf(`(document.querySelector("#numbers").value = %q) != ""`, letter.Mark(h.draft, 3)+"\n"+letter.Mark(h.draft, 4)))
	b.Follow(t, "main form button")
	lettersAre(t, d, local.Handed, "", 4)
	b.Page(t, "/ar"+page+"/tasks/voter")
	b.Type(t, "#voter", "١")
	b.Click(t, "[name=action][value=find]")
	b.Type(t, "#passphrase", passphrase)
	b.Follow(t, "main form button")
	if text := b.Text(t, "main"); !strings.Contains(text, "فاطمة") || !strings.Contains(text, "سُلّمت") {
		t.Errorf("the page says %s", text)
	}
	b.Screenshot(t, "authority-found-ar")
	b.Page(t, "/en"+page+"/tasks/voter")
	b.Type(t, "#voter", "2")
	b.Click(t, "[name=action][value=replace]")
	b.Type(t, "#passphrase", passphrase)
	b.Follow(t, "main form button")
	b.Look(t, "authority-replacing", page)
}

func TestTheCeremonysPageShowsToEverybodyWhoHasDoneWhat(t *testing.T) {
	h := newHall(t, newWorld(t, "sqlite"))
	b := webtest.Open(t, h.traffic.next)
	h.begin(t, true)
	b.Look(t, "ceremonies", "/ceremonies")
	h.does(t, 0, vote.StepKey)
	h.does(t, 1, vote.StepCertificate)
	b.Look(t, "ceremony", "/elections/"+h.draft+"/ceremony")
	for query, want := range map[string]bool{"": false, "?follow=1": true} { // without a script, for whoever asks for it
		seen := httptest.NewRecorder()
		h.traffic.next.ServeHTTP(seen, httptest.NewRequest(http.MethodGet, "/ar/elections/"+h.draft+"/ceremony"+query, nil))
		if got := strings.Contains(seen.Body.String(), `<meta http-equiv="refresh"`); got != want {
			t.Errorf("with %q the page is looked at again by itself: %v", query, got)
		}
	}

	// A party's message that came on a USB stick is uploaded there; another file is refused.
	d := h.ask(t, 2)
	check(t, d.Do(vote.StepCertificate, []byte(passphrase)))
	dir := t.TempDir()
	parcel, other := filepath.Join(dir, "certificate.tar"), filepath.Join(dir, "other.tar")
	check(t, os.WriteFile(parcel, must(d.Parcel(vote.StepCertificate)), 0o600))
	check(t, os.WriteFile(other, []byte("not a message"), 0o600))
	b.Page(t, "/ar/elections/"+h.draft+"/ceremony")
	b.Upload(t, "#parcel", other)
	b.FollowTo(t, http.StatusUnprocessableEntity, "form[enctype] button")
	b.Wait(t, "#parcel-problem")
	b.Upload(t, "#parcel", parcel)
	b.Follow(t, "form[enctype] button")
	if must(h.ceremonies.Ceremony(ctx, h.draft)).Has(vote.StepCertificate, 3) == nil {
		t.Error("the uploaded certificate is not there")
	}
}

func TestTheCommissionBeginsACeremonyAgainInABrowser(t *testing.T) {
	t.Parallel()
	h := newHall(t, newWorld(t, "sqlite"))
	b := webtest.Open(t, h.traffic.next)
	h.begin(t, true)
	h.does(t, 0, vote.StepKey)
	h.manager = &access.Person{ID: 1, Name: "م", Grants: []access.Grant{{Role: access.ElectionManager}}}
	b.Look(t, "ceremony-begin", "/ceremonies/begin?election="+h.draft)
	b.Page(t, "/ar/ceremonies/begin?election="+h.draft)
	b.Follow(t, "main form button")
	if c := must(h.ceremonies.Ceremony(ctx, h.draft)); c.Round != 2 || len(c.Said) != 0 {
		t.Errorf("round %d with %d messages", c.Round, len(c.Said))
	}
	b.Look(t, "ceremony-again", "/elections/"+h.draft+"/ceremony")
}
