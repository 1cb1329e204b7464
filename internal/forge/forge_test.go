package forge_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"bayyina/internal/forge"
	"bayyina/platform/ledger/read"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var start = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

func honest(tb testing.TB) (*forge.Actors, *forge.History) {
	tb.Helper()
	a, err := forge.NewActors("log.hnec.example/2026", start, rand.NewChaCha8([32]byte{1}))
	if err != nil {
		tb.Fatal(err)
	}
	h, err := forge.Honest(a)
	if err != nil {
		tb.Fatal(err)
	}
	return a, h
}

func write(tb testing.TB, h *forge.History, keys forge.Keys) string {
	tb.Helper()
	dir := tb.TempDir()
	if err := h.Write(dir, keys); err != nil {
		tb.Fatal(err)
	}
	return dir
}

// files returns all files below a folder.
func files(tb testing.TB, dir string) map[string]string {
	tb.Helper()
	all := make(map[string]string)
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(os.DirFS(dir), path)
		all[path] = string(data)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

func TestLoadedLogIsWrittenByteForByte(t *testing.T) {
	a, h := honest(t)
	first := write(t, h, a.Keys())
	loaded, err := forge.Load(first)
	if err != nil {
		t.Fatal(err)
	}
	for name, keys := range map[string]forge.Keys{"with all keys": a.Keys(), "with none": {}} {
		if !maps.Equal(files(t, first), files(t, write(t, loaded, keys))) {
			t.Errorf("%s: another log comes out", name)
		}
	}
}

// TestTreeIsThatOfAnotherLibrary compares with golang.org/x/mod's tlog, which
// keeps the tree in another way.
func TestTreeIsThatOfAnotherLibrary(t *testing.T) {
	a, h := honest(t)
	dir := write(t, h, a.Keys())
	for _, c := range h.Checkpoints {
		raw, err := os.ReadFile(fmt.Sprintf("%s/checkpoints/%03d", dir, c.Size))
		if err != nil {
			t.Fatal(err)
		}
		verifier, err := note.NewVerifier(a.Checkpoint.VerifierKey())
		if err != nil {
			t.Fatal(err)
		}
		n, err := note.Open(raw, note.VerifierList(verifier))
		if err != nil {
			t.Fatal(err)
		}
		point, err := torchwood.ParseCheckpoint(n.Text)
		if err != nil {
			t.Fatal(err)
		}
		if want := treeHash(t, dir, c.Size); point.N != c.Size || point.Hash != want {
			t.Errorf("checkpoint of size %d: root %v, want %v", c.Size, point.Hash, want)
		}
		for i, s := range n.UnverifiedSigs {
			v, err := torchwood.NewCosignatureVerifier(a.Witnesses[i].VerifierKey())
			if err != nil {
				t.Fatal(err)
			}
			sig, err := base64.StdEncoding.DecodeString(s.Base64)
			if err != nil {
				t.Fatal(err)
			}
			if !v.Verify([]byte(n.Text), sig[4:]) {
				t.Errorf("checkpoint of size %d: the cosignature by %s does not verify", c.Size, s.Name)
			}
		}
	}
}

// treeHash recomputes a root from the entry bundles.
func treeHash(tb testing.TB, dir string, size int64) tlog.Hash {
	tb.Helper()
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range indexes {
			out = append(out, hashes[i])
		}
		return out, nil
	})
	n := int64(0)
	for _, path := range []string{"tile/entries/000", "tile/entries/001.p/44"} {
		raw, err := os.ReadFile(dir + "/" + path)
		if err != nil {
			tb.Fatal(err)
		}
		for ; len(raw) > 0 && n < size; n++ {
			length := 2 + int(raw[0])<<8 + int(raw[1])
			more, err := tlog.StoredHashes(n, raw[2:length], reader)
			if err != nil {
				tb.Fatal(err)
			}
			hashes, raw = append(hashes, more...), raw[length:]
		}
	}
	root, err := tlog.TreeHash(size, reader)
	if err != nil {
		tb.Fatal(err)
	}
	return root
}

