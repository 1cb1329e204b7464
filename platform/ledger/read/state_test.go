package read_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"bayyina/platform/ledger/read"

	"pgregory.net/rapid"
)

// story is a log in which keys, rules and witnesses change within a few entries,
// and what should be said of each of them.
func story(c *commission) (entries []*read.Entry, want [][]string) {
	tell := func(kind string, body any, by []string, bad ...string) {
		entries = append(entries, c.entry(c.statement(kind, body, by...), "entry"))
		want = append(want, bad)
	}
	fourth, w := c.grant("officer", "officer-4"), newCosigner(c.tb, "w9.example")
	two, new := []string{"officer-1", "officer-2"}, []string{"officer-4", "officer-2"}
	tell(read.KindGenesis, c.genesis, []string{"root"})
	tell("vote.setup/1", "{}", two)
	tell("vote.setup/1", "{}", new, read.SignaturesMissing)
	tell(read.KindKeys, add(fourth), deciders)
	tell("vote.setup/1", "{}", new)
	tell(read.KindRules, read.RulesChange{Rules: []read.Rule{{Kind: "vote.setup/1", Need: []read.Need{{Role: "officer", Count: 3}}}}, Reason: why}, deciders)
	tell("vote.setup/1", "{}", new, read.SignaturesMissing)
	tell(read.KindWitnesses, read.WitnessesChange{Witnesses: []read.Witness{{Key: w.vkey}}, Quorum: 1, Reason: why}, deciders)
	tell(read.KindKeys, remove("officer-1"), deciders)
	tell("vote.setup/1", "{}", append(two, "officer-4"), read.SignaturesMissing)
	tell("vote.setup/1", "{}", append(new, "officer-3"))
	tell(read.KindClose, read.Close{Successor: "log.example/2027", Reason: why}, []string{"officer-2", "officer-3", "root"})
	tell("vote.setup/1", "{}", append(new, "officer-3"), read.EntryAfterClose)
	return entries, want
}

func TestHistorySavedAndRestoredGoesOn(t *testing.T) {
	c := newCommission(t)
	entries, want := story(c)
	h := read.NewKeyHistory(origin)
	for i, e := range entries {
		saved, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		restored := new(read.KeyHistory)
		if err := json.Unmarshal(saved, restored); err != nil {
			t.Fatal(err)
		}
		if again, err := json.Marshal(restored); err != nil || string(again) != string(saved) {
			t.Fatalf("entry %d: restored as\n%s\nnot\n%s", i, again, saved)
		}
		h = restored
		c.want(codes(h.Enter(e, read.Checked{})), want[i]...)
	}
	if s, ok := h.Closed(); !ok || s != "log.example/2027" || !h.QuorumAt(8).Witnesses()[0].Same(h.QuorumAt(7).Witnesses()[0]) || h.QuorumAt(9).Witnesses()[0].Name() != "w9.example" {
		t.Error("witnesses or close are lost")
	}
}

func TestSignaturesCheckedBeforehandGiveTheSameVerdicts(t *testing.T) {
	c := newCommission(t)
	entries, want := story(c)
	rapid.Check(t, func(t *rapid.T) {
		h := read.NewKeyHistory(origin)
		for i := 0; i < len(entries); {
			n := rapid.IntRange(1, len(entries)-i).Draw(t, "bundle")
			checked := make([]read.Checked, n)
			for j := range n {
				checked[j] = h.Check(entries[i+j])
			}
			for j := range n {
				if got := codes(h.Enter(entries[i+j], checked[j])); !slices.Equal(got, want[i+j]) {
					t.Fatalf("entry %d: %v, want %v", i+j, got, want[i+j])
				}
			}
			i += n
		}
	})
}

func TestDamagedStateIsRefused(t *testing.T) {
	c := begun(t)
	saved, err := json.Marshal(c.history)
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string]string{
		"not JSON":                string(saved[:len(saved)-1]),
		"a key that is none":      strings.Replace(string(saved), c.vkeys["receipt"], "receipt", 2),
		"a witness that is none":  strings.ReplaceAll(string(saved), c.genesis.Witnesses[1].Key, "w"),
		"a quorum that cannot be": strings.Replace(string(saved), `"quorum":2}]`, `"quorum":9}]`, 1),
	} {
		if err := json.Unmarshal([]byte(damaged), new(read.KeyHistory)); err == nil {
			t.Errorf("%s: restored", name)
		}
	}
	if err := new(read.KeyHistory).UnmarshalJSON([]byte(`{"next":"one"}`)); err == nil {
		t.Error("restored from another shape")
	}
}

// BenchmarkEntry parses, checks and enters entries as a replay does, one by one: an
// Ed25519 signature each on envelope and statement, or two passkeys and a key file.
func BenchmarkEntry(b *testing.B) {
	for _, k := range []struct {
		kind string
		by   []string
	}{{"vote.ballot/1", []string{"receipt"}}, {"vote.open/1", []string{"officer-1", "officer-2", "root"}}} {
		b.Run(k.kind, func(b *testing.B) {
			c := begun(b)
			body := `{"election":"RVbLXA3aE6jsgM","ballot":{"sha256":"` + tracker + `","size":2345}}`
			raw := c.entry(c.statement(k.kind, body, k.by...), "entry").Raw
			b.ReportAllocs()
			for b.Loop() {
				e, err := read.ParseEntry(raw)
				if err != nil {
					b.Fatal(err)
				}
				if bad := c.history.Enter(e, c.history.Check(e)); bad != nil {
					b.Fatal(bad[0])
				}
			}
		})
	}
}
