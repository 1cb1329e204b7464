package vote_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/mix"
	"bayyina/core/tally"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web/webtest"
)

// say chooses the row of a choice that shows a text.
func say(t *testing.T, b *webtest.Browser, text string) {
	t.Helper()
	webtest.Ask[bool](t, b, `(() => { const row = [...document.querySelectorAll("main .choice")].find(e => e.textContent.includes(`+"`"+text+"`"+`));
		row.click(); return true })()`)
}

// many is a nation whose election asks in each way that there is.
func many() *nation {
	n := *theNation()
	var candidates, hint []string
	for i := range 60 {
		candidates = append(candidates, fmt.Sprintf(`"مرشّح رقم %d · Candidate No. %d"`, i+1, i+1))
	}
	for i := range 4 {
		hint = append(hint, fmt.Sprintf(`["دائرة %d · Ward %d",15]`, i+1, i+1))
	}
	draft := must(vote.ParseTemplate([]byte(`{"name":"انتخاب","description":"","questions":[` +
		`{"type":"Homomorphic","value":{"question":"المجلس البلدي · Municipal council","answers":[` + strings.Join(candidates, ",") + `],"min":0,"max":3,"blank":true},` +
		`"extra":{"order":"drawn","groups":[` + strings.Join(hint, ",") + `]}},` +
		`{"type":"Lists","value":{"question":"القائمة · List","answers":[["الواحة · Oasis","سالم · Salem","مريم · Maryam"],["الميناء · Port","خالد · Khaled"]]}},` +
		`{"type":"NonHomomorphic","value":{"question":"الرئيس · President","answers":["ليلى · Layla","عمر · Omar","هدى · Huda"]},"extra":{"method":"Schulze","blank":true}},` +
		`{"type":"NonHomomorphic","value":{"question":"الميزانية · Budget","answers":["مدرسة · School","طريق · Road"]},"extra":{"method":"MajorityJudgment","blank":false,"grades":["جيد · Good","مقبول · Fair","سيئ · Bad"]}}]}`)))
	draft.UUID, draft.Group = n.uuid, n.group.Name()
	n.definition = must(draft.Definition(n.record))
	n.election = must(ballot.ParseElection(n.definition))
	return &n
}

// fill answers all questions, as a person does: search, groups, a list and its candidates, a
// ranking that is changed, grades.
func fill(t *testing.T, b *webtest.Browser, look func(name string)) {
	t.Helper()
	look("question-1")
	b.Type(t, "#search", "No. 42")
	say(t, b, "No. 42")
	b.Type(t, "#search", "رقم ١٧")
	say(t, b, "17")
	goOn(t, b)
	b.Wait(t, ".list")
	say(t, b, "Oasis")
	say(t, b, "Maryam")
	look("question-2")
	goOn(t, b)
	b.Wait(t, ".ranking")
	for _, name := range []string{"Omar", "Huda", "Layla"} {
		say(t, b, name)
	}
	b.Click(t, ".ranked li:nth-child(3) [data-act=move-up]") // Layla before Huda
	look("question-3")
	goOn(t, b)
	b.Wait(t, ".grades")
	b.Click(t, ".grades:nth-child(1) label:nth-of-type(1)")
	b.Click(t, ".grades:nth-child(2) label:nth-of-type(3)")
	look("question-4")
	goOn(t, b)
	b.Wait(t, ".answers")
	look("review")
}

// filled is what fill chooses.
func filled() ballot.Plaintext {
	council := make([]int, 61)
	council[17], council[42] = 1, 1
	return ballot.Plaintext{council, {1, 0, 1, 0, 0}, {2, 1, 3}, {1, 3}}
}

