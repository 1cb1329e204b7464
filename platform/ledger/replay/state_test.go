package replay_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bayyina/internal/forge"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
)

// told is a log that a forger writes, honestly unless a test says otherwise.
type told struct {
	*forge.Actors
	*forge.History
}

func tell(tb testing.TB) told {
	tb.Helper()
	a, err := forge.NewActors(origin, time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC), detRand())
	if err != nil {
		tb.Fatal(err)
	}
	h, err := forge.Honest(a)
	if err != nil {
		tb.Fatal(err)
	}
	return told{a, h}
}

// write writes a history of the log into a new folder.
func (l told) write(tb testing.TB, h *forge.History) string {
	tb.Helper()
	dir := tb.TempDir()
	if err := h.Write(dir, l.Keys()); err != nil {
		tb.Fatal(err)
	}
	return dir
}

// until is the history up to a checkpoint.
func (l told) until(tb testing.TB, size int64) *forge.History {
	tb.Helper()
	h := l.Clone()
	if err := h.Truncate(size); err != nil {
		tb.Fatal(err)
	}
	return h
}

func (l told) policy(tb testing.TB) *read.Policy {
	tb.Helper()
	p, err := read.ParsePolicy(l.Policy())
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// ballots is a judge of the ballots of forge.Honest.
type ballots struct{ counter }

func (*ballots) Kinds() []string { return []string{"vote.ballot/1", "vote.open/1"} }

// claims writes a report's claims for comparison.
func claims(tb testing.TB, r *replay.Report) string {
	tb.Helper()
	out, err := json.MarshalIndent(r.Claims, "", " ")
	if err != nil {
		tb.Fatal(err)
	}
	return string(out)
}

func TestGrownLogIsGoneOnWithAndToldTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in short runs: it takes long")
	}
	l := tell(t)
	lie := l.Clone() // faults outlive the run that found them
	lie.Entries[9].Skew = 1
	lie.Entries[200].Time = lie.Entries[200].Time.Add(-time.Hour)
	for name, h := range map[string]*forge.History{"honest": l.History, "lie": lie} {
		state := filepath.Join(t.TempDir(), "state")
		var before int64
		for _, size := range []int64{1, 2, 6, 10, 250, 260, 290, 290, 300} {
			grown := told{l.Actors, h}
			dir := grown.write(t, grown.until(t, size))
			fresh := run(t, dir, l.policy(t), replay.Options{}, &ballots{})
			report := run(t, dir, l.policy(t), replay.Options{State: state}, &ballots{})
			if report.Resumed != before || report.Replayed != size {
				t.Errorf("%s, size %d: resumed at %d, replayed %d", name, size, report.Resumed, report.Replayed)
			}
			if got, want := claims(t, report), claims(t, fresh); got != want {
				t.Fatalf("%s, size %d: gone on:\n%s\nin one run:\n%s", name, size, got, want)
			}
			if name == "honest" {
				allTrue(t, report)
			}
			before = size
		}
	}
}

func TestInterruptedRunIsGoneOnWith(t *testing.T) {
	l := tell(t)
	dir := l.write(t, l.History)
	opts := replay.Options{State: filepath.Join(t.TempDir(), "state")}
	ctx, cancel := context.WithCancel(ctx)
	opts.Progress = func(p replay.Progress) { cancel() }
	_, err := replay.Replay(ctx, open(t, dir), l.policy(t), []read.Judge{&ballots{}}, opts)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted run: %v", err)
	}
	opts.Progress = nil
	report := run(t, dir, l.policy(t), opts, &ballots{})
	allTrue(t, report)
	if report.Resumed != 256 || report.Replayed != 300 {
		t.Errorf("resumed at %d of %d", report.Resumed, report.Replayed)
	}
}

