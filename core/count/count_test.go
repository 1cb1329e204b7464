package count

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// counted counts, and fails where that is refused.
func counted(t *testing.T, v *Votes, rule Rule, lots *Lots) *Result {
	t.Helper()
	r, err := Count(v, rule, lots)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// winners are the names of who has a seat, members of lists after a slash.
func winners(r *Result) []string {
	var names []string
	for _, w := range r.Seats {
		name := w.Name
		if w.Member != "" {
			name += "/" + w.Member
		}
		names = append(names, name)
	}
	return names
}

func choices(names string) []Choice {
	var list []Choice
	for name := range strings.FieldsSeq(names) {
		c := Choice{Name: name}
		c.Woman = name[0] == 'w'
		c.Reserved = strings.HasSuffix(name, "*")
		list = append(list, c)
	}
	return list
}

func TestSeatsGoToThoseWithMostVotes(t *testing.T) {
	for _, c := range []struct {
		rule  Rule
		names string
		tally []int64
		want  string
	}{
		{Rule{Name: "plurality"}, "a b c", []int64{3, 9, 8}, "[b]"},
		{Rule{Name: "sntv", Seats: 2}, "a b c", []int64{3, 9, 8}, "[b c]"},
		{Rule{Name: "block", Seats: 2}, "a b c", []int64{10, 9, 8}, "[a b]"},
		{Rule{Name: "sntv", Seats: 2, Women: 1}, "m1 m2 w1 w2", []int64{10, 9, 3, 4}, "[m1 w2]"},
		{Rule{Name: "sntv", Seats: 2, Women: 2}, "m1 m2 w1 w2", []int64{10, 9, 3, 4}, "[w1 w2]"},
		{Rule{Name: "sntv", Seats: 2, Women: 2}, "m1 m2 w1", []int64{10, 9, 3}, "[m1 w1]"},
		{Rule{Name: "libya-2014", Seats: 3, Reserved: 1}, "m1 w1 m2 w2* w3*", []int64{10, 2, 9, 7, 8}, "[w3* m1 m2]"},
		{Rule{Name: "libya-2012-individual", Seats: 1}, "m1 m2", []int64{1, 2}, "[m2]"},
		{Rule{Name: "two-round"}, "a b c", []int64{50, 30, 19}, "[a]"},
		{Rule{Name: "two-round"}, "a b c", []int64{50, 30, 20}, "[]"},
		{Rule{Name: "libya-2021-president"}, "a b", []int64{50, 51}, "[b]"},
	} {
		r := counted(t, &Votes{Choices: choices(c.names), Tally: c.tally}, c.rule, nil)
		if got := fmt.Sprint(winners(r)); got != c.want || r.Tie != nil {
			t.Errorf("%+v of %v: %s, tie %v; expected is %s", c.rule, c.tally, got, r.Tie, c.want)
		}
	}
}

func TestHalfOfTheVotesIsNoMajority(t *testing.T) {
	r := counted(t, &Votes{Choices: choices("a b c"), Tally: []int64{50, 30, 20}}, Rule{Name: "two-round"}, nil)
	if !slices.Equal(r.RunOff, []int{0, 1}) || len(r.Seats) != 0 {
		t.Errorf("run-off %v, seats %v", r.RunOff, r.Seats)
	}
}

func TestATieStopsTheCountAndIsNamed(t *testing.T) {
	for _, c := range []struct {
		rule  Rule
		tally []int64
		want  Tie
	}{
		{Rule{Name: "plurality"}, []int64{5, 3, 5}, Tie{Purpose: ToElect, Seat: 1, Choices: []int{0, 2}, Want: 1}},
		{Rule{Name: "sntv", Seats: 3}, []int64{9, 3, 5, 3, 3}, Tie{Purpose: ToElect, Seat: 3, Choices: []int{1, 3, 4}, Want: 1}},
		{Rule{Name: "two-round"}, []int64{40, 20, 20, 20}, Tie{Purpose: ToRunOff, Seat: 2, Choices: []int{1, 2, 3}, Want: 1}},
		{Rule{Name: "two-round"}, []int64{40, 40}, Tie{Purpose: ToElect, Seat: 1, Choices: []int{0, 1}, Want: 1}},
		{Rule{Name: "dhondt", Seats: 3}, []int64{60, 30}, Tie{Purpose: ToElect, Seat: 2, Choices: []int{0, 1}, Want: 0}},
		{Rule{Name: "hare", Seats: 3}, []int64{50, 50}, Tie{Purpose: ToElect, Seat: 3, Choices: []int{0, 1}, Want: 1}},
	} {
		v := &Votes{Tally: c.tally, Choices: make([]Choice, len(c.tally))}
		r := counted(t, v, c.rule, nil)
		if c.want.Want == 0 { // equals who all get a seat are none
			if r.Tie != nil || len(r.Seats) != 3 {
				t.Errorf("%s of %v: a tie %+v", c.rule.Name, c.tally, r.Tie)
			}
			continue
		}
		if r.Tie == nil || fmt.Sprint(*r.Tie) != fmt.Sprint(c.want) {
			t.Errorf("%s of %v: the tie is %+v, expected is %+v", c.rule.Name, c.tally, r.Tie, c.want)
			continue
		}
		if last := r.Steps[len(r.Steps)-1]; last.Kind != Tied {
			t.Errorf("the last step is %s", last.Kind)
		}
		r = counted(t, v, c.rule, &Lots{Seed: []byte("dice")})
		if r.Tie != nil || len(r.Lots) != 1 || len(r.Lots[0].Drawn) != c.want.Want {
			t.Errorf("with dice: %+v, lots %+v", r.Tie, r.Lots)
		}
	}
}

func TestDiceAreTheHashThatIsDocumented(t *testing.T) {
	// Computed with Python's hashlib: seed 01, context "x", purpose "elect", round 0, seat 1, choice 0 and 1.
	l := &Lots{Seed: []byte{1}, Context: "x"}
	tie := &Tie{Purpose: ToElect, Seat: 1, Choices: []int{0, 1}, Want: 1}
	want := []string{"98d0f4a92f621445320286b9b8cdd139e04b93371e10e7a9d4ea4cd459924662", "e62105dc4a9c3a6dd80f71285af323b87e44ddafffa9e74a54ffa70150a44746"}
	for i := range want {
		if got := fmt.Sprintf("%x", l.number(tie, i, -1)); got != want[i] {
			t.Errorf("the number of choice %d is %s, expected is %s", i, got, want[i])
		}
	}
}

func TestOtherDiceOrAnotherContextDrawOtherwise(t *testing.T) {
	tally := make([]int64, 40)
	for i := range tally {
		tally[i] = 7
	}
	v := &Votes{Tally: tally, Choices: make([]Choice, len(tally))}
	drawn := func(l Lots) int { return counted(t, v, Rule{Name: "plurality"}, &l).Seats[0].Choice }
	first := drawn(Lots{Seed: []byte("1")})
	if first != drawn(Lots{Seed: []byte("1")}) {
		t.Error("the same dice drew two choices")
	}
	others := make(map[int]bool)
	for i := range 20 {
		others[drawn(Lots{Seed: []byte("1"), Context: fmt.Sprint(i)})] = true
		others[drawn(Lots{Seed: fmt.Append(nil, i, "x")})] = true
	}
	if len(others) < 10 {
		t.Errorf("40 throws drew only %d of 40 choices", len(others))
	}
}

func TestListsFillTheirSeatsInOrder(t *testing.T) {
	member := func(names string) []Member {
		var list []Member
		for _, c := range choices(names) {
			list = append(list, Member{c.Name, c.Woman})
		}
		return list
	}
	v := &Votes{
		Choices: []Choice{{Name: "A", Members: member("m1 w1 m2 w2")}, {Name: "B", Members: member("m3 w3 m4 w4")}, {Name: "C", Members: member("w5 m5 w6")}},
		Tally:   []int64{600, 300, 20},
	}
	for _, c := range []struct {
		rule Rule
		want string
	}{
		{Rule{Name: "dhondt", Seats: 3}, "[A/m1 A/w1 B/m3]"},
		{Rule{Name: "dhondt", Seats: 3, Women: 2}, "[A/m1 A/w1 B/w3]"},
		{Rule{Name: "dhondt", Seats: 3, Women: 3}, "[A/w2 A/w1 B/w3]"},
		{Rule{Name: "hare", Seats: 4}, "[A/m1 A/w1 B/m3 A/m2]"},
		{Rule{Name: "droop", Seats: 4}, "[A/m1 A/w1 A/m2 B/m3]"},
		{Rule{Name: "libya-2012-lists", Seats: 4}, "[A/m1 A/w1 B/m3 A/m2]"},
		{Rule{Name: "sainte-lague", Seats: 4, Threshold: "1/2"}, "[A/m1 A/w1 A/m2 A/w2]"},
	} {
		if got := fmt.Sprint(winners(counted(t, v, c.rule, nil))); got != c.want {
			t.Errorf("%+v: %s, expected is %s", c.rule, got, c.want)
		}
	}
	if _, err := Count(v, Rule{Name: "dhondt", Seats: 9}, nil); !errors.Is(err, ErrVotes) {
		t.Errorf("a list with more seats than names: %v", err)
	}
	v.Choices[1].Members[1].Woman = false
	if _, err := Count(v, Rule{Name: "libya-2012-lists", Seats: 4}, nil); !errors.Is(err, ErrVotes) || !strings.Contains(err.Error(), `"B"`) {
		t.Errorf("a list that does not alternate: %v", err)
	}
}

func TestARuleMarksWhatTheVotesDoNotSay(t *testing.T) {
	members := []Member{{Name: "1"}, {Name: "2"}, {Name: "3"}}
	v := &Votes{Choices: []Choice{{Name: "A", Members: members}, {Name: "B", Members: members}}, Tally: []int64{60, 40}, Seats: 3}
	if _, err := Count(v, Rule{Name: "libya-2012-lists"}, nil); !errors.Is(err, ErrVotes) {
		t.Errorf("lists of nobody knows whom: %v", err)
	}
	r := counted(t, v, Rule{Name: "libya-2012-lists", Marks: &Marks{Members: [][]int{{0, 2}, {1}}}}, nil)
	if got := fmt.Sprint(winners(r)); got != "[A/1 B/1 A/2]" || !r.Seats[0].Woman || r.Seats[1].Woman {
		t.Errorf("%s, %+v", got, r.Seats)
	}
	if v.Choices[0].Members[0].Woman {
		t.Error("the caller's votes were changed")
	}
	single := &Votes{Choices: choices("a b c d"), Tally: []int64{9, 8, 7, 6}}
	r = counted(t, single, Rule{Name: "libya-2014", Seats: 2, Reserved: 1, Marks: &Marks{Women: []int{2, 3}, Reserved: []int{2, 3}}}, nil)
	if got := fmt.Sprint(winners(r)); got != "[c a]" {
		t.Errorf("%s", got)
	}
	if _, err := Count(v, Rule{Name: "hare", Marks: &Marks{Members: [][]int{{0}}}}, nil); !errors.Is(err, ErrVotes) {
		t.Errorf("marks of one list for two: %v", err)
	}
}

func TestTheMajorityGradeIsTheLowerMedian(t *testing.T) {
	for _, c := range []struct {
		a, b []int64
		want int // sign
	}{
		{[]int64{3, 2, 0}, []int64{2, 3, 0}, -1},     // medians 0 and 1
		{[]int64{2, 2, 1}, []int64{1, 3, 1}, -1},     // equal medians; one more above
		{[]int64{2, 1, 2}, []int64{2, 1, 2}, 0},      // alike
		{[]int64{0, 4, 1}, []int64{1, 2, 2}, -1},     // fewer below
		{[]int64{50, 0, 50}, []int64{49, 0, 51}, -1}, // even: the lower one counts
	} {
		got, _ := compareJudgments(c.a, c.b)
		back, _ := compareJudgments(c.b, c.a)
		if (got < 0) != (c.want < 0) || (got > 0) != (c.want > 0) || (back < 0) != (c.want > 0) {
			t.Errorf("%v and %v compare as %d, expected is %d", c.a, c.b, got, c.want)
		}
	}
}

// slowCompare takes the majority grades one by one, as the paper says it.
func slowCompare(a, b []int64) int {
	a, b = slices.Clone(a), slices.Clone(b)
	for range 1000 {
		x, y := median(a), median(b)
		if x != y {
			return x - y
		}
		if a[x] == 0 {
			return 0
		}
		a[x]--
		b[y]--
	}
	return 0
}

func TestJudgmentsCompareAsByTakingGradesOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(rapid.Int64Range(0, 6), 4, 4).Draw(t, "a")
		b := rapid.Permutation(a).Draw(t, "b")
		got, _ := compareJudgments(a, b)
		if want := slowCompare(a, b); (got < 0) != (want < 0) || (got > 0) != (want > 0) {
			t.Fatalf("%v and %v: %d, one by one %d", a, b, got, want)
		}
	})
}

