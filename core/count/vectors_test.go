package count

import (
	"encoding/json"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bayyina/internal/peerdata"
)

// apportionmentRules are our names of the library apportionment's methods.
var apportionmentRules = map[string]string{
	"largest_remainder": "hare", "dhondt": "dhondt", "saintelague": "sainte-lague", "modified_saintelague": "sainte-lague-modified",
	"huntington": "huntington-hill", "adams": "adams", "dean": "dean",
}

func TestEveryPublishedApportionmentIsReproduced(t *testing.T) {
	var file struct {
		Cases []struct {
			ID     int
			Method string
			Votes  []int64
			Seats  int
			Won    []int  `json:"seats_won"`
			Error  string `json:"tie_or_error"`
		}
	}
	readJSON(t, filepath.Join(peerdata.Dir(t, "counting"), "apportionment.json"), &file)
	reproduced, ties := 0, 0
	for _, c := range file.Cases {
		name := apportionmentRules[c.Method]
		if name == "" {
			if c.Method != "quota" || c.Error != "NotImplementedError" {
				t.Errorf("case %d is of an unknown method %s", c.ID, c.Method)
			}
			continue // the library did not count these either
		}
		v := &Votes{Seats: c.Seats, Tally: c.Votes, Choices: make([]Choice, len(c.Votes))}
		r, err := Count(v, Rule{Name: name}, nil)
		if err != nil {
			t.Fatalf("case %d: %v", c.ID, err)
		}
		if c.Error == "TiesException" {
			if r.Tie == nil || !slices.Equal(r.Tie.Choices, []int{0, 1, 2}) || r.Tie.Want != 2 {
				t.Errorf("case %d, %s: the tie is %+v", c.ID, name, r.Tie)
			}
			ties++
			continue
		}
		if r.Tie != nil || !slices.Equal(r.Allocation.Seats, c.Won) {
			t.Errorf("case %d, %s of %v: seats %v, expected are %v", c.ID, name, c.Votes, r.Allocation.Seats, c.Won)
		}
		reproduced++
	}
	if reproduced < 119 || ties < 7 {
		t.Errorf("only %d cases and %d ties", reproduced, ties)
	}
}

// rankedCase is one case of the library python-vote-core.
type rankedCase struct {
	ID       int
	Method   string
	Test     string
	Call     string
	Input    json.RawMessage
	Expected [][]json.RawMessage
}

func TestEveryPublishedRankedCountIsReproducedOrNamed(t *testing.T) {
	var file struct{ Cases []rankedCase }
	readJSON(t, filepath.Join(peerdata.Dir(t, "counting"), "ranked-methods.json"), &file)
	for _, c := range file.Cases {
		t.Run(c.Method+" "+c.Test, func(t *testing.T) { checkRanked(t, c) })
	}
}

// votes reads that library's ballots; candidates are sorted by name.
func (c *rankedCase) votes(t *testing.T) *Votes {
	t.Helper()
	var rows []struct {
		Count  int64
		Ballot json.RawMessage
	}
	if err := json.Unmarshal(c.Input, &rows); err != nil {
		t.Fatal(err)
	}
	var parsed [][][]string
	names := make(map[string]bool)
	for _, row := range rows {
		var groups [][]string
		var flat []string
		var one string
		var numbers map[string]int
		switch {
		case json.Unmarshal(row.Ballot, &groups) == nil:
		case json.Unmarshal(row.Ballot, &flat) == nil:
			groups = nil
			for _, name := range flat {
				groups = append(groups, []string{name})
			}
		case json.Unmarshal(row.Ballot, &one) == nil:
			groups = [][]string{{one}}
		case json.Unmarshal(row.Ballot, &numbers) == nil:
			groups = nil
			values := slices.Compact(slices.Sorted(maps.Values(numbers)))
			if strings.Contains(c.Call, "NOTATION_RATING") {
				slices.Reverse(values)
			}
			for _, value := range values {
				var group []string
				for name, n := range numbers {
					if n == value {
						group = append(group, name)
					}
				}
				groups = append(groups, group)
			}
		default:
			t.Fatalf("a ballot %s", row.Ballot)
		}
		for _, group := range groups {
			for _, name := range group {
				names[name] = true
			}
		}
		parsed = append(parsed, groups)
	}
	v := new(Votes)
	sorted := slices.Sorted(maps.Keys(names))
	for _, name := range sorted {
		v.Choices = append(v.Choices, Choice{Name: name})
	}
	for i, groups := range parsed {
		b := Ballot{Count: rows[i].Count}
		for _, group := range groups {
			var rank []int
			for _, name := range group {
				rank = append(rank, slices.Index(sorted, name))
			}
			b.Ranks = append(b.Ranks, rank)
		}
		v.Ballots = append(v.Ballots, b)
	}
	return v
}

