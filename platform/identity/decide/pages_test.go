package decide_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/identity/decide"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// serve mounts accounts and decisions on a site, and the signing host beside it.
func (w *world) serve() http.Handler {
	w.t.Helper()
	name, log := read.Bilingual{AR: "بيّنة", EN: "Bayyina"}, slog.New(slog.NewTextHandler(w.t.Output(), nil))
	site, err := web.New(web.Config{Name: name, Rehearsal: true, Origin: "https://vote.test", Visitor: w.accounts.SignedIn, Log: log})
	w.must(err)
	w.accounts.Mount(site)
	w.must(w.Mount(site))
	// Managers begin at another package's page.
	site.Page(http.MethodGet, "/my-elections", access.Public, func(v *web.Visit) (web.Answer, error) { return v.SeeOther("/decisions", read.Message{}), nil })
	signing, err := web.New(web.Config{Name: name, Rehearsal: true, Origin: signOrigin, Log: log})
	w.must(err)
	w.must(w.MountSigning(signing))
	main, sign := w.accounts.Handler(site.Handler()), signing.Handler()
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Host == signHost {
			sign.ServeHTTP(rw, r)
			return
		}
		main.ServeHTTP(rw, r)
	})
}

// client is a browser without scripts.
type client struct {
	t   testing.TB
	h   http.Handler
	jar *cookiejar.Jar
}

// visit signs a person in.
func (w *world) visit(h http.Handler, person int64) *client {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	w.must(err)
	c := &client{w.t, h, jar}
	if person != 0 {
		c.post("/en/demo", url.Values{"person": {fmt.Sprint(person)}}).want(http.StatusSeeOther)
	}
	return c
}

type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   string
}

func (c *client) do(r *http.Request) answer {
	c.t.Helper()
	if r.Method == http.MethodPost {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, cookie := range c.jar.Cookies(r.URL) {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	c.h.ServeHTTP(w, r)
	c.jar.SetCookies(r.URL, w.Result().Cookies())
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer{c.t, w.Code, w.Header(), string(body)}
}

func absolute(path string) string {
	if strings.HasPrefix(path, "https://") {
		return path
	}
	return "https://vote.test" + path
}

func (c *client) get(path string) answer {
	c.t.Helper()
	return c.do(httptest.NewRequest(http.MethodGet, absolute(path), nil))
}

func (c *client) post(path string, form url.Values) answer {
	c.t.Helper()
	r := httptest.NewRequest(http.MethodPost, absolute(path), strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.do(r)
}

func (c *client) upload(path, field string, content []byte) answer {
	c.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part, err := m.CreateFormFile(field, "signed.txt")
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, absolute(path), &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return c.do(r)
}

func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("answered %d, want %d: %.1500s", a.status, status, a.main())
	}
	return a
}

// main is the page without its frame.
func (a answer) main() string {
	_, main, _ := strings.Cut(a.body, "<main")
	return main
}

func (a answer) has(texts ...string) answer {
	a.t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			a.t.Errorf("%q is not on the page: %.3000s", text, a.main())
		}
	}
	return a
}

