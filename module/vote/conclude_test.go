package vote_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"bayyina/module/vote"
	"bayyina/platform/store"
)

// concludes lets the registrar conclude elections until the test ends, and returns what it has told
// when it is stopped.
func (w *world) concludes() (told func() string) {
	running, stop := context.WithCancel(ctx)
	var log bytes.Buffer
	ended := make(chan error, 1)
	go func() { ended <- w.reg.Conclude(running, slog.New(slog.NewTextHandler(&log, nil)), func() {}) }()
	return func() string {
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			w.tb.Errorf("it ended with %v", err)
		}
		return log.String()
	}
}

// comes lets the log take in what is queued until the election has come so far.
func (w *world) comes(far func(s vote.Status) bool) {
	w.tb.Helper()
	for begun := time.Now(); !far(must(w.reg.Status(ctx, w.uuid))); time.Sleep(50 * time.Millisecond) {
		w.drain()
		if time.Since(begun) > time.Minute {
			w.tb.Fatalf("it stays at %+v", must(w.reg.Status(ctx, w.uuid)))
		}
	}
	w.drain()
}

func TestAnElectionIsConcludedAsFarAsTrusteesHaveDecrypted(t *testing.T) {
	slow(t)
	each(t, func(t *testing.T, w *world) {
		w.open()
		w.cast(w.ballot(0, 1))
		w.tick(batch)
		told := w.concludes()
		w.at(closes.Add(time.Second))
		w.comes(func(s vote.Status) bool { return s.Tallied })
		_, _, bel := w.replay()
		encrypted := must(vote.OpenBox(bytes.NewReader(bel), int64(len(bel)))).Report.Tally
		for _, trustee := range []int{1, 3} {
			if must(w.reg.Status(ctx, w.uuid)).Counted {
				t.Errorf("it is counted before trustee %d decrypts", trustee)
			}
			check(t, w.decryption(trustee, must(w.shares[trustee-1].Decrypt(w.election, encrypted, rand.Reader))))
		}
		w.comes(func(s vote.Status) bool { return s.Counted })
		if text := told(); text != "" {
			t.Error(text)
		}
		report, _, _ := w.replay()
		verdicts(t, report, unfinished("vote.certified"))
	})
}

// The server was down at the close: nobody but a person decides to leave a ballot behind.
func TestAnElectionWithABallotLeftBehindIsNotConcludedByItself(t *testing.T) {
	slow(t)
	w := newWorld(t, store.SQLite)
	w.open()
	w.cast(w.ballot(0, 1))
	told := w.concludes()
	w.at(closes.Add(time.Hour))
	time.Sleep(5 * time.Second) // two looks
	if text := told(); strings.Count(text, vote.ErrLeftBehind.Error()) != 1 {
		t.Error(text)
	}
	if must(w.reg.Status(ctx, w.uuid)).Closed {
		t.Error("it is closed")
	}
}
