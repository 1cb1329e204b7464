package mix_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"bayyina/core/archive"
	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/mix"
	"bayyina/internal/peerdata"
)

// peerElection is what a real election's archive holds about its shuffles.
type peerElection struct {
	net      *mix.Mixnet
	input    [][]group.Ciphertext // of the first shuffle
	shuffles [][]byte
}

func readPeer(t *testing.T, elem ...string) (p peerElection) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(peerdata.Dir(t, append([]string{"belenios"}, elem...)...), "*.bel"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v: %d archives, error %v", elem, len(files), err)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	r, err := archive.NewReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	var election struct {
		Group     string
		Key       string `json:"public_key"`
		Questions []struct{ Type string }
	}
	var g *group.Group
	for {
		step, err := r.Next()
		if errors.Is(err, io.EOF) {
			return p
		}
		if err != nil {
			t.Fatal(err)
		}
		switch step.Type {
		case archive.Setup:
			if err := json.Unmarshal(step.Data[0], &election); err != nil {
				t.Fatal(err)
			}
			g, _ = group.ByName(election.Group)
			key, err := g.ParseElement([]byte(election.Key))
			if err != nil {
				t.Fatal(err)
			}
			p.net = mix.New(canon.B64(step.Data[0]), group.NewTable(key), 0)
		case archive.EncryptedTally:
			var questions []json.RawMessage
			if err := json.Unmarshal(step.Data[0], &questions); err != nil {
				t.Fatal(err)
			}
			for i, q := range election.Questions {
				if q.Type != "NonHomomorphic" {
					continue
				}
				r := canon.NewReader(questions[i], 1<<20)
				p.input = append(p.input, ballot.ReadCiphertexts(r, g, 1000))
				if err := r.End(); err != nil {
					t.Fatal(err)
				}
			}
		case archive.Shuffle:
			p.shuffles = append(p.shuffles, step.Data[0])
		}
	}
}

// verify checks the chain of shuffles; bad is the position of the first that is wrong.
func (p peerElection) verify(t *testing.T) (bad int, err error) {
	t.Helper()
	input := p.input
	for i, text := range p.shuffles {
		s, err := p.net.Parse(rand.Reader, input, text)
		if err != nil {
			return i, err
		}
		if !bytes.Equal(s.Bytes(), text) {
			t.Errorf("shuffle %d is written otherwise", i)
		}
		if err := p.net.Verify(rand.Reader, input, s); err != nil {
			return i, err
		}
		input = s.Ciphertexts
	}
	return len(p.shuffles), nil
}

func TestShufflesOfArchivesAreAccepted(t *testing.T) {
	for name, want := range map[string]int{"07-ranked-two-shuffles": 2, "12-everything": 2, "13-field-rfc3526": 1} {
		if n, err := readPeer(t, name).verify(t); err != nil || n != want {
			t.Errorf("%s: %d of %d shuffles are right, error %v", name, n, want, err)
		}
	}
}

func TestBrokenShufflesOfArchivesAreRefused(t *testing.T) {
	for name, want := range map[string]struct {
		shuffle int
		mix.ProofError
	}{
		"shuffle-output-swapped":      {1, mix.ProofError{List: 1, Equation: "t1"}},
		"shuffle-ciphertext-replaced": {1, mix.ProofError{List: 1, Equation: "t1"}},
		"shuffle-proof-response":      {0, mix.ProofError{List: 1, Equation: "t4,1"}},
		"shuffle-order-exchanged":     {0, mix.ProofError{List: 1, Equation: "t1"}},
		"shuffle-dropped":             {0, mix.ProofError{List: 1, Equation: "t1"}},
	} {
		bad, err := readPeer(t, "invalid", name).verify(t)
		var wrong *mix.ProofError
		if !errors.As(err, &wrong) || *wrong != want.ProofError || bad != want.shuffle {
			t.Errorf("%s: shuffle %d: %v, must be shuffle %d: %v", name, bad, err, want.shuffle, &want.ProofError)
		}
	}
}

func FuzzParse(f *testing.F) {
	key := group.NewTable(group.Ed25519.Generator())
	input := [][]group.Ciphertext{{group.Encrypt(key, group.Ed25519.NewScalar(2), group.Ed25519.NewScalar(1))}, nil}
	net := mix.New("fingerprint", key, 1)
	s, err := net.Shuffle(rand.Reader, input)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.Bytes())
	f.Add([]byte(`{"ciphertexts":[],"proofs":[]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := net.Parse(rand.Reader, input, text)
		if err == nil && !bytes.Equal(s.Bytes(), text) {
			t.Errorf("%s is written as %s", text, s.Bytes())
		}
	})
}