func TestADecisionIsTakenOnPagesWithoutScripts(t *testing.T) {
	w := small(t)
	h := w.serve()
	first, second, third := w.visit(h, w.officers[0]), w.visit(h, w.officers[1]), w.visit(h, w.officers[2])
	form := url.Values{"reason_ar": {"ثلاث عيون"}, "reason_en": {"<b>Three eyes</b>"}, "person": {"1"}}
	first.get("/en/decisions/propose/rules").want(200).has("access.grant/1")
	for _, kind := range []string{"log.keys/1", "log.witnesses/1", "log.rules/1", "log.close/1"} {
		form.Set("officer."+kind, "2")
		form.Set("root."+kind, "1")
	}
	for _, kind := range []string{"access.grant/1", "access.revoke/1", "access.erase/1"} {
		form.Set("officer."+kind, "3")
		form.Set("root."+kind, "0")
	}
	at := first.post("/en/decisions/propose/rules", form).want(http.StatusSeeOther).header.Get("Location")
	path := strings.TrimPrefix(at, "/en")
	id := strings.TrimPrefix(path, "/decisions/")
	first.get(at).want(200).has("access.grant/1", "2 × officer", "3 × officer", "You proposed this yourself")
	first.post(at+"/software", nil).want(422).has("You proposed this yourself")
	first.post(at+"/sign", nil).want(422)
	second.get("/ar/decisions").want(200).has("تنتظر توقيعك", id)
	second.get("/ar"+path).want(200).has("ما الذي سيتغير", "3 × مسؤول")
	second.post("/ar"+path+"/software", nil).want(http.StatusSeeOther)
	second.get("/ar" + path).want(200).has("لقد وقّعت.")
	third.post(at+"/software", nil).want(http.StatusSeeOther)
	p, err := w.Proposal(ctx, w.who(w.officers[0]), id)
	w.must(err)
	text := third.get(at + "/text").want(200)
	if text.body != string(p.Note()) || !strings.HasPrefix(text.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("downloaded %q", text.body)
	}
	third.get(at).has("bayyina key sign root.key --in " + id + ".txt --out " + id + ".signed")
	if !strings.Contains(text.header.Get("Content-Disposition"), id+".txt") {
		t.Errorf("the command on the page reads another file than %s", text.header.Get("Content-Disposition"))
	}
	third.get(at + "/openings").want(404) // nothing in it is sealed
	third.upload(at+"/offline", "signed", []byte("nonsense")).want(422)
	third.upload(at+"/offline", "signed", []byte(text.body)).want(422) // nothing new
	third.upload(at+"/offline", "signed", w.rootSigned(text.body)).want(http.StatusSeeOther)
	w.settle()
	third.get(at).want(200).has("decided, in the log")
	if state(w, id) != decide.Entered {
		t.Error("it is not decided")
	}
	w.verify()
}

func TestAnAuditorIsGivenWhatOpensSealedFields(t *testing.T) {
	w := small(t)
	h := w.serve()
	id := w.propose(w.officers[0], w.grant())
	reader := w.visit(h, w.officers[1])
	reader.get("/en/decisions/" + id).want(200).has("/en/decisions/" + id + "/openings")
	opened, err := read.ParseOpenings([]byte(reader.get("/en/decisions/" + id + "/openings").want(200).body))
	w.must(err)
	p, err := w.Proposal(ctx, w.who(w.officers[1]), id)
	w.must(err)
	if s, err := read.ParseStatementText([]byte(p.Statement.Text)); err != nil || len(opened.Openings) != 1 || opened.Check(s) != nil {
		t.Errorf("what opens it is %+v (%v)", opened, err)
	}
}

func TestARefusalIsShownWithItsReasonAndNoMarkup(t *testing.T) {
	w := small(t)
	h := w.serve()
	id := w.propose(w.officers[0], w.grant())
	second := w.visit(h, w.officers[1])
	second.post("/en/decisions/"+id+"/refuse", url.Values{"reason_en": {"  "}}).want(422).has("A reason is needed")
	second.post("/en/decisions/"+id+"/refuse", url.Values{"reason_en": {"<script>alert(1)</script>"}}).want(http.StatusSeeOther)
	page := second.get("/en/decisions/"+id).want(200).has("refused", "&lt;script&gt;")
	if strings.Contains(page.body, "<script>alert") {
		t.Error("a reason is markup")
	}
	second.post("/en/decisions/"+id+"/software", nil).want(422).has("not open any more")
}

