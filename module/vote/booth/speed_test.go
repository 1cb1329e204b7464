package booth_test

import (
	"fmt"
	"os"
	"testing"

	"bayyina/core/ballot"
	"bayyina/platform/web/webtest"
)

// own runs the worker's script in the page's own thread, which can be made slower, and measures
// there. loop is a hundred thousand products of integers as the arithmetic has them.
const own = `window.loop = () => { const p = 2n ** 255n - 19n; let a = p / 3n, b = p / 7n;
		for (let i = 0; i < 100000; i++) { a = (a * b) % p; } window.last = a; };
	window.start = async () => { const script = await (await fetch('/worker.js')).text(); const answers = [];
		const run = new Function('postMessage', 'let onmessage;' + script.replace(/export \{[^}]*\};?/g, '') + '; return (d) => onmessage({data: d});')((m) => answers.push(m));
		window.call = (call, ...args) => { answers.length = 0; run({id: 1, call, args}); const last = answers.at(-1); if (last.error) throw new Error(last.error); return last.result; }; };
	window.mean = (n, f) => { const begun = performance.now(); for (let i = 0; i < n; i++) f(); return (performance.now() - begun) / n; };
	window.least = (n, f) => Math.min(...Array.from({length: n}, () => { const begun = performance.now(); f(); return performance.now() - begun; })); 0`

// pace is how long things take in the page, in milliseconds.
type pace struct{ Loop, Tables, Encrypt float64 }

// paceOf encrypts votes on a question with so many choices, of which one is chosen. by is how it is measured:
// least or mean. A throttled page runs in slices, and is measured by a mean.
func paceOf(t *testing.T, b *webtest.Browser, choices, times int, by string) pace {
	t.Helper()
	var names []string
	for i := range choices {
		names = append(names, fmt.Sprint("Candidate ", i))
	}
	e, private, _ := election(t, []ballot.Question{ballot.Homomorphic{Text: "?", Answers: names, Min: 0, Max: 3}})
	vote := make([]int, choices)
	vote[1] = 1
	return webtest.Ask[pace](t, b, fmt.Sprintf(`(async () => { await start(); const out = {Loop: %s(20, loop)};
		call('open', %s); call('identify', %q); const vote = %s;
		out.Tables = mean(1, () => call('encrypt', vote)); out.Encrypt = %s(%d, () => call('encrypt', vote)); return out })()`,
		by, quote(string(e.Bytes())), private.Reveal(), quote(ballot.Plaintext{vote}), by, times))
}

// A ballot of twenty choices costs so many products of integers: a phone that makes them ten times
// slower than this machine encrypts ten times slower.
func TestEncryptingCostsAFewHundredThousandProducts(t *testing.T) {
	const most = 3.6 // times a hundred thousand products; 0.9 to 1.9 were measured
	b := webtest.Open(t, bare(t))
	b.Page(t, "/")
	webtest.Ask[int](t, b, own)
	got := paceOf(t, b, 20, 20, "least")
	t.Logf("20 choices: %.0f ms, tables and the first ballot %.0f ms, 100,000 products %.0f ms", got.Encrypt, got.Tables, got.Loop)
	if ratio := got.Encrypt / got.Loop; ratio > most {
		t.Errorf("encrypting takes %.2f times a hundred thousand products, more than %.2f", ratio, most)
	}
	if os.Getenv("BAYYINA_SOAK") == "" {
		return
	}
	for _, rate := range []float64{1, 6} {
		b.Slow(t, rate)
		t.Logf("%v× slower: 100,000 products take a worker %.0f ms", rate, webtest.Ask[float64](t, b, `new Promise(yes => { const w = new Worker(URL.createObjectURL(new Blob(
			['const window = {}; const loop = ' + loop + '; const begun = performance.now(); for (let i = 0; i < 50; i++) loop(); postMessage((performance.now() - begun) / 50)']))); w.onmessage = (m) => yes(m.data) })`))
		for _, choices := range []int{20, 200} {
			got := paceOf(t, b, choices, 400/choices, "mean")
			t.Logf("%v× slower, %d choices: %.0f ms, tables and the first ballot %.0f ms, 100,000 products %.0f ms", rate, choices, got.Encrypt, got.Tables, got.Loop)
		}
	}
}
