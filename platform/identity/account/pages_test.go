package account_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bayyina/platform/identity/access"
	"bayyina/platform/identity/account"
	"bayyina/platform/store"
)

func TestFromAnInvitationToASignInOnThePages(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, h := w.serve()
		_, secret := w.invite("salma", "hnec")
		c, key := newClient(t, h), newAuthenticator(t)
		if body := c.get("/ar/invitation").want(t, http.StatusOK).body; !strings.Contains(body, "data-from-link") {
			t.Errorf("the page does not take the code from the link: %s", body)
		}
		c.post("/ar/invitation", url.Values{"code": {"wrong"}}).want(t, http.StatusUnprocessableEntity)
		page := c.post("/ar/invitation", url.Values{"code": {secret}}).want(t, http.StatusOK)
		made := key.create(page.options(t))
		form := url.Values{"code": {secret}, "label": {""}, "answer": {string(made)}}
		c.post("/ar/invitation/passkey", form).want(t, http.StatusUnprocessableEntity)
		form.Set("label", "هاتفي")
		a := c.post("/ar/invitation/passkey", form).want(t, http.StatusSeeOther)
		if a.header.Get("Location") != "/ar/account" {
			t.Errorf("then to %s", a.header.Get("Location"))
		}
		if body := c.get("/ar/account").want(t, http.StatusOK).body; !strings.Contains(body, "salma") || !strings.Contains(body, "هاتفي") || !strings.Contains(body, "Firefox · Linux") {
			t.Errorf("the account's page: %s", body)
		}
		c.post("/ar/sign-out", nil).want(t, http.StatusSeeOther)
		if got := c.get("/ar/account?x=1").want(t, http.StatusSeeOther).header.Get("Location"); got != "/ar/sign-in?next=%2Far%2Faccount%3Fx%3D1" {
			t.Errorf("signed out, the account's page leads to %s", got)
		}
		if got := c.enter(key, "/en/account?x=1").want(t, http.StatusSeeOther).header.Get("Location"); got != "/en/account?x=1" {
			t.Errorf("signed in, one is led to %s", got)
		}
	})
}

