package vote_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"bayyina/module/vote"
	"bayyina/module/vote/booth"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/web"
	"bayyina/platform/web/webtest"
)

// polling is an election that is open, with its booth and the server's interface.
type polling struct {
	*shown
	cut  atomic.Bool // nobody reaches the server's interface
	lose atomic.Bool // its answers to what was sent get lost
	mu   sync.Mutex
	sent []sent
}

// sent is a request as the server got it.
type sent struct{ method, path, body string }

func newPolling(t *testing.T, s *shown) *polling {
	t.Helper()
	p := &polling{shown: s}
	site := must(web.New(web.Config{Name: read.Bilingual{AR: "المفوضية", EN: "Commission"}, Origin: webtest.Origin, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}))
	must(booth.New(booth.Settings{Server: webtest.Origin, Log: origin, Receipt: s.Receipt.VerifierKey()})).Mount(site)
	must(vote.NewChecker(s.casting)).Mount(site)
	own, board := site.Handler(), s.site
	p.shown.site = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		api := strings.HasPrefix(r.URL.Path, "/api/")
		if api && p.cut.Load() {
			panic(http.ErrAbortHandler)
		}
		body := must(io.ReadAll(r.Body))
		p.mu.Lock()
		p.sent = append(p.sent, sent{r.Method, r.URL.RequestURI(), string(body)})
		p.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		if api && p.lose.Load() && r.Method == http.MethodPost {
			board.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		if api {
			board.ServeHTTP(rw, r)
		} else {
			own.ServeHTTP(rw, r)
		}
	})
	return p
}

// opened serves the booth of an election without codes.
func opened(t *testing.T, n *nation) *polling {
	t.Helper()
	w := newWorldOf(t, store.SQLite, n)
	if n.election.Shuffled() {
		w.shuffles = members
	}
	w.open()
	return newPolling(t, show(w))
}

// last is the body of the newest request to a path with this end; "" if there is none.
func (p *polling) last(end string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range slices.Backward(p.sent) {
		if s.method == http.MethodPost && strings.HasSuffix(s.path, end) {
			return s.body
		}
	}
	return ""
}

// enterBooth opens the booth and gives a voter's credential.
func (p *polling) enterBooth(t *testing.T, b *webtest.Browser, voter int) {
	t.Helper()
	b.Page(t, "/booth/#"+p.uuid)
	b.Type(t, "#credential", p.secrets[voter].Reveal())
	b.Click(t, "main form button")
	b.Wait(t, ".choices")
}

// speak shows the booth in a language.
func speak(t *testing.T, b *webtest.Browser, lang string) {
	t.Helper()
	b.Wait(t, "main h1") // the script has chosen one
	if webtest.Ask[string](t, b, `document.documentElement.lang`) != lang {
		b.Click(t, "#language")
	}
}

// goOn goes on from a question.
func goOn(t *testing.T, b *webtest.Browser) {
	t.Helper()
	b.Click(t, ".bar-below .button")
}

// encrypted goes from the review to the seal.
func encrypted(t *testing.T, b *webtest.Browser) {
	t.Helper()
	b.Wait(t, ".answers")
	b.Click(t, "main > .actions .button")
	b.Wait(t, ".seal")
}

const castButton, checkButton, done = ".two section:first-child .button", ".two section:last-child .button", ".verdict.true"

// inTheLog fails unless so many ballots are.
func (p *polling) inTheLog(want int64) {
	p.tb.Helper()
	p.tick(batch)
	if n := must(p.reg.Status(ctx, p.uuid)).Ballots; n != want {
		p.tb.Errorf("%d ballots are in the log, not %d", n, want)
	}
}

