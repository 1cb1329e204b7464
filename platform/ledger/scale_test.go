package ledger_test

import (
	"path/filepath"
	"testing"
	"time"

	"bayyina/internal/logbench"
	"bayyina/platform/ledger"
)

// A log is opened and an entry proved in a time that does not grow with the log,
// but for the height of its tree.
func TestLongLogOpensAndProvesAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in short runs: a measurement")
	}
	sizes, bound := []uint64{1_000, 100_000}, 25*time.Millisecond // with other packages' tests beside it
	if soak {
		sizes, bound = append(sizes, 1_000_000, 10_000_000), 5*time.Millisecond
	}
	for _, n := range sizes {
		r, err := logbench.NewRig(ctx, t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer r.DB.Close()
		if err := r.Fill(ctx, n); err != nil {
			t.Fatal(err)
		}
		open, err := r.OpenTime(ctx)
		if err != nil {
			t.Fatal(err)
		}
		mean, longest, err := r.ProofTime(ctx, 1000)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d entries: opened in %v; a proof takes %v, the longest of 1000 %v", n, open, mean, longest)
		if open > time.Second {
			t.Errorf("%d entries: opened in %v, the bound is 1 s", n, open)
		}
		if mean > bound {
			t.Errorf("%d entries: a proof takes %v, the bound is %v", n, mean, bound)
		}
	}
}

func TestFilledLogIsALog(t *testing.T) {
	r, err := logbench.NewRig(ctx, t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer r.DB.Close()
	if err := r.Fill(ctx, 70_000); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Outbox(ctx, 1000, 256, 1, nil); err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(ctx, r.Config)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if p := drain(t, l); p.Size != 71_000 {
		t.Errorf("size %d", p.Size)
	}
	v, err := ledger.OpenView(filepath.Join(r.Dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	report, err := v.Fsck(ctx)
	if err != nil || len(report.Problems) != 0 {
		t.Errorf("%+v, %v", report, err)
	}
}
