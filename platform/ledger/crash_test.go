package ledger_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"bayyina/platform/ledger"
	"bayyina/platform/store"
)

// acknowledged is what the killed servers had told.
type acknowledged struct {
	batches   [][]string          // ids of one batch
	loaders   map[string][]string // ids of one loader, in order
	entered   map[string]uint64
	published uint64
}

func (a *acknowledged) read(t *testing.T, lines []string) {
	t.Helper()
	for _, line := range lines {
		words := strings.Fields(line)
		switch words[0] {
		case "batch":
			a.batches = append(a.batches, words[2:])
			a.loaders[words[1]] = append(a.loaders[words[1]], words[2:]...)
		case "single":
			a.loaders[words[1]] = append(a.loaders[words[1]], words[2:]...)
		case "entered":
			a.entered[words[1]] = number(t, words[2])
		case "published":
			n := number(t, words[1])
			if n < a.published {
				t.Errorf("a published checkpoint of size %d followed one of %d", n, a.published)
			}
			a.published = n
		default:
			t.Fatalf("the server said %q", line)
		}
	}
}

func TestServerKilledAtAnyMomentLosesNothingAndDoublesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in short runs: the work is done by other processes")
	}
	kills := 12
	if soak {
		kills = 200
	}
	onBoth(t, func(t *testing.T, r *rig) {
		r.real(t, "w1.example") // it refuses whatever is no continuation
		r.quorum = 1
		r.create(t)
		told := acknowledged{loaders: map[string][]string{}, entered: map[string]uint64{}}
		for round := range kills {
			told.read(t, r.child(t, round, time.Duration(rand.IntN(600))*time.Millisecond, round%4 > 0))
		}
		l := r.openAgain(t)
		drain(t, l)
		r.checkKept(t, l, told)
		if report := check(t, r.public()); len(report.Problems) > 0 {
			t.Errorf("fsck: %+v", report)
		}
	})
}

// openAgain opens the log after a server was killed; PostgreSQL needs a moment to
// notice.
func (r *rig) openAgain(t *testing.T) *ledger.Log {
	t.Helper()
	for range 1000 {
		l, err := ledger.Open(ctx, r.Config)
		if err == nil {
			t.Cleanup(func() { l.Close() })
			return l
		}
		if !strings.Contains(err.Error(), store.ErrLocked.Error()) {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("the killed server still holds the log")
	return nil
}

// checkKept compares the log with what was acknowledged.
func (r *rig) checkKept(t *testing.T, l *ledger.Log, told acknowledged) {
	t.Helper()
	size, published := l.Size()
	if size != published || published < told.published {
		t.Errorf("size %d, published %d, told before %d", size, published, told.published)
	}
	at := make(map[string]uint64, size)
	stamps := make([]string, size) // time and after of each entry
	for n := range size {
		entry, err := l.Entry(ctx, n)
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.SplitN(entry, []byte("\n"), 12)
		id := string(lines[9])
		if first, twice := at[id]; twice {
			t.Errorf("statement %s entered twice, as %d and %d", id, first, n)
		}
		at[id], stamps[n] = n, string(lines[3])+" "+string(lines[4])
	}
	ids := 0
	for name, list := range told.loaders {
		ids += len(list)
		last := uint64(0)
		for _, id := range list {
			n, ok := at[id]
			switch {
			case !ok:
				t.Fatalf("statement %s was acknowledged and is lost", id)
			case n <= last:
				t.Fatalf("loader %s: statement %s entered as %d, and the one before it as %d", name, id, n, last)
			}
			last = n
		}
	}
	for id, n := range told.entered {
		if at[id] != n {
			t.Errorf("statement %s was said to be entry %d, and is %d", id, n, at[id])
		}
	}
	for _, batch := range told.batches {
		first := at[batch[0]]
		for i, id := range batch {
			if at[id] != first+uint64(i) || stamps[at[id]] != stamps[first] {
				t.Fatalf("the batch at %d (%s) was torn: its statement %d is entry %d (%s)", first, stamps[first], i, at[id], stamps[at[id]])
			}
		}
	}
	var waiting int
	if err := r.DB.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT count(*) FROM outbox WHERE sequence IS NULL OR refused IS NOT NULL`).Scan(&waiting)
	}); err != nil {
		t.Fatal(err)
	}
	if waiting > 0 {
		t.Errorf("%d statements still wait or were refused", waiting)
	}
	t.Logf("%d entries; acknowledged: %d statements, of which %d as entered; %d published", size, ids, len(told.entered), told.published)
}