// drawVotes draws rankings of a few choices.
func drawVotes(t *rapid.T) *Votes {
	n := rapid.IntRange(2, 6).Draw(t, "choices")
	v := &Votes{Choices: make([]Choice, n), Seats: rapid.IntRange(1, n-1).Draw(t, "seats")}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	for range rapid.IntRange(1, 12).Draw(t, "ballots") {
		order := rapid.Permutation(all).Draw(t, "order")[:rapid.IntRange(1, n).Draw(t, "length")]
		b := Ballot{Count: rapid.Int64Range(1, 50).Draw(t, "count")}
		for _, c := range order {
			b.Ranks = append(b.Ranks, []int{c})
		}
		v.Ballots = append(v.Ballots, b)
	}
	return v
}

func TestEveryRuleOfRankingsFillsTheSeatsOrNamesATie(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawVotes(t)
		for _, m := range methods {
			if m.kind != rankings {
				continue
			}
			rule := Rule{Name: m.name}
			if m.name == "irv" {
				rule.Seats = 1
			}
			r, err := Count(v, rule, nil)
			if strings.HasSuffix(m.name, "-exact") && errors.Is(err, ErrVotes) {
				continue // fractions that have grown too long
			}
			if err != nil {
				t.Fatalf("%s: %v", m.name, err)
			}
			if r.Tie != nil {
				if r, err = Count(v, rule, &Lots{Seed: []byte("x")}); err != nil || len(r.Lots) == 0 {
					t.Fatalf("%s with dice: %v", m.name, err)
				}
			}
			seats := max(rule.Seats, v.Seats)
			if m.name == "irv" {
				seats = 1
			}
			if r.Tie != nil || len(r.Seats) != seats {
				t.Fatalf("%s fills %d of %d seats, tie %+v", m.name, len(r.Seats), seats, r.Tie)
			}
			seen := make(map[int]bool)
			for _, w := range r.Seats {
				if seen[w.Choice] {
					t.Fatalf("%s elects %d twice", m.name, w.Choice)
				}
				seen[w.Choice] = true
			}
		}
	})
}