func TestAVoterCastsABallotInTheBooth(t *testing.T) {
	p := opened(t, theNation())
	b := webtest.Open(t, p.site)
	p.enterBooth(t, b, 2)
	b.Click(t, ".choices label")
	goOn(t, b)
	encrypted(t, b)
	b.Click(t, castButton)
	b.Wait(t, done)
	p.inTheLog(1)

	// Nothing but the ballot was sent, and nothing is left.
	for _, s := range p.sent {
		path, _, _ := strings.Cut(s.path, "?")
		switch {
		case s.method == http.MethodPost && path == "/api/v1/elections/"+p.uuid+"/casts" && strings.HasPrefix(s.body, `{"election_uuid"`):
		case s.method != http.MethodGet || s.body != "" || s.path != path:
			t.Errorf("the booth sent %+v", s)
		case strings.HasPrefix(path, "/booth/"):
		case path == "/api/v1/elections/"+p.uuid+"/voting", path == "/api/v1/elections/"+p.uuid+"/definition":
		case len(path) == len("/api/v1/elections//credentials/0")+len(p.uuid): // with one digit, and all others
		default:
			t.Errorf("the booth asked for %s", s.path)
		}
	}
	if left := webtest.Ask[string](t, b, `document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)`); left != "{}{}" {
		t.Errorf("left in the browser: %s", left)
	}
	if at := b.Address(t); strings.Contains(at, p.secrets[2].Reveal()[:5]) {
		t.Errorf("the credential is in the address: %s", at)
	}
}

func TestALetterSLinkBringsTheCredentialAlong(t *testing.T) {
	p := opened(t, theNation())
	b := webtest.Open(t, p.site)
	b.Page(t, "/booth/#"+p.uuid+"/"+p.secrets[1].Reveal())
	b.Wait(t, "#credential")
	if got := webtest.Ask[string](t, b, `document.querySelector("#credential").value + location.hash`); got != p.secrets[1].Reveal()+"#"+p.uuid {
		t.Errorf("the page has %s", got)
	}
	b.Click(t, "main form button")
	b.Wait(t, ".choices")
}

func TestAMistypedCredentialIsNoticedBeforeTheBallotIsFilledIn(t *testing.T) {
	p := opened(t, theNation())
	b := webtest.Open(t, p.site)
	b.Page(t, "/booth/#"+p.uuid)
	b.Wait(t, "#credential")
	speak(t, b, "en")
	right := p.secrets[1].Reveal()
	other := right[:24] + string("12"[strings.Count(right[24:], "1")]) // one character is wrong
	for typed, want := range map[string]string{
		"abc":                         "you typed 3",
		right[:10] + "0" + right[11:]: "Zero, capital O",
		"aaaaa-bbbbb-ccccc":           "password",
		other:                         "no credential of this election",
	} {
		webtest.Ask[string](t, b, `document.querySelector("#credential").value = ""`)
		b.Type(t, "#credential", typed)
		b.Click(t, "main form button")
		b.Wait(t, ".errors")
		deadline := time.Now().Add(20 * time.Second)
		for got := ""; !strings.Contains(got, want); got = webtest.Ask[string](t, b, `document.querySelector(".errors")?.innerText ?? ""`) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: %s", typed, got)
			}
		}
	}
	webtest.Ask[string](t, b, `document.querySelector("#credential").value = ""`)
	b.Type(t, "#credential", strings.ReplaceAll(right, "-", " "))
	b.Click(t, "main form button")
	b.Wait(t, ".choices")
}

// The connection fails at each step; the voter loses nothing and votes once.
func TestALostConnectionLosesNoVoteAndCastsNoSecond(t *testing.T) {
	t.Parallel()
	p := opened(t, theNation())
	b := webtest.Open(t, p.site)
	p.cut.Store(true)
	b.Page(t, "/booth/#"+p.uuid)
	b.Wait(t, ".errors")
	p.cut.Store(false)
	b.Click(t, "main .button")
	b.Wait(t, "#credential")
	b.Type(t, "#credential", p.secrets[3].Reveal())
	p.cut.Store(true)
	b.Click(t, "main form button")
	b.Wait(t, ".errors")
	p.cut.Store(false)
	b.Click(t, "main form button")
	b.Wait(t, ".choices")
	p.cut.Store(true)
	b.Click(t, ".choices label")
	goOn(t, b)
	encrypted(t, b)
	b.Click(t, castButton)
	b.Wait(t, ".notice.warning")
	kept := webtest.Ask[string](t, b, `JSON.stringify(localStorage)`)
	if !strings.Contains(kept, "election_hash") || strings.Contains(kept, p.secrets[3].Reveal()) {
		t.Errorf("kept is %s", kept)
	}
	// The page is closed, and opened again while nobody answers.
	b.Page(t, "about:blank")
	b.Page(t, "/booth/#"+p.uuid)
	b.Wait(t, ".errors")
	p.cut.Store(false)
	// The answer to the ballot is lost on its way.
	p.lose.Store(true)
	b.Click(t, "main .button")
	b.Wait(t, ".notice.warning")
	if n := must(p.reg.Status(ctx, p.uuid)).Waiting; n != 1 {
		t.Errorf("%d ballots wait", n)
	}
	p.lose.Store(false)
	b.Wait(t, done)
	p.inTheLog(1)
	b.Complaints() // of the requests that failed
	if left := webtest.Ask[string](t, b, `JSON.stringify(localStorage)`); left != "{}" {
		t.Errorf("left: %s", left)
	}
}

