package evidence

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bayyina/core/archive"
	core "bayyina/core/election"
	"bayyina/core/group"
	"bayyina/core/trustee"
	"bayyina/platform/ledger/read"
)

// unshuffled are the claims on an election without ranked questions.
var unshuffled = slices.DeleteFunc(slices.Clone(claimOrder), func(id string) bool { return id == claimShuffles })

func TestHonestElectionIsTrueInEveryClaim(t *testing.T) {
	claims := honest().judge(t)
	for _, c := range claims {
		hasValues(t, c.Says, c.How, c.Belief)
	}
	for _, id := range unshuffled {
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
	blank := QuestionResult{Question: "من؟", Min: 1, Max: 2, Answers: []AnswerResult{
		{Blank: true, Votes: 1}, {Answer: "أ", Votes: 6}, {Answer: "ب", Votes: 5}, {Answer: "ج"},
	}}
	if !reflect.DeepEqual(data.Questions[0], blank) {
		t.Errorf("first question %+v", data.Questions[0])
	}
	setup, ok := claims[claimSetup].Data.(SetupData)
	if !ok || setup.Voters != 6 || setup.Weight != 9 || setup.Questions != 2 || len(setup.Trustees) != threeOf || len(setup.Districts) != 2 {
		t.Errorf("set-up %+v", setup)
	}
	for i, want := range names {
		if got := setup.Trustees[i]; got != (Trustee{Number: i + 1, Name: want, Threshold: 2}) {
			t.Errorf("trustee %+v", got)
		}
	}
	// Of each ballot: its signature; of the first question four choices, blank and overall; of the second two and overall.
	if got := claims[claimBallots].How.Args["Proofs"]; got != int64(6*(1+6+3)) {
		t.Errorf("%v proofs checked", got)
	}
	if claims[claimArchive].Title.EN != "Election" {
		t.Errorf("title %v", claims[claimArchive].Title)
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
	for i, id := range unshuffled {
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

// What another kind of question would need is told; nothing of it passes for true.
func TestElectionOfAnUnsupportedKindIsNotShown(t *testing.T) {
	c := honest()
	definition := strings.Replace(string(c.election.Bytes()), `{"answers":`, `{"type":"Ordered","value":{"answers":`, 1)
	definition = strings.Replace(definition, `"question":"من؟"}`, `"question":"من؟"}}`, 1)
	rewrite(c, KindSetup, 0, func(b *Setup) { b.Definition = c.attach([]byte(definition)) })
	c.recertify()
	for _, id := range unshuffled {
		claim := c.judge(t)[id]
		want := read.NotShown
		if !computed[id] {
			want = read.True
		}
		if claim.Verdict != want {
			t.Errorf("%s is %s, want %s: %+v", id, claim.Verdict, want, claim.Faults)
		}
		if want == read.NotShown && (claim.How.ID != "vote.unsupported" || !strings.Contains(claim.How.Args["Reason"].(string), "Ordered")) {
			t.Errorf("%s: %+v", id, claim.How)
		}
	}
	// What can be checked is checked all the same.
	c.drop(KindCredentials, 0)
	c.renumber()
	if got := found(c.claims(t)); got[claimSetup] != "vote-credentials-unsaid" {
		t.Errorf("false is %v", got)
	}
}

// Only what the set-up rests on can make it false: a statement that was signed badly
// and then made again is no harm.
func TestStatementsThatTheSetupDoesNotUseDoNoHarm(t *testing.T) {
	c := honest()
	for _, kind := range []string{KindCredentials, KindTrustees} {
		c.repeat(kind, 0, KindCommitment)
		c.entry(kind, 0).Faults = []read.Fault{{Code: envelopeFault}}
	}
	rewrite(c, KindCredentials, 0, func(b *Credentials) { b.Credentials = c.other() })
	rewrite(c, KindTrustees, 0, func(b *Trustees) { b.Trustees = c.other() })
	c.renumber()
	if got := found(c.claims(t)); len(got) > 0 {
		t.Errorf("false is %v", got)
	}
}

func TestTooManyElectionsAreRefused(t *testing.T) {
	c := &chapter{country: theCountry(), now: start}
	for i := range MaxElections + 1 {
		c.say(KindOpen, Open{Election: fmt.Sprint(i), Opens: start, Closes: start}, "officer/1")
	}
	claims := c.claims(t)
	if claims[0].ID != claimEntries || len(claims[0].Faults) != 1 || claims[0].Faults[0].Code != "vote-too-many" {
		t.Errorf("the first claim is %+v", claims[0])
	}
}

// Two elections in one log do not touch each other.
func TestElectionsAreJudgedApart(t *testing.T) {
	c := honest()
	n := len(c.entries)
	for _, e := range c.entries[:n] {
		again := *e
		again.Statement.Body = []byte(strings.ReplaceAll(string(e.Statement.Body), uuid, "Another1111111"))
		c.entries = append(c.entries, &again)
	}
	c.renumber()
	for _, claim := range c.claims(t) {
		want := read.True
		if claim.Subject != uuid && claim.ID == claimSetup {
			want = read.False // its definition is the other's
		}
		if claim.Verdict != want {
			t.Errorf("%s of %s is %s: %+v", claim.ID, claim.Subject, claim.Verdict, claim.Faults)
		}
	}
}

// The claims of an election that is false are false by its faults, the first twenty;
// all are counted.
func TestFaultsBeyondTwentyAreCounted(t *testing.T) {
	c := honest()
	for range 30 {
		c.repeat(KindOpen, 0, KindBallot)
	}
	c.renumber()
	claim := c.judge(t)[claimOpened]
	if len(claim.Faults) != maxFaults || claim.How.Args["Count"] != int64(30) {
		t.Errorf("%d faults, %v", len(claim.Faults), claim.How)
	}
}

func TestMembersAreCountedAfterSingleTrustees(t *testing.T) {
	key, err := trustee.NewPrivateKey(group.Ed25519, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicKey("", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block := theCountry().trustees
	mixed, err := trustee.Record(group.Ed25519, trustee.Single(public), block[1:len(block)-1])
	if err != nil {
		t.Fatal(err)
	}
	messages, err := ThresholdMessages(mixed)
	if err != nil || len(messages) != threeOf {
		t.Fatalf("%v, %v", messages, err)
	}
	for i, c := range theCountry().commits {
		m := messages[i+2]
		if m.Trustee != i+2 || m.Cert != c.Cert || m.Coefexps != c.Coefexps {
			t.Errorf("member %d: %+v", i+1, m)
		}
	}
	for name, bad := range map[string]string{
		"no list":                  `{}`,
		"no pair":                  `[1]`,
		"more certificates":        `[["Pedersen",{"certs":[{"message":"a"}],"coefexps":[]}]]`,
		"a block that is a number": `[["Pedersen",1]]`,
	} {
		if _, err := ThresholdMessages([]byte(bad)); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
}

func TestPreparationsAreBounded(t *testing.T) {
	c := &chapter{country: theCountry(), now: start}
	for range maxPreparations + 1 {
		c.say(KindTrustees, Trustees{Election: uuid, Names: names}, "trustee/1")
	}
	if got := found(c.claims(t)); got[claimSetup] != "vote-order-late" {
		t.Errorf("false is %v", got)
	}
}