// The whole way in both languages, on a phone and on a desk. What is opened holds what was
// chosen on the pages, says the other checker.
func TestEveryKindOfQuestionIsAnsweredAndChecked(t *testing.T) {
	t.Parallel()
	p := opened(t, many())
	b := webtest.Open(t, p.site)
	cast := 0
	for i, lang := range []string{"ar", "en"} {
		for j, width := range []int64{webtest.Phone, webtest.Desktop} {
			if i != j && os.Getenv("BAYYINA_SOAK") == "" {
				continue
			}
			b.Width(t, width)
			look := func(name string) {
				t.Helper()
				speak(t, b, lang)
				b.Fits(t)
				b.Axe(t)
				b.Screenshot(t, fmt.Sprintf("booth-%s-%s-%d", name, lang, width))
				speak(t, b, "en")
			}
			b.Page(t, "about:blank")
			b.Page(t, "/booth/#"+p.uuid)
			b.Wait(t, "#credential")
			look("credential")
			b.Type(t, "#credential", p.secrets[2*i+j].Reveal())
			b.Click(t, "main form button")
			b.Wait(t, ".choices")
			fill(t, b, look)
			encrypted(t, b)
			look("seal")
			seal := b.Text(t, ".seal")
			b.Click(t, checkButton)
			b.Wait(t, "a[download]")
			look("opened")
			link := webtest.Ask[string](t, b, `document.querySelector("main a[target]").href`)
			opening := must(ballot.ParseOpening(p.group, []byte(p.last("/openings"))))
			if fmt.Sprint(opening.Plaintext) != fmt.Sprint(filled()) {
				t.Errorf("the pages made %v of it", opening.Plaintext)
			}
			checker := b.Another(t)
			checker.Width(t, width)
			checker.Page(t, strings.Replace(link, "/en/", "/"+lang+"/", 1))
			checker.Follow(t, "main form .button")
			checker.Fits(t)
			checker.Axe(t)
			checker.Screenshot(t, fmt.Sprintf("check-ballot-%s-%d", lang, width))
			found := checker.Text(t, "main")
			for _, want := range map[string][]string{"ar": {"مريم", "رقم 42", "ليلى: \u20662\u2069", seal[:8]}, "en": {"Maryam", "No. 42", "Layla: 2", seal[:8]}}[lang] {
				if !strings.Contains(strings.NewReplacer("\u2066", "", "\u2068", "", "\u2069", "").Replace(found), strings.NewReplacer("\u2066", "", "\u2069", "").Replace(want)) {
					t.Errorf("the checker does not say %q: %s", want, found)
				}
			}
			// The opened ballot is spoilt; another one is cast.
			b.Click(t, "main > .actions .button")
			encrypted(t, b)
			b.Click(t, castButton)
			b.Wait(t, done)
			look("done")
			cast++
		}
	}
	p.inTheLog(int64(cast))
	p.counted(t, cast)
}

// counted has the election counted whose ballots a browser made. Strangers' programs find that right, and the
// result is what was chosen on the pages.
func (p *polling) counted(t *testing.T, cast int) {
	t.Helper()
	p.at(closes)
	must(p.reg.Close(ctx, p.uuid))
	p.drain()
	m := &mixer{p.world, mix.New(p.election.Fingerprint(), p.election.KeyTable(), 0), must(tally.ParseEncrypted(p.election, must(p.reg.Tally(ctx, p.uuid))))}
	p.drain()
	for i := range p.shuffles {
		s := m.shuffle()
		check(t, m.enterShuffle(i+1, s))
		m.tally = m.tally.WithApart(p.election, s.Ciphertexts)
	}
	p.drain()
	for _, i := range []int{1, 2} {
		check(t, p.decryption(i, must(p.shares[i-1].Decrypt(p.election, m.tally, rand.Reader))))
	}
	result := must(p.reg.Result(ctx, p.uuid))
	p.drain()
	if council := result[0].Votes; council[17] != uint64(cast) || council[42] != uint64(cast) || council[0] != 0 {
		t.Errorf("the council's votes are %v", council)
	}
	for question, want := range filled()[2:] {
		for _, row := range result[2+question].Rows {
			if fmt.Sprint(row) != fmt.Sprint(want) {
				t.Errorf("question %d: %v was opened, not %v", question+3, row, want)
			}
		}
	}
	_, _, bel := p.replay()
	checkArchive(t, p.uuid, bel, cast, cast)
}

