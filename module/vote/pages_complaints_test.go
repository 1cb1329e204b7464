package vote_test

import (
	"net/http"
	"net/http/cookiejar"
	"os"
	"strings"
	"testing"
	"time"

	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/web/webtest"
)

// seen looks at the page that is shown, whole only in the long form.
func seen(t *testing.T, b *webtest.Browser, name string) {
	t.Helper()
	if os.Getenv("BAYYINA_SOAK") != "" {
		looked(t, b, name)
		return
	}
	b.Fits(t)
	b.Screenshot(t, name)
}

// write writes into a text of several lines.
func write(t *testing.T, b *webtest.Browser, selector, text string) {
	t.Helper()
	b.Click(t, selector)
	b.Press(t, text)
}

// A voter without an account complains on a phone, the panel reads it and proposes a ruling, officers sign it, and everybody
// reads it; only then is the result certified.
func TestAVoterComplainsAndThePanelRulesOnPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.SQLite)
	w.setUp()
	c := w.commission()
	panel := w.adjudicator(c)
	s := &staff{shown: showTo(w, c), t: t, c: c}
	s.manager = webtest.Open(t, s.site)
	s.officers = []*webtest.Browser{s.manager.Another(t), s.manager.Another(t)}
	voter := s.manager.Another(t)
	page := "/elections/" + w.uuid
	s.refresh()
	b := s.manager

	// The rules, before the opening.
	b.Page(t, "/ar"+page)
	b.Follow(t, `a[href$="/propose/complaints"]`)
	seen(t, b, "propose-complaints-ar")
	b.Type(t, "#hours", "1")
	b.Follow(t, "main form .actions button")
	s.decided("complaints-ar")
	s.refresh()
	w.enter(evidence.KindOpen, evidence.Open{Election: w.uuid, Opens: opens, Closes: closes, Batch: int64(batch / time.Second)}, nil, w.Decision()...)
	w.counted()
	s.refresh()

	// A voter on a phone.
	voter.Width(t, webtest.Phone)
	voter.Page(t, "/ar"+page)
	seen(t, voter, "complaints-provisional-ar-390")
	voter.Follow(t, `a[href$="/complaints/lodge"]`)
	write(t, voter, "#complaint", "أُغلق المكتب قبل الموعد بساعة.")
	seen(t, voter, "complaints-lodge-ar-390")
	webtest.Ask[string](t, voter, `document.querySelector('#ground').value = '1'`)
	webtest.Ask[string](t, voter, `document.querySelector('#about').value = '1.1'`)
	voter.Type(t, "#name", "سالم الورفلي")
	voter.Follow(t, "main form .actions button")
	receipt := strings.TrimPrefix(voter.Address(t), webtest.Origin)
	seen(t, voter, "complaints-receipt-ar-390")
	s.refresh()
	voter.Page(t, receipt)
	if text := voter.Text(t, "main"); !strings.Contains(text, "هي في السجل") || !strings.Contains(text, "bayyina.complaint/1") || strings.Contains(text, "سالم") {
		t.Errorf("the receipt says %s", text)
	}
	voter.Width(t, webtest.Desktop)
	voter.Page(t, strings.Replace(receipt, "/ar/", "/en/", 1))
	seen(t, voter, "complaints-receipt-en-1280")
	s.get(strings.Replace(receipt, "/ar/", "/en/", 1)+"0", http.StatusNotFound)

	// The panel reads it, which is noted, and proposes.
	s.signIn(b, panel.ID)
	b.Page(t, "/ar"+page+"/complaints/desk")
	seen(t, b, "complaints-desk-ar-1280")
	b.Follow(t, `a[href$="/complaints/desk/1"]`)
	if text := b.Text(t, "main"); !strings.Contains(text, "سالم الورفلي") || !strings.Contains(text, "قبل الموعد بساعة") {
		t.Errorf("the panel reads %s", text)
	}
	seen(t, b, "complaints-read-ar-1280")
	if r := must(c.accounts.Readings(ctx, "", 0, 10)); r[0].Subject != "complaint:"+w.uuid+"-1" || r[0].Right != access.ComplaintsRead || r[0].Reader != panel.ID {
		t.Errorf("the register has %+v", r[0])
	}
	b.Follow(t, `a[href*="/propose/ruling"]`)
	b.Click(t, `[name=outcome][value=excluded]`)
	write(t, b, "#reason_ar", "ثبت ذلك.")
	write(t, b, "#reason_en", "It was shown.")
	b.FollowTo(t, 422, "main form .actions button") // nobody is excluded
	b.Click(t, `[name=excluded][value="1.1"]`)
	seen(t, b, "propose-ruling-ar-1280")
	b.Follow(t, "main form .actions button")
	s.decided("ruling-ar-1280")
	w.pass(window + time.Minute)
	s.refresh()

	// Everybody reads it.
	b.Width(t, webtest.Desktop)
	b.Page(t, "/ar"+page+"/complaints")
	seen(t, b, "complaints-register-ar-1280")
	b.Width(t, webtest.Phone)
	b.Page(t, "/en"+page+"/complaints")
	seen(t, b, "complaints-register-en-390")
	s.says("/en"+page+"/complaints", "It was shown.", "upheld: those named are excluded", "makes version 2")
	if body := s.get("/en"+page+"/complaints", http.StatusOK); strings.Contains(body, "سالم") {
		t.Error("the register names the complainant")
	}
	s.says("/en"+page, "Version 2", " (excluded)")
	b.Page(t, "/ar"+page)
	if text := b.Text(t, "main"); !strings.Contains(text, "اقتراح المصادقة") {
		t.Fatal(text)
	}
	b.Follow(t, `a[href$="/propose/certify"]`)
	b.Follow(t, "main form .actions button")
	s.decided("certify-version-ar")
	s.refresh()
	b.Width(t, webtest.Phone)
	b.Page(t, "/ar"+page)
	seen(t, b, "complaints-certified-ar-390")
	s.says("/en"+page, "Version 2 · certified")
	s.says("/api/v1/elections/"+w.uuid+"/complaints", `"outcome":"excluded"`, `"version":2`)
	s.says("/api/v1/elections/"+w.uuid+"/versions", `"certified":true`)
	report, _, _ := w.replay()
	for _, claim := range report.Claims {
		if strings.HasPrefix(claim.ID, "vote.") && claim.Verdict != read.True {
			t.Errorf("%s is %s: %+v", claim.ID, claim.Verdict, claim.Faults)
		}
	}
}