// Whoever may not see a proposal gets the same answer as for one that does not exist.
func TestAProposalOfAnotherScopeIsNotOnAnyPage(t *testing.T) {
	w := small(t)
	h := w.serve()
	id := w.propose(w.officers[0], w.grant())
	clerk := w.visit(h, w.clerk) // an election manager of one election
	nobody, stranger := w.visit(h, 0), w.visit(h, w.person("Stranger"))
	none := strings.Repeat("0", 32)
	for _, c := range []struct{ method, path string }{
		{"GET", ""}, {"GET", "/text"}, {"GET", "/openings"}, {"POST", "/offline"}, {"POST", "/withdraw"},
	} {
		var hidden, absent answer
		if c.method == "GET" {
			hidden, absent = clerk.get("/en/decisions/"+id+c.path), clerk.get("/en/decisions/"+none+c.path)
		} else {
			hidden, absent = clerk.upload("/en/decisions/"+id+c.path, "signed", w.rootSigned("x\n")), clerk.upload("/en/decisions/"+none+c.path, "signed", w.rootSigned("x\n"))
		}
		if hidden.status < 400 || c.method == "GET" && (hidden.status != absent.status || hidden.body != strings.ReplaceAll(absent.body, none, id)) {
			t.Errorf("%s %s: %d, and %d where there is none", c.method, c.path, hidden.status, absent.status)
		}
	}
	clerk.post("/en/decisions/"+id+"/sign", nil).want(403)
	clerk.post("/en/decisions/"+id+"/refuse", url.Values{"reason_en": {"No"}}).want(403)
	for _, path := range []string{"", "/" + id, "/propose/keys", "/propose/roles"} {
		stranger.get("/en/decisions" + path).want(403)
		nobody.get("/en/decisions" + path).want(http.StatusSeeOther)
	}
}

func TestAWayToTheSigningHostIsOpenOnceAndNotForLong(t *testing.T) {
	w := small(t)
	h := w.serve()
	id := w.propose(w.officers[0], w.grant())
	c := w.visit(h, 0) // there is no session on that host
	token, err := w.OpenLink(ctx, w.officers[1], id)
	w.must(err)
	p, err := w.Proposal(ctx, w.who(w.officers[0]), id)
	w.must(err)
	page := c.get(signOrigin + "/en/sign/" + token).want(200)
	if !strings.Contains(page.body, ">"+strings.ReplaceAll(string(p.Statement.Text), `"`, "&#34;")+"</pre>") {
		t.Error("the page does not show the text that is signed")
	}
	if page.header.Get("Set-Cookie") != "" {
		t.Error("the signing host sets a cookie")
	}
	good := assertionForm(w.assert(w.soft[w.officers[1]], id, nil))
	other := assertionForm(w.assert(w.soft[w.officers[2]], id, nil))
	c.post(signOrigin+"/en/sign/"+token, other).want(422)                       // another person's key
	c.post(signOrigin+"/en/sign/"+token, url.Values{"client": {"?"}}).want(422) // nonsense
	c.post(signOrigin+"/en/key/"+token, url.Values{"answer": {"{}"}}).want(422)
	c.post(signOrigin+"/en/sign/"+token, good).want(200).has("Signed")
	c.post(signOrigin+"/en/sign/"+token, good).want(422).has("ten minutes")
	c.get(signOrigin + "/en/sign/" + token).want(422)
	late, err := w.OpenLink(ctx, w.officers[2], id)
	w.must(err)
	w.pass(11 * time.Minute)
	c.get(signOrigin + "/en/sign/" + late).want(422)
	c.post(signOrigin+"/en/sign/"+late, other).want(422)
	own, err := w.OpenLink(ctx, w.officers[0], id)
	w.must(err)
	c.get(signOrigin + "/en/sign/" + own).want(422).has("You proposed this yourself")
	c.get(signOrigin + "/en/decisions").want(404)
	c.get(signOrigin + "/en/sign/" + strings.Repeat("A", 43)).want(422)
	c.get("/en/sign/" + token).want(404) // only on its own host
}

func TestEveryFormOfDecisionsNeedsItsRight(t *testing.T) {
	w := small(t)
	h := w.serve()
	auditor := w.visit(h, w.reader)
	auditor.get("/en/decisions").want(200)
	for _, path := range []string{"keys", "rules", "witnesses", "close", "roles"} {
		auditor.get("/en/decisions/propose/" + path).want(403)
		auditor.post("/en/decisions/propose/"+path, url.Values{}).want(403)
		officer := w.visit(h, w.officers[0])
		officer.get("/ar/decisions/propose/" + path).want(200)
		officer.post("/ar/decisions/propose/"+path, url.Values{}).want(422)
	}
	auditor.post("/en/decisions/key", nil).want(403)
	if !w.who(w.officers[0]).May(access.LogPropose, access.Scope{}) {
		t.Error("an officer may not propose")
	}
}
