package account_test

import (
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// serve mounts the accounts' pages on a site.
func (w *world) serve() (*web.Site, http.Handler) {
	w.t.Helper()
	site, err := web.New(web.Config{
		Name: read.Bilingual{AR: "بيّنة", EN: "Bayyina"}, Origin: w.origin, Visitor: w.SignedIn, Log: slog.New(slog.NewTextHandler(w.t.Output(), nil)),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	site.Page("GET", "/", access.Public, func(v *web.Visit) (web.Answer, error) { return v.SeeOther("/sign-in", read.Message{}), nil })
	w.Mount(site)
	return site, w.Handler(site.Handler())
}

// client is a browser without scripts, at one address on the internet.
type client struct {
	t   testing.TB
	h   http.Handler
	jar *cookiejar.Jar
	at  string
}

func newClient(t testing.TB, h http.Handler) *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &client{t, h, jar, "192.0.2.1:4711"}
}

// answer is what the site answered.
type answer struct {
	status int
	header http.Header
	body   string
}

func (c *client) do(method, path string, form url.Values, headers ...string) answer {
	c.t.Helper()
	r := httptest.NewRequest(method, siteOrigin+path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	r.RemoteAddr = c.at
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
	return answer{w.Code, w.Header(), string(body)}
}

func (c *client) get(path string) answer { c.t.Helper(); return c.do("GET", path, nil) }

func (c *client) post(path string, form url.Values) answer {
	c.t.Helper()
	return c.do("POST", path, form)
}

// want fails the test unless the answer has this status.
func (a answer) want(t testing.TB, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

var optionsAttribute = regexp.MustCompile(`data-options="([^"]*)"`)

// options are those of the page's passkey.
func (a answer) options(t testing.TB) []byte {
	t.Helper()
	m := optionsAttribute.FindStringSubmatch(a.body)
	if m == nil {
		t.Fatalf("no passkey is asked for: %s", a.body)
	}
	return []byte(html.UnescapeString(m[1]))
}

// session is the cookie's token, "" where there is none.
func (c *client) session() string {
	u, err := url.Parse(siteOrigin)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, cookie := range c.jar.Cookies(u) {
		if cookie.Name == "__Host-session" {
			return cookie.Value
		}
	}
	return ""
}

// enter signs in with a passkey, and returns the answer.
func (c *client) enter(key *authenticator, next string) answer {
	c.t.Helper()
	page := c.get("/en/sign-in").want(c.t, http.StatusOK)
	return c.post("/en/sign-in/passkey", url.Values{"answer": {string(key.get(page.options(c.t)))}, "next": {next}})
}