func TestHonestLogKeepsTheSequencesThatTestsAimAt(t *testing.T) {
	_, h := honest(t)
	for i, kind := range map[int64]string{
		forge.HonestGenesis: read.KindGenesis, forge.HonestKeys: read.KindKeys, forge.HonestRemoval: read.KindKeys,
		forge.HonestRules: read.KindRules, forge.HonestWitnesses: read.KindWitnesses, forge.HonestOpen: "vote.open/1",
		forge.HonestFirst: "vote.ballot/1", forge.HonestSize - 1: "vote.ballot/1",
	} {
		s, err := h.Statement(i)
		if err != nil {
			t.Fatal(err)
		}
		if s.Kind != kind {
			t.Errorf("entry %d is %s, want %s", i, s.Kind, kind)
		}
	}
	if len(h.Entries) != forge.HonestSize || h.Newest().Size != forge.HonestSize {
		t.Errorf("%d entries", len(h.Entries))
	}
	if _, err := read.ParsePolicy(policyOf(t)); err != nil {
		t.Error(err)
	}
}

func policyOf(t *testing.T) []byte {
	a, _ := honest(t)
	return a.Policy()
}

func TestEditsMoveWhatIsSaidOfLaterSizes(t *testing.T) {
	a, h := honest(t)
	dropped := h.Clone()
	dropped.Drop(forge.HonestKeys) // the only entry between checkpoints 1 and 2
	if dropped.At(2) == nil || dropped.At(2).Size != 2 || len(dropped.Checkpoints) != len(h.Checkpoints)-1 {
		t.Error("the checkpoints do not move up")
	}
	if dropped.Entries[1].After != 1 || dropped.Entries[20].After != 19 {
		t.Errorf("after becomes %d and %d", dropped.Entries[1].After, dropped.Entries[20].After)
	}
	dropped.Insert(1, h.Entries[1].Statement)
	if len(dropped.Entries) != len(h.Entries) || dropped.Newest().Size != h.Newest().Size {
		t.Error("inserting does not undo dropping")
	}
	if err := dropped.Write(t.TempDir(), a.Keys()); err != nil {
		t.Error(err)
	}
	if err := h.Truncate(7); err == nil {
		t.Error("truncating to a size without checkpoint works")
	}
	if err := h.Truncate(20); err != nil || len(h.Entries) != 20 || h.Newest().Size != 20 {
		t.Errorf("truncated to %d entries: %v", len(h.Entries), err)
	}
}

func TestUnchangedCheckpointsKeepTheirCosignatures(t *testing.T) {
	a, h := honest(t)
	dir := write(t, h, a.Keys())
	loaded, err := forge.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := loaded.Alter(200, func(s *forge.Statement) { s.Body = bytes.ReplaceAll(s.Body, []byte("Test"), []byte("Tost")) }); err != nil {
		t.Fatal(err)
	}
	// Without the witnesses only what comes after the change is unwitnessed.
	again := files(t, write(t, loaded, forge.Keys{Checkpoint: a.Checkpoint, Entry: a.Entry}))
	for path, data := range files(t, dir) {
		same := again[path] == data
		if path == "checkpoints/200" && !same || path == "checkpoints/210" && same {
			t.Errorf("%s is the same: %v", path, same)
		}
	}
	if err := loaded.Write(t.TempDir(), forge.Keys{}); err == nil {
		t.Error("checkpoints that change are signed without a key")
	}
}

func TestWitnessNamesAreThoseOfAnotherLibrary(t *testing.T) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32))
	signer, err := torchwood.NewCosignatureSigner("witness.example", key)
	if err != nil {
		t.Fatal(err)
	}
	w := forge.NewWitness("witness.example", key)
	if got, want := w.VerifierKey(), signer.Verifier().String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSignersMayBeTold(t *testing.T) {
	a, h := honest(t)
	if err := h.Unsign(forge.HonestOpen, a.Officers[3].Name()); err != nil {
		t.Fatal(err)
	}
	if err := h.Unsign(forge.HonestOpen, a.Officers[3].Name()); err == nil {
		t.Error("a signature that is not there is removed")
	}
	if err := h.Restate(forge.HonestKeys, func(*forge.Statement) {}, slices.Repeat(a.Two()[:1], 2)...); err != nil {
		t.Fatal(err)
	}
	s, err := read.ParseStatement(h.Entries[forge.HonestKeys].Statement)
	if err != nil || len(s.Signatures) != 2 || s.Signatures[0].ID != s.Signatures[1].ID {
		t.Errorf("signatures %v: %v", s.Signatures, err)
	}
}
