package ballot

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"bayyina/core/canon"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/internal/peerdata"
)

// peerElection is what a real election's archive holds, as far as ballots go.
type peerElection struct {
	record, credentials []byte
	ballots             [][]byte
}

// readArchive takes the records out of an archive without checking anything else.
func readArchive(tb testing.TB, elem ...string) (p peerElection) {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(peerdata.Dir(tb, append([]string{"belenios"}, elem...)...), "*.bel"))
	if err != nil || len(files) != 1 {
		tb.Fatalf("%v: %d archives, error %v", elem, len(files), err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		tb.Fatal(err)
	}
	records := map[string][]byte{}
	for len(data) > 512 && data[0] != 0 {
		name, _, _ := strings.Cut(string(data[:100]), "\x00")
		size, err := strconv.ParseInt(string(data[124:135]), 8, 32)
		if err != nil {
			tb.Fatal(err)
		}
		if int(512+size) > len(data) {
			break // cut off: one of the broken archives
		}
		content := data[512 : 512+size]
		data = data[min(len(data), int(512+(size+511)/512*512)):]
		hash, kind, _ := strings.Cut(name, ".")
		records[hash] = content
		if kind != "event.json" {
			continue
		}
		var event struct{ Type, Payload string }
		if err := json.Unmarshal(content, &event); err != nil {
			tb.Fatal(err)
		}
		switch event.Type {
		case "Setup":
			var setup struct{ Election, Credentials string }
			if err := json.Unmarshal(records[event.Payload], &setup); err != nil {
				tb.Fatal(err)
			}
			p.record, p.credentials = records[setup.Election], records[setup.Credentials]
		case "Ballot":
			p.ballots = append(p.ballots, records[event.Payload])
		}
	}
	return p
}

func (p peerElection) parse(tb testing.TB) (*Election, *credential.List) {
	tb.Helper()
	e, err := ParseElection(p.record)
	if err != nil {
		tb.Fatal(err)
	}
	list, err := credential.ParseList(e.Group(), p.credentials)
	if err != nil {
		tb.Fatal(err)
	}
	return e, list
}

func TestBallotsOfRealElectionsAreAccepted(t *testing.T) {
	for _, name := range []string{
		"01-one-trustee", "02-three-trustees", "03-threshold-2-of-3", "04-blank", "05-thirty-candidates",
		"06-two-questions", "07-ranked-two-shuffles", "08-lists-weights", "09-big-weights", "10-revotes", "11-arabic", "12-everything",
		"15-not-closed", "16-setup-only", "17-big-500x20",
	} {
		t.Run(name, func(t *testing.T) {
			p := readArchive(t, name)
			e, list := p.parse(t)
			if !bytes.Equal(e.Bytes(), p.record) {
				t.Error("the record is written otherwise than read")
			}
			if testing.Short() && len(p.ballots) > 50 {
				p.ballots = p.ballots[:50]
			}
			for i, text := range p.ballots {
				b, err := ParseBallot(group.Ed25519, text)
				if err != nil {
					t.Fatalf("ballot %d: %v", i+1, err)
				}
				v, err := e.Verify(b, list)
				if err != nil {
					t.Fatalf("ballot %d: %v", i+1, err)
				}
				if b.Tracker() != canon.B64(text) || !list.At(v.Voter()).Public.Equal(b.Credential()) || v.Weight() != list.At(v.Voter()).Weight {
					t.Errorf("ballot %d is taken for another", i+1)
				}
			}
		})
	}
}

