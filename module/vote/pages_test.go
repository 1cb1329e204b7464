package vote_test

import (
	"bytes"
	"encoding/json"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"bayyina/module/vote"
	"bayyina/module/vote/booth"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/web"
	"bayyina/platform/web/chart"
	"bayyina/platform/web/webtest"
)

// shown is a world's board.
type shown struct {
	*world
	board   *board.Board
	site    http.Handler
	casting *vote.Casting
}

func show(w *world) *shown { return showTo(w, nil) }

// showOn shows it with maps of an atlas.
func showOn(w *world, atlas *chart.Atlas) *shown { return showAll(w, nil, atlas, casting(w)) }

// showTo shows the board, and to the commission the pages on which it decides.
func showTo(w *world, c *commission) *shown { return showAll(w, c, chart.LibyaTiles(), casting(w)) }

func casting(w *world) vote.CastingConfig {
	return vote.CastingConfig{Registrar: w.reg, DB: w.cfg.DB}
}

// showWith serves everybody, and takes ballots with cfg.
func showWith(w *world, cfg vote.CastingConfig) *shown {
	return showAll(w, nil, chart.LibyaTiles(), cfg)
}

func showAll(w *world, c *commission, atlas *chart.Atlas, cfg vote.CastingConfig) *shown {
	w.tb.Helper()
	source := must(read.OpenSource(ctx, filepath.Join(w.cfg.Dir, "log")))
	w.tb.Cleanup(func() { source.Close() })
	b := must(board.New(board.Config{
		Source: source, Policy: must(read.ParsePolicy(w.Policy())), Dir: w.tb.TempDir(), Log: slog.New(slog.DiscardHandler),
		Judges: func() []read.Judge { return []read.Judge{evidence.NewJudge()} },
	}))
	shell := web.Config{
		Name: read.Bilingual{AR: "بيّنة", EN: "Bayyina"}, Rehearsal: true, Origin: "https://vote.test", Zone: time.FixedZone("EET", 2*60*60),
		Version: b.Version, Log: slog.New(slog.NewTextHandler(w.tb.Output(), nil)),
	}
	if c != nil {
		shell.Visitor = c.accounts.SignedIn
	}
	s := must(web.New(shell))
	pages := must(board.NewPages(b, "https://vote.test/log"))
	elections := must(vote.NewPages(pages, atlas, w.tb.TempDir()))
	elections.Mount(s)
	pages.Mount(s)
	api := must(pages.NewAPI(s))
	elections.MountAPI(api)
	casting := vote.NewCasting(cfg)
	casting.MountAPI(api)
	if c == nil {
		return &shown{w, b, s.Handler(), casting}
	}
	c.accounts.Mount(s)
	check(w.tb, c.Mount(s))
	vote.NewVotersPages(elections, casting, c.accounts).Mount(s)
	own := must(booth.New(booth.Settings{Server: webtest.Origin, Log: origin, Receipt: w.Receipt.VerifierKey()}))
	vote.NewProposingBooth(elections, c.Decisions, own).Mount(s)
	vote.NewComplaintPages(elections, vote.NewComplaints(w.reg, c.keys), c.accounts, c.Decisions).Mount(s)
	vote.NewProposing(elections, w.reg, c.Decisions).Mount(s, nil)
	return &shown{w, b, c.accounts.Handler(s.Handler()), casting}
}

// get asks for a page, after the board has looked at the log.
func (s *shown) get(path string, status int) string {
	s.tb.Helper()
	check(s.tb, s.board.Refresh(ctx))
	w := httptest.NewRecorder()
	s.site.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://vote.test"+path, nil))
	if w.Code != status {
		s.tb.Errorf("%s: status %d, want %d", path, w.Code, status)
	}
	return w.Body.String()
}

// says fails unless a page holds all parts.
func (s *shown) says(path string, parts ...string) {
	s.tb.Helper()
	body := html.UnescapeString(s.get(path, http.StatusOK))
	for _, part := range parts {
		if !strings.Contains(body, part) {
			s.tb.Errorf("%s does not say %q", path, part)
		}
	}
}

var href = regexp.MustCompile(`(?:href|src)="(/[^"#]*)"`)

// crawl asks for everything that can be reached in two languages, and returns how much
// there is.
func (s *shown) crawl() int {
	s.tb.Helper()
	queue := []string{"/ar/", "/en/"}
	seen := map[string]bool{"/ar/": true, "/en/": true}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, m := range href.FindAllStringSubmatch(s.get(queue[0], http.StatusOK), -1) {
			if !seen[m[1]] && !strings.HasPrefix(m[1], "/ar-u-nu-arab/") {
				seen[m[1]] = true
				queue = append(queue, m[1])
			}
		}
	}
	return len(seen)
}

