package count

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bayyina/internal/peerdata"
)

// droopAction is one action of a count as the tool Droop tells it.
type droopAction struct {
	Tag       string
	Msg       string
	Round     int
	Quota     string
	Surplus   *string
	Exhausted *string `json:"nt_votes"`
	Residual  *string
	Choices   map[string]struct {
		State    string
		Pending  bool
		Vote     string
		Keep     string `json:"kf"`
		Quotient *string
	} `json:"cstate"`
}

// droopTags are our steps in that tool's words.
var droopTags = map[string]string{
	Begin: "begin", Round: "round", Standing: "count", Elect: "elect", ElectRemaining: "elect", Defeat: "defeat",
	DefeatSure: "defeat", DefeatRemaining: "defeat", Next: "unpend", Surplus: "transfer", Transfer: "transfer",
	Settle: "iterate", Drawn: "tie", Earlier: "tie", End: "end",
}

// droopRules are our names of that tool's rules; the arithmetic tells apart what is called alike.
var droopRules = map[string]string{
	"wigm guarded": "stv-wigm", "wigm rational": "stv-wigm-exact", "wigm-prf fixed": "stv-prf", "wigm-prf-batch fixed": "stv-prf-batch",
	"scotland fixed": "stv-scotland", "mpls fixed": "stv-minneapolis", "cfer fixed": "stv-california", "cfer-batch fixed": "stv-california-batch",
	"meek-o9 guarded": "stv-meek", "meek-o10 rational": "stv-meek-exact", "meek-prf-o6 fixed": "stv-meek-prf",
	"warren-o9 guarded": "stv-warren", "warren-o10 rational": "stv-warren-exact", "qpq guarded": "stv-qpq",
}

func TestEveryRoundOfEveryPublishedCountIsReproduced(t *testing.T) {
	dir := peerdata.Dir(t, "counting/droop")
	var index struct {
		Counts []struct{ Ballots, Rule, Arithmetic, Expected string }
	}
	readJSON(t, filepath.Join(dir, "index.json"), &index)
	if len(index.Counts) < 80 {
		t.Fatalf("only %d counts", len(index.Counts))
	}
	steps := 0
	for _, c := range index.Counts {
		t.Run(strings.TrimSuffix(filepath.Base(c.Expected), ".json"), func(t *testing.T) {
			v, err := ParseBLT(readFile(t, filepath.Join(dir, c.Ballots)))
			if err != nil {
				t.Fatal(err)
			}
			order := v.TieOrder
			if order == nil {
				for i := range v.Choices {
					order = append(order, i)
				}
			}
			name := droopRules[c.Rule+" "+c.Arithmetic]
			r, err := Count(v, Rule{Name: name}, &Lots{Order: order})
			if err != nil {
				t.Fatal(err)
			}
			var want struct{ Actions []droopAction }
			readJSON(t, filepath.Join(dir, c.Expected), &want)
			want.Actions = slices.DeleteFunc(want.Actions, func(a droopAction) bool { return a.Tag == "log" })
			for i, a := range want.Actions {
				if i >= len(r.Steps) {
					t.Fatalf("the count has %d steps, and %d are expected", len(r.Steps), len(want.Actions))
				}
				if err := sameStep(r.Steps[i], a, name); err != nil {
					t.Fatalf("step %d, %s (%s): %v", i, a.Tag, a.Msg, err)
				}
				steps++
			}
			if len(r.Steps) != len(want.Actions) {
				t.Fatalf("the count has %d steps, and %d are expected", len(r.Steps), len(want.Actions))
			}
		})
	}
	t.Logf("%d steps reproduced", steps)
}

func sameStep(s Step, a droopAction, rule string) error {
	if droopTags[s.Kind] != a.Tag {
		return fmt.Errorf("it is %s", s.Kind)
	}
	if a.Tag == "end" {
		return nil
	}
	if s.Round != a.Round || s.Quota != a.Quota {
		return fmt.Errorf("round %d, quota %s; expected are %d, %s", s.Round, s.Quota, a.Round, a.Quota)
	}
	for _, pair := range []struct {
		got  string
		want *string
	}{{s.Surplus, a.Surplus}, {s.Exhausted, a.Exhausted}, {s.Exhausted, a.Residual}} {
		if pair.want != nil && pair.got != *pair.want {
			return fmt.Errorf("surplus or exhausted is %s; expected is %s", pair.got, *pair.want)
		}
	}
	for i := range s.States {
		want := a.Choices[fmt.Sprint(i+1)]
		state := map[string]byte{"hopeful": hopeful, "elected": elected, "defeated": defeated, "withdrawn": withdrawn}[want.State]
		if want.Pending {
			state = pending
		}
		if s.States[i] != state || state != withdrawn && s.Votes[i] != want.Vote {
			return fmt.Errorf("choice %d is %c with %s votes; expected is %c with %s", i+1, s.States[i], s.Votes[i], state, want.Vote)
		}
		if s.Keep != nil && s.Keep[i] != want.Keep {
			return fmt.Errorf("choice %d keeps %s; expected is %s", i+1, s.Keep[i], want.Keep)
		}
		if s.Quotients != nil && want.Quotient != nil && s.Quotients[i] != *want.Quotient {
			return fmt.Errorf("choice %d has the quotient %s; expected is %s", i+1, s.Quotients[i], *want.Quotient)
		}
	}
	return nil
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func readJSON(t *testing.T, path string, value any) {
	t.Helper()
	if err := json.Unmarshal(readFile(t, path), value); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
