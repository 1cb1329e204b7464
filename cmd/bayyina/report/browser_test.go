package report

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bayyina/platform/web/webtest"
)

// file writes a page to disk and returns its address.
func file(t *testing.T, name string, write func(io.Writer) error) string {
	t.Helper()
	var page bytes.Buffer
	if err := write(&page); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name+".html")
	if err := os.WriteFile(path, page.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

func TestPageStandsAloneInABrowser(t *testing.T) {
	b := webtest.Open(t, nil)
	for name, r := range map[string]*Report{"council": council(), "lies": lies()} {
		address := file(t, name, r.WriteHTML)
		b.Page(t, address)
		shown := `['ar','en'].filter(l => document.getElementById(l).offsetParent !== null || document.getElementById(l).offsetHeight > 0).join()`
		if got := webtest.Ask[string](t, b, shown); got != "ar" {
			t.Errorf("%s: at first the page shows %q, not Arabic", name, got)
		}
		b.Click(t, `.page.ar .masthead a`)
		if got := webtest.Ask[string](t, b, shown); got != "en" {
			t.Errorf("%s: after the switch the page shows %q, not English", name, got)
		}
		b.Click(t, `.page.en .stars a`)
		if got := webtest.Ask[string](t, b, shown); got != "en" {
			t.Errorf("%s: after a step to a claim the page shows %q, not English", name, got)
		}
		b.Click(t, `.page.en .masthead a`)
		if got := webtest.Ask[string](t, b, shown); got != "ar" {
			t.Errorf("%s: after the switch back the page shows %q, not Arabic", name, got)
		}
		if !webtest.Ask[bool](t, b, `document.fonts.check('600 16px Plex', 'ا') && [...document.fonts].some(f => f.status === 'loaded')`) {
			t.Errorf("%s: the font is not used", name)
		}
		if got := webtest.Ask[string](t, b, `getComputedStyle(document.querySelector('.page.ar h1')).fontFamily`); !strings.HasPrefix(got, "Plex") {
			t.Errorf("%s: the style sheet is not used: headline in %s", name, got)
		}
		requests := b.Requests()
		if len(requests) == 0 {
			t.Errorf("%s: not even the page itself was asked for: the test sees nothing", name)
		}
		for _, request := range requests {
			if request != address && !strings.HasPrefix(request, address+"#") && !strings.HasPrefix(request, "data:") {
				t.Errorf("%s: the page asked for %s", name, request)
			}
		}
	}
}

func TestPageFitsAPhone(t *testing.T) {
	b := webtest.Open(t, nil)
	b.Width(t, 320)
	pages := countPages(t)
	pages["council"], pages["lies"], pages["country"] = council().WriteHTML, lies().WriteHTML, country().WriteHTML
	for name, write := range pages {
		address := file(t, name, write)
		for _, lang := range []string{"ar", "en"} {
			b.Page(t, "about:blank")
			b.Page(t, address+"#"+lang)
			b.Fits(t)
		}
	}
}

func TestPageIsAccessible(t *testing.T) {
	b := webtest.Open(t, nil)
	pages := countPages(t)
	pages["council"], pages["lies"] = council().WriteHTML, lies().WriteHTML
	for scheme, lang := range map[string]string{"light": "ar", "dark": "en"} {
		b.Prefer(t, "prefers-color-scheme", scheme)
		for name, write := range pages {
			b.Page(t, "about:blank")
			b.Page(t, file(t, name, write)+"#"+lang)
			b.Axe(t)
		}
	}
}
