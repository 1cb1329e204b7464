package web_test

import (
	"errors"
	"fmt"
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

func TestProblemsAreToldOnPagesFitForEverybody(t *testing.T) {
	site := living(t)
	for path, err := range map[string]error{
		"/403": web.Forbidden(), "/404": web.NotFound(), "/413": &http.MaxBytesError{}, "/500": errors.New("the disk is full"),
		"/429": &web.Problem{Status: http.StatusTooManyRequests, Says: read.Message{ID: "account.err-too-many"}},
		"/503": &web.Problem{Status: http.StatusServiceUnavailable, Says: read.Message{ID: "board.not-yet"}},
	} {
		site.Page("GET", path, access.Public, func(*web.Visit) (web.Answer, error) { return web.Answer{}, err })
	}
	b := webtest.Open(t, site.Handler())
	b.Width(t, webtest.Phone)
	told := make(map[string]bool)
	for _, status := range []int{403, 404, 413, 429, 500, 503} {
		for _, lang := range []string{"ar", "en"} {
			b.Status(t, status, fmt.Sprintf("/%s/%d", lang, status))
			b.Fits(t)
			b.Axe(t)
			told[b.Text(t, "h1")] = true
			b.Screenshot(t, fmt.Sprintf("problem-%d-%s", status, lang))
		}
	}
	if len(told) != 12 {
		t.Errorf("the problems have only these titles: %v", told)
	}
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
