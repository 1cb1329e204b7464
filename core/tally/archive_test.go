package tally

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/internal/peerdata"
)

// peerElection is what a real election's archive holds, as far as the tally goes.
type peerElection struct {
	record, credentials        []byte
	ballots                    [][]byte
	encrypted, summary, result []byte
	// key is the sum of the single trustees' private keys.
	key group.Scalar
}

func readFile(tb testing.TB, path string) []byte {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func readJSON(tb testing.TB, data []byte, value any) {
	tb.Helper()
	if err := json.Unmarshal(data, value); err != nil {
		tb.Fatal(err)
	}
}

// readArchive takes the records out of an archive without checking anything else.
func readArchive(tb testing.TB, elem ...string) (p peerElection) {
	tb.Helper()
	folder := peerdata.Dir(tb, append([]string{"belenios"}, elem...)...)
	files, err := filepath.Glob(filepath.Join(folder, "*.bel"))
	if err != nil || len(files) != 1 {
		tb.Fatalf("%v: %d archives, error %v", elem, len(files), err)
	}
	data := readFile(tb, files[0])
	records := map[string][]byte{}
	for len(data) > 512 {
		name, _, _ := strings.Cut(string(data[:100]), "\x00")
		size, err := strconv.ParseInt(string(data[124:135]), 8, 32)
		if err != nil {
			tb.Fatal(err)
		}
		content := data[512 : 512+size]
		data = data[512+(size+511)/512*512:]
		hash, kind, _ := strings.Cut(name, ".")
		if records[hash] = content; kind == "event.json" {
			p.event(tb, records, content)
		}
	}
	keys, err := filepath.Glob(filepath.Join(folder, "single-*.privkey"))
	if err != nil {
		tb.Fatal(err)
	}
	for _, file := range keys {
		var text string
		readJSON(tb, readFile(tb, file), &text)
		key, err := group.Ed25519.ParseScalar([]byte(text))
		if err != nil {
			tb.Fatal(err)
		}
		p.key = p.key.Add(key)
	}
	return p
}

func (p *peerElection) event(tb testing.TB, records map[string][]byte, content []byte) {
	tb.Helper()
	var event struct{ Type, Payload string }
	readJSON(tb, content, &event)
	payload := records[event.Payload]
	switch event.Type {
	case "Setup":
		var setup struct{ Election, Credentials string }
		readJSON(tb, payload, &setup)
		p.record, p.credentials = records[setup.Election], records[setup.Credentials]
	case "Ballot":
		p.ballots = append(p.ballots, payload)
	case "EncryptedTally":
		var summary struct {
			Hash string `json:"encrypted_tally"`
		}
		readJSON(tb, payload, &summary)
		p.summary, p.encrypted = payload, records[summary.Hash]
	case "Result":
		p.result = payload
	}
}

// count verifies and adds all ballots.
func (p peerElection) count(tb testing.TB) (*ballot.Election, *Accumulator) {
	tb.Helper()
	e, err := ballot.ParseElection(p.record)
	if err != nil {
		tb.Fatal(err)
	}
	list, err := credential.ParseList(group.Ed25519, p.credentials)
	if err != nil {
		tb.Fatal(err)
	}
	a := NewAccumulator(e, list, func(hash [32]byte) ([]byte, error) {
		for _, text := range p.ballots {
			if canon.B64(text) == ballot.TrackerOf(hash) {
				return text, nil
			}
		}
		return nil, os.ErrNotExist
	})
	for i, text := range p.ballots {
		b, err := ballot.ParseBallot(group.Ed25519, text)
		if err != nil {
			tb.Fatalf("ballot %d: %v", i+1, err)
		}
		v, err := e.Verify(b, list)
		if err != nil {
			tb.Fatalf("ballot %d: %v", i+1, err)
		}
		if err := a.Add(v); err != nil {
			tb.Fatalf("ballot %d: %v", i+1, err)
		}
	}
	return e, a
}

// decrypt takes the factors of a key off.
func decrypt(t Encrypted, key group.Scalar) Decrypted {
	d := make(Decrypted, len(t))
	for i := range t {
		for _, c := range t[i] {
			d[i] = append(d[i], c.Beta.Sub(c.Alpha.Mult(key)))
		}
	}
	return d
}

func TestTalliesAndResultsOfRealElections(t *testing.T) {
	for _, name := range []string{
		"01-one-trustee", "02-three-trustees", "03-threshold-2-of-3", "04-blank", "05-thirty-candidates",
		"06-two-questions", "08-lists-weights", "09-big-weights", "10-revotes", "11-arabic", "17-big-500x20",
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name == "17-big-500x20" {
				t.Skip("500 ballots")
			}
			p := readArchive(t, name)
			e, a := p.count(t)
			tally, summary := a.Tally()
			if !bytes.Equal(tally.Bytes(e), p.encrypted) {
				t.Fatal("encrypted tally differs")
			}
			if !bytes.Equal(summary.Bytes(), p.summary) {
				t.Errorf("summary %s, want %s", summary.Bytes(), p.summary)
			}
			if again, err := ParseSummary(p.summary); err != nil || again != summary {
				t.Errorf("summary read as %v: %v", again, err)
			}
			again, err := ParseEncrypted(e, p.encrypted)
			if err != nil || !again.Equal(tally) {
				t.Errorf("encrypted tally read as another: %v", err)
			}
			result, err := ParseResult(e, p.result)
			if err != nil || !bytes.Equal(result.Bytes(), p.result) {
				t.Fatalf("result %s is written %s: %v", p.result, result.Bytes(), err)
			}
			if name == "03-threshold-2-of-3" {
				return // its key is shared, see core/trustee
			}
			decrypted := decrypt(again, p.key)
			if err := result.Check(e, decrypted, summary.TotalWeight); err != nil {
				t.Error(err)
			}
			solved, err := Solve(e, decrypted, summary.TotalWeight)
			if err != nil || !bytes.Equal(solved.Bytes(), p.result) {
				t.Errorf("result %s, want %s: %v", solved.Bytes(), p.result, err)
			}
		})
	}
}