func TestWhoBeatsEveryoneWinsByCondorcetRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawVotes(t)
		for _, name := range []string{"schulze", "ranked-pairs"} {
			r, err := Count(v, Rule{Name: name, Seats: 1}, &Lots{Seed: []byte("x")})
			if err != nil {
				t.Fatal(err)
			}
			for a, row := range r.Duels.Wins {
				beats := 0
				for b := range row {
					if row[b] > r.Duels.Wins[b][a] {
						beats++
					}
				}
				if beats == len(v.Choices)-1 && r.Seats[0].Choice != a {
					t.Fatalf("%s elects %d, and %d beats everyone", name, r.Seats[0].Choice, a)
				}
			}
		}
	})
}

func TestBallotsThatARuleDoesNotKnowAreInvalidAndSpoilNothing(t *testing.T) {
	v := &Votes{Choices: choices("a b c"), Ballots: []Ballot{{5, [][]int{{0}}}, {3, [][]int{{1, 2}}}, {1, [][]int{{1}}}}}
	for _, name := range []string{"plurality", "irv", "stv-scotland"} {
		r := counted(t, v, Rule{Name: name, Seats: 1}, nil)
		if r.Valid != 6 || r.Invalid != 3 || winners(r)[0] != "a" {
			t.Errorf("%s: %d valid, %d invalid, %v", name, r.Valid, r.Invalid, winners(r))
		}
	}
}

