package decide_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bayyina/platform/identity/decide"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/store/storetest"
	"bayyina/platform/web/webtest"
)

// signIn signs a person of the demonstration in, in a window of their own.
func (w *world) signIn(t *testing.T, b *webtest.Browser, person int64) {
	t.Helper()
	b.Page(t, "/en/demo")
	b.Follow(t, fmt.Sprintf(`form:has(input[name=person][value="%d"]) button, button[name=person][value="%d"]`, person, person))
}

// newest is the id of the newest proposal.
func (w *world) newest() string {
	w.t.Helper()
	open, _, err := w.Proposals(ctx, w.who(w.officers[0]))
	w.must(err)
	return open[0].Statement.ID
}

// makeKey makes a deciding key on the signing host.
func makeKey(t *testing.T, b *webtest.Browser) {
	t.Helper()
	b.Page(t, "/ar/decisions")
	b.Follow(t, `form[action$="/decisions/key"] button`)
	b.Follow(t, "#go")
	b.Axe(t)
	b.Fits(t)
	b.Follow(t, "form[data-passkey=make] button")
	b.Follow(t, "#back")
}

// A fourth officer's key enters by a decision; with it, on the signing page, decisions are
// taken; it is lost, and a new one takes its place; and a stranger's judgment of the log is good.
func TestAnOfficersKeyEntersDecidesAndIsLostInARealBrowser(t *testing.T) {
	storetest.EachAtLength(t, func(t *testing.T, db *store.DB) { newWorld(t, db).officersKey(t) })
}

func (w *world) officersKey(t *testing.T) {
	h := w.serve()
	first := webtest.Open(t, h)
	first.Width(t, webtest.Desktop)
	w.signIn(t, first, w.officers[0])
	fourth := w.clerkMadeOfficer()
	phone := first.Another(t)
	phone.Width(t, webtest.Phone)
	device := phone.Authenticator(t)
	w.signIn(t, phone, fourth)

	// The key is made, and enters by others' decision.
	makeKey(t, phone)
	if device.Passkeys(t) != 1 {
		t.Fatal("no passkey was made")
	}
	w.exchangeKeys(t, first, h, `input[name=add]`)

	// With it the officer signs what another proposed.
	id := w.propose(w.officers[0], w.grant())
	w.must(w.SignInSoftware(ctx, w.officers[1], id))
	w.signOnPhone(t, phone, "/ar/decisions/"+id)
	if w.settle(); state(w, id) != decide.Entered {
		t.Fatal("the decision did not enter")
	}
	phone.Page(t, "/ar/decisions/"+id)
	if text := phone.Text(t, "main"); !strings.Contains(text, "تقرر وهو في السجل") || !strings.Contains(text, "Clerk") {
		t.Error(text)
	}

	// The phone is lost. Another one cannot sign; its key takes the old one's place.
	device.Lose(t)
	phone.Authenticator(t)
	second := w.propose(w.officers[0], w.rules())
	phone.Page(t, "/ar/decisions/"+second)
	phone.Follow(t, `form[action$="/sign"] button`)
	phone.Follow(t, "#go")
	phone.Click(t, "form[data-passkey=sign] button")
	phone.Wait(t, "[role=alert]:not([hidden])")
	makeKey(t, phone)
	w.exchangeKeys(t, first, h, `input[name=add]`, fmt.Sprintf(`input[name=remove][value^="%s/%d-"]`, signHost, fourth))
	w.signOnPhone(t, phone, "/ar/decisions/"+second)
	w.must(w.SignInSoftware(ctx, w.officers[1], second))
	w.signOffline(second)
	if w.settle() != 1 {
		t.Error("what the new key signed does not enter")
	}
	claims := w.verify()
	if c := claims["decision.foureyes"]; c.Verdict != read.True || c.How.Args["Count"] != int64(4) {
		t.Errorf("%+v", c)
	}
}

// exchangeKeys has the first officer propose that the keys which the selectors find enter and
// leave, and the others decide it.
func (w *world) exchangeKeys(t *testing.T, first *webtest.Browser, h http.Handler, selectors ...string) {
	t.Helper()
	first.Page(t, "/en/decisions/propose/keys")
	for _, s := range selectors {
		first.Click(t, s)
	}
	first.Click(t, "#reason_ar")
	first.Press(t, "A new key")
	first.Follow(t, "main form button")
	id := w.newest()
	for _, person := range w.officers[1:] {
		c := w.visit(h, person)
		c.post("/en/decisions/"+id+"/software", url.Values{}).want(http.StatusSeeOther)
	}
	p, err := w.Proposal(ctx, w.who(w.officers[0]), id)
	w.must(err)

	w.visit(h, w.officers[1]).upload("/en/decisions/"+id+"/offline", "signed", w.rootSigned(string(p.Note()))).want(http.StatusSeeOther)
	w.settle()
	if state(w, id) != decide.Entered {
		t.Fatalf("the keys are %s", state(w, id))
	}
}

// signOnPhone goes from a decision to the signing page, signs, and comes back.
func (w *world) signOnPhone(t *testing.T, phone *webtest.Browser, path string) {
	t.Helper()
	phone.Page(t, path)
	phone.Follow(t, `form[action$="/sign"] button`)
	phone.Axe(t)
	phone.Follow(t, "#go")
	if at := phone.Address(t); !strings.HasPrefix(at, signOrigin+"/ar/sign/") {
		t.Fatalf("the signing page is at %s", at)
	}
	phone.Axe(t)
	phone.Fits(t)
	phone.Screenshot(t, "decide-sign-ar-390")
	phone.Follow(t, "form[data-passkey=sign] button")
	phone.Screenshot(t, "decide-signed-ar-390")
	phone.Follow(t, "#back")
}

func TestThePagesOfDecisionsAreFitForEverybody(t *testing.T) {
	w := small(t)
	b := webtest.Open(t, w.serve())
	open := w.propose(w.officers[0], w.rules())
	refused := w.propose(w.officers[0], w.grant())
	w.must(w.SignInSoftware(ctx, w.officers[2], open))
	w.must(w.Refuse(ctx, w.officers[1], refused, reason))
	w.signIn(t, b, w.officers[1])
	for name, path := range map[string]string{
		"list": "", "decision": "/" + open, "refused": "/" + refused, "keys": "/propose/keys", "rules": "/propose/rules",
		"witnesses": "/propose/witnesses", "close": "/propose/close", "roles": "/propose/roles",
	} {
		b.Look(t, "decide-"+name, "/decisions"+path)
	}
}
