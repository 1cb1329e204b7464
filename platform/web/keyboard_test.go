package web_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"bayyina/platform/web/webtest"
)

// focused tells where the keyboard is, and how one sees it: by an outline, or on a map by the border.
const focused = `(() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect(), border = e.querySelector(':scope > path');
	return [e.tagName + '.' + e.getAttribute('class') + '#' + e.id, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 ||
		border && parseFloat(getComputedStyle(border).strokeWidth) >= 3 ? 'seen' : '',
		r.bottom > 0 && r.top < innerHeight && r.width > 0 ? 'shown' : ''] })()`

// fromTheTop opens the page of components and takes the keyboard to before its first stop. The list of
// mistakes takes it by itself, as soon as the page is shown, and this must be over by then.
func fromTheTop(t *testing.T, b *webtest.Browser) {
	t.Helper()
	b.Page(t, "/ar/_components")
	webtest.Ask[bool](t, b, `(async () => {
		while (document.activeElement.id !== 'errors') await new Promise(again => setTimeout(again, 10));
		const first = document.createElement('button'); document.body.prepend(first); first.focus(); first.remove(); return true })()`)
}

func TestTheKeyboardReachesEverythingInReadingOrder(t *testing.T) {
	b := webtest.Open(t, living(t).Handler())
	b.Width(t, webtest.Desktop)
	fromTheTop(t, b)
	b.Press(t, kb.Tab)
	if at := webtest.Ask[[]string](t, b, focused); !strings.HasPrefix(at[0], "A.skip") || at[1] == "" || at[2] == "" {
		t.Errorf("the first stop is %v, not the way past the masthead", at)
	}
	b.Press(t, kb.Enter)
	if at := webtest.Ask[[]string](t, b, focused); !strings.HasPrefix(at[0], "MAIN") {
		t.Errorf("the way past the masthead leads to %v", at)
	}
	fromTheTop(t, b)
	all := webtest.Ask[int](t, b, `(() => { let n = 0; for (const e of document.querySelectorAll('a[href], button:not([disabled]), summary, input:not([type=hidden]), select, textarea, [tabindex="0"]')) {
		if (e.checkVisibility() && !(e.type === 'radio' && !e.checked)) e.dataset.stop = n++ } return n })()`)
	var order []int
	for range all {
		b.Press(t, kb.Tab)
		at := webtest.Ask[[]string](t, b, focused)
		if at[1] == "" || at[2] == "" {
			t.Errorf("one cannot see that the keyboard is at %q", at)
		}
		order = append(order, webtest.Ask[int](t, b, `Number(document.activeElement.dataset.stop ?? -1)`))
	}
	if !slices.IsSorted(order) || len(order) < 30 || order[0] != 0 || order[len(order)-1] != all-1 {
		t.Errorf("the stops of the keyboard are, in its order, %v of %d", order, all)
	}
}

func TestAMistakeInAFormLeadsToItsField(t *testing.T) {
	b := webtest.Open(t, living(t).Handler())
	b.Page(t, "/ar/_components")
	b.Click(t, `.errors a[href="#count"]`)
	if at := webtest.Ask[string](t, b, `document.activeElement.id + ' ' + document.activeElement.getAttribute('aria-invalid') + ' ' + document.activeElement.getAttribute('aria-describedby')`); at != "count true count-problem" {
		t.Errorf("the mistake leads to %q", at)
	}
}

// WCAG 2.2, 1.4.10 (320 CSS pixels are a window of 1280 at 400 %), 1.4.12 and 2.3.3.
func TestPagesHoldWhenReadersEnlargeThem(t *testing.T) {
	b := webtest.Open(t, living(t).Handler())
	for _, lang := range []string{"ar", "en"} {
		b.Width(t, 320)
		b.Page(t, "/"+lang+"/_components")
		b.Fits(t)
		b.Screenshot(t, "zoom-400-"+lang)
		b.Width(t, webtest.Phone)
		cut := webtest.Ask[[]string](t, b, `(() => { const s = new CSSStyleSheet(); s.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-block-end: 2em !important }');
			document.adoptedStyleSheets = [s];
			return [...document.querySelectorAll('main *, header *')].filter(e => e.children.length === 0 && e.checkVisibility() && getComputedStyle(e).overflow === 'hidden' && !e.closest('.unseen, progress, svg') && e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML) })()`)
		if len(cut) > 0 {
			t.Errorf("%s: with wide spacing these are cut: %v", lang, cut)
		}
		b.Fits(t)
	}
	b.Prefer(t, "prefers-reduced-motion", "reduce")
	b.Page(t, "/ar/_components")
	if moving := webtest.Ask[int](t, b, `[...document.querySelectorAll('*')].filter(e => { const s = getComputedStyle(e); return s.animationName !== 'none' || s.transitionDuration !== '0s' }).length`); moving > 0 {
		t.Errorf("%d elements move although the reader wants no motion", moving)
	}
	b.Prefer(t, "forced-colors", "active")
	b.Page(t, "/ar/_components")
	b.Screenshot(t, "forced-colours")
	b.Print(t)
	b.Screenshot(t, "print")
}
