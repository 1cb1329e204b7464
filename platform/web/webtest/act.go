package webtest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// Page opens a page of the site, "/ar/elections", or of another address, and waits until it is
// there. It must be answered by 200.
func (b *Browser) Page(t *testing.T, path string) {
	t.Helper()
	b.Status(t, http.StatusOK, path)
}

// Status opens a page that must be answered by a status, as an error page is.
func (b *Browser) Status(t *testing.T, status int, path string) {
	t.Helper()
	if strings.HasPrefix(path, "/") {
		path = Origin + path
	}
	b.load(t, status, path, chromedp.Navigate(path))
}

// Follow clicks on a link or button, and waits until the page that it leads to is there. It
// must be answered by 200.
func (b *Browser) Follow(t *testing.T, selector string) {
	t.Helper()
	b.FollowTo(t, http.StatusOK, selector)
}

// FollowTo is Follow to a page that must be answered by a status.
func (b *Browser) FollowTo(t *testing.T, status int, selector string) {
	t.Helper()
	b.load(t, status, selector, chromedp.Click(chromedp.CSS(selector)))
}

func (b *Browser) load(t *testing.T, status int, what string, step chromedp.Action[chromedp.Void]) {
	t.Helper()
	answer, err := chromedp.RunResponse(b.ctx, step)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	// A file has no status.
	if answer != nil && answer.Status != int64(status) && !strings.HasPrefix(answer.URL, "file:") {
		t.Fatalf("%s: status %d, not %d", what, answer.Status, status)
	}
}

// Click clicks on what a CSS selector finds first, once it can be seen.
func (b *Browser) Click(t *testing.T, selector string) {
	t.Helper()
	b.do(t, chromedp.Click(chromedp.CSS(selector)))
}

// Type writes into a field as a person does, key by key, in place of what stands there.
func (b *Browser) Type(t *testing.T, selector, text string) {
	t.Helper()
	b.do(t, chromedp.Clear(chromedp.CSS(selector)), chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Upload chooses files for a field, by their paths.
func (b *Browser) Upload(t *testing.T, selector string, files ...string) {
	t.Helper()
	b.do(t, chromedp.SetUploadFiles(chromedp.CSS(selector), files))
}

// Press presses keys wherever the focus is; package chromedp/kb names those without a letter.
func (b *Browser) Press(t *testing.T, keys string) {
	t.Helper()
	b.do(t, chromedp.KeyEvent(keys))
}

// Wait waits until what a selector finds can be seen.
func (b *Browser) Wait(t *testing.T, selector string) {
	t.Helper()
	b.do(t, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// Text is what a person reads of the first element that a selector finds.
func (b *Browser) Text(t *testing.T, selector string) string {
	t.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		t.Fatalf("%s: %v", selector, err)
	}
	return strings.TrimSpace(text)
}

// Address is that of the page shown.
func (b *Browser) Address(t *testing.T) string {
	t.Helper()
	return Ask[string](t, b, `location.href`)
}

// Ask evaluates an expression of JavaScript in the page, and waits for what it promises.
func Ask[T any](t *testing.T, b *Browser, expression string) T {
	t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	return value
}