// swap makes the worker encrypt another choice than the voter's: the next answer of the first
// question. A clever one opens the ballot as if it held the voter's.
func swap(worker string, clever bool) string {
	worker = strings.Replace(worker, "function encryptBallot(e, fingerprint2, key2, credential2, vote, progress) {",
		"function encryptBallot(e, fingerprint2, key2, credential2, chosen, progress) {\n  const vote = [[...chosen[0].slice(-1), ...chosen[0].slice(0, -1)], ...chosen.slice(1)];", 1)
	if clever {
		worker = strings.Replace(worker, "commitment: base64(digest(made)), vote, randomness", "commitment: base64(digest(made)), vote: chosen, randomness", 1)
	}
	return worker
}

var workerHash = regexp.MustCompile(`data-worker="[^"]*"`)

// tampered serves a booth whose worker is another, and whose page names it rightly.
func tampered(site http.Handler, clever bool) http.Handler {
	get := func(path string) string {
		rw := httptest.NewRecorder()
		site.ServeHTTP(rw, httptest.NewRequest(http.MethodGet, webtest.Origin+path, nil))
		return rw.Body.String()
	}
	worker := swap(get("/booth/worker.js"), clever)
	sum := sha512.Sum384([]byte(worker))
	page := workerHash.ReplaceAllString(get("/booth/"), `data-worker="sha384-`+base64.StdEncoding.EncodeToString(sum[:])+`"`)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/booth/worker.js":
			rw.Header().Set("Content-Type", "text/javascript")
			io.WriteString(rw, worker)
		case "/booth/":
			rw.Header().Set("Content-Type", "text/html")
			io.WriteString(rw, page)
		default:
			site.ServeHTTP(rw, r)
		}
	})
}

// boothOf asks a handler for a booth's files, as verify does.
func boothOf(site http.Handler) evidence.OpenBooth {
	return func(_ context.Context, path string) (io.ReadCloser, error) {
		if path == "index.html" {
			path = ""
		}
		rw := httptest.NewRecorder()
		site.ServeHTTP(rw, httptest.NewRequest(http.MethodGet, webtest.Origin+"/booth/"+path, nil))
		if rw.Code != http.StatusOK {
			return nil, read.ErrMissing
		}
		return io.NopCloser(rw.Body), nil
	}
}

