package ledger_test

import (
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"bayyina/internal/logbench"
)

// The outbox is durable before the log is, and every entry is signed; what they
// cost is bounded by the bare tile library's rate in the same run.
func TestOutboxKeepsUpWithTheBareLibrary(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in short runs: a measurement")
	}
	n, floor := 8_000, 0.3 // so few entries on a busy machine say little
	if soak {
		n, floor = 1_000_000, 0.8
	}
	r, err := logbench.NewRig(ctx, t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer r.DB.Close()
	batches, err := r.Compare(ctx, t.TempDir(), n, 4, 256, 2)
	if err != nil {
		t.Fatal(err)
	}
	singles, err := r.Compare(ctx, t.TempDir(), n/20, 2, 1, 8)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("transactions of 256: %.0f entries/s, %.2f × the bare library's %.0f; transactions of 1: %.0f entries/s",
		batches.Outbox, batches.Share(), batches.Bare, singles.Outbox)
	if batches.Share() < floor {
		t.Errorf("%.2f × the bare library, the bound is %.1f", batches.Share(), floor)
	}
}

func TestMemoryStaysFlatWhileTheLogGrows(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in short runs: a measurement")
	}
	// At first the database's cache fills.
	n, from, room := 16_000, uint64(6_000), uint64(96<<20)
	if soak {
		n, from, room = 10_000_000, 500_000, 32<<20
	}
	r, err := logbench.NewRig(ctx, t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer r.DB.Close()
	var base, highest, told uint64
	_, err = r.Outbox(ctx, n, 256, 2, func(size uint64) {
		if size < from || size < told {
			return
		}
		now := resident(t)
		if base == 0 {
			base = now
		}
		highest = max(highest, now)
		told = size + uint64(n)/20
		t.Logf("%d entries: %d MiB", size, now>>20)
	})
	if err != nil {
		t.Fatal(err)
	}
	if highest > base+room {
		t.Errorf("memory grew from %d MiB at %d entries to %d MiB", base>>20, from, highest>>20)
	}
}

// resident is the memory that this process takes, after collecting garbage.
func resident(t *testing.T) uint64 {
	t.Helper()
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skipf("SKIPPED, NOT CHECKED: %v", err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	return number(t, strings.Fields(rest)[0]) << 10
}
