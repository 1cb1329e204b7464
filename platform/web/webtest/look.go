package webtest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Widths of the screens that every page is looked at on: a phone and a desk, in CSS pixels.
const (
	Phone   = 390
	Desktop = 1280
)

// Width sets the width of the window, in CSS pixels.
func (b *Browser) Width(t *testing.T, pixels int64) {
	t.Helper()
	call(t, b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: pixels, Height: 800, DeviceScaleFactor: 1, Mobile: pixels <= Phone,
	})
}

// Prefer sets what the person prefers by the names of CSS media features:
// "prefers-color-scheme", "dark".
func (b *Browser) Prefer(t *testing.T, feature, value string) {
	t.Helper()
	call(t, b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: feature, Value: value}},
	})
}

// Print shows the page as it would be printed.
func (b *Browser) Print(t *testing.T) {
	t.Helper()
	call(t, b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
}

// Fits fails the test if the page is wider than the window, so that one must scroll sideways,
// or stands beside it; or if a cell of a table that becomes cards on a phone lacks its column's name.
func (b *Browser) Fits(t *testing.T) {
	t.Helper()
	at := Ask[[]int](t, b, `(() => { const e = document.documentElement, v = visualViewport;
		return [e.scrollWidth - e.clientWidth, Math.round(e.getBoundingClientRect().left + v.offsetLeft), Math.round(100 * v.scale)] })()`)
	if bare := Ask[[]string](t, b, `[...document.querySelectorAll('table.cards tbody :is(td, th):not([data-label], [colspan])')].map(e => e.textContent)`); len(bare) > 0 {
		t.Errorf("%s: as cards these do not say what they are: %q", b.Address(t), bare)
	}
	if at[0] > 0 || at[1] != 0 || at[2] != 100 {
		t.Errorf("%s is %d px wider than the window, moved by %d px, and shown at %d %%", b.Address(t), at[0], at[1], at[2])
	}
}

// Axe fails the test for everything that axe-core finds wrong with the page: all its
// rules, those that WCAG 2.2 added to level AA included.
func (b *Browser) Axe(t *testing.T) {
	t.Helper()
	found := Ask[string](t, b, axe(t)+`;
		document.getAnimations().filter(a => a instanceof CSSTransition).forEach(a => a.finish()); // colours on their way
		axe.run({resultTypes: ['violations'], rules: {'target-size': {enabled: true}}}).then(r => r.violations.map(v =>
			v.id + ' ' + v.nodes.slice(0, 3).map(n => n.html + ' ' + n.failureSummary).join('\n')).join('\n\n'))`)
	if found != "" {
		t.Errorf("%s: axe finds %s", b.Address(t), found)
	}
}

// axe is the script of axe-core, which scripts/setup.sh fetches.
func axe(t *testing.T) string {
	t.Helper()
	script, err := os.ReadFile(filepath.Join(root(t), ".cache", "axe-core", "axe.min.js"))
	if err != nil {
		t.Skip("SKIPPED, NOT CHECKED: no axe-core in .cache/axe-core (make setup fetches it)")
	}
	return string(script)
}

// root is the folder of the repository, above that of the package under test.
func root(t *testing.T) string {
	t.Helper()
	for dir, err := os.Getwd(); err == nil; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	t.Fatal("no go.mod above the test's folder")
	return ""
}

// Screenshot keeps a picture of the whole page as NAME.png in the folder that the variable
// BAYYINA_SCREENSHOTS names; without it nobody would look at one, and none is made.
func (b *Browser) Screenshot(t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("BAYYINA_SCREENSHOTS")
	if dir == "" {
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}

// Look opens a page as everybody may meet it: in Arabic on a phone, light, and in English on a desk,
// dark; in the long form of the tests in all eight ways. Each time axe finds nothing and nothing is wider
// than the window. The path has no language; pictures are NAME-LANGUAGE-WIDTH-SCHEME.
func (b *Browser) Look(t *testing.T, name, path string) {
	t.Helper()
	for i, lang := range []string{"ar", "en"} {
		for j, width := range []int64{Phone, Desktop} {
			for k, scheme := range []string{"light", "dark"} {
				if (i != j || j != k) && os.Getenv("BAYYINA_SOAK") == "" {
					continue
				}
				b.Width(t, width)
				b.Prefer(t, "prefers-color-scheme", scheme)
				b.Page(t, "/"+lang+path)
				b.Fits(t)
				b.Axe(t)
				b.Screenshot(t, fmt.Sprintf("%s-%s-%d-%s", name, lang, width, scheme))
			}
		}
	}
}
