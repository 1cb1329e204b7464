package vote_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bayyina/core/group"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// crowd are voters who all cast at once, each again and again.
type crowd struct {
	*shown
	over atomic.Bool // nobody tries any more

	mu       sync.Mutex
	promises []*read.Promise
}

// cast tries until the ballot is taken, less and less often.
func (c *crowd) cast(text []byte) {
	for pause := 20 * time.Millisecond; !c.over.Load(); pause = min(2*pause, 5*time.Second) {
		a := c.post(text)
		switch {
		case a.status == http.StatusOK:
			var out struct{ Promise string }
			if err := json.Unmarshal(a.body, &out); err != nil {
				c.tb.Error(err)
				return
			}
			p, err := read.ParsePromise([]byte(out.Promise))
			if err != nil {
				c.tb.Error(err)
				return
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.promises = append(c.promises, p)
			return
		case a.status == http.StatusTooManyRequests:
			time.Sleep(rand.N(pause))
		default:
			c.tb.Errorf("%d %s", a.status, a.body)
			return
		}
	}
}

func TestOfSimultaneousBallotsTheLastOfEachCredentialCounts(t *testing.T) {
	credentials, each := 8, 12
	if os.Getenv("BAYYINA_SOAK") == "1" {
		credentials, each = 100, 100
	}
	n := newNationOf(group.Ed25519, credentials)
	w := newWorldOf(t, store.SQLite, n)
	c := &crowd{shown: show(w)}
	w.setUp()
	end := opens.Add(6 * time.Hour) // more than the clock below goes on before all are taken
	w.enter(evidence.KindOpen, evidence.Open{Election: w.uuid, Opens: opens, Closes: end, Batch: int64(batch / time.Second)}, nil, w.Decision()...)
	w.at(opens)
	ballots := make([][]byte, credentials*each)
	var work sync.WaitGroup
	for half := range 2 {
		work.Go(func() {
			for i := half; i < len(ballots); i += 2 {
				ballots[i] = n.ballot(i%credentials, i%3)
			}
		})
	}
	work.Wait()

	begun := time.Now()
	done := make(chan struct{})
	var clock sync.WaitGroup
	clock.Go(func() {
		for i := 1; ; i++ {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
			if w.pass(time.Second); w.clock().After(end.Add(-time.Hour)) {
				t.Error("the ballots are not taken in five hours")
				c.over.Store(true)
				return
			}
			if i%20 == 0 {
				if _, err := w.reg.Batch(ctx, w.uuid); err != nil {
					t.Error(err)
				}
				w.drain()
			}
		}
	})
	for _, text := range ballots {
		work.Go(func() { c.cast(text) })
	}
	work.Wait()
	close(done)
	clock.Wait()
	took := time.Since(begun)

	w.tick(batch)
	w.at(end.Add(-10 * time.Second)) // the last batch
	w.tick(0)
	w.at(end)
	must(w.reg.Close(ctx, w.uuid))
	w.drain()
	w.pass(time.Hour)
	w.enter(evidence.KindCommitment, w.commitments[0], nil, w.Trustees[0]) // so that witnesses see a later time
	report, judge, _ := w.replay()
	if len(c.promises) != len(ballots) {
		t.Errorf("%d promises for %d ballots", len(c.promises), len(ballots))
	}
	for _, claim := range judge.CheckPromises(c.promises, report.AsOf) {
		if claim.Verdict != read.True {
			t.Errorf("a promise is %s: %+v", claim.Verdict, claim.Faults)
		}
	}
	last := make(map[string]*read.Promise)
	for _, p := range c.promises {
		if before := last[p.Credential]; before == nil || p.Issued.After(before.Issued) {
			last[p.Credential] = p
		}
	}
	counts := make(map[string]bool)
	trackers := judge.Trackers(w.uuid)
	all, _ := trackers.Find("", trackers.Len())
	for _, one := range all {
		if one.Fate == evidence.Counts {
			counts[one.Ballot.SHA256] = true
		}
	}
	if len(counts) != credentials || len(last) != credentials {
		t.Errorf("%d ballots count, of %d credentials", len(counts), credentials)
	}
	for credential, p := range last {
		if !counts[p.Tracker] {
			t.Errorf("the last ballot of %s does not count", credential)
		}
	}
	t.Logf("%d ballots of %d credentials at once: %s, %d entered", len(ballots), credentials, took.Round(time.Millisecond), trackers.Len())
}