// Each broken archive whose fault lies in a ballot has exactly one ballot refused, for
// the right reason.
func TestBrokenBallotsAreRefusedForTheRightReason(t *testing.T) {
	for _, test := range []struct {
		name   string
		reason error
		text   string
	}{
		{"individual-proof-response", ErrProof, "question 1, choice 1: individual proof"},
		{"overall-proof-challenge", ErrProof, "question 1: overall proof"},
		{"blank-proof-swapped", ErrProof, "question 1: blank proof"},
		{"signature-response", ErrSignature, "not by credential"},
		{"signature-missing", ErrSignature, "there is none"},
		{"ciphertext-changed", ErrProof, "individual proof"},
		{"ciphertext-changed-no-resign", ErrSignature, "another text"},
		{"unknown-credential", ErrUnknownCredential, ""},
		{"other-voters-credential", ErrProof, "individual proof"},
		{"replayed-from-other-election", ErrWrongElection, "uuid"},
		{"replayed-and-relabelled", ErrProof, "individual proof"},
		{"wrong-election-hash", ErrWrongElection, "fingerprint"},
		{"non-canonical-ballot", ErrNotCanonical, ""},
		{"scalar-not-reduced", ErrNotCanonical, "invalid scalar"},
		{"scalar-leading-zero", ErrNotCanonical, "scalar"},
		{"uppercase-hex", ErrNotCanonical, "upper-case"},
		{"torsion-in-alpha", group.ErrElement, "subgroup"},
		{"torsion-valid-equations", group.ErrElement, "subgroup"},
		{"small-order-alpha", group.ErrElement, "subgroup"},
		{"not-on-curve", group.ErrElement, "curve"},
		{"too-many-choices", ErrShape, "choices"},
		{"lists-nonzero-proof", ErrProof, "question 1: non-zero proof"},
		{"lists-list-proof", ErrProof, "question 1, choice 1: list proof"},
		{"ranked-proof", ErrProof, "question 1: encryption proof"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := readArchive(t, "invalid", test.name)
			e, list := p.parse(t)
			refused := 0
			for i, text := range p.ballots {
				b, err := ParseBallot(group.Ed25519, text)
				if err == nil {
					_, err = e.Verify(b, list)
				}
				if err == nil {
					continue
				}
				refused++
				if !errors.Is(err, test.reason) || !strings.Contains(err.Error(), test.text) {
					t.Errorf("ballot %d: error is %v", i+1, err)
				}
			}
			if refused != 1 {
				t.Errorf("%d of %d ballots refused, want 1", refused, len(p.ballots))
			}
		})
	}
}

func TestControlsAreAccepted(t *testing.T) {
	for _, name := range []string{"control-repacked", "control-resigned"} {
		p := readArchive(t, "invalid", name)
		e, list := p.parse(t)
		for i, text := range p.ballots {
			b, err := ParseBallot(group.Ed25519, text)
			if err == nil {
				_, err = e.Verify(b, list)
			}
			if err != nil {
				t.Errorf("%s: ballot %d: %v", name, i+1, err)
			}
		}
	}
}

// The voters of an election made by another tool vote again with our encryption, and
// the ballots are accepted under their credentials.
func TestVotersOfARealElectionCanVoteHere(t *testing.T) {
	for _, name := range []string{
		"04-blank", "06-two-questions", "07-ranked-two-shuffles", "08-lists-weights", "09-big-weights", "11-arabic",
		"12-everything", "15-not-closed",
	} {
		e, list := readArchive(t, name).parse(t)
		folder := peerdata.Dir(t, "belenios", name)
		var private map[string]string
		var votes []struct {
			Voter  string
			Choice json.RawMessage
		}
		for file, value := range map[string]any{"private_creds.json": &private, "votes.json": &votes} {
			data, err := os.ReadFile(filepath.Join(folder, file))
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, value); err != nil {
				t.Fatal(err)
			}
		}
		for _, vote := range votes {
			p, err := credential.ParsePrivate(private[vote.Voter])
			if err != nil {
				t.Fatal(err)
			}
			plain, err := e.ParsePlaintext(vote.Choice)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := e.ParsePlaintext(e.FormatPlaintext(plain)); err != nil || !reflect.DeepEqual(again, plain) {
				t.Errorf("%s: vote %v is read as %v, error %v", name, plain, again, err)
			}
			b := cast(t, e, p.Key(group.Ed25519, e.UUID()), plain)
			if _, err := e.Verify(b, list); err != nil {
				t.Errorf("%s: voter %s: %v", name, vote.Voter, err)
			}
		}
	}
}