func TestTheSessionCookieIsNewAtEachSignInAndKeptFromScriptsAndOtherSites(t *testing.T) {
	w := small(t)
	_, h := w.serve()
	key, _ := w.join("salma", "hnec")
	c := newClient(t, h)

	// Whoever is not signed in gets no session, and one that an attacker has chosen is not taken.
	c.get("/en/sign-in")
	if c.session() != "" {
		t.Error("a visitor has a session before signing in")
	}
	u, _ := url.Parse(siteOrigin)
	fixed := "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	c.jar.SetCookies(u, []*http.Cookie{{Name: "__Host-session", Value: fixed, Path: "/", Secure: true}})
	a := c.enter(key, "").want(t, http.StatusSeeOther)
	first := c.session()
	if first == fixed || first == "" {
		t.Fatalf("the session is %q", first)
	}
	set := ""
	for _, line := range a.header.Values("Set-Cookie") {
		if strings.HasPrefix(line, "__Host-session=") {
			set = line
		}
	}
	for _, attribute := range []string{"Path=/", "HttpOnly", "Secure", "SameSite=Lax"} {
		if !strings.Contains(set, attribute) {
			t.Errorf("the cookie lacks %s: %s", attribute, set)
		}
	}
	if strings.Contains(set, "Domain") || strings.Contains(set, "Expires") {
		t.Errorf("the cookie reaches too far: %s", set)
	}
	victim := newClient(t, h)
	victim.jar.SetCookies(u, []*http.Cookie{{Name: "__Host-session", Value: fixed, Path: "/", Secure: true}})
	victim.get("/en/account").want(t, http.StatusSeeOther)

	// A session that somebody is signed in with already is renewed, and the old token is void.
	c.enterAgain(key)
	if c.session() == first {
		t.Error("the token stayed the same")
	}
	old := newClient(t, h)
	old.jar.SetCookies(u, []*http.Cookie{{Name: "__Host-session", Value: first, Path: "/", Secure: true}})
	old.get("/en/account").want(t, http.StatusSeeOther)

	// The database holds no token.
	if err := w.db.View(t.Context(), func(tx *store.Tx) error {
		var n int
		if err := tx.QueryRow(t.Context(), `SELECT count(*) FROM account_session WHERE token = ?1`, c.session()).Scan(&n); err != nil {
			return err
		}
		if n != 0 {
			t.Error("the session's token is kept in the clear")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// enterAgain signs in once more while signed in.
func (c *client) enterAgain(key *authenticator) {
	c.t.Helper()
	page := newClient(c.t, c.h).get("/en/sign-in").want(c.t, http.StatusOK)
	c.post("/en/sign-in/passkey", url.Values{"answer": {string(key.get(page.options(c.t)))}}).want(c.t, http.StatusSeeOther)
}

func TestASignInEndsByItsOwnerByIdlenessAndByTheDay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, h := w.serve()
		key, v := w.join("salma", "hnec")
		phone, laptop := newClient(t, h), newClient(t, h)
		phone.enter(key, "").want(t, http.StatusSeeOther)
		laptop.enter(key, "").want(t, http.StatusSeeOther)
		all, err := w.SignIns(t.Context(), v.Person.ID)
		if err != nil || len(all) != 3 {
			t.Fatalf("%+v, %v", all, err)
		}
		// The phone ends the laptop's.
		phone.post(fmt.Sprintf("/en/account/sign-ins/%d/end", all[0].ID), nil).want(t, http.StatusSeeOther)
		laptop.get("/en/account").want(t, http.StatusSeeOther)
		// Somebody else cannot, nor learns whether there is such a one.
		other := newClient(t, h)
		stranger, _ := w.join("huda", "csa")
		other.enter(stranger, "").want(t, http.StatusSeeOther)
		exists := other.post(fmt.Sprintf("/en/account/sign-ins/%d/end", all[1].ID), nil)
		missing := other.post("/en/account/sign-ins/99999/end", nil)
		if exists.status != http.StatusNotFound || strings.ReplaceAll(exists.body, fmt.Sprintf("/sign-ins/%d/", all[1].ID), "/sign-ins/99999/") != missing.body {
			t.Errorf("somebody else's sign-in answers %d, a missing one %d", exists.status, missing.status)
		}
		phone.get("/en/account").want(t, http.StatusOK)

		for range 23 { // every half hour but a second
			w.pass(30*time.Minute - time.Second)
			phone.get("/en/account").want(t, http.StatusOK)
		}
		w.pass(30*time.Minute - time.Second)
		phone.get("/en/account").want(t, http.StatusOK)
		w.pass(time.Minute)
		phone.get("/en/account").want(t, http.StatusSeeOther) // twelve hours

		phone.enter(key, "").want(t, http.StatusSeeOther)
		w.pass(30 * time.Minute)
		phone.get("/en/account").want(t, http.StatusSeeOther) // idle
	})
}

func TestSigningInNeverLeadsToAnotherSite(t *testing.T) {
	w := small(t)
	_, h := w.serve()
	key, _ := w.join("salma", "hnec")
	for next, want := range map[string]string{
		"":                          "/en/account",
		"/en/people?after=1":        "/en/people?after=1",
		"https://evil.example/":     "/en/account",
		"//evil.example/":           "/en/account",
		"/en//evil.example/":        "/en/evil.example/", // on this site, and nothing there
		"/\\evil.example":           "/en/account",
		"/en/\\evil.example":        "/en/account",
		"/en/../../evil":            "/evil", // on this site
		"/en/x\r\nLocation: https:": "/en/account",
		"javascript:alert(1)":       "/en/account",
		"/ar/people":                "/en/account", // another language is no reason to guess
		"/en/sign-in?next=/en/x":    "/en/account",
		"/en":                       "/en/account",
		"/en/%0d%0aSet-Cookie:x":    "/en/%0d%0aSet-Cookie:x",
	} {
		got := newClient(t, h).enter(key, next).want(t, http.StatusSeeOther).header
		if got.Get("Location") != want || len(got.Values("Location")) != 1 {
			t.Errorf("next %q leads to %q, want %q", next, got.Values("Location"), want)
		}
	}
}

func TestNoAddressWhateverLeadsToAnotherSite(t *testing.T) {
	w := small(t)
	_, h := w.serve()
	key, _ := w.join("salma", "hnec")
	base, err := url.Parse(siteOrigin + "/en/sign-in/passkey")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		next := rapid.StringMatching(`(/|//|/en/|/en//|https:|\\\\|@|evil\.example|%2f|%5c|[?#;:.\t\r\n]|[a-z]){0,8}`).Draw(t, "next")
		a := newClient(w.t, h).enter(key, next)
		to, err := base.Parse(a.header.Get("Location"))
		if err != nil || a.status != http.StatusSeeOther || to.Scheme != "https" || to.Host != siteHost {
			t.Fatalf("next %q leads to %q (%v)", next, a.header.Get("Location"), err)
		}
	})
}

