package web_test

import (
	"errors"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

var pages = fstest.MapFS{
	"pages/hello.html": {Data: []byte(`{{define "content"}}<h1>{{.Name}}</h1><p>{{number 1234}}</p>{{end}}`)},
}

// newSite returns a site with a page that greets, counted, and who visits it.
func newSite(t testing.TB, visitor func(*http.Request) (*access.Person, error)) (site *web.Site, version *string, made *atomic.Int64) {
	t.Helper()
	version, made = new(string), new(atomic.Int64)
	site, err := web.New(web.Config{
		Name: read.Bilingual{AR: "بيّنة", EN: "Bayyina"}, Origin: "http://site.example",
		Visitor: visitor, Version: func() string { return *version }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	views, err := web.ParseViews(pages, "pages")
	if err != nil {
		t.Fatal(err)
	}
	hello := func(v *web.Visit) (web.Answer, error) {
		made.Add(1)
		name := v.FormValue("name")
		if name == "nobody" {
			return web.Answer{}, web.NotFound()
		}
		return v.Show(views, "hello", "Hello", struct{ Name string }{name})
	}
	site.Page("GET", "/hello", access.Public, hello)
	site.Page("GET", "/board", access.Public, hello, web.Cached)
	site.Page("GET", "/mine", access.SignedIn, hello)
	site.Page("GET", "/staff", "staff", hello)
	site.Page("POST", "/hello", access.Public, func(v *web.Visit) (web.Answer, error) {
		if _, err := io.ReadAll(v.Body); err != nil {
			return web.Answer{}, err
		}
		return v.SeeOther("/hello", read.Message{ID: "web.home"}), nil
	})
	site.Page("GET", "/broken", access.Public, func(*web.Visit) (web.Answer, error) {
		return web.Answer{}, errors.New("secret detail")
	})
	return site, version, made
}

func ask(t *testing.T, site *web.Site, method, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, "http://site.example"+path, strings.NewReader(""))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	site.Handler().ServeHTTP(w, r)
	return w
}

func TestEachLanguageHasItsOwnAddress(t *testing.T) {
	site, _, _ := newSite(t, nil)
	for path, want := range map[string][]string{
		"/ar/hello":           {`lang="ar" dir="rtl"`, "1,234", `href="/en/hello"`},
		"/en/hello":           {`lang="en" dir="ltr"`, "1,234", `href="/ar/hello"`},
		"/ar-u-nu-arab/hello": {`lang="ar" dir="rtl"`, "١٬٢٣٤", `href="/ar/hello"`},
	} {
		w := ask(t, site, "GET", path)
		for _, part := range want {
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), part) {
				t.Errorf("%s: status %d, %q is missing", path, w.Code, part)
			}
		}
	}
}

func TestWhoeverAsksForNoPageIsSentToTheirLanguage(t *testing.T) {
	site, _, _ := newSite(t, nil)
	for accept, want := range map[string]string{
		"": "/ar/", "en-GB,en;q=0.9": "/en/", "ar-LY": "/ar/", "fr, en;q=0.5": "/en/", "zh": "/ar/", "\x00": "/ar/",
	} {
		if w := ask(t, site, "GET", "/", "Accept-Language", accept); w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Errorf("%q: status %d, to %s, want %s", accept, w.Code, w.Header().Get("Location"), want)
		}
	}
}

func TestTextFromOutsideIsInert(t *testing.T) {
	site, _, _ := newSite(t, nil)
	w := ask(t, site, "GET", "/ar/hello?name=%3Cscript%3Ealert(1)%3C/script%3E")
	if body := w.Body.String(); strings.Contains(body, "<script>") || !strings.Contains(body, "&lt;script&gt;") {
		t.Error(body)
	}
}

