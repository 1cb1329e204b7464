package report

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"bayyina/core/count"
	"bayyina/platform/locale"
)

// someCounts are counts of every kind, by rule.
func someCounts(t *testing.T) map[string]*count.Result {
	t.Helper()
	blt, err := count.ParseBLT([]byte("4 2\n9 2 1 0\n6 1 3 0\n5 3 1 0\n3 4 3 0\n0\n\"أمل · Amal\" \"بسمة · Basma\" \"قورينا · Cyrene\" \"داليا · Dalia\" \"جائزة · Prize\""))
	if err != nil {
		t.Fatal(err)
	}
	lists := &count.Votes{Seats: 5, Tally: []int64{5200, 3100, 1700}, Choices: []count.Choice{
		{Name: "الوحدة · Unity", Members: []count.Member{{Name: "سلمى · Salma", Woman: true}, {Name: "عمر · Omar"}, {Name: "هدى · Huda", Woman: true}, {Name: "علي · Ali"}}},
		{Name: "الميناء · Harbour", Members: []count.Member{{Name: "يوسف · Yusuf"}, {Name: "منى · Mona", Woman: true}}},
		{Name: "الواحة · Oasis", Members: []count.Member{{Name: "نورة · Nura", Woman: true}, {Name: "سامي · Sami"}}},
	}}
	graded := &count.Votes{Choices: blt.Choices, Graded: []count.Graded{{Count: 4, Grades: []int{0, 1, 2, 0}}, {Count: 3, Grades: []int{1, 0, 2, 2}}}}
	equal := &count.Votes{Choices: blt.Choices, Tally: []int64{9, 9, 5, 9}}
	counts := make(map[string]*count.Result)
	take := func(name string, v *count.Votes, rule count.Rule, lots *count.Lots) {
		r, err := count.Count(v, rule, lots)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		counts[name] = r
	}
	for _, name := range count.Names() {
		switch {
		case name == "majority-judgment":
			take(name, graded, count.Rule{Name: name, Grades: []string{"جيد · Good", "مقبول · Fair", "سيئ · Poor"}}, nil)
		case name == "irv" || name == "schulze" || name == "ranked-pairs" || strings.HasPrefix(name, "stv-"):
			rule := count.Rule{Name: name}
			if name == "irv" {
				rule.Seats = 1
			}
			take(name, blt, rule, nil)
		case name == "plurality" || name == "two-round" || name == "libya-2021-president":
			take(name, equal, count.Rule{Name: name, Seats: 1}, nil)
		case name == "block" || name == "sntv" || name == "libya-2012-individual" || name == "libya-2014" || name == "libya-2021-parliament":
			take(name, equal, count.Rule{Name: name, Seats: 2}, nil)
		default:
			take(name, lists, count.Rule{Name: name}, nil)
		}
	}
	take("dice", equal, count.Rule{Name: "sntv", Seats: 2}, &count.Lots{Seed: []byte{1}})
	take("women", lists, count.Rule{Name: "dhondt", Women: 4}, nil)
	take("threshold", lists, count.Rule{Name: "hare", Threshold: "1/5"}, nil)
	cycle := &count.Votes{Choices: blt.Choices, Ballots: []count.Ballot{
		{Count: 4, Ranks: [][]int{{0}, {1}, {2}, {3}}}, {Count: 4, Ranks: [][]int{{1}, {2}, {0}, {3}}}, {Count: 4, Ranks: [][]int{{2}, {0}, {1}, {3}}},
	}}
	take("equal majorities", cycle, count.Rule{Name: "ranked-pairs"}, nil)
	take("drawn majorities", cycle, count.Rule{Name: "ranked-pairs"}, &count.Lots{Seed: []byte{1}})
	return counts
}

// countPages write the pages of counts that look different.
func countPages(t *testing.T) map[string]func(io.Writer) error {
	pages := make(map[string]func(io.Writer) error)
	counts := someCounts(t)
	for _, name := range []string{"stv-prf", "dhondt", "hare", "schulze", "majority-judgment", "plurality", "dice"} {
		pages["count by "+name] = func(w io.Writer) error { return WriteCountHTML(w, counts[name]) }
	}
	return pages
}

func TestEveryCountIsToldInBothLanguages(t *testing.T) {
	for name, r := range someCounts(t) {
		var page bytes.Buffer
		if err := WriteCountHTML(&page, r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, lang := range []string{"ar", "en"} {
			l, err := locale.New(lang)
			if err != nil {
				t.Fatal(err)
			}
			var text bytes.Buffer
			if err := WriteCountText(&text, l, Style{Width: 80}, r); err != nil {
				t.Errorf("%s, %s: %v", name, lang, err)
			}
			if n := strings.Count(text.String(), "\n"); n < len(r.Steps) {
				t.Errorf("%s, %s: %d lines for %d steps", name, lang, n, len(r.Steps))
			}
		}
	}
}

func TestCountPageEscapesNames(t *testing.T) {
	r, err := count.Count(&count.Votes{Title: "<script>", Choices: []count.Choice{{Name: "<img src=x>"}, {Name: "b"}}, Tally: []int64{2, 1}}, count.Rule{Name: "plurality"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := WriteCountHTML(&page, r); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(page.String(), "<script>") || strings.Contains(page.String(), "<img") {
		t.Error("what others wrote is part of the page's own markup")
	}
}

func TestNumbersOfACountAreWrittenForReaders(t *testing.T) {
	l, err := locale.New("en")
	if err != nil {
		t.Fatal(err)
	}
	w := newTally(l, &count.Result{})
	for number, want := range map[string]string{
		"": "", "1381.00000": "1,381", "0.1248": "0.1248", "5200/3": "1,733.33", "√27040000/2": "√13,520,000", "∞": "∞", "-0.50": "-0.5",
	} {
		if got := w.Figure(number); got != want {
			t.Errorf("%q is written %q, want %q", number, got, want)
		}
	}
}
