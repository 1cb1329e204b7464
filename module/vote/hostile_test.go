package vote_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"bayyina/core/ballot"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// What somebody who may name things could write: a script, an attribute, an override of
// the direction of writing that is never ended, a formula, and very much.
const (
	aScript   = `<script>alert(1)</script><img src=x onerror=alert(1)>`
	anAttr    = `" onmouseover="alert(1)" x='`
	anOrder   = "\u202etxet\u2066"
	aFormula  = `=HYPERLINK("https://elsewhere.example","a")`
	aFormula2 = "@SUM(1+1)*cmd|' /C calc'!A0"
)

var veryMuch = strings.Repeat("اسم ", 2500)

// hostile is a counted election in which everything is named by an enemy.
func hostile(t *testing.T) *shown {
	t.Helper()
	n := *theNation()
	template := must(json.Marshal(map[string]any{
		"name": aScript + anOrder, "description": anAttr + veryMuch,
		"questions": []any{map[string]any{"question": aFormula + anOrder, "answers": []string{aScript + anOrder, aFormula2, aFormula + veryMuch}, "min": 1, "max": 2, "blank": true}},
	}))
	draft := must(vote.ParseTemplate(template))
	draft.UUID, draft.Group = n.uuid, n.group.Name()
	n.definition = must(draft.Definition(n.record))
	n.election = must(ballot.ParseElection(n.definition))
	w := newWorldOf(t, store.SQLite, &n)
	s := show(w)
	w.prepared()
	setup := must(vote.SetupStatement(read.Bilingual{AR: aScript + anOrder, EN: anAttr + anOrder + aScript}, w.definition, w.record, w.list.Bytes(), 0))
	w.enter(evidence.KindSetup, setup, attachments(w.definition, w.record, w.list.Bytes()), w.Two()...)
	w.enter(evidence.KindOpen, evidence.Open{Election: w.uuid, Opens: opens, Closes: closes, Batch: int64(batch.Seconds())}, nil, w.Decision()...)
	w.at(opens)
	for voter := range voters {
		w.cast(w.ballot(voter, voter%3))
	}
	w.tick(batch)
	w.at(closes)
	must(w.reg.Close(ctx, w.uuid))
	w.drain()
	w.count(1, 2)
	check(t, s.board.Refresh(ctx))
	return s
}

func TestHostileNamesAreInertWhereverTheyAreShown(t *testing.T) {
	slow(t)
	s := hostile(t)
	queue := []string{"/ar/", "/en/", "/api/openapi.json", "/api/v1/elections", "/api/v1/elections/" + s.uuid, "/api/v1/elections/" + s.uuid + "/result", "/api/v1/claims"}
	seen := make(map[string]bool)
	for _, path := range queue {
		seen[path] = true
	}
	pages, tables := 0, 0
	for ; len(queue) > 0; queue = queue[1:] {
		path := queue[0]
		w := httptest.NewRecorder()
		s.site.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://vote.test"+path, nil))
		if w.Code != http.StatusOK || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: status %d, %v", path, w.Code, w.Header())
		}
		if name := w.Header().Get("Content-Disposition"); name != "" && name != "attachment" {
			t.Errorf("%s is saved as %q", path, name)
		}
		kind, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
		switch kind {
		case "text/html":
			pages++
			isInert(t, path, w.Body.String())
			for _, m := range href.FindAllStringSubmatch(w.Body.String(), -1) {
				if link := html.UnescapeString(m[1]); !seen[link] {
					seen[link] = true
					queue = append(queue, link)
				}
			}
		case "text/csv":
			tables++
			hasNoFormula(t, path, w.Body.String())
		case "application/json", "application/openapi+json":
			if !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s is no JSON", path)
			}
		}
	}
	if pages < 60 || tables < 2 {
		t.Errorf("only %d pages and %d tables", pages, tables)
	}
}

// isInert fails if a page has a script or a handler that is not the site's, or text that
// turns the direction of what stands beside it.
func isInert(t *testing.T, path, page string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var walk func(n *html.Node, isolated bool)
	walk = func(n *html.Node, isolated bool) {
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(strings.TrimSpace(strings.ToLower(a.Val)), "javascript:") {
				t.Errorf("%s: <%s %s=%q>", path, n.Data, a.Key, a.Val)
			}
			if a.Key == "src" && !strings.HasPrefix(a.Val, "/static/") {
				t.Errorf("%s loads %q", path, a.Val)
			}
			isolated = isolated || a.Key == "dir"
		}
		switch {
		case n.Type == html.ElementNode && n.Data == "script" && n.FirstChild != nil:
			t.Errorf("%s has a script of its own: %.80q", path, n.FirstChild.Data)
		case n.Type == html.ElementNode && (n.Data == "bdi" || n.Data == "title" || n.Data == "text"): // one alone
			isolated = true
		case n.Type == html.TextNode && !isolated && turns(n.Data):
			t.Errorf("%s: <%s> turns what stands beside it: %.120q", path, n.Parent.Data, n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, isolated && !(n.Type == html.ElementNode && n.Data == "html"))
		}
	}
	walk(doc, false)
}

// turns says whether a text changes the direction of what follows it in its paragraph
// (UAX 9): it opens an embedding, an override or an isolate, and does not close it.
func turns(text string) bool {
	var open []rune
	for _, r := range text {
		switch r {
		case '\u202a', '\u202b', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068':
			open = append(open, r)
		case '\u202c': // ends an embedding or override, but of no isolate around it
			if len(open) > 0 && open[len(open)-1] < '\u2066' {
				open = open[:len(open)-1]
			}
		case '\u2069': // ends an isolate with all that is open in it
			for i := len(open) - 1; i >= 0; i-- {
				if open[i] >= '\u2066' {
					open = open[:i]
					break
				}
			}
		}
	}
	return len(open) > 0
}

func hasNoFormula(t *testing.T, path, table string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(table, "\ufeff"))).ReadAll()
	if err != nil {
		t.Errorf("%s: %v", path, err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if strings.IndexAny(cell, "=+-@\t\r\n") == 0 {
				t.Errorf("%s has the formula %.80q", path, cell)
			}
		}
	}
}