func TestRulesThatMakeNoSenseAreRefused(t *testing.T) {
	for _, rule := range []Rule{
		{Name: "none"},
		{Name: "dhondt", Threshold: "5%"},
		{Name: "dhondt", Threshold: "3/2"},
		{Name: "dhondt", Threshold: "1/0"},
		{Name: "plurality", Threshold: "1/20"},
		{Name: "sntv", Seats: 2, Women: 3},
		{Name: "sntv", Seats: 2, Women: 1, Reserved: 1},
		{Name: "stv-prf", Women: 1},
		{Name: "dhondt", Reserved: 1},
		{Name: "sntv", Crosses: 2},
		{Name: "irv", Grades: []string{"good"}},
		{Name: "sntv", Seats: -1},
	} {
		if err := rule.Check(); !errors.Is(err, ErrRule) {
			t.Errorf("%+v: %v", rule, err)
		}
	}
}

func TestVotesBeyondTheLimitsAreRefused(t *testing.T) {
	for _, v := range []*Votes{
		{},
		{Choices: make([]Choice, MaxChoices+1)},
		{Choices: choices("a b"), Tally: []int64{1}},
		{Choices: choices("a b"), Tally: []int64{1, -1}},
		{Choices: choices("a b"), Tally: []int64{MaxVotes, 1}},
		{Choices: choices("a b")},
		{Choices: choices("a"), Tally: []int64{1}, Withdrawn: []int{1}},
		{Choices: choices("a b"), Ballots: []Ballot{{1, [][]int{{0}, {0}}}}},
		{Choices: choices("a b"), Ballots: []Ballot{{1, [][]int{{2}}}}},
	} {
		if _, err := Count(v, Rule{Name: "plurality"}, nil); !errors.Is(err, ErrVotes) {
			t.Errorf("%+v: %v", v, err)
		}
	}
}
