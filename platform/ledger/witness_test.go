package ledger_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"bayyina/internal/witnesstest"
	"bayyina/platform/ledger"
	"bayyina/platform/store"
	"bayyina/platform/store/storetest"
)

// real adds a running litewitness.
func (r *rig) real(t *testing.T, name string) {
	t.Helper()
	w := witnesstest.Start(t, witnesstest.New(t, name, origin, r.logKey))
	r.witnessed(w.URL, w.VerifierKey)
}

func TestRealWitnessesCosignWhatGrowsAndConfirmWhatDoesNot(t *testing.T) {
	r := newRig(t, store.SQLite)
	r.real(t, "w1.example")
	r.real(t, "w2.example")
	r.quorum = 2
	p := r.create(t)
	l := r.open(t)
	for range 3 {
		r.queue(t, r.words(t, 200)...)
		p = drain(t, l)
	}
	if n := bytes.Count(p.Checkpoint, []byte("\n— ")); n != 3 {
		t.Errorf("%d signatures, want the log's and two witnesses':\n%s", n, p.Checkpoint)
	}
	for _, a := range p.Answers {
		if a.Err != nil || !a.Loopback || time.Since(a.Time) > time.Minute {
			t.Errorf("answer %+v", a)
		}
	}
	again, err := l.Publish(ctx)
	if err != nil || again.Size != p.Size {
		t.Errorf("confirming the same size: %+v, %v", again, err)
	}
}

func TestQuorumIsReachedThoughWitnessesAreDeadSlowOrLie(t *testing.T) {
	r := newRig(t, store.SQLite)
	r.real(t, "w1.example")
	r.real(t, "w2.example")
	r.witnessed(witnesstest.Dead(t, "dead.example"))
	r.witnessed(witnesstest.Fake(t, "slow.example", witnesstest.Slow(2*time.Second)))
	r.witnessed(witnesstest.Fake(t, "liar.example", witnesstest.SignsSomethingElse))
	r.witnessed(witnesstest.Fake(t, "ahead.example", witnesstest.KnowsMore))
	r.quorum = 2
	begin := time.Now()
	p := r.create(t)
	if d := time.Since(begin); d > 1800*time.Millisecond {
		t.Errorf("the slow witness was waited for: %v", d)
	}
	for i, want := range []string{"", "", "connection refused", "no answer yet when there was a quorum", "it signed something else", "a witness has seen a longer log"} {
		a := p.Answers[i]
		switch {
		case want == "" && a.Err != nil:
			t.Errorf("%s: %v", a.Witness, a.Err)
		case want != "":
			contains(t, a.Err, want)
		}
	}
}

func TestTooFewWitnessesPublishNothingAndEachOnesAnswerIsTold(t *testing.T) {
	r := newRig(t, store.SQLite)
	r.real(t, "w1.example")
	r.witnessed(witnesstest.Dead(t, "dead.example"))
	r.witnessed(witnesstest.Fake(t, "liar.example", witnesstest.SignsSomethingElse))
	r.quorum = 2
	genesis := r.genesis(t)
	_, err := ledger.Create(ctx, r.Config, genesis)
	contains(t, err, "checkpoint of size 1: 1 of the 2 necessary witnesses cosigned it")
	contains(t, err, "; dead.example: ")
	contains(t, err, "; liar.example: it signed something else")
	if exists(r.public("checkpoints")) {
		t.Error("a checkpoint without a quorum was kept")
	}
	// The same genesis goes on where it stopped, here with another answer.
	_, err = ledger.Create(ctx, r.Config, genesis)
	contains(t, err, "1 of the 2 necessary")
}

func TestSlowWitnessIsWaitedForWhereTheQuorumNeedsIt(t *testing.T) {
	r := newRig(t, store.SQLite)
	r.witnessed(witnesstest.Fake(t, "slow.example", witnesstest.Slow(time.Second)))
	r.quorum = 1
	if p := r.create(t); p.Answers[0].Err != nil {
		t.Error(p.Answers[0].Err)
	}
}

func TestWitnessesRefuseASecondHistory(t *testing.T) {
	r := newRig(t, store.SQLite)
	r.real(t, "w1.example")
	r.quorum = 1
	r.create(t)
	fork := *r
	fork.Dir = copyTree(t, r.Dir)
	fork.DB = forkDatabase(t, r)

	r.enqueue(t, r.words(t, 5)...)
	l := r.open(t)
	drain(t, l)
	l.Close()

	// The server's keys write another fifth entry, and more of them.
	fork.enqueue(t, fork.words(t, 9)...)
	_, err := fork.open(t).Drain(ctx)
	if !errors.Is(err, ledger.ErrForked) {
		t.Errorf("second history: %v", err)
	}
	contains(t, err, "w1.example: a witness has seen another history of this log: the 6 entries that it knows are no beginning of this log")
}

func TestWitnessesRefuseARolledBackLog(t *testing.T) {
	r := newRig(t, store.SQLite)
	r.real(t, "w1.example")
	r.quorum = 1
	r.create(t)
	old := *r
	old.Dir = copyTree(t, r.Dir)
	old.DB = forkDatabase(t, r)
	r.enqueue(t, r.words(t, 50)...)
	l := r.open(t)
	drain(t, l)
	l.Close()

	old.enqueue(t, old.words(t, 3)...)
	rolled := old.open(t)
	err := rolled.Run(ctx, 50*time.Millisecond)
	if !errors.Is(err, ledger.ErrBehindWitness) {
		t.Errorf("rolled back log: %v", err)
	}
	contains(t, err, "it knows 51 entries, this log has 1")
	if size, _ := rolled.Size(); size != 1 {
		t.Errorf("%d entries: it grew before the witnesses confirmed it", size)
	}
}

func TestStatementOfWitnessesReplacesThemFromTheNextEntryOn(t *testing.T) {
	r := newRig(t, store.SQLite)
	r.real(t, "w1.example")
	r.quorum = 1
	r.create(t)
	w2 := witnesstest.Start(t, witnesstest.New(t, "w2.example", origin, r.logKey))
	change := r.sign(t, "log.witnesses/1", map[string]any{
		"witnesses": []ledger.Witness{{Key: w2.VerifierKey, URL: w2.URL}}, "quorum": 1,
		"reason": ledger.Bilingual{AR: "تغيير", EN: "change"},
	})
	l := r.open(t)
	r.enqueue(t, ledger.Item{Statement: change})
	if p := drain(t, l); p.Answers[0].Witness != "w1.example" {
		t.Errorf("the change itself was witnessed by %s", p.Answers[0].Witness)
	}
	l.Close()
	l = r.open(t) // the change outlives the process
	r.enqueue(t, r.words(t, 1)...)
	if p := drain(t, l); p.Answers[0].Witness != "w2.example" || strings.Contains(string(p.Checkpoint), "w1.example") {
		t.Errorf("the next entry was witnessed by %s", p.Answers[0].Witness)
	}
}

// forkDatabase opens a copy of the rig's database.
func forkDatabase(t *testing.T, r *rig) *store.DB {
	t.Helper()
	path := t.TempDir() + "/copy.db"
	vacuumInto(t, r, path)
	return storetest.Open(t, "sqlite:"+path)
}