func TestManyComplaintsFromOneConnectionWait(t *testing.T) {
	w := newWorld(t, store.SQLite)
	w.setUp()
	w.enter(evidence.KindComplaintRules, w.complaintRules(), nil, w.Decision()...)
	w.enter(evidence.KindOpen, evidence.Open{Election: w.uuid, Opens: opens, Closes: closes, Batch: int64(batch / time.Second)}, nil, w.Decision()...)
	w.at(opens)
	s := showTo(w, w.commission())
	nobody := &person{s, must(cookiejar.New(nil))}
	check(t, s.board.Refresh(ctx))
	var answer string
	lodge := func() (status int) {
		_, form := nobody.send("/en/elections/"+w.uuid+"/complaints/lodge", nil, nil)
		_, after, _ := strings.Cut(form, `name="receipt" value="`)
		status, answer = nobody.send("/en/elections/"+w.uuid+"/complaints/lodge", map[string]string{
			"receipt": after[:32], "ground": "1", "about": "0", "complaint": "The station closed early.", "name": "x",
		}, nil)
		return status
	}
	for range 20 {
		if status := lodge(); status != http.StatusSeeOther {
			t.Fatalf("status %d", status)
		}
	}
	if status := lodge(); status != http.StatusTooManyRequests {
		t.Errorf("the 21st complaint: status %d", status)
	}
	if !strings.Contains(answer, "The station closed early.") || !strings.Contains(answer, "Many complaints came") {
		t.Errorf("what was written is lost: %s", answer)
	}
	w.pass(2 * time.Minute)
	if status := lodge(); status != http.StatusSeeOther {
		t.Errorf("two minutes later: status %d", status)
	}
}
