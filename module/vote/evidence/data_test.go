package evidence

import (
	"reflect"
	"testing"

	"bayyina/core/ballot"
	"bayyina/core/group"
	"bayyina/core/tally"
)

func TestRankingsAreCountedByTheMethodThatTheirQuestionNames(t *testing.T) {
	question := func(extra string) ballot.Question {
		return ballot.NonHomomorphic{Text: "Which?", Answers: []string{"A", "B", "C"}, Extra: []byte(extra)}
	}
	e, err := ballot.NewElection(ballot.Record{
		Name: "All methods", UUID: "11111111111111", PublicKey: group.Ed25519.Generator(),
		Questions: []ballot.Question{
			question(`{"method":"Schulze"}`),
			question(`{"method":"MajorityJudgment","grades":["good","fair","bad"]}`),
			question(`{"method":"STV","seats":1}`), // does not say which
			ballot.NonHomomorphic{Text: "Which?", Answers: []string{"A", "B", "C"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	// As ranks, B is before A on three ballots of five. As grades, the medians of A
	// and B are fair, and fewer grades of B are worse; that of C is bad.
	rows := [][]uint64{{1, 2, 3}, {1, 2, 3}, {3, 1, 2}, {3, 2, 1}, {2, 1, 3}}
	rankings := tally.Outcome{Rows: rows}
	d := NewResultData(e, tally.Result{rankings, rankings, rankings, rankings}, 5, 5)
	for i, q := range d.Questions {
		if q.Opened != 5 || q.Answers != nil {
			t.Errorf("question %d: %+v", i+1, q)
		}
		if i >= 2 && (q.Rule != "" || q.Places != nil) {
			t.Errorf("question %d has an order that it does not ask for: %+v", i+1, q)
		}
	}
	want := []Place{{Place: 1, Answer: "B", Best: 2}, {Place: 2, Answer: "A", Best: 2}, {Place: 3, Answer: "C", Best: 1}}
	if q := d.Questions[0]; q.Rule != "schulze" || !reflect.DeepEqual(q.Places, want) {
		t.Errorf("%s: %+v", q.Rule, q.Places)
	}
	want = []Place{{Place: 1, Answer: "B", Best: 2, Grade: "fair"}, {Place: 2, Answer: "A", Best: 2, Grade: "fair"}, {Place: 3, Answer: "C", Best: 1, Grade: "bad"}}
	if q := d.Questions[1]; q.Rule != "majority-judgment" || !reflect.DeepEqual(q.Places, want) {
		t.Errorf("%s: %+v", q.Rule, q.Places)
	}
}

func TestNobodyIsPlacedWhereNobodyVoted(t *testing.T) {
	e, err := ballot.NewElection(ballot.Record{
		Name: "Silence", UUID: "11111111111111", PublicKey: group.Ed25519.Generator(),
		Questions: []ballot.Question{
			ballot.NonHomomorphic{Text: "Which?", Answers: []string{"A", "B"}, Extra: []byte(`{"method":"MajorityJudgment","grades":["good","bad"]}`)},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range [][][]uint64{{}, {{7, 7}}} { // none, and one that is no grade
		d := NewResultData(e, tally.Result{{Rows: rows}}, int64(len(rows)), int64(len(rows)))
		if q := d.Questions[0]; q.Places != nil || q.Opened != int64(len(rows)) {
			t.Errorf("%v: %+v", rows, q)
		}
	}
}