func TestRewrittenHistoryIsToldFromTheSavedState(t *testing.T) {
	l := tell(t)
	opts := replay.Options{State: filepath.Join(t.TempDir(), "state")}
	allTrue(t, run(t, l.write(t, l.until(t, 290)), l.policy(t), opts, &ballots{}))
	// Server and witnesses conspire, and nothing but the memory of it tells.
	l.Swap(20, 30)
	dir := l.write(t, l.History)
	allTrue(t, run(t, dir, l.policy(t), replay.Options{}, &ballots{}))
	report := run(t, dir, l.policy(t), opts, &ballots{})
	fault := report.Claims[0].Faults
	if report.Resumed != 0 || len(fault) != 1 || fault[0].Code != "history-rewritten" || fault[0].Says.Args["Size"] != int64(290) {
		t.Errorf("resumed %d, faults %+v", report.Resumed, fault)
	}
	// Everything was judged anew, and is remembered instead.
	if again := run(t, dir, l.policy(t), opts, &ballots{}); again.Resumed != 300 || claims(t, again) != claims(t, report) {
		t.Errorf("afterwards: resumed %d", again.Resumed)
	}
}

func TestDamagedTilesDoNotMakeAStateOfAnotherHistory(t *testing.T) {
	l := tell(t)
	opts := replay.Options{State: filepath.Join(t.TempDir(), "state")}
	allTrue(t, run(t, l.write(t, l.until(t, 250)), l.policy(t), opts, &ballots{}))
	dir := l.write(t, l.History)
	if err := os.Remove(filepath.Join(dir, "tile/0/000")); err != nil {
		t.Fatal(err)
	}
	report := run(t, dir, l.policy(t), opts, &ballots{})
	if f := report.Claims[0].Faults; report.Resumed != 0 || len(f) != 1 || f[0].Code != "tile-missing" {
		t.Errorf("resumed %d, faults %+v", report.Resumed, f)
	}
}

func TestStateThatIsNotOfThisLogIsRefused(t *testing.T) {
	l := tell(t)
	dir := l.write(t, l.History)
	path := filepath.Join(t.TempDir(), "state")
	run(t, dir, l.policy(t), replay.Options{State: path}, &ballots{})
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	otherActors, err := forge.NewActors(origin, l.Start, strings.NewReader(strings.Repeat("another country ", 1000)))
	if err != nil {
		t.Fatal(err)
	}
	otherHistory, err := forge.Honest(otherActors)
	if err != nil {
		t.Fatal(err)
	}
	other := told{otherActors, otherHistory}
	elsewhere, err := forge.NewActors("other.example/1", l.Start, detRand())
	if err != nil {
		t.Fatal(err)
	}
	elsewhereHistory, err := forge.Honest(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		dir    string
		policy *read.Policy
		judges []read.Judge
		state  []byte
		want   string
	}{
		{"under no policy", dir, nil, []read.Judge{&ballots{}}, good, "made under another policy"},
		{"by fewer judges", dir, l.policy(t), nil, good, "it has 5 sections"},
		{"by other judges", dir, l.policy(t), []read.Judge{&counter{}}, good, "made by other judges"},
		{"of another origin", told{elsewhere, elsewhereHistory}.write(t, elsewhereHistory), l.policy(t), []read.Judge{&ballots{}}, good, `it is of the log "log.example/2026"`},
		{"of another key", other.write(t, other.History), l.policy(t), []read.Judge{&ballots{}}, good, "signed by another key"},
		{"of an older copy", l.write(t, l.until(t, 290)), l.policy(t), []read.Judge{&ballots{}}, good, "the log has 290 entries, the state 300: this is an older copy"},
		{"cut off", dir, l.policy(t), []read.Judge{&ballots{}}, good[:len(good)-1], "it is damaged"},
		{"empty", dir, l.policy(t), []read.Judge{&ballots{}}, nil, "it does not begin with bayyina.replay/1"},
		{"one bit", dir, l.policy(t), []read.Judge{&ballots{}}, oneBit(good), "it is damaged"},
	}
	for _, test := range tests {
		if err := os.WriteFile(path, test.state, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := replay.Replay(ctx, open(t, test.dir), test.policy, test.judges, replay.Options{State: path})
		if !errors.Is(err, replay.ErrState) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("state %s: %v, should tell %q", test.name, err, test.want)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, test.state) {
			t.Errorf("state %s: it was touched (%v)", test.name, err)
		}
	}
}

func oneBit(data []byte) []byte {
	out := bytes.Clone(data)
	out[len(out)/2] ^= 1
	return out
}