// counted counts a case, and returns the winners' names.
func (c *rankedCase) counted(t *testing.T, rule Rule, lots *Lots) (*Result, []string) {
	t.Helper()
	r, err := Count(c.votes(t), rule, lots)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, w := range r.Seats {
		names = append(names, w.Name)
	}
	return r, names
}

// pairs reads what is expected of each pair of candidates.
func (c *rankedCase) pairs(t *testing.T, r *Result, data json.RawMessage) {
	t.Helper()
	var pairs struct {
		Pairs [][2]json.RawMessage `json:"$pairs"`
	}
	if err := json.Unmarshal(data, &pairs); err != nil || len(pairs.Pairs) == 0 {
		t.Fatalf("pairs %s: %v", data, err)
	}
	for _, p := range pairs.Pairs {
		var names [2]string
		var want int64
		if err := errors.Join(json.Unmarshal(p[0], &names), json.Unmarshal(p[1], &want)); err != nil {
			t.Fatal(err)
		}
		a, b := slices.Index(r.Choices, names[0]), slices.Index(r.Choices, names[1])
		if got := r.Duels.Wins[a][b]; got != want {
			t.Errorf("%s over %s: %d, expected is %d", names[0], names[1], got, want)
		}
	}
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%v, expected is %v", got, want)
	}
}