func TestAOneTimeCodeComesBeforeTheBallotIsIn(t *testing.T) {
	t.Parallel()
	polls := poll(newWorld(t, store.SQLite))
	p := newPolling(t, polls.shown)
	b := webtest.Open(t, p.site)
	p.enterBooth(t, b, 2)
	speak(t, b, "en")
	b.Click(t, ".choices label")
	goOn(t, b)
	encrypted(t, b)
	b.Click(t, castButton)
	b.Wait(t, "#voter")
	b.Axe(t)
	// A reload goes on where it was.
	b.Page(t, "about:blank")
	b.Page(t, "/booth/#"+p.uuid)
	b.Type(t, "#voter", "v-2")
	b.Click(t, "main form .button")
	b.Wait(t, "#code")
	b.Axe(t)
	polls.deliver()
	code := polls.code(2)
	b.Type(t, "#code", wrong(code))
	b.Click(t, "main form .button")
	b.Wait(t, ".errors")
	if got := b.Text(t, ".errors"); !strings.Contains(got, "4 attempts") {
		t.Error(got)
	}
	webtest.Ask[string](t, b, `document.querySelector("#code").value = ""`)
	b.Type(t, "#code", strings.Map(func(r rune) rune { return r - '0' + '٠' }, code))
	b.Click(t, "main form .button")
	b.Wait(t, done)
	p.inTheLog(1)
	b.Complaints() // of the wrong code
}

func TestABallotIsCastWithTheKeyboardAlone(t *testing.T) {
	p := opened(t, theNation())
	b := webtest.Open(t, p.site)
	b.Page(t, "/booth/#"+p.uuid)
	b.Wait(t, "#credential")
	to := func(selector string) {
		t.Helper()
		for range 60 {
			if webtest.Ask[bool](t, b, `document.activeElement.matches(`+"`"+selector+"`"+`)`) {
				return
			}
			b.Press(t, kb.Tab)
		}
		t.Fatalf("the keyboard does not reach %s", selector)
	}
	// Each step begins at its heading, which a screen reader reads out, and has a title of its own.
	titles := make(map[string]bool)
	heading := func() {
		t.Helper()
		if at := webtest.Ask[string](t, b, `document.activeElement.tagName + " " + (document.activeElement.textContent === document.title.split(" — ")[0])`); at != "H1 true" {
			t.Errorf("the step begins at %s", at)
		}
		titles[webtest.Ask[string](t, b, `document.title`)] = true
	}
	heading()
	to("#credential")
	b.Press(t, p.secrets[4].Reveal())
	b.Press(t, kb.Enter)
	b.Wait(t, ".choices")
	heading()
	to(".choices input")
	b.Press(t, " ")
	to(".bar-below .button:first-child")
	b.Press(t, kb.Enter)
	b.Wait(t, ".answers")
	heading()
	to("main > .actions .button:first-child")
	b.Press(t, kb.Enter)
	b.Wait(t, ".seal")
	heading()
	to(castButton)
	b.Press(t, kb.Enter)
	b.Wait(t, done)
	heading()
	if len(titles) != 5 {
		t.Errorf("the five steps are called %v", titles)
	}
	p.inTheLog(1)
}
