package evidence

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"bayyina/platform/ledger/read"
)

// judged is a judge that has seen a chapter, kept and restored at its end.
func judged(tb testing.TB, c *chapter) *Judge {
	tb.Helper()
	j := NewJudge()
	if err := j.Entries(context.Background(), c, c.entries); err != nil {
		tb.Fatal(err)
	}
	state, err := j.State()
	if err != nil {
		tb.Fatal(err)
	}
	restored := NewJudge()
	if err := restored.Restore(state); err != nil {
		tb.Fatal(err)
	}
	return restored
}

// stands is the entry at a sequence.
func stands(c *chapter, sequence int64) *read.Entry {
	return c.entries[slices.IndexFunc(c.entries, func(e *read.Entry) bool { return e.Sequence == sequence })]
}

func TestWhatWasToldOfAnElectionIsThereAfterARestore(t *testing.T) {
	c := honest()
	j := judged(t, c)
	list := j.Elections()
	if len(list) != 1 {
		t.Fatalf("%d elections", len(list))
	}
	e := list[0]
	if e.Step != "vote.certify" || e.Title.EN != "Election" || e.Setup == nil || e.Open == nil || e.Certified == nil || e.Definition == nil {
		t.Errorf("%+v", e)
	}
	if want := int64(len(c.entries)) - e.Ballots; int64(len(e.Acts)) != want {
		t.Errorf("%d acts, want %d", len(e.Acts), want)
	}
	for _, w := range e.Work {
		if w.Committed < 0 || w.Signed < 0 || w.Shuffled >= 0 {
			t.Errorf("%+v", w)
		}
		if w.Decrypted >= 0 && stands(c, w.Decrypted).Statement.Kind != KindDecryption {
			t.Errorf("entry %d is no decryption", w.Decrypted)
		}
	}
	if _, ok := j.Election("nobody"); ok {
		t.Error("there is an election that nobody named")
	}
}

func TestBatchesCountEachVoterOnce(t *testing.T) {
	var ballots, voters int64
	for _, b := range judged(t, honest()).Batches(uuid) {
		ballots, voters = ballots+b.Ballots, voters+b.Voters
	}
	if ballots != 6 || voters != 5 { // voter 0 votes twice
		t.Errorf("%d ballots by %d voters", ballots, voters)
	}
}

func TestABallotIsFoundByTheBeginningOfItsTracker(t *testing.T) {
	j := judged(t, honest())
	all := j.Trackers(uuid)
	list, more := all.Find("", 100)
	if more || len(list) != 6 || all.Len() != 6 {
		t.Fatalf("%d ballots", len(list))
	}
	fates := make(map[Fate]int)
	for _, b := range list {
		fates[b.Fate]++
		for _, n := range []int{1, 8, len(b.Tracker)} {
			found, _ := all.Find(b.Tracker[:n], 100)
			here := false
			for _, f := range found {
				here = here || f.Sequence == b.Sequence
				if !strings.HasPrefix(f.Tracker, b.Tracker[:n]) {
					t.Errorf("%s was found by %s", f.Tracker, b.Tracker[:n])
				}
			}
			if !here {
				t.Errorf("%s is not found by %s", b.Tracker, b.Tracker[:n])
			}
		}
	}
	if fates[Counts] != 5 || fates[Replaced] != 1 {
		t.Errorf("fates %v", fates)
	}
	if some, more := all.Find("", 4); len(some) != 4 || !more {
		t.Errorf("%d of at most 4, more: %v", len(some), more)
	}
	for _, wrong := range []string{"=", "é", strings.Repeat("A", 44), "AAAAAAAA" + "\x00"} {
		if found, _ := all.Find(wrong, 1); len(found) > 0 {
			t.Errorf("%q finds %v", wrong, found)
		}
	}
	// Of every first digit, exactly those that begin with it.
	n := 0
	for _, digit := range base64Digits {
		found, _ := all.Find(string(digit), 100)
		n += len(found)
	}
	if n != 6 {
		t.Errorf("%d ballots by their first digits", n)
	}
}

func TestTheArchiveCanBeWrittenAtEveryStep(t *testing.T) {
	c := honest()
	for n := range c.entries {
		if c.entries[n].Statement.Kind == KindCertify {
			break
		}
		part := *c
		part.entries = c.entries[:n+1]
		var streamed, again bytes.Buffer
		j := NewJudge()
		j.Export(uuid, &streamed)
		if err := j.Entries(context.Background(), &part, part.entries); err != nil {
			t.Fatal(err)
		}
		err := judged(t, &part).WriteArchive(uuid, &again, func(sequence int64, a read.Attachment) ([]byte, error) {
			if bytes.Contains(stands(c, sequence).Statement.Body, []byte(a.SHA256)) {
				return c.Attachment(context.Background(), a, a.Size)
			}
			t.Errorf("entry %d does not name %s", sequence, a.SHA256)
			return nil, read.ErrMissing
		})
		if (err == nil) != (streamed.Len() > 0) || !bytes.Equal(streamed.Bytes(), again.Bytes()) {
			t.Errorf("after entry %d (%s): %v, %d and %d bytes", n, c.entries[n].Statement.Kind, err, streamed.Len(), again.Len())
		}
	}
}
