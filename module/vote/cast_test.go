package vote_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

func (n *nation) stranger() []byte {
	p := must(credential.Generate(rand.Reader))
	draft := must(n.election.Encrypt(rand.Reader, p.Public(group.Ed25519, n.uuid), ballot.Plaintext{{1, 0, 0, 0}}))
	return must(draft.Sign(rand.Reader, p.Key(group.Ed25519, n.uuid))).Bytes()
}

func TestBallotsAreRefusedWithTheReason(t *testing.T) {
	w := newWorld(t, store.SQLite)
	good := w.ballot(0, 0)
	if _, err := w.reg.Cast(ctx, w.uuid, good); !errors.Is(err, vote.ErrUnknownElection) {
		t.Errorf("before the set-up: %v", err)
	}
	w.setUp()
	if _, err := w.reg.Cast(ctx, w.uuid, good); !errors.Is(err, vote.ErrNotOpen) {
		t.Errorf("before the decision to open: %v", err)
	}
	w.enter(evidence.KindOpen, evidence.Open{Election: w.uuid, Opens: opens, Closes: closes, Batch: 600}, nil, w.Decision()...)
	spoilt := bytes.Clone(good)
	digit := bytes.Index(spoilt, []byte(`"challenge":"`)) + len(`"challenge":"`) + 5
	spoilt[digit] = '0' + (spoilt[digit]-'0'+1)%10
	for _, test := range []struct {
		name string
		at   time.Time
		text []byte
		want error
	}{
		{"a second before the opening", opens.Add(-time.Second), good, vote.ErrNotOpen},
		{"at the opening", opens, good, nil},
		{"again while it waits", opens.Add(time.Second), good, nil},
		{"credential not on the list", opens, w.stranger(), ballot.ErrUnknownCredential},
		{"changed after it was signed", opens, spoilt, ballot.ErrSignature},
		{"for another election", opens, bytes.Replace(good, []byte(w.uuid), []byte("Another1111111"), 1), ballot.ErrWrongElection},
		{"with a space", opens, bytes.Replace(good, []byte(","), []byte(", "), 1), ballot.ErrNotCanonical},
		{"no ballot at all", opens, []byte("{}"), ballot.ErrNotCanonical},
		{"too large", opens, bytes.Repeat([]byte(" "), evidence.MaxBallot+1), ballot.ErrNotCanonical},
		{"in the last second", closes.Add(-30 * time.Second), w.ballot(1, 0), nil},
		{"a second later", closes.Add(-29 * time.Second), w.ballot(2, 0), vote.ErrClosed},
		{"after the close", closes.Add(time.Hour), w.ballot(2, 0), vote.ErrClosed},
	} {
		w.at(test.at)
		if _, err := w.reg.Cast(ctx, w.uuid, test.text); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	s, err := w.reg.Status(ctx, w.uuid)
	if err != nil || s.Waiting != 2 || s.Ballots != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestPromiseNamesBallotAndDeadline(t *testing.T) {
	w := newWorld(t, store.SQLite)
	w.open()
	history := read.NewKeyHistory(origin)
	genesis, err := w.log.Entry(ctx, 0)
	check(t, err)
	history.Enter(must(read.ParseEntry(genesis)), read.Checked{})
	for _, test := range []struct{ at, deadline time.Time }{
		{opens, opens.Add(21 * time.Minute)}, // the batch after the next, and a minute
		{closes.Add(-15 * time.Minute), closes},
	} {
		w.at(test.at)
		text := w.ballot(3, 1)
		a := w.cast(text)
		p := must(read.ParsePromise(a.Promise))
		by, err := history.CheckPromise(p)
		if err != nil || by.Key.Name() != w.Receipt.Name() {
			t.Errorf("promise by %v: %v", by, err)
		}
		if p.Election != w.uuid || p.Credential != w.secrets[3].Public(group.Ed25519, w.uuid).String() || p.Tracker != vote.AttachmentOf(text).SHA256 {
			t.Errorf("promise %+v", p)
		}
		if !p.Issued.Equal(test.at) || !p.Deadline.Equal(test.deadline) || !a.Deadline.Equal(test.deadline) {
			t.Errorf("issued %s, deadline %s, want %s", p.Issued, p.Deadline, test.deadline)
		}
		if parsed := must(ballot.ParseBallot(group.Ed25519, text)); a.Tracker != parsed.Tracker() {
			t.Errorf("tracker %s", a.Tracker)
		}
	}
}

func TestPlacesOfBallots(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.open()
		first, second := w.ballot(0, 0), w.ballot(0, 1)
		place := func(text []byte) vote.Place {
			t.Helper()
			p, err := w.reg.Find(ctx, w.uuid, vote.AttachmentOf(text).SHA256)
			check(t, err)
			return p
		}
		w.cast(first)
		if p := place(first); p != (vote.Place{Waiting: true}) {
			t.Errorf("cast: %+v", p)
		}
		if _, err := w.reg.Cast(ctx, w.uuid, second); !errors.Is(err, vote.ErrTooSoon) {
			t.Errorf("two ballots of one credential in one second: %v", err)
		}
		w.pass(time.Second)
		w.cast(second)
		if p := place(first); p != (vote.Place{Replaced: true}) {
			t.Errorf("replaced: %+v", p)
		}
		w.pass(time.Second)
		if _, err := w.reg.Cast(ctx, w.uuid, first); !errors.Is(err, vote.ErrAlreadyCast) {
			t.Errorf("the replaced ballot again: %v", err)
		}
		w.tick(batch)
		if p := place(second); !p.Entered || p.Sequence == 0 || p.Waiting || p.Replaced || p.Refused {
			t.Errorf("entered: %+v", p)
		}
		if _, err := w.reg.Cast(ctx, w.uuid, second); !errors.Is(err, vote.ErrAlreadyCast) {
			t.Errorf("the entered ballot again: %v", err)
		}
		if _, err := w.reg.Find(ctx, w.uuid, strings.Repeat("0", 64)); err == nil {
			t.Error("a ballot that was never cast was found")
		}
	})
}

// Voters cast, and vote again, all at once, while batches enter: one vote of each
// counts, and each ballot was entered, or replaced before it could be.
func TestManyVoteAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.open()
		const times = 3
		var group sync.WaitGroup
		for voter := range voters {
			group.Go(func() {
				for range times {
					text := w.ballot(voter, voter%3)
					_, err := w.reg.Cast(ctx, w.uuid, text)
					for errors.Is(err, vote.ErrTooSoon) {
						time.Sleep(time.Millisecond) // the clock of this world is quicker
						_, err = w.reg.Cast(ctx, w.uuid, text)
					}
					if err != nil {
						t.Errorf("voter %d: %v", voter, err)
					}
				}
			})
		}
		done := make(chan struct{})
		go func() { group.Wait(); close(done) }()
		for going := true; going; {
			select {
			case <-done:
				going = false
			default:
				pace := time.Minute
				if w.clock().After(closes.Add(-40 * time.Minute)) {
					pace = time.Second // time stands almost still
				}
				w.tick(pace)
			}
		}
		w.at(closes.Add(-29 * time.Second))
		w.tick(0)
		w.at(closes)
		ballots, err := w.reg.Close(ctx, w.uuid)
		if err != nil || ballots < voters || ballots > times*voters {
			t.Fatalf("%d ballots, %v", ballots, err)
		}
		w.drain()
		if got := w.count(1, 2); got[1] != 3 || got[2] != 3 || got[3] != 2 {
			t.Errorf("result %v", got)
		}
	})
}