func TestABoothThatEncryptsAnotherChoiceIsFoundByTheOtherChecker(t *testing.T) {
	t.Parallel()
	p := opened(t, theNation())
	manifest := p.served(t, "/booth/manifest.txt")
	p.enter(evidence.KindBooth, evidence.Booth{Booth: vote.AttachmentOf(manifest)}, attachments(manifest), p.Decision()...)
	report, judge, _ := p.replay()
	for _, c := range report.Claims {
		if c.ID == "vote.booth" && c.Verdict != read.True {
			t.Errorf("%+v", c)
		}
	}
	if claim := must(judge.CheckBooth(ctx, "", boothOf(p.site))); claim.Verdict != read.True {
		t.Errorf("the honest booth: %+v", claim)
	}
	for name, k := range map[string]struct {
		clever bool
		wants  []string
	}{
		"open about it":  {false, []string{"Exactly these choices", "ب"}},
		"and lies of it": {true, []string{"not what that device had committed to", "does not hold the vote"}},
	} {
		t.Run(name, func(t *testing.T) {
			site := tampered(p.site, k.clever)
			claim := must(judge.CheckBooth(ctx, "", boothOf(site)))
			var wrong []string
			for _, f := range claim.Faults {
				wrong = append(wrong, fmt.Sprint(f.Says.Args["Path"]))
			}
			if claim.Verdict != read.False || fmt.Sprint(wrong) != "[index.html worker.js]" {
				t.Errorf("the log says of it %s, %v", claim.Verdict, wrong)
			}
			b := webtest.Open(t, site)
			p.enterBooth(t, b, 1)
			say(t, b, "أ")
			goOn(t, b)
			encrypted(t, b)
			b.Click(t, checkButton)
			b.Wait(t, "a[download]")
			link := webtest.Ask[string](t, b, `document.querySelector("main a[target]").href`)
			other := b.Another(t)
			other.Page(t, strings.Replace(link, "/ar/", "/en/", 1))
			other.Follow(t, "main form .button")
			other.Screenshot(t, "check-tampered-"+strings.ReplaceAll(name, " ", "-"))
			found := other.Text(t, "main")
			for _, want := range k.wants {
				if !strings.Contains(found, want) {
					t.Errorf("the checker does not say %q: %s", want, found)
				}
			}
			// On another host, by the public interface alone: the same.
			address := must(url.Parse(link))
			from := httptest.NewServer(p.site)
			defer from.Close()
			got := must(vote.CheckOpened(ctx, vote.NewRemote(from.URL), must(linkTo(address.Fragment)), nil))
			if (got.Fault != nil) != k.clever {
				t.Errorf("the other host finds %v", got.Fault)
			}
		})
	}
}

func linkTo(text string) (*vote.CheckLink, error) {
	link, err := vote.ParseCheckLink(text)
	return &link, err
}

// served is a file of the site.
func (p *polling) served(t *testing.T, path string) []byte {
	t.Helper()
	rw := httptest.NewRecorder()
	p.site.ServeHTTP(rw, httptest.NewRequest(http.MethodGet, webtest.Origin+path, nil))
	if rw.Code != http.StatusOK {
		t.Fatalf("%s: %d", path, rw.Code)
	}
	return bytes.Clone(rw.Body.Bytes())
}

// A page names each file by its hash: one byte changed on the way, and it does not start.
func TestABoothWithOneByteChangedDoesNotStart(t *testing.T) {
	p := opened(t, theNation())
	b := webtest.Open(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/booth/worker.js" {
			rw.Header().Set("Content-Type", "text/javascript")
			rw.Write(append(p.served(t, r.URL.Path), ' '))
			return
		}
		p.site.ServeHTTP(rw, r)
	}))
	b.Page(t, "/booth/#"+p.uuid)
	// It tells the console, and then the script stops.
	var said []string
	for range 100 {
		if said = append(said, b.Complaints()...); strings.Contains(strings.Join(said, " "), "throws") {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if len(said) == 0 {
		t.Error("the browser says nothing of it")
	}
	if webtest.Ask[bool](t, b, `!!document.querySelector("#credential")`) {
		t.Error("the booth asks for a credential")
	}
}

func TestLinksForCheckingAreReadStrictly(t *testing.T) {
	good := "8QrCAeS5xbQKAY/qMQMe-uIbwNBa_k4ei63wxSFZS9JphJbJovxiXlcA9s/3ae00b28ecb52df7c07ce4ae874cc5cba29b0951d3747d47eab4dd2c7a42260c"
	want := vote.CheckLink{Election: "8QrCAeS5xbQKAY", Commitment: "qMQMe+uIbwNBa/k4ei63wxSFZS9JphJbJovxiXlcA9s", Credential: good[59:]}
	for _, text := range []string{good, "https://vote.test/ar/check-ballot#" + good, " " + good + "\n"} {
		if got, err := vote.ParseCheckLink(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", good[1:][:20], strings.ToUpper(good), good + "0", "ftp://x#" + good, strings.Replace(good, "/", "//", 1), good[:13] + "0" + good[14:]} {
		if got, err := vote.ParseCheckLink(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}