func TestAFormOfAnotherSiteSignsNobodyInOrOut(t *testing.T) {
	w := small(t)
	_, h := w.serve()
	key, _ := w.join("salma", "hnec")
	attacker := newClient(t, h)
	page := attacker.get("/en/sign-in").want(t, http.StatusOK)
	victim := newClient(t, h)
	form := url.Values{"answer": {string(key.get(page.options(t)))}}
	victim.do("POST", "/en/sign-in/passkey", form, "Sec-Fetch-Site", "cross-site").want(t, http.StatusForbidden)
	if victim.session() != "" {
		t.Error("the victim is signed in as the attacker")
	}
	victim.enter(key, "").want(t, http.StatusSeeOther)
	victim.do("POST", "/en/sign-out", nil, "Sec-Fetch-Site", "cross-site").want(t, http.StatusForbidden)
	victim.do("POST", "/en/sign-out", nil, "Sec-Fetch-Site", "", "Origin", "https://evil.example").want(t, http.StatusForbidden)
	victim.get("/en/account").want(t, http.StatusOK)
}

// staff are people of each kind of right, signed in.
type staff struct {
	officer, coordinator, auditor, plain *client
	ids                                  map[string]int64
}

func (w *world) staff(h http.Handler) staff {
	w.t.Helper()
	s := staff{ids: make(map[string]int64)}
	for _, p := range []struct {
		name, organisation string
		grants             []access.Grant
		at                 **client
	}{
		{"officer", "hnec", []access.Grant{{Role: access.Officer}}, &s.officer},
		{"coordinator", "csa", []access.Grant{{Role: access.Coordinator, Scope: access.Scope{Organisation: "csa"}}}, &s.coordinator},
		{"auditor", "hnec", []access.Grant{{Role: access.Auditor}}, &s.auditor},
		{"plain", "csa", nil, &s.plain},
	} {
		key, v := w.join(p.name, p.organisation)
		for i, g := range p.grants {
			if err := w.db.Tx(w.t.Context(), func(tx *store.Tx) error {
				return w.ApplyGrant(w.t.Context(), tx, v.Person.ID, g, fmt.Sprintf("%s-%d", p.name, i))
			}); err != nil {
				w.t.Fatal(err)
			}
		}
		s.ids[p.name] = v.Person.ID
		*p.at = newClient(w.t, h)
		(*p.at).enter(key, "").want(w.t, http.StatusSeeOther)
	}
	return s
}

