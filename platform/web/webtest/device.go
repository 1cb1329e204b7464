package webtest

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
)

// Slow lets the page's own thread run so many times slower. Workers run as before.
func (b *Browser) Slow(t *testing.T, rate float64) {
	t.Helper()
	call(t, b, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: rate})
}

// Network lets requests wait for so many milliseconds, and carries so many bytes a second
// either way.
func (b *Browser) Network(t *testing.T, latency, down, up float64) {
	t.Helper()
	call(t, b, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Latency: latency, DownloadThroughput: down, UploadThroughput: up}},
	})
}

// NoScripts refuses the scripts of the pages that are opened from here on.
func (b *Browser) NoScripts(t *testing.T) {
	t.Helper()
	call(t, b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// First runs a script in every page that is opened from here on, before its own.
func (b *Browser) First(t *testing.T, script string) {
	t.Helper()
	call(t, b, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: script})
}