func checkRanked(t *testing.T, c rankedCase) {
	var output struct {
		Pairs   json.RawMessage
		Winner  string
		Tallies map[string]int64
	}
	if string(c.Expected[0][0]) == `"output"` && c.Method != "stv" {
		if err := json.Unmarshal(c.Expected[0][1], &output); err != nil {
			t.Fatal(err)
		}
	}
	switch c.Method {
	case "condorcet", "schulze_method":
		r, won := c.counted(t, Rule{Name: "schulze"}, nil)
		c.pairs(t, r, output.Pairs)
		same(t, won, output.Winner)
	case "ranked_pairs":
		r, won := c.counted(t, Rule{Name: "ranked-pairs"}, nil)
		if c.Test == "test_tied_pairs" {
			c.pairs(t, r, c.Expected[0][1])
			// chocolate over vanilla, and strawberry over chocolate.
			if r.Tie == nil || r.Tie.Round != 2 || !slices.Equal(r.Tie.Pairs, [][2]int{{0, 2}, {1, 0}}) {
				t.Errorf("the tie is %+v", r.Tie)
			}
			return
		}
		c.pairs(t, r, output.Pairs)
		same(t, won, output.Winner)
	case "plurality":
		r, won := c.counted(t, Rule{Name: "plurality"}, nil)
		for name, n := range output.Tallies {
			if got := r.Tally[slices.Index(r.Choices, name)]; got != n {
				t.Errorf("%s has %d, expected are %d", name, got, n)
			}
		}
		same(t, won, output.Winner)
	case "irv":
		r, _ := c.counted(t, Rule{Name: "irv"}, nil)
		same(t, r.Steps[0].Votes, "26", "20", "20")
		if r.Steps[0].Quota != "34" || r.Tie == nil || !slices.Equal(r.Tie.Choices, []int{1, 2}) {
			t.Errorf("quota %s, tie %+v", r.Steps[0].Quota, r.Tie)
		}
		r, _ = c.counted(t, Rule{Name: "irv"}, &Lots{Order: []int{1, 2, 0}})
		if last := r.Steps[len(r.Steps)-2]; last.Round != 2 {
			t.Errorf("it ends in round %d", last.Round)
		}
	case "schulze_npr":
		_, won := c.counted(t, Rule{Name: "schulze", Seats: 5}, nil)
		same(t, won, "A", "B", "C", "D", "E")
	case "schulze_by_graph":
		// Ballots with these majorities: every pair by itself, 7 or 8 ballots of two candidates.
		v := &Votes{Choices: []Choice{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d"}}}
		r := &counter{Result: new(Result), votes: v, seats: 3, lots: &Lots{Order: []int{0, 3, 2, 1}}}
		r.Duels = &Duels{Wins: [][]int64{{0, 4, 4, 4}, {3, 0, 4, 4}, {3, 3, 0, 4}, {4, 4, 4, 0}}}
		if err := r.schulzeOrder([]int{0, 1, 2, 3}); err != nil {
			t.Fatal(err)
		}
		var won []string
		for _, w := range r.Seats {
			won = append(won, v.Choices[w.Choice].Name)
		}
		same(t, won, "a", "d", "b")
	case "stv":
		checkSTV(t, c)
	case "schulze_pr", "schulze_stv":
		t.Skipf("NOT COUNTED: %s is a proportional method of its own, which is none of our rules", c.Method)
	default:
		t.Errorf("an unknown method %s", c.Method)
	}
}

// That library's single transferable vote has Scotland's quota and transfers, and differs where nobody is left with votes.
func checkSTV(t *testing.T, c rankedCase) {
	rule := Rule{Name: "stv-scotland"}
	switch c.Test {
	case "test_stv_landslide":
		rule.Seats = 2
		r, won := c.counted(t, rule, nil)
		same(t, won, "c1", "c2")
		same(t, r.Steps[0].Votes, "56.00000", "40.00000", "20.00000")
		same(t, []string{r.Steps[0].Quota}, "39.00000")
	case "test_stv_wiki_example":
		rule.Seats = 3
		r, won := c.counted(t, rule, nil)
		same(t, won, "chocolate", "orange", "strawberry")
		var out []string
		for _, s := range r.Steps {
			if s.Kind == Defeat {
				out = append(out, r.Choices[s.Choices[0]])
				// chocolate, orange, pear, strawberry, sweets
				want := map[string][]string{
					"pear":   {"6.00000", "4.00000", "2.00000", "5.00000", "3.00000"},
					"sweets": {"6.00000", "6.00000", "0.00000", "5.00000", "3.00000"},
				}
				same(t, s.Votes, want[out[len(out)-1]]...)
			}
		}
		same(t, out, "pear", "sweets")
	case "test_stv_fewer_voters_than_winners":
		// The library gives the ballots of elected candidates their whole weight again when no other ballot is left. No
		// law that we know does so: their weight is spent, and the two without votes are equal.
		rule.Seats = 3
		r, won := c.counted(t, rule, nil)
		slices.Sort(won)
		same(t, won, "c1", "c2")
		if r.Tie == nil || !slices.Equal(r.Tie.Choices, []int{2, 3}) {
			t.Errorf("the tie is %+v", r.Tie)
		}
	case "test_stv_ian_jacobs_2":
		rule.Seats = 4
		// There are ties on the way; the winners are the same however they are drawn.
		for seed := range byte(50) {
			_, won := c.counted(t, rule, &Lots{Seed: []byte{seed}})
			slices.Sort(won)
			same(t, won, "A", "C", "D", "F")
		}
	default:
		t.Errorf("an unknown case %s", c.Test)
	}
}
