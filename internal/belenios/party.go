package belenios

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// Key makes a single trustee's key in the group: the private key's file and the
// public key.
func (t Tool) Key(tb testing.TB, group string) (private, public []byte) {
	tb.Helper()
	dir := tb.TempDir()
	t.must(tb, dir, "setup", "generate-trustee-key", "--group", group)
	return only(tb, dir, "*.privkey"), line(only(tb, dir, "*.pubkey"))
}

// Credential makes a private credential and its public one.
func (t Tool) Credential(tb testing.TB, group, uuid string) (private, public string) {
	tb.Helper()
	dir := tb.TempDir()
	t.must(tb, dir, "setup", "generate-credentials", "--group", group, "--uuid", uuid, "--count", "1")
	text := only(tb, dir, "*.privcreds")
	if t.Old() { // lines of an id and a credential
		private = string(bytes.Fields(text)[1])
	} else {
		var byID map[string]string
		if err := json.Unmarshal(text, &byID); err != nil {
			tb.Fatal(err)
		}
		private = byID["1"]
	}
	return private, string(line(t.must(tb, dir, "setup", "generate-credentials", "--group", group, "--uuid", uuid, "--derive", private)))
}

// Ballot encrypts and signs a vote in the election of a folder. The error has what the
// tool says where it does not.
func (t Tool) Ballot(tb testing.TB, dir, credential, vote string) ([]byte, error) {
	tb.Helper()
	files := folder(tb, map[string][]byte{"credential": []byte(credential), "vote": []byte(vote)})
	choice := "--choice"
	if t.Old() {
		choice = "--ballot"
	}
	out, err := t.Run(files, nil, "election", "generate-ballot", "--dir", dir, "--privcred", "credential", choice, "vote")
	return line(out), err
}

// Tally adds up the ballots in a folder.
func (t Tool) Tally(tb testing.TB, dir string) []byte {
	tb.Helper()
	return line(t.must(tb, dir, "election", "compute-encrypted-tally", "--dir", dir))
}

// Shuffle shuffles what is to be shuffled in a folder, as trustee number owner.
func (t Tool) Shuffle(tb testing.TB, dir string, owner int) []byte {
	tb.Helper()
	return line(t.must(tb, dir, "election", "shuffle", "--dir", dir, "--trustee-id", strconv.Itoa(owner)))
}

// Decrypt makes the partial decryption of a single trustee, number owner.
func (t Tool) Decrypt(tb testing.TB, dir string, owner int, key []byte) []byte {
	tb.Helper()
	files := folder(tb, map[string][]byte{"key": key})
	return line(t.must(tb, files, "election", "decrypt", "--dir", dir, "--privkey", "key", "--trustee-id", strconv.Itoa(owner)))
}

// DecryptShare makes the partial decryption of a member of a threshold block, number
// owner, from the member's seed and the share that came of the ceremony.
func (t Tool) DecryptShare(tb testing.TB, dir string, owner int, seed, share []byte) []byte {
	tb.Helper()
	files := folder(tb, map[string][]byte{"seed": seed, "share": share})
	return line(t.must(tb, files, "election", "decrypt-threshold", "--dir", dir, "--key", "seed", "--decryption-key", "share", "--trustee-id", strconv.Itoa(owner)))
}

// Result combines the partial decryptions in a folder.
func (t Tool) Result(tb testing.TB, dir string) []byte {
	tb.Helper()
	return line(t.must(tb, dir, "election", "compute-result", "--dir", dir))
}

func (t Tool) must(tb testing.TB, dir string, args ...string) []byte {
	tb.Helper()
	out, err := t.Run(dir, nil, args...)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// folder writes files into a new folder.
func folder(tb testing.TB, files map[string][]byte) string {
	tb.Helper()
	dir := tb.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

// line is the first line of an answer: the object itself. What follows is a record
// about it.
func line(out []byte) []byte {
	first, _, _ := bytes.Cut(out, []byte("\n"))
	return first
}

// only reads the one file in dir that matches the pattern.
func only(tb testing.TB, dir, pattern string) []byte {
	tb.Helper()
	names, err := filepath.Glob(filepath.Join(dir, pattern))
	if err == nil && len(names) != 1 {
		err = fmt.Errorf("%d files %s, not one", len(names), pattern)
	}
	if err != nil {
		tb.Fatal(err)
	}
	text, err := os.ReadFile(names[0])
	if err != nil {
		tb.Fatal(err)
	}
	return text
}
