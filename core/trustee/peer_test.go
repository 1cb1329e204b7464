package trustee

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"bayyina/core/group"
	"bayyina/internal/peerdata"
)

// peerFile returns a file of an election made by belenios-tool.
func peerFile(tb testing.TB, election, name string) []byte {
	tb.Helper()
	content, err := os.ReadFile(filepath.Join(peerdata.Dir(tb, "belenios", election), name))
	if err != nil {
		tb.Fatal(err)
	}
	return content
}

// peerBlock is a threshold set-up made by belenios-tool.
type peerBlock struct {
	election string
	n        int
}

var peerBlocks = []peerBlock{{"03-threshold-2-of-3", 3}, {"12-everything", 4}}

func (b peerBlock) each(tb testing.TB, suffix string) [][]byte {
	tb.Helper()
	var files [][]byte
	for i := range b.n {
		files = append(files, peerFile(tb, b.election, fmt.Sprintf("threshold-%d.%s", i+1, suffix)))
	}
	return files
}

func (b peerBlock) lines(tb testing.TB, name string) [][]byte {
	tb.Helper()
	lines := bytes.Split(bytes.TrimSpace(peerFile(tb, b.election, name)), []byte("\n"))
	if len(lines) != b.n {
		tb.Fatalf("%s has %d lines", name, len(lines))
	}
	return lines
}

func (b peerBlock) keys(tb testing.TB) []*Key {
	tb.Helper()
	var keys []*Key
	for _, seed := range b.each(tb, "key") {
		k, err := OpenSeed(group.Ed25519, seed)
		if err != nil {
			tb.Fatal(err)
		}
		keys = append(keys, k)
	}
	return keys
}

func TestSeedsOfVectors(t *testing.T) {
	var v struct {
		Seeds []struct{ Seed, SK, DK, Verification, Encryption string } `json:"trustee_seed"`
	}
	content, err := os.ReadFile(filepath.Join(peerdata.Dir(t, "belenios"), "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &v); err != nil || len(v.Seeds) == 0 {
		t.Fatal("no vectors", err)
	}
	for _, want := range v.Seeds {
		k, err := OpenSeed(group.Ed25519, []byte(want.Seed))
		if err != nil {
			t.Fatal(err)
		}
		if k.sign.String() != want.SK || k.open.String() != want.DK ||
			k.Verification.String() != want.Verification || k.Encryption.String() != want.Encryption {
			t.Errorf("seed %s derives %s %s %s %s", want.Seed, k.sign, k.open, k.Verification, k.Encryption)
		}
	}
}

func TestPrivateKeyFileOfPeerIsWrittenAgain(t *testing.T) {
	file := peerFile(t, "01-one-trustee", "single-1.privkey")
	k, err := ParsePrivateKey(group.Ed25519, file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(k.Text(), bytes.TrimSpace(file)) {
		t.Errorf("written again: %s", k.Text())
	}
	record, err := Record(group.Ed25519, Single(peerFile(t, "01-one-trustee", "single-1.pubkey")))
	if err != nil {
		t.Fatal(err)
	}
	trustees, err := Parse(group.Ed25519, record)
	if err != nil {
		t.Fatal(err)
	}
	if !trustees.Key.Equal(k.Public()) {
		t.Error("public key file is of another key")
	}
}

// TestStepsOfPeersCeremonies goes through the files that belenios-tool wrote in
// each step, with its members' seeds.
func TestStepsOfPeersCeremonies(t *testing.T) {
	for _, b := range peerBlocks {
		t.Run(b.election, func(t *testing.T) {
			keys := b.keys(t)
			c, err := OpenCeremony(b.lines(t, "certs.jsons"))
			if err != nil {
				t.Fatal(err)
			}
			inputs, err := c.Inputs(b.lines(t, "polynomials.jsons"))
			if err != nil {
				t.Fatal(err)
			}
			for j, want := range b.each(t, "vinput") {
				if !bytes.Equal(inputs[j], bytes.TrimSpace(want)) {
					t.Errorf("step 4: input of member %d differs", j+1)
				}
			}
			for j, dkey := range b.each(t, "dkey") {
				computed, err := c.openInput(keys[j], inputs[j])
				if err != nil {
					t.Fatalf("step 5, member %d: %v", j+1, err)
				}
				kept, err := keys[j].OpenShare(dkey)
				if err != nil {
					t.Fatalf("share of member %d: %v", j+1, err)
				}
				if !computed.secret.Equal(kept.secret) {
					t.Errorf("step 5: share of member %d differs", j+1)
				}
			}
			block, shares, err := c.Finish(b.lines(t, "polynomials.jsons"), b.each(t, "voutput"))
			if err != nil {
				t.Fatal(err)
			}
			if want := bytes.TrimSpace(peerFile(t, b.election, "threshold.json")); !bytes.Equal(block, want) {
				t.Errorf("step 6: block differs:\n%s\n%s", block, want)
			}
			for j, want := range b.each(t, "dkey") {
				if !bytes.Equal(shares[j], bytes.TrimSpace(want)) {
					t.Errorf("step 6: sealed share of member %d differs", j+1)
				}
			}
		})
	}
}

// TestPeersAnswersCanBeReplacedByOurs: two members use belenios-tool, one uses us.
func TestPeersAnswersCanBeReplacedByOurs(t *testing.T) {
	b := peerBlocks[0]
	keys, polynomials := b.keys(t), b.lines(t, "polynomials.jsons")
	c, err := OpenCeremony(b.lines(t, "certs.jsons"))
	if err != nil {
		t.Fatal(err)
	}
	if polynomials[1], err = c.Polynomial(keys[1], rand.Reader); err != nil {
		t.Fatal(err)
	}
	inputs, err := c.Inputs(polynomials)
	if err != nil {
		t.Fatal(err)
	}
	var outputs [][]byte
	for j, k := range keys {
		output, err := c.Share(k, inputs[j], rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		outputs = append(outputs, output)
	}
	if _, _, err := c.Finish(polynomials, outputs); err != nil {
		t.Fatal(err)
	}
}

func FuzzOpenedMessages(f *testing.F) {
	k := peerBlocks[0].keys(f)[0]
	f.Add(peerFile(f, peerBlocks[0].election, "threshold-1.dkey"))
	f.Fuzz(func(_ *testing.T, message []byte) {
		_, _ = k.unseal(message)
		_, _ = k.OpenShare(message)
	})
}
