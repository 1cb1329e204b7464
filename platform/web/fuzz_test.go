package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzAddress: no address, and no language that a browser asks for, makes the shell fail,
// or sends anybody to another site.
func FuzzAddress(f *testing.F) {
	for _, path := range []string{"/", "/ar/", "/en/nothing", "//elsewhere.example/..", "/en/..//elsewhere.example", "/ar-u-nu-arab/\\elsewhere.example", "/xx/?next=//elsewhere.example", "/static/%2e%2e/x"} {
		f.Add(path, "ar, en;q=0.5")
	}
	f.Add("/", "en-GB-u-nu-arab;q=x, *")
	site, _, _ := newSite(f, nil)
	h := site.Handler()
	f.Fuzz(func(t *testing.T, path, languages string) {
		u, err := url.ParseRequestURI(path)
		if err != nil || u.Host != "" || u.Opaque != "" || !strings.HasPrefix(u.Path, "/") {
			return
		}
		r := httptest.NewRequest(http.MethodGet, "https://vote.test/", nil)
		r.URL, r.RequestURI = u, path
		r.Header.Set("Accept-Language", languages)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError {
			t.Fatalf("%q in %q: status %d", path, languages, w.Code)
		}
		to := w.Header().Get("Location")
		if to == "" {
			return
		}
		if place, err := url.Parse(to); err != nil || place.Host != "" || place.Scheme != "" || strings.HasPrefix(to, "//") || strings.HasPrefix(to, "/\\") {
			t.Fatalf("%q leads to %q: %v", path, to, err)
		}
	})
}