func TestRightsAreAskedBeforeThePage(t *testing.T) {
	var person *access.Person
	site, _, made := newSite(t, func(*http.Request) (*access.Person, error) { return person, nil })
	for _, path := range []string{"/ar/mine?a=b", "/en/staff"} {
		w := ask(t, site, "GET", path)
		if w.Code != http.StatusSeeOther || !strings.Contains(w.Header().Get("Location"), "/sign-in?next=%2F") {
			t.Errorf("%s for nobody: status %d, to %s", path, w.Code, w.Header().Get("Location"))
		}
	}
	person = &access.Person{}
	if w := ask(t, site, "GET", "/ar/mine"); w.Code != http.StatusOK {
		t.Errorf("signed in: status %d", w.Code)
	}
	before := made.Load()
	if w := ask(t, site, "GET", "/ar/staff"); w.Code != http.StatusForbidden {
		t.Errorf("without the right: status %d", w.Code)
	}
	if made.Load() != before {
		t.Error("the page was made for somebody without the right")
	}
}

func TestPageForEverybodyIsMadeOncePerVersion(t *testing.T) {
	site, version, made := newSite(t, nil)
	first := ask(t, site, "GET", "/ar/board")
	tag := first.Header().Get("ETag")
	if again := ask(t, site, "GET", "/ar/board"); made.Load() != 1 || again.Body.String() != first.Body.String() {
		t.Errorf("made %d times", made.Load())
	}
	if w := ask(t, site, "GET", "/ar/board", "If-None-Match", tag); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("known page: status %d, %d bytes", w.Code, w.Body.Len())
	}
	if w := ask(t, site, "GET", "/ar/board", "Accept-Encoding", "gzip, br"); w.Header().Get("Content-Encoding") != "gzip" || w.Header().Get("ETag") == tag {
		t.Errorf("compressed: %v", w.Header())
	}
	if ask(t, site, "GET", "/en/board"); made.Load() != 2 {
		t.Error("another language is another page")
	}
	*version = "2"
	if ask(t, site, "GET", "/ar/board"); made.Load() != 3 {
		t.Error("a new version is not shown")
	}
}

func TestProblemsAreToldInTheVisitorsLanguage(t *testing.T) {
	site, _, _ := newSite(t, nil)
	for _, c := range []struct {
		method, path string
		status       int
		says         string
	}{
		{"GET", "/ar/nowhere", 404, "لا توجد صفحة"},
		{"GET", "/en/nowhere", 404, "no page at this address"},
		{"GET", "/en/hello?name=nobody", 404, "no page at this address"},
		{"DELETE", "/en/hello", 405, "cannot be opened in this way"},
		{"GET", "/en/broken", 500, "Something went wrong"},
	} {
		w := ask(t, site, c.method, c.path)
		if body := html.UnescapeString(w.Body.String()); w.Code != c.status || !strings.Contains(body, c.says) || strings.Contains(body, "secret detail") {
			t.Errorf("%s %s: status %d\n%s", c.method, c.path, w.Code, body)
		}
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	site, _, made := newSite(t, nil)
	w := ask(t, site, "POST", "/ar/hello", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
	if w.Code != http.StatusForbidden || made.Load() != 0 {
		t.Errorf("status %d", w.Code)
	}
}

func TestTooLargeAFormIsRefused(t *testing.T) {
	site, _, _ := newSite(t, nil)
	r := httptest.NewRequest("POST", "http://site.example/ar/hello", strings.NewReader(strings.Repeat("x", 1<<20+1)))
	w := httptest.NewRecorder()
	site.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", w.Code)
	}
}

func TestNoticeIsShownOnce(t *testing.T) {
	site, _, _ := newSite(t, nil)
	server := httptest.NewServer(site.Handler())
	defer server.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	read := func(r *http.Response, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	const notice = `role="status"`
	if body := read(client.Post(server.URL+"/en/hello", "text/plain", nil)); !strings.Contains(body, notice) {
		t.Error("no notice after the form")
	}
	if body := read(client.Get(server.URL + "/en/hello")); strings.Contains(body, notice) {
		t.Error("the notice is shown again")
	}
}

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	site, _, _ := newSite(t, nil)
	for _, path := range []string{"/ar/hello", "/ar/nowhere", "/", "/static/none.css", "/ar/broken", "/ar/mine"} {
		h := ask(t, site, "GET", path).Header()
		csp := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, h)
		}
	}
}