func TestPeopleAreSeenAndManagedWithinTheScopeOfARole(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, h := w.serve()
		s := w.staff(h)
		person := func(name string) string { return fmt.Sprintf("/en/people/%d", s.ids[name]) }

		if body := s.officer.get("/en/people").want(t, 200).body; !strings.Contains(body, "coordinator") || !strings.Contains(body, "auditor") {
			t.Errorf("the officer's list: %s", body)
		}
		body := s.coordinator.get("/en/people").want(t, 200).body
		if !strings.Contains(body, "plain") || strings.Contains(body, ">auditor<") {
			t.Errorf("the coordinator's list: %s", body)
		}
		s.coordinator.get("/en/people?organisation=hnec").want(t, 403)
		s.coordinator.get(person("plain")).want(t, 200)
		theirs, missing := s.coordinator.get(person("officer")), s.coordinator.get("/en/people/99999")
		if theirs.status != 403 || missing.status != 403 || theirs.body != strings.ReplaceAll(missing.body, "/people/99999", fmt.Sprintf("/people/%d", s.ids["officer"])) {
			t.Errorf("a stranger's number answers %d, a missing one %d: %s %s", theirs.status, missing.status, theirs.body, missing.body)
		}
		s.officer.get("/en/people/99999").want(t, 404)
		s.officer.get("/en/people/x").want(t, 404)
		for _, path := range []string{"/en/people", person("plain"), "/en/reads", "/en/organisations", "/en/people/new"} {
			s.plain.get(path).want(t, 403)
		}
		s.officer.get("/en/reads").want(t, 403)
		s.auditor.get("/en/people/new").want(t, 403)

		form := url.Values{"name": {"new"}, "address": {"NEW@example.ly "}, "organisation": {"hnec"}}
		s.coordinator.post("/en/people", form).want(t, 403)
		s.auditor.post("/en/people", form).want(t, 403)
		form.Set("organisation", "csa")
		if body := s.coordinator.post("/en/people", form).want(t, 200).body; !strings.Contains(body, siteOrigin+"/en/invitation#") {
			t.Errorf("no link: %s", body)
		}
		s.coordinator.post("/en/people", form).want(t, 422) // the address is taken
		form.Set("address", "with space@example.ly")
		s.coordinator.post("/en/people", form).want(t, 422)

		s.coordinator.post(person("officer")+"/end", nil).want(t, 403)
		s.coordinator.post(person("officer")+"/invite", nil).want(t, 403)
		s.coordinator.post(person("coordinator")+"/end", nil).want(t, 403)    // oneself
		s.coordinator.post(person("coordinator")+"/invite", nil).want(t, 403) // oneself
		s.coordinator.get(person("plain")+"/end").want(t, 200)
		s.coordinator.post(person("plain")+"/end", nil).want(t, 303)
		s.plain.get("/en/account").want(t, 303)

		s.coordinator.post("/en/organisations", url.Values{"code": {"x"}}).want(t, 403)
		o := url.Values{"code": {"moi"}, "kind": {"interior-ministry"}, "name_ar": {"الداخلية"}, "name_en": {"Interior"}}
		s.officer.post("/en/organisations", o).want(t, 303)
		s.officer.post("/en/organisations", o).want(t, 422)
		o.Set("kind", "kingdom")
		s.officer.post("/en/organisations", o).want(t, 422)
	})
}

func TestWhoeverReadsAboutPeopleIsInTheRegister(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, h := w.serve()
		s := w.staff(h)
		subject := fmt.Sprintf("person:%d", s.ids["plain"])
		s.officer.get(fmt.Sprintf("/en/people/%d", s.ids["plain"])).want(t, 200)
		s.officer.get(fmt.Sprintf("/en/people/%d", s.ids["auditor"])).want(t, 200)
		s.coordinator.get(fmt.Sprintf("/en/people/%d", s.ids["officer"])).want(t, 403) // read nothing

		all, err := w.Readings(t.Context(), "", 0, 10)
		if err != nil || len(all) != 2 {
			t.Fatalf("%+v, %v", all, err)
		}
		if r := all[1]; r.Reader != s.ids["officer"] || r.Subject != subject || r.SubjectOrganisation != "csa" || r.Right != access.PeopleRead || r.Why != "account.why-person" {
			t.Errorf("the row %+v", r)
		}
		if body := s.coordinator.get("/en/reads").want(t, 200).body; !strings.Contains(body, fmt.Sprintf("Person %d,", s.ids["plain"])) || strings.Contains(body, fmt.Sprintf("Person %d,</td>", s.ids["auditor"])) {
			t.Errorf("the coordinator's register: %s", body)
		}
		s.coordinator.get("/en/reads?organisation=hnec").want(t, 403)
		s.auditor.get("/ar/reads").want(t, 200)
	})
}

