package nist

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"bayyina/core/ballot"
	"bayyina/core/count"
	"bayyina/core/group"
	"bayyina/internal/peerdata"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
)

// source is an election with a question of every kind, and names that an enemy of XML chose.
func source(t *testing.T) Source {
	t.Helper()
	questions := []ballot.Question{
		ballot.Homomorphic{Text: "الرئيس · President", Answers: []string{"سالمة · Salma", "<Omar> & \"sons\""}, Min: 1, Max: 1, Blank: true},
		ballot.Lists{Text: "القوائم · Lists", Lists: []ballot.List{
			{Name: "الوطن · Homeland", Candidates: []string{"ليلى · Layla", "علي · Ali"}}, {Name: "الأمل · Hope", Candidates: []string{"علي · Ali"}},
		}},
		ballot.NonHomomorphic{Text: "العاصمة · Capital", Answers: []string{"سبها · Sebha", "بنغازي · Benghazi"}},
		ballot.Homomorphic{Text: "لجنة · Committee", Answers: []string{"1", "2", "3"}, Min: 0, Max: 2},
	}
	e, err := ballot.NewElection(ballot.Record{
		Name: "x", Description: "y", PublicKey: group.Ed25519.Generator(), UUID: "8QrCAeS5xbQKAY", Questions: questions,
	})
	if err != nil {
		t.Fatal(err)
	}
	opens := time.Date(2026, 12, 1, 6, 0, 0, 0, time.UTC)
	ghat := read.Bilingual{AR: "غات", EN: "Ghat"}
	result := evidence.ResultData{Counted: 70, Weight: 70, Questions: []evidence.QuestionResult{
		{Question: questions[0].Title(), Min: 1, Max: 1, Answers: []evidence.AnswerResult{{Blank: true, Votes: 3}, {Answer: "سالمة · Salma", Votes: 40}, {Answer: "<Omar> & \"sons\"", Votes: 27}}},
		{Question: questions[1].Title(), Answers: []evidence.AnswerResult{
			{Answer: "الوطن · Homeland", Votes: 50},
			{Answer: "ليلى · Layla", List: "الوطن · Homeland", Votes: 20},
			{Answer: "علي · Ali", List: "الوطن · Homeland", Votes: 9},
			{Answer: "الأمل · Hope", Votes: 20},
			{Answer: "علي · Ali", List: "الأمل · Hope", Votes: 11},
		}},
		{Question: questions[2].Title(), Opened: 70, Rule: "schulze", Places: []evidence.Place{{Place: 1, Answer: "سبها · Sebha", Best: 44}, {Place: 2, Answer: "بنغازي · Benghazi", Best: 26}}},
		{Question: questions[3].Title(), Max: 2, Answers: []evidence.AnswerResult{{Answer: "1", Votes: 1}, {Answer: "2", Votes: 2}, {Answer: "3", Votes: 3}}},
	}}
	return Source{
		Log: "log.hnec.example/2026", Rehearsal: true,
		Told: evidence.Told{
			UUID: "8QrCAeS5xbQKAY", Title: read.Bilingual{AR: "انتخاب", EN: "Election"}, Step: "vote.result", Definition: e.Bytes(),
			Open: &evidence.Open{Opens: opens, Closes: opens.Add(12 * time.Hour)},
			Acts: []evidence.Act{{Sequence: 9, Time: opens.Add(20 * time.Hour), Kind: evidence.KindResult}},
		},
		Figures: evidence.Figures{
			Setup:   &evidence.SetupData{Voters: 90, Districts: []evidence.District{{Name: ghat, Voters: 30}, {Name: read.Bilingual{AR: "مرزق", EN: "Murzuq"}, Voters: 60}}},
			Ballots: &evidence.BallotData{Voters: 90, Counted: 70}, Result: &result,
			Seats: &evidence.SeatsData{Questions: []evidence.QuestionSeats{
				{Question: questions[0].Title(), Seats: []count.Won{{Choice: 0, Name: "سالمة · Salma"}}},
				{Question: questions[1].Title(), Lists: []string{"الوطن · Homeland", "الأمل · Hope"}, Seats: []count.Won{
					{Choice: 0, Name: "الوطن · Homeland", Member: "ليلى · Layla"}, {Choice: 1, Name: "الأمل · Hope", Member: "علي · Ali"},
				}},
			}},
		},
	}
}

