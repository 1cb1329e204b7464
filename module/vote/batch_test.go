package vote_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// entered are the trackers of the ballots in the log, in order.
func (w *world) entered() (trackers []string) {
	w.tb.Helper()
	size, _ := w.log.Size()
	for n := range size {
		e := must(read.ParseEntry(must(w.log.Entry(ctx, n))))
		if e.Statement.Kind == evidence.KindBallot {
			trackers = append(trackers, e.Statement.Attachments[0].SHA256)
		}
	}
	return trackers
}

func TestBatchesKeepTheirDistance(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.open()
		w.cast(w.ballot(0, 0))
		if n := w.tick(batch - time.Second); n != 0 {
			t.Errorf("%d ballots before the first batch is due", n)
		}
		if n := w.tick(time.Second); n != 1 {
			t.Errorf("%d ballots in the first batch", n)
		}
		// An empty batch takes its time, too: the next ballot waits for the one after.
		if n := w.tick(batch); n != 0 {
			t.Errorf("%d ballots of nobody", n)
		}
		w.cast(w.ballot(1, 0))
		if n := w.tick(batch - time.Second); n != 0 {
			t.Errorf("a ballot entered at once")
		}
		if n := w.tick(time.Second); n != 1 {
			t.Errorf("%d ballots in the second batch", n)
		}
		report, _, _ := w.replay()
		verdicts(t, report, unfinished("vote.closed"))
	})
}

// unfinished are the claims from one on, which are not shown yet.
func unfinished(from string) map[string]read.Verdict {
	order := []string{"vote.closed", "vote.tally", "vote.decryption", "vote.result", "vote.certified", "vote.archive"}
	m := make(map[string]read.Verdict)
	for _, id := range order[slices.Index(order, from):] {
		m[id] = read.NotShown
	}
	return m
}

// The pause counts from when a batch is in the log, however late that is.
func TestSlowLogDoesNotBringBatchesTogether(t *testing.T) {
	w := newWorld(t, store.SQLite)
	w.open()
	w.cast(w.ballot(0, 0))
	w.pass(batch)
	if n := must(w.reg.Batch(ctx, w.uuid)); n != 1 {
		t.Fatalf("%d ballots", n)
	}
	w.cast(w.ballot(1, 0))
	w.pass(batch - time.Second)
	if n := must(w.reg.Batch(ctx, w.uuid)); n != 0 {
		t.Errorf("%d ballots while the batch before is on its way", n)
	}
	w.drain()
	if n := w.tick(time.Second); n != 0 {
		t.Errorf("%d ballots a second after the batch before", n)
	}
	if n := w.tick(batch); n != 1 {
		t.Errorf("%d ballots when it is due", n)
	}
	report, _, _ := w.replay()
	verdicts(t, report, unfinished("vote.closed"))
}

// Only the last batch comes early, and after it none.
func TestNoBallotAfterTheLastBatch(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.open()
		w.at(closes.Add(-2 * time.Minute))
		w.cast(w.ballot(0, 0))
		w.tick(0)
		w.cast(w.ballot(1, 0))
		w.at(closes.Add(-30 * time.Second))
		if n := w.tick(0); n != 0 {
			t.Errorf("%d ballots while more may come", n)
		}
		if n := w.tick(time.Second); n != 1 {
			t.Errorf("%d ballots in the last batch", n)
		}
		w.at(closes.Add(-30 * time.Second)) // as if it had taken long to verify this ballot
		if _, err := w.reg.Cast(ctx, w.uuid, w.ballot(2, 0)); !errors.Is(err, vote.ErrClosed) {
			t.Errorf("a ballot after the last batch: %v", err)
		}
		w.at(closes.Add(-time.Second))
		if _, err := w.reg.Close(ctx, w.uuid); !errors.Is(err, vote.ErrStillOpen) {
			t.Errorf("closed too early: %v", err)
		}
		w.at(closes)
		if n, err := w.reg.Close(ctx, w.uuid); n != 2 || err != nil {
			t.Errorf("closed with %d: %v", n, err)
		}
		if _, err := w.reg.Close(ctx, w.uuid); !errors.Is(err, vote.ErrClosed) {
			t.Errorf("closed twice: %v", err)
		}
		w.drain()
		report, _, _ := w.replay()
		verdicts(t, report, unfinished("vote.tally"))
	})
}

// A batch enters in another order than its ballots came in: the chance of the same
// order is 1 in 40,320.
func TestOrderOfABatchIsRandom(t *testing.T) {
	w := newWorld(t, store.SQLite)
	w.open()
	var cast []string
	for voter := range voters {
		text := w.ballot(voter, 0)
		cast = append(cast, vote.AttachmentOf(text).SHA256)
		w.cast(text)
	}
	w.tick(batch)
	got := w.entered()
	sorted := slices.Sorted(slices.Values(cast))
	if slices.Equal(got, cast) || slices.Equal(got, sorted) {
		t.Error("the ballots entered in the order of arrival, or of their trackers")
	}
	if !slices.Equal(slices.Sorted(slices.Values(got)), sorted) {
		t.Error("other ballots entered than were cast")
	}
}

