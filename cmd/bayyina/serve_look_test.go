package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bayyina/platform/identity/access"
	"bayyina/platform/web/webtest"
)

// number is what tells pages of one kind apart: numbers, uuids, hashes and trackers.
var number = regexp.MustCompile(`/[0-9]+(/|$)|/[0-9A-Za-z_-]{12,}(/|$)`)

// way is how somebody may meet a page.
type way struct {
	lang   string
	width  int64
	scheme string
}

// ways are all of them. Pages take turns, so that each run sees every way on many pages; the long
// form of the test sees every page in every way.
var ways = []way{
	{"ar", webtest.Phone, "light"},
	{"en", webtest.Desktop, "dark"},
	{"ar", webtest.Desktop, "light"},
	{"en", webtest.Phone, "dark"},
	{"ar", webtest.Phone, "dark"},
	{"en", webtest.Desktop, "light"},
	{"ar", webtest.Desktop, "dark"},
	{"en", webtest.Phone, "light"},
}

// Whoever follows the links, as nobody and as people of several roles, finds no page that axe
// complains about, that must be scrolled sideways, or that does what pages must not.
func TestEveryPageIsFitForEverybody(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		atLength(t, database)
		rehearsal(t, database, func(r *running) { lookAtEveryPage(t, r) })
	})
}

func lookAtEveryPage(t *testing.T, r *running) {
	b := webtest.Open(t, nil)
	c := &crawler{b: b, origin: r.settings.Site.Origin, looked: make(map[string]bool)}
	for _, v := range visitors(t, r) {
		if !slices.Contains([]access.Role{"", access.Officer, access.ElectionManager, access.Auditor, access.Operator}, v.role) {
			continue
		}
		if v.person != nil {
			b.Page(t, c.origin+"/ar/demo")
			b.Follow(t, fmt.Sprintf(`form:has([name=person][value="%d"]) button`, v.person.ID))
		}
		c.walk(t)
	}
	t.Logf("%d kinds of pages", len(c.looked))
	if len(c.looked) < 20 {
		t.Errorf("only %d kinds of pages were found", len(c.looked))
	}
}

// crawler looks at each kind of page once.
type crawler struct {
	b      *webtest.Browser
	origin string
	looked map[string]bool
}

// walk follows links from the first page to one page of each kind.
func (c *crawler) walk(t *testing.T) {
	t.Helper()
	seen := make(map[string]bool)
	for queue := []string{"/"}; len(queue) > 0; queue = queue[1:] {
		path, _, _ := strings.Cut(queue[0], "?")
		kind := number.ReplaceAllString(path, "/*$1$2")
		if seen[kind] {
			continue
		}
		seen[kind] = true
		if !c.looked[kind] {
			c.look(t, kind, queue[0])
		} else {
			c.b.Page(t, c.origin+"/ar"+queue[0])
		}
		for _, link := range webtest.Ask[[]string](t, c.b, `[...document.querySelectorAll('a[href]:not([download])')].map(a => a.href.split('#')[0])`) {
			for _, lang := range []string{"ar", "en"} {
				if next, ok := strings.CutPrefix(link, c.origin+"/"+lang+"/"); ok {
					queue = append(queue, "/"+next)
				}
			}
		}
	}
}

// look looks at a page.
func (c *crawler) look(t *testing.T, kind, path string) {
	t.Helper()
	turns := ways
	if os.Getenv("BAYYINA_SOAK") == "" {
		turns = ways[len(c.looked)%len(ways):][:1]
	}
	for _, w := range turns {
		c.b.Width(t, w.width)
		c.b.Prefer(t, "prefers-color-scheme", w.scheme)
		c.b.Page(t, c.origin+"/"+w.lang+path)
		c.b.Fits(t)
		c.b.Axe(t)
		c.b.Screenshot(t, fmt.Sprintf("page%s-%s-%d-%s", strings.ReplaceAll(kind, "/", "-"), w.lang, w.width, w.scheme))
	}
	c.looked[kind] = true
}
