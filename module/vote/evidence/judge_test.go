package evidence

import (
	"bytes"
	"context"
	"testing"

	"bayyina/core/archive"
	core "bayyina/core/election"
	"bayyina/platform/ledger/read"
)

func TestHonestElectionIsTrueInEveryClaim(t *testing.T) {
	claims := honest().judge(t)
	for _, id := range claimOrder {
		if c := claims[id]; c.Verdict != read.True {
			t.Errorf("%s is %s: %v %+v", id, c.Verdict, c.How, c.Faults)
		}
	}
	data, ok := claims[claimResult].Data.(ResultData)
	if !ok {
		t.Fatalf("data of the result is %T", claims[claimResult].Data)
	}
	// Voter 0 votes twice; the weights are 1, 2, 1, 2, 1, 2.
	if data.Counted != 5 || data.Weight != 7 || data.Questions[0].Answers[0].Votes != 1 || data.Questions[0].Answers[1].Votes != 6 {
		t.Errorf("result %+v", data)
	}
	once := claims[claimOnce].Data.(BallotData)
	if once != (BallotData{Voters: 6, Ballots: 6, Revotes: 1, Counted: 5, Weight: 7}) {
		t.Errorf("ballots %+v", once)
	}
}

// The archive is accepted by the verifier of archives, which knows no log.
func TestExportedArchiveVerifies(t *testing.T) {
	c := honest()
	j := NewJudge()
	var bel bytes.Buffer
	j.Export(uuid, &bel)
	if err := j.Entries(context.Background(), c, c.entries); err != nil {
		t.Fatal(err)
	}
	report, err := archive.Verify(bytes.NewReader(bel.Bytes()), int64(bel.Len()), archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Phase != core.Finished || report.Ballots != 6 || report.Timestamp != start.Unix() {
		t.Errorf("report %+v", report)
	}
}

func TestUnfinishedElectionIsNotShownFromThereOn(t *testing.T) {
	c := honest()
	c.entries = c.entries[:9] // three ballots
	claims := c.judge(t)
	for i, id := range claimOrder {
		want := read.True
		if i > 4 {
			want = read.NotShown
		}
		if got := claims[id].Verdict; got != want {
			t.Errorf("%s is %s, want %s: %+v", id, got, want, claims[id].Faults)
		}
		if want == read.NotShown && claims[id].How.ID != id+".missing" {
			t.Errorf("%s: %v", id, claims[id].How)
		}
	}
}
