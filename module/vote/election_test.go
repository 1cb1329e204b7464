package vote_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"bayyina/core/archive"
	"bayyina/core/canon"
	core "bayyina/core/election"
	"bayyina/core/group"
	"bayyina/internal/belenios"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// each runs a test on SQLite and on PostgreSQL.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	for _, dialect := range []store.Dialect{store.SQLite, store.Postgres} {
		t.Run(string(dialect), func(t *testing.T) { test(t, newWorld(t, dialect)) })
	}
}

// keep notes the promise of an accepted ballot.
func (w *world) keep(promises *[]*read.Promise, a *vote.Accepted) {
	w.tb.Helper()
	p, err := read.ParsePromise(a.Promise)
	check(w.tb, err)
	*promises = append(*promises, p)
}

// certify signs the archive that the log gives.
func (w *world) certify(result []byte, bel []byte) {
	w.tb.Helper()
	w.enter(evidence.KindCertify, evidence.Certify{
		Election: w.uuid, Result: vote.AttachmentOf(result), Archive: canon.Hex(bel), ArchiveSize: int64(len(bel)),
	}, attachments(result), w.Decision()...)
}

// A whole election: stopped and started again after each step, it is true in every
// claim, all promises are kept, and its archive is good for others.
func TestElectionIsTrueFromSetUpToArchive(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var promises []*read.Promise
		w.open()
		w.crash()
		for voter, answer := range []int{0, 1, 2, 1} {
			w.keep(&promises, w.cast(w.ballot(voter, answer)))
			w.pass(time.Second)
		}
		w.keep(&promises, w.cast(w.ballot(0, 1))) // before the batch
		w.crash()
		if n := w.tick(batch); n != 4 {
			t.Errorf("%d ballots in the first batch", n)
		}
		w.crash()
		w.keep(&promises, w.cast(w.ballot(1, 2))) // after it
		w.keep(&promises, w.cast(w.ballot(4, 2)))
		if n := w.tick(batch); n != 2 {
			t.Errorf("%d ballots in the second batch", n)
		}
		w.at(closes.Add(-31 * time.Second))
		w.keep(&promises, w.cast(w.ballot(5, 0)))
		if n := w.tick(2 * time.Second); n != 1 {
			t.Errorf("%d ballots in the last batch", n)
		}
		w.crash()
		w.at(closes)
		n, err := w.reg.Close(ctx, w.uuid)
		if err != nil || n != 7 {
			t.Fatalf("closed with %d ballots: %v", n, err)
		}
		w.crash()
		// Votes 0→1, 1→2, 2→2, 3→1, 4→2, 5→0.
		if got := w.count(3, 1); !slices.Equal(got, []uint64{0, 1, 2, 3}) {
			t.Errorf("result is %v", got)
		}
		w.crash()
		_, _, bel := w.replay()
		w.certify([]byte(`{"result":[[0,1,2,3]]}`), bel)

		w.pass(time.Hour)
		_, err = w.log.Publish(ctx)
		check(t, err)
		report, judge, bel := w.replay()
		verdicts(t, report, nil)
		for _, c := range judge.CheckPromises(promises, report.AsOf) {
			if c.Verdict != read.True {
				t.Errorf("a promise is %s: %v", c.Verdict, c.How)
			}
		}
		checkArchive(t, w.uuid, bel, 7, 6)
	})
}

// An election in a field is entered, promised and counted like one in Ed25519.
func TestElectionInAFieldIsTrue(t *testing.T) {
	slow(t)
	w := newWorldOf(t, store.SQLite, newNation(group.Belenios2048))
	var promises []*read.Promise
	w.open()
	for voter, answer := range []int{0, 1, 1} {
		w.keep(&promises, w.cast(w.ballot(voter, answer)))
	}
	w.tick(batch)
	w.keep(&promises, w.cast(w.ballot(0, 2)))
	w.tick(batch)
	w.at(closes)
	_, err := w.reg.Close(ctx, w.uuid)
	check(t, err)
	if got := w.count(1, 2); !slices.Equal(got, []uint64{0, 0, 2, 1}) {
		t.Errorf("result is %v", got)
	}
	_, _, bel := w.replay()
	w.certify([]byte(`{"result":[[0,0,2,1]]}`), bel)
	w.pass(time.Hour)
	_, err = w.log.Publish(ctx)
	check(t, err)
	report, judge, bel := w.replay()
	verdicts(t, report, nil)
	for _, c := range judge.CheckPromises(promises, report.AsOf) {
		if c.Verdict != read.True {
			t.Errorf("a promise is %s: %v", c.Verdict, c.How)
		}
	}
	archived, err := archive.Verify(bytes.NewReader(bel), int64(len(bel)), archive.Options{})
	if err != nil || archived.Phase != core.Finished || archived.Counted != 3 {
		t.Errorf("archive: %+v, %v", archived, err)
	}
}

// checkArchive lets our verifier and belenios-tool judge an archive with so many ballots.
func checkArchive(t *testing.T, uuid string, bel []byte, ballots, counted int) {
	t.Helper()
	report, err := archive.Verify(bytes.NewReader(bel), int64(len(bel)), archive.Options{})
	check(t, err)
	if report.Phase != core.Finished || report.Ballots != ballots || report.Counted != counted {
		t.Errorf("archive: %+v", report)
	}
	belenios.Each(t, "Ed25519", func(t *testing.T, tool belenios.Tool) {
		dir := t.TempDir()
		check(t, os.WriteFile(filepath.Join(dir, uuid+".bel"), bel, 0o600))
		check(t, tool.Verify(dir))
	})
}
