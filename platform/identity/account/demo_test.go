package account_test

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/identity/account"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/store/seal/sealtest"
	"bayyina/platform/store/storetest"
	"bayyina/platform/web/webtest"
)

// demonstration is a world whose people are those of the demonstration.
func demonstration(t *testing.T) (*world, http.Handler) {
	t.Helper()
	w := &world{t: t, db: storetest.Open(t, storetest.DSN(t, store.SQLite)), origin: webtest.Origin, now: time.Now().UTC()}
	w.keys = sealtest.New(t, w.db)
	var err error
	w.Accounts, err = account.New(t.Context(), account.Config{
		DB: w.db, Keys: w.keys, Name: read.Bilingual{AR: "بيّنة", EN: "Bayyina"}, Origin: webtest.Origin, Demo: true, Now: w.Now, Random: rand.Reader,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time nothing is left to do
		if err := w.FoundDemo(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	_, h := w.serve()
	return w, h
}

func TestInTheDemonstrationAnybodyIsSignedInAsAnybody(t *testing.T) {
	w, h := demonstration(t)
	all, err := w.Members(t.Context(), "", 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	roles := make(map[access.Role]bool)
	for _, m := range all {
		for _, g := range m.Grants {
			roles[g.Role] = true
		}
	}
	for _, r := range access.Roles() {
		if !roles[r] {
			t.Errorf("nobody is %s", r)
		}
	}
	for i := range 3 {
		if all[i].ID != int64(i+1) || all[i].Grants[0].Role != access.Officer {
			t.Errorf("person %d is %+v", i+1, all[i])
		}
	}
	// Each of them finds a page that their rights open, and changes hats.
	c := newClient(t, h)
	first := ""
	for _, id := range []string{"1", "5"} {
		c.post("/ar/demo", url.Values{"person": {id}}).want(t, http.StatusSeeOther)
		c.get("/ar/people").want(t, http.StatusOK)
		if c.session() == first {
			t.Error("the session was not renewed")
		}
		first = c.session()
	}
	// A hat is no passkey.
	c.get("/ar/account/passkeys/new").want(t, http.StatusForbidden)
	c.post("/ar/demo", url.Values{"person": {"999"}}).want(t, http.StatusNotFound)
	c.do("POST", "/ar/demo", url.Values{"person": {"1"}}, "Sec-Fetch-Site", "cross-site").want(t, http.StatusForbidden)
}

func TestOnlyADemonstrationSignsInWithoutCredentials(t *testing.T) {
	w := small(t)
	site, h := w.serve()
	if w.FoundDemo(t.Context()) == nil {
		t.Error("a real server makes the demonstration's people")
	}
	w.join("salma", "hnec")
	newClient(t, h).post("/ar/demo", url.Values{"person": {"1"}}).want(t, http.StatusNotFound)
	for _, r := range site.Routes() {
		if strings.Contains(r.Path, "demo") {
			t.Errorf("there is a route %s", r.Path)
		}
	}
}

func TestThePageOfTheDemonstrationIsGoodToLookAt(t *testing.T) {
	_, h := demonstration(t)
	b := webtest.Open(t, h)
	b.Look(t, "demo", "/demo")
	b.Follow(t, `form:has([name=person][value="5"]) button`) // a coordinator, whose work is among the accounts
	b.Page(t, "/ar/demo")
	if says := b.Text(t, "main"); !strings.Contains(says, "أنت الآن") {
		t.Errorf("it does not say who one is: %s", says)
	}
}
