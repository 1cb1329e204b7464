package report

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser starts Chromium and remembers what it complains about and asks for.
type browser struct {
	ctx context.Context
	mu  sync.Mutex
	// said is errors and warnings of the console; asked is addresses of requests.
	said, asked []string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Skip("SKIPPED, NOT CHECKED: no chromium here to open the page with")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox)
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	b := &browser{ctx: ctx}
	b.do(t, chromedp.Navigate("about:blank"))
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	call(t, b, log.Enable, cdp.Empty{})
	call(t, b, runtime.Enable, cdp.Empty{})
	call(t, b, network.Enable, network.EnableParams{})
	return b
}

// call sends a command of the browser's protocol.
func call[P, R any](t *testing.T, b *browser, command cdp.Command[P, R], params P) {
	t.Helper()
	if _, err := chromedp.Call(b.ctx, command, params); err != nil {
		t.Fatal(err)
	}
}

func (b *browser) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		b.said = append(b.said, e.Entry.Text)
	case *runtime.EventConsoleAPICalled:
		b.said = append(b.said, fmt.Sprint(e.Type))
	case *runtime.EventExceptionThrown:
		b.said = append(b.said, e.ExceptionDetails.Text)
	case *network.EventRequestWillBeSent:
		b.asked = append(b.asked, e.Request.URL)
	}
}

func (b *browser) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// ask evaluates an expression in the page, and waits for what it promises.
func ask[T any](t *testing.T, b *browser, expression string) T {
	t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// file writes a page to disk and returns its address.
func file(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var page bytes.Buffer
	if err := write(&page); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, page.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

func TestPageStandsAloneInABrowser(t *testing.T) {
	b := newBrowser(t)
	for name, r := range map[string]*Report{"council": council(), "lies": lies()} {
		address := file(t, r.WriteHTML)
		b.do(t, chromedp.Navigate(address))
		shown := `['ar','en'].filter(l => document.getElementById(l).offsetParent !== null || document.getElementById(l).offsetHeight > 0).join()`
		if got := ask[string](t, b, shown); got != "ar" {
			t.Errorf("%s: at first the page shows %q, not Arabic", name, got)
		}
		b.do(t, chromedp.Click(chromedp.CSS(`.page.ar .masthead a`)))
		if got := ask[string](t, b, shown); got != "en" {
			t.Errorf("%s: after the switch the page shows %q, not English", name, got)
		}
		b.do(t, chromedp.Click(chromedp.CSS(`.page.en .stars a`)))
		if got := ask[string](t, b, shown); got != "en" {
			t.Errorf("%s: after a step to a claim the page shows %q, not English", name, got)
		}
		b.do(t, chromedp.Click(chromedp.CSS(`.page.en .masthead a`)))
		if got := ask[string](t, b, shown); got != "ar" {
			t.Errorf("%s: after the switch back the page shows %q, not Arabic", name, got)
		}
		if !ask[bool](t, b, `document.fonts.check('600 16px Plex', 'ا') && [...document.fonts].some(f => f.status === 'loaded')`) {
			t.Errorf("%s: the font is not used", name)
		}
		if got := ask[string](t, b, `getComputedStyle(document.querySelector('.page.ar h1')).fontFamily`); !strings.HasPrefix(got, "Plex") {
			t.Errorf("%s: the style sheet is not used: headline in %s", name, got)
		}
		if len(b.asked) == 0 {
			t.Errorf("%s: not even the page itself was asked for: the test sees nothing", name)
		}
		for _, request := range b.asked {
			if request != address && !strings.HasPrefix(request, address+"#") && !strings.HasPrefix(request, "data:") {
				t.Errorf("%s: the page asked for %s", name, request)
			}
		}
		for _, text := range b.said {
			t.Errorf("%s: the console says %s", name, text)
		}
		b.asked, b.said = nil, nil
	}
}

func TestPageFitsAPhone(t *testing.T) {
	b := newBrowser(t)
	call(t, b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 320, Height: 700, DeviceScaleFactor: 2, Mobile: true})
	pages := countPages(t)
	pages["council"], pages["lies"], pages["country"] = council().WriteHTML, lies().WriteHTML, country().WriteHTML
	for name, write := range pages {
		address := file(t, write)
		for _, lang := range []string{"ar", "en"} {
			b.do(t, chromedp.Navigate("about:blank"), chromedp.Navigate(address+"#"+lang))
			if wide := ask[int](t, b, `document.documentElement.scrollWidth`); wide > 320 {
				t.Errorf("%s, %s: %d px wide on a phone of 320", name, lang, wide)
			}
		}
	}
}

func TestPageIsAccessible(t *testing.T) {
	axe, err := os.ReadFile(filepath.Join("..", "..", "..", ".cache", "axe-core", "axe.min.js"))
	if err != nil {
		t.Skip("SKIPPED, NOT CHECKED: no axe-core in .cache/axe-core (make setup fetches it)")
	}
	b := newBrowser(t)
	pages := countPages(t)
	pages["council"], pages["lies"] = council().WriteHTML, lies().WriteHTML
	for _, scheme := range []string{"light", "dark"} {
		call(t, b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		for name, write := range pages {
			address := file(t, write)
			for _, lang := range []string{"ar", "en"} {
				b.do(t, chromedp.Navigate("about:blank"), chromedp.Navigate(address+"#"+lang))
				found := ask[string](t, b, string(axe)+`;
					axe.run().then(r => r.violations.map(v => v.id + ' ' + v.nodes.slice(0, 2).map(n => n.html + n.failureSummary)).join('\n'))`)
				if found != "" {
					t.Errorf("%s, %s, %s: %s", name, lang, scheme, found)
				}
			}
		}
	}
}
