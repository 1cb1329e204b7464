package web_test

import (
	"html"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
	"bayyina/platform/web/webtest"
)

// living returns a site with the living page of components.
func living(t *testing.T) *web.Site {
	t.Helper()
	site, err := web.New(web.Config{
		Name: read.Bilingual{AR: "انتخابات الواحات", EN: "Oases' elections"}, Origin: webtest.Origin, Dev: true, Rehearsal: true,
		Visitor: func(*http.Request) (*access.Person, error) { return nil, nil }, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	site.Nav(web.NavItem{Label: "web.home", Path: "/", Right: access.Public})
	site.Nav(web.NavItem{Label: "web.crumbs", Path: "/_components", Right: access.Public})
	return site
}

func TestComponentsAreFitForEverybody(t *testing.T) {
	b := webtest.Open(t, living(t).Handler())
	b.Look(t, "components", "/_components")
}

func TestHostileTextIsShownInert(t *testing.T) {
	for _, lang := range []string{"ar", "en"} {
		body := ask(t, living(t), "GET", "/"+lang+"/_components").Body.String()
		for _, tag := range []string{"<script>", "<img"} {
			if strings.Contains(body, tag) {
				t.Errorf("%s: %s stands in the page", lang, tag)
			}
		}
		if n := strings.Count(html.UnescapeString(body), "<script>alert(1)</script>"); n < 15 {
			t.Errorf("%s: the hostile text is shown %d times only: the test sees nothing", lang, n)
		}
	}
}

func TestTheLivingPageIsForDevelopmentOnly(t *testing.T) {
	site, _, _ := newSite(t, nil)
	if w := ask(t, site, "GET", "/ar/_components"); w.Code != http.StatusNotFound {
		t.Errorf("status %d", w.Code)
	}
}