// The ranked answers of these are shuffled before they are decrypted; the tally has
// them sorted.
func TestTalliesOfRealElectionsWithShuffledQuestions(t *testing.T) {
	for _, name := range []string{"07-ranked-two-shuffles", "12-everything"} {
		p := readArchive(t, name)
		e, a := p.count(t)
		tally, summary := a.Tally()
		if !bytes.Equal(tally.Bytes(e), p.encrypted) || !bytes.Equal(summary.Bytes(), p.summary) {
			t.Errorf("%s: encrypted tally differs", name)
		}
		again, err := ParseEncrypted(e, p.encrypted)
		if err != nil || !again.Equal(tally) {
			t.Errorf("%s: encrypted tally read as another: %v", name, err)
		}
		if restored, _ := RestoreSum(e, again, summary).Tally(); !restored.Equal(tally) {
			t.Errorf("%s: restored tally is another", name)
		}
		result, err := ParseResult(e, p.result)
		if err != nil || !bytes.Equal(result.Bytes(), p.result) {
			t.Errorf("%s: result %s is written %s: %v", name, p.result, result.Bytes(), err)
		}
	}
}

func TestDuplicateBallotOfABrokenArchiveIsNamed(t *testing.T) {
	p := readArchive(t, "invalid", "duplicate-ballot")
	e, err := ballot.ParseElection(p.record)
	if err != nil {
		t.Fatal(err)
	}
	list, err := credential.ParseList(group.Ed25519, p.credentials)
	if err != nil {
		t.Fatal(err)
	}
	a := NewAccumulator(e, list, nil)
	duplicates := 0
	for _, text := range p.ballots {
		b, err := ballot.ParseBallot(group.Ed25519, text)
		if err != nil {
			t.Fatal(err)
		}
		v, err := e.Verify(b, list)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Add(v); errors.Is(err, ErrDuplicate) {
			duplicates++
		} else if err != nil {
			t.Error(err)
		}
	}
	if duplicates != 1 {
		t.Errorf("%d duplicates found, want 1", duplicates)
	}
}

// The tally of each of these differs from what its ballots sum up to.
func TestChangedTalliesOfBrokenArchivesDiffer(t *testing.T) {
	for _, name := range []string{"dropped-ballot", "reordered-ballots", "tally-changed", "num-tallied-wrong"} {
		p := readArchive(t, "invalid", name)
		e, a := p.count(t)
		tally, summary := a.Tally()
		if bytes.Equal(tally.Bytes(e), p.encrypted) && bytes.Equal(summary.Bytes(), p.summary) {
			t.Errorf("%s: no difference", name)
		}
	}
}

func TestResultsOfBrokenArchivesAreRefused(t *testing.T) {
	for name, want := range map[string]error{
		"result-changed": ErrResult, "result-too-short": ErrShape, "result-minus-q": canon.ErrNotCanonical,
	} {
		p := readArchive(t, "invalid", name)
		good := readArchive(t, "01-one-trustee")
		e, err := ballot.ParseElection(p.record)
		if err != nil {
			t.Fatal(err)
		}
		tally, err := ParseEncrypted(e, p.encrypted)
		if err != nil {
			t.Fatal(err)
		}
		result, err := ParseResult(e, p.result)
		if err == nil {
			err = result.Check(e, decrypt(tally, good.key), 5)
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}
