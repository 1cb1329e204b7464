package demo

import (
	"context"
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"bayyina/internal/witnesstest"
	"bayyina/module/vote/evidence"
	decisions "bayyina/platform/identity/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
	"bayyina/platform/locale"
)

// hold holds a small election with real witnesses.
func hold(t *testing.T) *Country {
	t.Helper()
	words, err := locale.New(locale.English)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Hold(t.Context(), Config{
		Dir: filepath.Join(t.TempDir(), "demo"), Voters: 60, Litewitness: witnesstest.Binary(t), Random: rand.Reader, Now: time.Now,
		Tell: func(m read.Message) error {
			text, err := words.Message(m)
			t.Log(text)
			return err
		},
		Progress: func(int, int) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// verify judges a log with the demo's policy.
func verify(t *testing.T, dir, policyFile string) map[string]read.Claim {
	t.Helper()
	text, err := os.ReadFile(policyFile)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := read.ParsePolicy(text)
	if err != nil {
		t.Fatal(err)
	}
	source, err := read.OpenSource(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	report, err := replay.Replay(t.Context(), source, policy, []read.Judge{evidence.NewJudge(), decisions.NewJudge()}, replay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	claims := make(map[string]read.Claim)
	for _, claim := range report.Claims {
		claims[claim.ID] = claim
	}
	return claims
}

// hints judges the log with the hints beside it, and returns for how many ballots
// they were of use.
func hints(t *testing.T, c *Country) int64 {
	t.Helper()
	source, err := read.OpenSource(t.Context(), c.Log)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	judge := evidence.NewJudge()
	judge.UseHints(func(path string) (io.ReadCloser, error) { return source.Open(t.Context(), path, 0, -1) })
	defer judge.Close()
	if _, err := replay.Replay(t.Context(), source, nil, []read.Judge{judge}, replay.Options{}); err != nil {
		t.Fatal(err)
	}
	return judge.Checked().Hinted
}

func TestTheElectionIsTrueAndEachLieIsFoundOut(t *testing.T) {
	c := hold(t)
	claims := verify(t, c.Log, c.Policy)
	if len(claims) < 20 {
		t.Errorf("only %d claims", len(claims))
	}
	for id, claim := range claims {
		if claim.Verdict != read.True {
			t.Errorf("%s is %s: %+v %+v", id, claim.Verdict, claim.How, claim.Faults)
		}
	}
	if hinted := hints(t, c); hinted != claims["vote.once"].Data.(evidence.BallotData).Ballots {
		t.Errorf("hints were of use for %d ballots", hinted)
	}
	betrayed := map[string]string{
		"dropped": "vote.tally", "absentee": "vote.ballots", "replaced": "vote.ballots", "shuffle": "vote.shuffles", "result": "vote.result", "seats": "vote.seats",
		"one-officer": "log.decisions", "withheld": "log.attachments", "history": "log.witnessed", "real": "log.real",
	}
	for _, lie := range c.Lies() {
		t.Run(lie.Name, func(t *testing.T) {
			if err := c.Tell(lie); err != nil {
				t.Fatal(err)
			}
			var falseOnes []string
			for id, claim := range verify(t, lie.Log, lie.Policy) {
				if claim.Verdict == read.False {
					falseOnes = append(falseOnes, id)
					t.Logf("%s: %+v", id, claim.Faults[0])
				}
			}
			slices.Sort(falseOnes)
			t.Log(falseOnes)
			if !slices.Contains(falseOnes, betrayed[lie.Name]) {
				t.Errorf("false are %v, not %s", falseOnes, betrayed[lie.Name])
			}
		})
	}
}
