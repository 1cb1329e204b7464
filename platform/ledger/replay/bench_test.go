package replay_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"flag"
	"runtime"
	"testing"
	"time"

	"bayyina/internal/forge"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
)

var benchEntries = flag.Int("entries", 5_000, "entries of the log that the benchmark replays")

// ballotLike writes a log of entries by the server in batches of 100, each with an
// attachment of some bytes, none for 0.
func ballotLike(tb testing.TB, entries, size int) (told, string) {
	tb.Helper()
	a, err := forge.NewActors(origin, time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC), detRand())
	if err != nil {
		tb.Fatal(err)
	}
	h := forge.New(origin)
	now := a.Start
	genesis, err := a.Say(read.KindGenesis, a.Genesis(), a.Root)
	if err != nil {
		tb.Fatal(err)
	}
	h.Append(genesis, now)
	h.Publish(now)
	for i := range entries - 1 {
		body := map[string]any{"n": i}
		if size > 0 {
			body["ballot"] = h.Attach(bytes.Repeat(binary.BigEndian.AppendUint64(nil, uint64(i)), size/8))
		}
		s, err := a.Say("vote.ballot/1", body, a.Receipt)
		if err != nil {
			tb.Fatal(err)
		}
		h.Append(s, now)
		if i%100 == 99 {
			now = now.Add(time.Minute)
			h.Publish(now)
		}
	}
	if entries%100 != 1 {
		h.Publish(now)
	}
	l := told{a, h}
	return l, l.write(tb, h)
}

// BenchmarkReplay tells entries per second on all cores, entries alone and with
// attachments of the size of a small and a large ballot, and the most memory in use
// beyond that before.
func BenchmarkReplay(b *testing.B) {
	for _, bench := range []struct {
		name string
		size int
	}{{"entries", 0}, {"2kB", 2 << 10}, {"32kB", 32 << 10}} {
		b.Run(bench.name, func(b *testing.B) {
			n := *benchEntries
			if bench.size > 10_000 {
				n /= 10
			}
			l, dir := ballotLike(b, n, bench.size)
			policy := l.policy(b)
			l.History = nil
			before, most := inUse(), uint64(0)
			measure := func(replay.Progress) { most = max(most, inUse()) }
			for b.Loop() {
				report := run(b, dir, policy, replay.Options{Progress: measure}, &silent{})
				allTrue(b, report)
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "entries/s")
			b.ReportMetric(float64(most-min(most, before))/(1<<20), "MiB")
		})
	}
}

// inUse is the memory of live objects, and of those that are not collected yet.
func inUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// silent is a judge of ballots that looks at nothing.
type silent struct{ ballots }

func (*silent) Entries(context.Context, read.Log, []*read.Entry) error { return nil }