func TestTheBoardTellsAnElectionFromItsSetUpToItsCertification(t *testing.T) {
	slow(t)
	w := newWorld(t, store.SQLite)
	s := show(w)
	s.says("/en/elections", "There are no elections in the log yet")
	s.says("/ar/", "لا انتخابات في السجل بعد")
	page := "/elections/" + w.uuid
	s.get("/en"+page, http.StatusNotFound)

	w.open()
	s.says("/en"+page, "The commission decided to open it", "There is no result yet", w.Trustees[0].Name())
	s.get(page+"/archive.bel", http.StatusNotFound)
	s.get(page+"/result.csv", http.StatusNotFound)

	first := w.cast(w.ballot(0, 1))
	again := w.cast(w.ballot(1, 2))
	w.tick(batch)
	w.cast(w.ballot(1, 0))
	w.tick(batch)
	s.says("/en"+page, "Too few have voted")
	s.says("/en"+page+"/trackers?tracker="+url.QueryEscape(first.Tracker[:8]), first.Tracker, "counts")
	s.says("/ar"+page+"/trackers?tracker="+url.QueryEscape(again.Tracker[:8]), "حلّت محلها ورقة لاحقة")
	s.says("/en"+page+"/trackers?tracker=AAAAAAAA", "No ballot with this tracker is in the log so far")
	s.says("/en"+page+"/trackers?tracker=%3Cscript%3E", "A tracker is Latin letters")

	if strings.Contains(s.get("/en"+page+"/trackers?tracker=%3Cscript%3E", http.StatusOK), "<script>") {
		t.Error("what was typed is a script")
	}

	w.at(closes)
	must(w.reg.Close(ctx, w.uuid))
	w.drain()
	w.count(1, 2)
	report, _, bel := w.replay()
	verdicts(t, report, map[string]read.Verdict{"vote.certified": read.NotShown, "vote.archive": read.NotShown, "log.real": read.True})
	s.says("/en"+page, "There is a result, not certified yet")
	if got := s.get(page+"/archive.bel", http.StatusOK); !bytes.Equal([]byte(got), bel) {
		t.Errorf("the archive has %d bytes, verify makes %d", len(got), len(bel))
	}
	s.says(page+"/result.csv", "من؟", "(blank)")
	s.examples()
	if n := s.crawl(); n < 80 {
		t.Errorf("only %d pages and files", n)
	}
}

// examples asks for each example of the interface's description, twice.
func (s *shown) examples() {
	s.tb.Helper()
	var description struct {
		OpenAPI string
		Paths   map[string]struct {
			Get *struct{ Description string }
		}
	}
	check(s.tb, json.Unmarshal([]byte(s.get("/api/openapi.json", http.StatusOK)), &description))
	if description.OpenAPI != "3.1.0" || len(description.Paths) < 10 {
		s.tb.Errorf("OpenAPI %s of %d paths", description.OpenAPI, len(description.Paths))
	}
	for path, op := range description.Paths {
		if op.Get == nil {
			continue // the examples of what is sent are in casting_test.go
		}
		_, example, _ := strings.Cut(op.Get.Description, "`GET ")
		example = strings.ReplaceAll(strings.TrimSuffix(example, "`"), "8QrCAeS5xbQKAY", s.uuid)
		example = strings.ReplaceAll(example, strings.Repeat("A", 43), s.opened())
		first := httptest.NewRecorder()
		s.site.ServeHTTP(first, httptest.NewRequest(http.MethodGet, "https://vote.test"+example, nil))
		if first.Code != http.StatusOK || !json.Valid(first.Body.Bytes()) || first.Header().Get("Access-Control-Allow-Origin") != "*" {
			s.tb.Errorf("%s, %s: status %d: %s", path, example, first.Code, first.Body)
			continue
		}
		if first.Header().Get("Cache-Control") == "no-store" {
			continue // answered live
		}
		again := httptest.NewRequest(http.MethodGet, "https://vote.test"+example, nil)
		again.Header.Set("If-None-Match", first.Header().Get("ETag"))
		second := httptest.NewRecorder()
		if s.site.ServeHTTP(second, again); second.Code != http.StatusNotModified || second.Body.Len() > 0 {
			s.tb.Errorf("%s again: status %d", example, second.Code)
		}
	}
	for path, status := range map[string]int{
		"/api/v1/elections/nobody": 404, "/api/v1/log/entries/999999": 404, "/api/v1/log/entries?limit=101": 422, "/api/v1/log/entries/x": 422,
		"/api/v1/nothing": 404, "/api/v1/elections/" + s.uuid + "/trackers?prefix=%3D": 422, "/api/v1/claims?subject=nobody": 404,
	} {
		s.get(path, status)
	}
}
