package vote_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"bayyina/core/archive"
	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/election"
	"bayyina/core/group"
	"bayyina/core/tally"
	"bayyina/core/trustee"
	"bayyina/internal/peerdata"
	"bayyina/module/vote"
)

// boxOf opens a peer's archive.
func boxOf(t *testing.T, name string) (*vote.Box, string) {
	t.Helper()
	dir := peerdata.Dir(t, "belenios", name)
	found, err := filepath.Glob(filepath.Join(dir, "*.bel"))
	if err != nil || len(found) != 1 {
		t.Fatalf("archives in %s: %v %v", dir, found, err)
	}
	data, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return openBox(t, data), dir
}

func openBox(t *testing.T, data []byte) *vote.Box {
	t.Helper()
	b, err := vote.OpenBox(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// next makes the next step and opens what it wrote.
func next(t *testing.T, step func(out *bytes.Buffer) error) *vote.Box {
	t.Helper()
	var out bytes.Buffer
	if err := step(&out); err != nil {
		t.Fatal(err)
	}
	return openBox(t, out.Bytes())
}

func seal(t *testing.T, b *vote.Box, dir, voter string, choice ballot.Plaintext) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "private_creds.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]string
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	private, err := credential.ParsePrivate(all[voter])
	if err != nil {
		t.Fatal(err)
	}
	draft, err := b.Election.Encrypt(rand.Reader, private.Public(group.Ed25519, b.Election.UUID()), choice)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := draft.Sign(rand.Reader, private.Key(group.Ed25519, b.Election.UUID()))
	if err != nil {
		t.Fatal(err)
	}
	return signed.Bytes()
}

func single(t *testing.T, dir string, n int) *trustee.PrivateKey {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("single-%d.privkey", n)))
	if err != nil {
		t.Fatal(err)
	}
	key, err := trustee.ParsePrivateKey(group.Ed25519, text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func decrypt(t *testing.T, b *vote.Box, key *trustee.PrivateKey) []byte {
	t.Helper()
	text, err := key.Decrypt(b.Election, b.Report.Tally, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestPeersElectionIsContinuedToItsResult(t *testing.T) {
	b, dir := boxOf(t, "15-not-closed") // three votes for the first answer
	for _, voter := range []string{"4", "2"} {
		b = next(t, func(out *bytes.Buffer) error {
			_, err := b.Cast(out, seal(t, b, dir, voter, ballot.Plaintext{{0, 1}}))
			return err
		})
	}
	b = next(t, func(out *bytes.Buffer) error { return b.Close(out) })
	b = next(t, func(out *bytes.Buffer) error { _, err := b.Count(out); return err })
	if b.Report.Ballots != 5 || b.Report.Counted != 4 || b.Report.Phase != election.Tallied {
		t.Errorf("report is %+v", b.Report)
	}
	b = next(t, func(out *bytes.Buffer) error {
		result, err := b.Finish(out, [][]byte{decrypt(t, b, single(t, dir, 1))})
		if want := (tally.Result{{Votes: []uint64{2, 2}}}); !reflect.DeepEqual(result, want) {
			t.Errorf("result is %v, want %v", result, want)
		}
		return err
	})
	if b.Report.Phase != election.Finished {
		t.Errorf("phase is %s", b.Report.Phase)
	}
}

func TestReopenedArchiveHasTheBallotsOnly(t *testing.T) {
	b, _ := boxOf(t, "10-revotes")
	reopened := next(t, func(out *bytes.Buffer) error { return b.Reopen(out) })
	if r := reopened.Report; r.Phase != election.Open || r.Ballots != b.Report.Ballots || r.Revotes() != b.Report.Revotes() {
		t.Errorf("report is %+v", r)
	}
	closed := next(t, func(out *bytes.Buffer) error { return reopened.Close(out) })
	counted := next(t, func(out *bytes.Buffer) error { _, err := closed.Count(out); return err })
	if !counted.Report.Tally.Equal(b.Report.Tally) {
		t.Error("tally with revotes is not the peer's")
	}
}

func TestBoxRefusesWhatIsOutOfTurnOrWrong(t *testing.T) {
	open, dir := boxOf(t, "16-setup-only")
	good := seal(t, open, dir, "1", ballot.Plaintext{{1, 0}})
	one := next(t, func(out *bytes.Buffer) error { _, err := open.Cast(out, good); return err })
	closed := next(t, func(out *bytes.Buffer) error { return one.Close(out) })
	counted := next(t, func(out *bytes.Buffer) error { _, err := closed.Count(out); return err })
	first := decrypt(t, counted, single(t, dir, 1))
	other, otherDir := boxOf(t, "15-not-closed")
	foreign := seal(t, other, otherDir, "1", ballot.Plaintext{{1, 0}})

	var out bytes.Buffer
	for name, c := range map[string]struct {
		step func() error
		want error
	}{
		"ballot twice":             {func() error { _, err := one.Cast(&out, good); return err }, vote.ErrAlreadyCast},
		"ballot of another":        {func() error { _, err := one.Cast(&out, foreign); return err }, ballot.ErrWrongElection},
		"no ballot":                {func() error { _, err := one.Cast(&out, []byte("{}")); return err }, ballot.ErrNotCanonical},
		"ballot after the end":     {func() error { _, err := closed.Cast(&out, good); return err }, vote.ErrTooEarly},
		"closed twice":             {func() error { return closed.Close(&out) }, vote.ErrTooEarly},
		"counted while open":       {func() error { _, err := one.Count(&out); return err }, vote.ErrTooEarly},
		"result before the tally":  {func() error { _, err := closed.Finish(&out, nil); return err }, vote.ErrTooEarly},
		"one of two trustees":      {func() error { _, err := counted.Finish(&out, [][]byte{first}); return err }, trustee.ErrTooFew},
		"one trustee twice":        {func() error { _, err := counted.Finish(&out, [][]byte{first, first}); return err }, nil},
		"decryption of nobody's":   {func() error { _, err := counted.Finish(&out, [][]byte{[]byte("{}")}); return err }, nil},
		"reopened stays as it was": {func() error { _, err := open.Count(&out); return err }, vote.ErrTooEarly},
	} {
		if err := c.step(); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: error is %v, want %v", name, err, c.want)
		}
	}
}

func TestBoxOpensExactlyTheArchivesThatVerify(t *testing.T) {
	slow(t)
	found, err := filepath.Glob(filepath.Join(peerdata.Dir(t, "belenios", "invalid"), "*", "*.bel"))
	if err != nil || len(found) < 40 {
		t.Fatalf("%d archives: %v", len(found), err)
	}
	for _, path := range found {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, refused := archive.Verify(bytes.NewReader(data), int64(len(data)), archive.Options{})
		_, ours := vote.OpenBox(bytes.NewReader(data), int64(len(data)))
		if (ours == nil) != (refused == nil) {
			t.Errorf("%s: verification says %v, box says %v", path, refused, ours)
		}
	}
}
