package evidence

import (
	"context"
	"os"
	"reflect"
	"slices"
	"testing"

	"bayyina/platform/ledger/read"
)

// told returns the claims of a judge that is stopped, kept and restored before the
// entries at the given positions.
func told(tb testing.TB, c *chapter, stops ...int) []read.Claim {
	tb.Helper()
	j := NewJudge()
	from := 0
	for _, to := range append(stops, len(c.entries)) {
		if err := j.Entries(context.Background(), c, c.entries[from:to]); err != nil {
			tb.Fatal(err)
		}
		from = to
		state, err := j.State()
		if err != nil {
			tb.Fatal(err)
		}
		j = NewJudge()
		if err := j.Restore(state); err != nil {
			tb.Fatal(err)
		}
	}
	return j.Claims()
}

// same compares claims with all their values and the types of these.
func same(tb testing.TB, c *chapter, stops ...int) {
	tb.Helper()
	j := NewJudge()
	if err := j.Entries(context.Background(), c, c.entries); err != nil {
		tb.Fatal(err)
	}
	got := told(tb, c, stops...)
	for i, want := range j.Claims() {
		if got := got[i]; !reflect.DeepEqual(got, want) {
			tb.Errorf("stopped before %v, the judge says\n%#v\nwant\n%#v", stops, got, want)
		}
	}
}

func TestStoppedAfterEveryEntryTheJudgeSaysTheSame(t *testing.T) {
	c := honest()
	stops := make([]int, len(c.entries))
	for i := range stops {
		stops[i] = i
	}
	same(t, c, stops...)
}

func TestStoppedAfterEveryShuffleTheJudgeSaysTheSame(t *testing.T) {
	for _, promised := range []int{2, 3} { // of three the last is still missing
		m := mixingFrom(promised)
		m.shuffle(3, m.make())
		m.shuffle(1, m.make())
		if promised == 2 {
			m.end()
		}
		stops := make([]int, len(m.entries))
		for i := range stops {
			stops[i] = i
		}
		same(t, m.chapter, stops...)
	}
}

// Every lie is told with two stops somewhere, a third of them outside the long form.
func TestStoppedAmidALieTheJudgeSaysTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in short runs: many lies, judged one after another")
	}
	for i, l := range lies {
		if i%3 != 0 && os.Getenv("BAYYINA_SOAK") == "" {
			continue
		}
		t.Run(l.name, func(t *testing.T) {
			c := l.chapter()
			n := len(c.entries)
			stops := []int{(7 * i) % n, (11*i + 3) % n}
			slices.Sort(stops)
			same(t, c, stops...)
		})
	}
}

func TestSpoiltStateIsRefused(t *testing.T) {
	j := NewJudge()
	c := honest()
	if err := j.Entries(context.Background(), c, c.entries[:10]); err != nil {
		t.Fatal(err)
	}
	state, err := j.State()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, len(state) / 2, len(state) - 1} {
		if err := NewJudge().Restore(state[:n]); err == nil {
			t.Errorf("%d of %d bytes are taken for a state", n, len(state))
		}
	}
	if err := new(box).UnmarshalBinary(make([]byte, 9)); err == nil {
		t.Error("9 bytes are taken for a ballot box")
	}
}
