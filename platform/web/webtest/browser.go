// Package webtest opens pages in a real browser: Chromium, driven by chromedp. A test
// gives the handler of its site, and visits, types, clicks and looks as a person does.
//
// The site is served at Origin by TLS, so that pages stand in a secure context as they do
// when they are used: passkeys, "Secure" cookies and a host of one's own for signing work.
// No other name is resolved: nothing leaves the machine.
//
// What a page must never do fails the test by itself: errors and warnings in the
// console (violations of the Content-Security-Policy are among them), scripts that throw, and
// requests to other hosts. Where Chromium is missing, tests are skipped and say so.
package webtest

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Origin is where the site of a test is served. Hosts below it, as https://sign.vote.test,
// belong to the site, too.
const Origin = "https://vote.test"

// limit is how long a test may use a browser; the long form of a test, as long as it takes.
func limit() time.Duration {
	if os.Getenv("BAYYINA_SOAK") != "" {
		return 24 * time.Hour
	}
	return 10 * time.Minute
}

// Browser is a window of Chromium with cookies and passkeys of its own.
type Browser struct {
	ctx context.Context

	mu        sync.Mutex
	document  string   // address of the page that is shown
	complains []string // what must not be, and has not been told
	asked     []string // addresses of all requests since the page was asked for
}

// Open starts Chromium for a site. It stops when the test ends; a complaint that the
// test has not taken by Complaints then fails it. Without a handler there is no site: pages
// are files.
func Open(t *testing.T, h http.Handler) *Browser {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED in short runs: pages in a real browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program(t)), chromedp.NoSandbox)
	if h != nil {
		server := httptest.NewUnstartedServer(h)
		server.StartTLS()
		t.Cleanup(server.Close)
		key := sha256.Sum256(server.Certificate().RawSubjectPublicKeyInfo)
		host, address := strings.TrimPrefix(Origin, "https://"), server.Listener.Addr().String()
		options = append(options,
			chromedp.Flag("host-resolver-rules", fmt.Sprintf("MAP %s %s, MAP *.%s %s, MAP * ~NOTFOUND", host, address, host, address)),
			chromedp.Flag("ignore-certificate-errors-spki-list", base64.StdEncoding.EncodeToString(key[:])))
	}
	ctx, stop := context.WithTimeout(t.Context(), limit())
	t.Cleanup(stop)
	ctx, stop = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	return window(t, ctx)
}

// Another opens a window of the same Chromium for another person: with other cookies,
// and other passkeys.
func (b *Browser) Another(t *testing.T) *Browser {
	t.Helper()
	return window(t, b.ctx, chromedp.WithNewBrowserContext())
}

// program is the browser: at best the one without a desktop, which does the same with less work.
func program(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("SKIPPED, NOT CHECKED: no chromium here to open the pages with")
	return ""
}

func window(t *testing.T, parent context.Context, options ...chromedp.ContextOption) *Browser {
	t.Helper()
	ctx, stop := chromedp.NewContext(parent, options...)
	t.Cleanup(stop)
	b := &Browser{ctx: ctx, document: "about:blank"}
	b.do(t, chromedp.Navigate(b.document))
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	call(t, b, log.Enable, cdp.Empty{})
	call(t, b, runtime.Enable, cdp.Empty{})
	call(t, b, network.Enable, network.EnableParams{})
	t.Cleanup(func() {
		for _, text := range b.Complaints() {
			t.Error(text)
		}
	})
	return b
}

// hear remembers what the browser tells.
func (b *Browser) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	complain := func(format string, args ...any) {
		b.complains = append(b.complains, b.document+": "+fmt.Sprintf(format, args...))
	}
	switch e := event.(type) {
	case *log.EventEntryAdded:
		// A page's own status is for the test to judge. That a site takes passkeys of one
		// algorithm only, the one that its log's readers know, is no mistake.
		status := e.Entry.Source == log.EntrySourceNetwork && b.shown(e.Entry.URL)
		if !status && !strings.HasPrefix(e.Entry.Text, "publicKey.pubKeyCredParams") {
			complain("the console says: %s %s", e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		complain("a script writes into the console: %s", e.Type)
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			text += " " + x.Description
		}
		complain("a script throws: %s", text)
	case *network.EventRequestWillBeSent:
		if e.Type == network.ResourceTypeDocument {
			b.document, b.asked = e.Request.URL, nil
		}
		b.asked = append(b.asked, e.Request.URL)
		if !b.shown(e.Request.URL) && !b.own(e.Request.URL) {
			complain("the page asks for %s", e.Request.URL)
		}
	}
}

// shown says whether an address is that of the page itself.
func (b *Browser) shown(address string) bool {
	page, _, _ := strings.Cut(b.document, "#")
	address, _, _ = strings.Cut(address, "#")
	return address == page
}

// own says whether an address lies in the site that is shown, or in the page.
func (b *Browser) own(address string) bool {
	u, err := url.Parse(address)
	page, errPage := url.Parse(b.document)
	if err != nil || errPage != nil {
		return false
	}
	origin := func(u *url.URL) string { return u.Scheme + "://" + u.Host }
	return u.Scheme == "data" || u.Scheme == "blob" || page.Scheme != "file" && origin(u) == origin(page) ||
		origin(u) == Origin || strings.HasSuffix(origin(u), "."+strings.TrimPrefix(Origin, "https://"))
}

// Complaints takes what the browser has complained about since it was asked last: a test that
// provokes something says so by taking it.
func (b *Browser) Complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.complains
	b.complains = nil
	return list
}

// Requests returns the addresses that the page shown, and what is on it, was loaded from.
func (b *Browser) Requests() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.asked)
}

func (b *Browser) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// call sends a command of the browser's protocol.
func call[P, R any](t *testing.T, b *Browser, command cdp.Command[P, R], params P) R {
	t.Helper()
	result, err := chromedp.Call(b.ctx, command, params)
	if err != nil {
		t.Fatal(err)
	}
	return result
}