// reluctant is a signer that fails after some signatures.
type reluctant struct {
	note.Signer
	left int
}

func (r *reluctant) Sign(msg []byte) ([]byte, error) {
	if r.left--; r.left < 0 {
		return nil, errors.New("the key is gone")
	}
	return r.Signer.Sign(msg)
}

// A batch that fails halfway leaves everything as it was.
func TestBatchIsWholeOrNotAtAll(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.open()
		for voter := range voters {
			w.cast(w.ballot(voter, 0))
		}
		w.pass(batch)
		if _, err := w.registrar(&reluctant{w.Receipt, 5}).Batch(ctx, w.uuid); err == nil {
			t.Fatal("a batch without its signatures")
		}
		w.drain()
		if got := w.entered(); len(got) != 0 {
			t.Errorf("%d ballots of a failed batch", len(got))
		}
		w.crash()
		if n := w.tick(time.Second); n != voters {
			t.Errorf("%d ballots in the batch made again", n)
		}
		if got := w.entered(); len(got) != voters {
			t.Errorf("%d ballots in the log", len(got))
		}
	})
}

// A server that was down at the close cannot keep its promises. The election goes on
// without those ballots, and their voters can convict it.
func TestBallotsLeftBehindAreNotHushedUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var promises []*read.Promise
		w.open()
		w.keep(&promises, w.cast(w.ballot(0, 2)))
		w.tick(batch)
		w.keep(&promises, w.cast(w.ballot(1, 2))) // down from here on
		w.keep(&promises, w.cast(w.ballot(0, 1)))
		w.at(closes.Add(time.Second))
		if n := w.tick(0); n != 0 {
			t.Errorf("%d ballots after the close", n)
		}
		if _, err := w.reg.Close(ctx, w.uuid); !errors.Is(err, vote.ErrLeftBehind) {
			t.Errorf("closed: %v", err)
		}
		ballots, left, err := w.reg.CloseWithout(ctx, w.uuid)
		if ballots != 1 || left != 2 || err != nil {
			t.Errorf("%d ballots, %d left behind: %v", ballots, left, err)
		}
		w.drain()
		if got := w.count(2, 3); !slices.Equal(got, []uint64{0, 0, 0, 1}) {
			t.Errorf("result %v", got)
		}
		w.pass(time.Hour)
		must(w.log.Publish(ctx))
		report, judge, _ := w.replay()
		verdicts(t, report, unfinished("vote.certified"))
		for i, want := range []read.Verdict{read.True, read.False, read.False} {
			if c := judge.CheckPromises(promises[i:i+1], report.AsOf)[0]; c.Verdict != want {
				t.Errorf("promise %d is %s: %v", i, c.Verdict, c.How)
			}
		}
	})
}

// A batch that was queued in time, but came to the log after the close, is refused by
// it: those ballots are left behind like others.
func TestBatchThatTheLogRefusedIsLeftBehind(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.open()
		w.cast(w.ballot(0, 2))
		w.tick(batch)
		text := w.ballot(0, 1)
		w.cast(text)
		w.cast(w.ballot(1, 1))
		w.at(closes.Add(-29 * time.Second))
		if n := must(w.reg.Batch(ctx, w.uuid)); n != 2 {
			t.Fatalf("%d ballots in the last batch", n)
		}
		w.at(closes.Add(time.Second))
		if _, err := w.reg.Close(ctx, w.uuid); !errors.Is(err, vote.ErrTooEarly) {
			t.Errorf("closed while a batch is on its way: %v", err)
		}
		w.drain()
		if _, err := w.reg.Close(ctx, w.uuid); !errors.Is(err, vote.ErrLeftBehind) {
			t.Errorf("closed: %v", err)
		}
		if p := must(w.reg.Find(ctx, w.uuid, vote.AttachmentOf(text).SHA256)); p != (vote.Place{Refused: true}) {
			t.Errorf("place %+v", p)
		}
		ballots, left, err := w.reg.CloseWithout(ctx, w.uuid)
		if ballots != 1 || left != 2 || err != nil {
			t.Errorf("%d ballots, %d left behind: %v", ballots, left, err)
		}
		w.drain()
		if got := w.count(1, 2); !slices.Equal(got, []uint64{0, 0, 0, 1}) {
			t.Errorf("result %v", got)
		}
		report, _, _ := w.replay()
		verdicts(t, report, unfinished("vote.certified"))
	})
}
