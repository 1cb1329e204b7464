package evidence

import (
	"context"
	"testing"
	"time"

	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/platform/ledger/read"
)

func TestPromisesAreKeptBrokenOrOpen(t *testing.T) {
	c := honest()
	c.drop(KindBallot, 1) // of voter 1, who never votes again
	delete(c.files, canon.Hex(c.ballots[4]))
	c.renumber()
	first, second := c.entry(KindBallot, 0).Time, c.entry(KindBallot, 4).Time
	deadline := second
	for _, test := range []struct {
		name             string
		voter, ballot    int
		issued, deadline time.Time
		asOf             time.Time
		verdict          read.Verdict
		how              string
	}{
		{"the ballot is there in time", 2, 2, first.Add(-time.Minute), first, time.Time{}, read.True, "vote.promise.kept"},
		{"the ballot is there in the last second", 0, 5, second.Add(-time.Minute), second, second, read.True, "vote.promise.kept"},
		{"the ballot came a second too late", 3, 3, first, second.Add(-time.Second), second.Add(2 * time.Minute), read.False, "vote.faults"},
		{"the ballot was dropped", 1, 1, first.Add(-time.Minute), deadline, deadline.Add(time.Minute + time.Second), read.False, "vote.faults"},
		{"the ballot is not there yet", 1, 1, first.Add(-time.Minute), deadline, deadline.Add(time.Minute), read.NotShown, "vote.promise.missing"},
		{"the time of the log is not known", 1, 1, first.Add(-time.Minute), deadline, time.Time{}, read.NotShown, "vote.promise.missing"},
		{"a later ballot of the credential is there", 0, 1, first, deadline, deadline, read.True, "vote.promise.replaced"},
		{"an earlier ballot of the credential is no excuse", 0, 1, second, deadline.Add(time.Hour), deadline.Add(2 * time.Hour), read.False, "vote.faults"},
		{"a later ballot after the deadline is no excuse", 0, 1, first, second.Add(-time.Second), second.Add(time.Hour), read.False, "vote.faults"},
		{"another voter's ballot is no excuse", 5, 1, first.Add(-time.Minute), deadline, deadline.Add(time.Hour), read.False, "vote.faults"},
		{"the ballot's entry is there, its text withheld", 4, 4, first, second, second, read.True, "vote.promise.kept"},
	} {
		p := &read.Promise{
			Election: uuid, Credential: c.secrets[test.voter].Public(group.Ed25519, uuid).String(), Tracker: canon.Hex(c.ballots[test.ballot]),
			Issued: test.issued, Deadline: test.deadline,
		}
		for _, restored := range []bool{false, true} {
			j := NewJudge()
			if err := j.Entries(context.Background(), c, c.entries); err != nil {
				t.Fatal(err)
			}
			if restored {
				state, err := j.State()
				if err != nil {
					t.Fatal(err)
				}
				j = NewJudge()
				if err := j.Restore(state); err != nil {
					t.Fatal(err)
				}
			}
			claim := j.CheckPromises([]*read.Promise{p}, test.asOf)[0]
			if claim.Verdict != test.verdict || claim.How.ID != test.how {
				t.Errorf("%s: %s, %v", test.name, claim.Verdict, claim.How)
			}
			if broken := claim.Verdict == read.False; broken != (len(claim.Faults) == 1 && claim.Faults[0].Code == "promise-broken") {
				t.Errorf("%s: faults %v", test.name, claim.Faults)
			}
		}
		// A log without this election keeps no promise about it.
		empty := NewJudge().CheckPromises([]*read.Promise{p}, test.deadline.Add(time.Hour))[0]
		if empty.Verdict != read.False {
			t.Errorf("%s: without any entry it is %s", test.name, empty.Verdict)
		}
	}
}

// A server that holds a voter's earlier ballot back, and enters it after promising to
// enter the later one, breaks its word. Whoever holds both promises shows it.
func TestAnEarlierBallotEnteredLaterKeepsNoLaterPromise(t *testing.T) {
	c := honest()
	entered := c.entry(KindBallot, 0).Time
	later := &read.Promise{
		Election: uuid, Credential: c.secrets[0].Public(group.Ed25519, uuid).String(), Tracker: canon.Hex([]byte("the later ballot")),
		Issued: entered.Add(-time.Second), Deadline: entered.Add(time.Hour),
	}
	earlier := *later
	earlier.Tracker, earlier.Issued = canon.Hex(c.ballots[0]), later.Issued.Add(-time.Second)
	stranger := earlier
	stranger.Credential = c.secrets[1].Public(group.Ed25519, uuid).String()
	j := NewJudge()
	if err := j.Entries(context.Background(), c, c.entries[:c.at(KindBallot, 1)]); err != nil {
		t.Fatal(err)
	}
	asOf := later.Deadline.Add(2 * time.Minute)
	for _, test := range []struct {
		name  string
		other *read.Promise
		want  read.Verdict
	}{
		{"with the earlier promise", &earlier, read.False},
		{"with a promise to somebody else", &stranger, read.True},
		{"alone", later, read.True}, // by its letter: nothing tells the order of the two
	} {
		if claim := j.CheckPromises([]*read.Promise{later, test.other}, asOf)[0]; claim.Verdict != test.want {
			t.Errorf("%s it is %s: %v", test.name, claim.Verdict, claim.How)
		}
	}
	if claim := j.CheckPromises([]*read.Promise{&earlier, later}, asOf)[0]; claim.Verdict != read.True {
		t.Errorf("the earlier promise is %s: %v", claim.Verdict, claim.How)
	}
}