func TestHostileNamesAreShownAndDoNothing(t *testing.T) {
	w := small(t)
	_, h := w.serve()
	s := w.staff(h)
	hostile := `"><script>alert(1)</script>{{.}}'`
	form := url.Values{"name": {hostile}, "address": {`a"onmouseover=x@example.ly`}, "organisation": {"csa"}}
	for _, a := range []answer{s.coordinator.post("/en/people", form).want(t, 200), s.coordinator.get("/en/people").want(t, 200), s.coordinator.post("/en/people", form).want(t, 422)} {
		if strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, `"onmouseover`) {
			t.Errorf("the name is markup: %s", a.body)
		}
	}
	for _, name := range []string{"", " a", "a\x00b", "a\u202eb", strings.Repeat("a", 101), "\xff"} {
		_, _, err := w.Invite(t.Context(), nil, account.Newcomer{Name: name, Address: "x@example.ly", Organisation: "csa"})
		refused(t, err, account.ErrMalformed)
	}
	_, _, err := w.Invite(t.Context(), nil, account.Newcomer{Name: "a", Address: "x@example.ly", Organisation: "none"})
	refused(t, err, account.ErrUnknown)
}

// TestEveryPageInEveryLanguageKnowsItsWords opens each page that is shown for a plain GET.
func TestEveryPageInEveryLanguageKnowsItsWords(t *testing.T) {
	w := small(t)
	_, h := w.serve()
	s := w.staff(h)
	for _, tag := range []string{"ar", "en", "ar-u-nu-arab"} {
		for _, path := range []string{"/account", "/account/codes", "/account/passkeys/new", "/people", "/people/new", "/organisations", fmt.Sprintf("/people/%d", s.ids["plain"]), fmt.Sprintf("/people/%d/end", s.ids["plain"])} {
			s.officer.get("/"+tag+path).want(t, 200)
		}
		s.auditor.get("/"+tag+"/reads").want(t, 200)
		newClient(t, h).get("/"+tag+"/sign-in").want(t, 200)
		newClient(t, h).get("/"+tag+"/invitation").want(t, 200)
		generator := s.officer.post("/"+tag+"/account/codes", nil).want(t, 200)
		if !strings.Contains(generator.body, "<svg") {
			t.Error("no picture of the generator's secret")
		}
		s.officer.post("/"+tag+"/account/codes/confirm", url.Values{"code": {"000000"}}).want(t, 422)
	}
}

// What is wrong with a form is told above it and beside its field; what was typed stays, but for secrets.
func TestARefusedFormKeepsWhatWasTypedButForSecrets(t *testing.T) {
	w := small(t)
	_, h := w.serve()
	s := w.staff(h)
	tells := func(a answer, parts ...string) {
		t.Helper()
		for _, part := range append(parts, `id="errors"`) {
			if !strings.Contains(a.body, part) {
				t.Errorf("the page lacks %s: %s", part, a.body)
			}
		}
	}
	form := url.Values{"name": {"Salma Ali"}, "address": {"with space@example.ly"}, "organisation": {"csa"}}
	tells(s.officer.post("/en/people", form).want(t, 422), `href="#address"`, `aria-invalid="true"`, `value="with space@example.ly"`, `value="Salma Ali"`, `value="csa" selected`)
	form.Set("name", "")
	tells(s.officer.post("/en/people", form).want(t, 422), `href="#name"`, `id="name-problem"`)
	o := url.Values{"code": {"moi"}, "kind": {"kingdom"}, "name_ar": {"الداخلية"}, "name_en": {"Interior"}}
	tells(s.officer.post("/en/organisations", o).want(t, 422), `href="#kind"`, `value="Interior"`, `value="moi"`)

	signIn := url.Values{"address": {"who@example.ly"}, "recovery": {"AAAABBBBCCCCDDDD"}, "code": {"123456"}}
	a := newClient(t, h).post("/en/sign-in/codes", signIn).want(t, 422)
	tells(a, `value="who@example.ly"`)
	for _, secret := range []string{"AAAABBBBCCCCDDDD", "123456", `href="#address"`} {
		if strings.Contains(a.body, secret) {
			t.Errorf("a refused sign-in tells %s", secret)
		}
	}
	if a := newClient(t, h).post("/en/invitation", url.Values{"code": {"guessed"}}).want(t, 422); strings.Contains(a.body, "guessed") || !strings.Contains(a.body, `href="#code"`) {
		t.Errorf("a refused invitation: %s", a.body)
	}
}
