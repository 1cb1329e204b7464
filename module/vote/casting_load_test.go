package vote_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/group"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

func TestVotersOfACafeVoteWhileOneOfItsGuestsFloodsTheServer(t *testing.T) {
	w := newWorld(t, store.SQLite)
	s := show(w)
	w.open()
	from := func(address string, text []byte) int {
		r := httptest.NewRequest(http.MethodPost, "https://vote.test/api/v1/elections/"+w.uuid+"/casts", bytes.NewReader(text))
		r.RemoteAddr = address
		rec := httptest.NewRecorder()
		s.site.ServeHTTP(rec, r)
		return rec.Code
	}
	copied := w.copied(w.ballot(0, 0), 0, 1)
	junk := [][]byte{copied, w.resigned(copied, 1)} // whose signature is wrong, and whose proofs are
	const guests = 64
	ctx, stop := context.WithCancel(t.Context())
	var flood sync.WaitGroup
	var sent atomic.Int64
	for guest := range guests {
		flood.Go(func() {
			for ctx.Err() == nil {
				from("192.0.2.1:1", junk[guest%2])
				sent.Add(1)
				time.Sleep(time.Millisecond) // on the way
			}
		})
	}
	time.Sleep(200 * time.Millisecond)
	for voter, address := range map[int]string{2: "192.0.2.1:2", 3: "198.51.100.7:1"} {
		begun := time.Now()
		if status := from(address, w.ballot(voter, 0)); status != http.StatusOK {
			t.Errorf("from %s: status %d", address, status)
		}
		took := time.Since(begun)
		t.Logf("from %s: %s, beside %d floods, %d sent", address, took.Round(time.Millisecond), guests, sent.Load())
		if took > 20*time.Second {
			t.Errorf("from %s: it took %s", address, took)
		}
	}
	stop()
	flood.Wait()
}

func TestCastingGoesOnWhileTheWitnessesAreAwayForAnHour(t *testing.T) {
	w := newWorld(t, store.SQLite)
	s := show(w)
	w.setUp()
	w.enter(evidence.KindOpen, evidence.Open{Election: w.uuid, Opens: opens, Closes: opens.Add(3 * time.Hour), Batch: int64(batch / time.Second)}, nil, w.Decision()...)
	w.at(opens)
	w.mu.Lock()
	w.away = true
	w.mu.Unlock()
	var promises []*read.Promise
	for minute := range 60 {
		w.pass(time.Minute)
		if minute%8 == 0 {
			a := s.post(w.ballot(minute/8, 0))
			var out struct{ Promise string }
			if a.json(t, &out); a.status != http.StatusOK {
				t.Fatalf("minute %d: %d %s", minute, a.status, a.body)
			}
			promises = append(promises, must(read.ParsePromise([]byte(out.Promise))))
		}
		if _, err := w.reg.Batch(ctx, w.uuid); err != nil {
			t.Fatal(err)
		}
		short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		_, err := w.log.Drain(short)
		cancel()
		if err == nil && minute == 30 {
			t.Error("the log is published without its witnesses")
		}
	}
	w.mu.Lock()
	w.away = false
	w.mu.Unlock()
	w.drain()
	for range 3 {
		w.tick(batch)
	}
	w.pass(time.Hour)
	w.enter(evidence.KindCommitment, w.commitments[0], nil, w.Trustees[0])
	report, judge, _ := w.replay()
	for i, claim := range judge.CheckPromises(promises, report.AsOf) {
		if claim.Verdict != read.True {
			t.Errorf("promise %d is %s: %+v", i, claim.Verdict, claim.Faults)
		}
	}
}

// connections are those of voters who cast at once: enough to keep the processors busy while
// some ballots wait for the disk.
const connections = 256

// BenchmarkCasting measures casting over HTTP, on a connection each for many voters, and
// how that compares to checking the same ballots' proofs on all processors and nothing else.
func BenchmarkCasting(b *testing.B) {
	w := newWorldOf(b, store.SQLite, newNationOf(group.Ed25519, b.N))
	s := show(w)
	w.open()
	server := httptest.NewServer(s.site)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	ballots, others := make([][]byte, b.N), make([][]byte, b.N)
	for i := range ballots {
		ballots[i], others[i] = w.ballot(i, i%3), w.ballot(i, i%2)
	}
	onAll := func(ballots [][]byte, one func(text []byte)) spent {
		runtime.GC()
		begun, used := time.Now(), processorTime()
		var next atomic.Int64
		var work sync.WaitGroup
		for range connections {
			work.Go(func() {
				for i := next.Add(1) - 1; i < int64(len(ballots)); i = next.Add(1) - 1 {
					one(ballots[i])
				}
			})
		}
		work.Wait()
		return spent{time.Since(begun), processorTime() - used}
	}
	bound := onAll(ballots, func(text []byte) {
		if _, err := w.election.Verify(must(ballot.ParseBallot(w.group, text)), w.list); err != nil {
			b.Error(err)
		}
	})
	inside := onAll(others, func(text []byte) {
		if _, _, err := s.casting.Cast(ctx, w.uuid, text, ""); err != nil {
			b.Error(err)
		}
	})
	w.pass(time.Second) // a credential has one promise a second
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b.ResetTimer()
	took := onAll(ballots, func(text []byte) {
		resp, err := client.Post(server.URL+"/api/v1/elections/"+w.uuid+"/casts", "application/json", bytes.NewReader(text))
		if err != nil {
			b.Error(err)
			return
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
			b.Errorf("status %s, %v", resp.Status, err)
		}
		_ = resp.Body.Close()
	})
	b.StopTimer()
	runtime.GC()
	runtime.ReadMemStats(&after)
	for unit, s := range map[string]spent{"bound": bound, "inside": inside, "ballots": took} {
		b.ReportMetric(float64(b.N)/s.wall.Seconds(), unit+"/s")
		b.ReportMetric(float64(s.processor.Microseconds())/1000/float64(b.N), unit+"-ms")
	}
	b.ReportMetric(bound.wall.Seconds()/took.wall.Seconds(), "of-bound")
	b.ReportMetric(bound.processor.Seconds()/took.processor.Seconds(), "of-bound-processor")
	b.ReportMetric(float64(int64(after.HeapInuse)-int64(before.HeapInuse))/(1<<20), "MB-more")
}

// spent is what some work took: by the clock, and of the processors, which other work on the
// machine hardly changes.
type spent struct{ wall, processor time.Duration }

// processorTime is what this process has used so far.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