func made(t *testing.T, s Source) *Report {
	t.Helper()
	r, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheJSONValidatesAgainstTheSchemaOfNIST(t *testing.T) {
	path := filepath.Join(peerdata.Dir(t, "nist"), "NIST_V2_election_results_reporting.json")
	schema, err := jsonschema.NewCompiler().Compile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := made(t, source(t)).JSON()
	if err != nil {
		t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(instance); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	if _, err := jsonschema.UnmarshalJSON(strings.NewReader(`{"@type":"ElectionResults.ElectionReport"}`)); err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(map[string]any{"@type": "ElectionResults.ElectionReport"}); err == nil {
		t.Error("the schema takes anything")
	}
}

func TestTheXMLValidatesAgainstTheSchemaOfNIST(t *testing.T) {
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("SKIPPED, NOT CHECKED: no xmllint (Debian: libxml2-utils)")
	}
	schema := filepath.Join(peerdata.Dir(t, "nist"), "NIST_V2_election_results_reporting.xsd")
	text, err := made(t, source(t)).XML()
	if err != nil {
		t.Fatal(err)
	}
	validate := func(text []byte) ([]byte, error) {
		file := filepath.Join(t.TempDir(), "result.xml")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return exec.CommandContext(t.Context(), xmllint, "--noout", "--nonet", "--schema", schema, file).CombinedOutput()
	}
	if said, err := validate(text); err != nil {
		t.Errorf("%v: %s\n%s", err, said, text)
	}
	if _, err := validate(bytes.Replace(text, []byte("<Status>"), []byte("<Status>not-"), 1)); err == nil {
		t.Error("the schema takes anything")
	}
}

func TestBothFormatsTellVotesSeatsAndWinnersWithTheirTexts(t *testing.T) {
	r := made(t, source(t))
	text, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var back report
	if err := json.Unmarshal(bytes.ReplaceAll(text, []byte(`ElectionResults.`), nil), &back); err != nil {
		t.Fatal(err)
	}
	e := back.Election[0]
	status := make(map[string]string)
	for _, c := range e.Candidate {
		last := c.BallotName.Text[len(c.BallotName.Text)-1].Content
		status[last+c.PartyID] = c.PostElectionStatus
	}
	for who, want := range map[string]string{
		"Salma": "winner", "<Omar> & \"sons\"": "defeated", "Laylaparty-1": "winner", "Aliparty-1": "defeated", "Aliparty-2": "winner", "Sebha": "",
	} {
		if status[who] != want {
			t.Errorf("%s is %q, not %q", who, status[who], want)
		}
	}
	if got := e.Contest[1].ContestSelection[0].VoteCounts; len(got) != 2 || got[0].Count != 50 || got[1].Type != "seats" || got[1].Count != 1 {
		t.Errorf("a list has %+v", got)
	}
	if got := e.Contest[0].OtherCounts; len(got) != 1 || got[0].Undervotes != 3 {
		t.Errorf("blank votes %+v", got)
	}
	if !back.IsTest || back.Status != "unofficial-complete" || back.GeneratedDate != "2026-12-02T02:00:00Z" {
		t.Errorf("%+v", back)
	}
	xmlText, err := r.XML()
	if err != nil {
		t.Fatal(err)
	}
	var fromXML struct {
		Election struct {
			Candidate []struct {
				BallotName struct{ Text []string }
			}
		}
	}
	if err := xml.Unmarshal(xmlText, &fromXML); err != nil || fromXML.Election.Candidate[1].BallotName.Text[0] != "<Omar> & \"sons\"" {
		t.Errorf("%v, %+v", err, fromXML)
	}
}

func TestWithoutAResultThereIsNoReport(t *testing.T) {
	s := source(t)
	s.Figures.Result = nil
	if _, err := New(s); !errors.Is(err, ErrNoResult) {
		t.Error(err)
	}
}
