package demo

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bayyina/core/ballot"
	"bayyina/internal/witnesstest"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
)

// drafted is a contest in two districts with a question of each kind.
func drafted() (list []vote.Election) {
	rank := ballot.NonHomomorphic{Text: "Rank · رتّب", Answers: []string{"a", "b", "c"}, Extra: []byte(`{"method":"Schulze","blank":true}`)}
	grade := ballot.NonHomomorphic{Text: "Grade · قيّم", Answers: []string{"a", "b"}, Extra: []byte(`{"method":"MajorityJudgment","grades":["good","bad"]}`)}
	some := ballot.Homomorphic{Text: "Some · بعض", Answers: []string{"a", "b", "c"}, Min: 1, Max: 2, Blank: true}
	for _, name := range []read.Bilingual{{AR: "غات", EN: "Ghat"}, {AR: "سبها", EN: "Sabha"}} {
		t := vote.Template{UUID: "11111111111111", Title: name, Name: name.AR + " · " + name.EN}
		for _, q := range []ballot.Question{some, questions[1], rank, grade} {
			t.Questions = append(t.Questions, vote.TemplateQuestion{Question: q})
		}
		lists := rules[1]
		lists.Rule.Seats = 2 // as many as the shortest list has names
		t.Rules = []evidence.QuestionRule{lists}
		list = append(list, vote.Election{
			Contest: read.Bilingual{AR: "المجلس", EN: "Council"}, Districts: []evidence.District{{Name: name, Voters: 900}}, Least: 50, Draft: &t,
		})
	}
	return list
}

// It waits for the close of its elections, some ten seconds.
func TestADraftIsRehearsedByTheCodeOfTheRealLineAndNothingSecretStays(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in the short form: it holds elections")
	}
	dir := filepath.Join(t.TempDir(), "rehearsal")
	r, err := NewRehearsal(RehearsalConfig{
		Dir: dir, Name: "abc", Elections: drafted(), Voters: 24, Litewitness: witnesstest.Binary(t), Random: rand.Reader, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	last := 0
	for more := true; more; {
		if more, err = r.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		done, total := r.Progress()
		if done < last || done > total || more != (done < total) {
			t.Fatalf("%d of %d, after %d", done, total, last)
		}
		last = done
	}
	held, err := r.Elections()
	if err != nil || len(held) != 2 {
		t.Fatal(held, err)
	}
	for i, h := range held {
		if !h.Exact || h.Voters != 12 || h.Ballots != 13 || h.Revotes != 2 || !strings.HasPrefix(h.Title.EN, "REHEARSAL: ") || h.Election == drafted()[i].Draft.UUID {
			t.Errorf("%+v", h)
		}
	}
	claims := verify(t, r.Log(), r.Policy())
	for id, claim := range claims {
		if claim.Verdict == read.False {
			t.Errorf("%s is false: %+v", id, claim.Faults)
		}
	}
	for _, id := range []string{"log.witnessed", "vote.setup", "vote.result", "vote.seats", "vote.certified"} {
		if claims[id].Verdict != read.True {
			t.Errorf("%s is %v", id, claims[id].Verdict)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() != "log" && entry.Name() != policyName {
			t.Errorf("%s stays", entry.Name())
		}
	}
}

func TestARehearsalNeedsNoWitnesses(t *testing.T) {
	s := &scene{cfg: Config{Dir: filepath.Join(t.TempDir(), "scene"), Random: rand.Reader, Now: time.Now}, place: country}
	if err := s.build(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
	if _, err := read.ParsePolicy([]byte(s.policy())); err != nil {
		t.Error(err)
	}
}
