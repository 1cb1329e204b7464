package read_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bayyina/platform/ledger/read"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// archive is the leaves of a small log with proofs by another implementation.
type archive struct {
	*country
	leaves [][]byte
	hashes []tlog.Hash
}

func (a *archive) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, n := range indexes {
		out[i] = a.hashes[n]
	}
	return out, nil
}

func (a *archive) add(tb rapid.TB, leaf []byte) {
	tb.Helper()
	more, err := tlog.StoredHashes(int64(len(a.leaves)), leaf, a)
	if err != nil {
		tb.Fatal(err)
	}
	a.leaves, a.hashes = append(a.leaves, leaf), append(a.hashes, more...)
}

// proof proves entry n in the whole log, cosigned at a time by some of the witnesses.
func (a *archive) proof(tb rapid.TB, n int, at time.Time, witnesses ...*cosigner) (tlog.RecordProof, []byte) {
	tb.Helper()
	size := int64(len(a.leaves))
	root, err := tlog.TreeHash(size, a)
	if err != nil {
		tb.Fatal(err)
	}
	p, err := tlog.ProveRecord(size, int64(n), a)
	if err != nil {
		tb.Fatal(err)
	}
	var lines []string
	for _, w := range witnesses {
		lines = append(lines, w.line(checkpointText(size, root.String()), at))
	}
	return p, a.checkpoint(tb, size, root.String(), lines...)
}

// receipt is what a voter of entry n gets.
func (a *archive) receipt(tb rapid.TB, n int, at time.Time, witnesses ...*cosigner) []byte {
	tb.Helper()
	p, checkpoint := a.proof(tb, n, at, witnesses...)
	return torchwood.FormatProofWithExtraData(int64(n), a.leaves[n], p, checkpoint)
}

// head is the envelope's lines of entry n.
func headOf(n int) string {
	return fmt.Sprintf("bayyina.entry/1\n%s\n%d\n2026-11-24T09:30:00Z\n%d\n", origin, n, min(n, 1))
}

func newArchive(tb testing.TB, entries int) *archive {
	tb.Helper()
	a := &archive{country: newCountry(tb, 3)}
	for n := range entries {
		a.add(tb, []byte(entryOf(headOf(n), statementOf(fmt.Sprintf(`{"n":%d}`, n)))))
	}
	return a
}

func TestReceiptShowsTheEntryAndTheTime(t *testing.T) {
	a := newArchive(t, 7)
	file := a.policy("group g 2 W0 W1 W2", "quorum g")
	policy := mustPolicy(t, file)
	theirs, err := torchwood.ParsePolicy([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 6).Draw(t, "entry")
		raw := a.receipt(t, n, noon, a.witnesses[0], a.witnesses[2])
		if err := torchwood.VerifyProof(theirs, tlog.RecordHash(a.leaves[n]), raw); err != nil {
			t.Fatal(err)
		}
		r, err := read.CheckReceipt(raw, policy)
		if err != nil {
			t.Fatal(err)
		}
		if r.Entry.Sequence != int64(n) || string(r.Entry.Raw) != string(a.leaves[n]) || r.Size != 7 || !r.Witnessed.Time.Equal(noon) || len(r.Witnessed.By) != 2 {
			t.Fatalf("%+v", r)
		}
	})
}

func TestReceiptUnderAPolicyWithoutWitnessesHasNoTime(t *testing.T) {
	a := newArchive(t, 3)
	r, err := read.CheckReceipt(a.receipt(t, 2, noon), mustPolicy(t, a.policy("quorum none")))
	if err != nil || !r.Witnessed.Time.IsZero() {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestFalseReceiptsAreRefused(t *testing.T) {
	a := newArchive(t, 5)
	policy := mustPolicy(t, a.policy("group g 2 W0 W1 W2", "quorum g"))
	all := a.witnesses
	with := func(old, new string) []byte {
		return []byte(strings.Replace(string(a.receipt(t, 3, noon, all...)), old, new, 1))
	}
	encoded := func(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
	// The log's own leaf, whatever it says, with all that the log and its witnesses sign.
	leaf := func(head, statement string) []byte {
		b := &archive{country: a.country}
		for n := range 3 {
			b.add(t, a.leaves[n])
		}
		b.add(t, []byte(entryOf(head, statement)))
		return b.receipt(t, 3, noon, all...)
	}
	stranger := &archive{country: newCountry(t, 0), leaves: a.leaves, hashes: a.hashes}
	stranger.witnesses = all
	bare := func() []byte {
		p, checkpoint := a.proof(t, 3, noon, all...)
		return torchwood.FormatProof(3, p, checkpoint)
	}()
	p, checkpoint := a.proof(t, 3, noon, all...)
	cases := []struct {
		name    string
		receipt []byte
		code    string
		words   string
	}{
		{"no proof at all", []byte("hello\n"), read.ReceiptMalformed, "no checkpoint"},
		{"without the entry", bare, read.ReceiptMalformed, "does not hold the entry"},
		{"another entry within", with(encoded(a.leaves[3]), encoded(a.leaves[2])), read.ReceiptProof, "entry 3"},
		{"an entry that is none", with(encoded(a.leaves[3]), encoded([]byte("entry"))), read.ReceiptEntry, "malformed entry"},
		{"another place", with("\nindex 3\n", "\nindex 2\n"), read.ReceiptProof, "entry 2"},
		{"a place beyond the log", with("\nindex 3\n", "\nindex 5\n"), read.ReceiptProof, "entry 5"},
		{"a hash less", torchwood.FormatProofWithExtraData(3, a.leaves[3], p[1:], checkpoint), read.ReceiptProof, "entry 3"},
		{"a hash more", torchwood.FormatProofWithExtraData(3, a.leaves[3], append(p[:len(p):len(p)], tlog.Hash{}), checkpoint), read.ReceiptProof, "entry 3"},
		{"another hash", torchwood.FormatProofWithExtraData(3, a.leaves[3], append(tlog.RecordProof{{1}}, p[1:]...), checkpoint), read.ReceiptProof, "entry 3"},
		{"another log's checkpoint", with("\n\n"+origin+"\n", "\n\nother.example/2026\n"), read.ReceiptOrigin, "other.example/2026"},
		{"another size", with("\n5\n", "\n6\n"), read.ReceiptCheckpoint, "does not verify"},
		{"another log key", stranger.receipt(t, 3, noon, all...), read.ReceiptCheckpoint, "not signed"},
		{"one witness of two", a.receipt(t, 3, noon, all[0]), read.ReceiptWitnesses, "no quorum"},
		{"one witness twice", a.receipt(t, 3, noon, all[0], all[0]), read.ReceiptWitnesses, "no quorum"},
		{"a witness that signed something else", append(a.receipt(t, 3, noon, all[0], all[1]), all[2].line("x\n", noon)...), read.ReceiptWitnesses, "does not verify"},
		{"entry of another sequence", leaf(headOf(4), statementOf("{}")), read.ReceiptEntry, "calls itself 4"},
		{"entry of another log", leaf(strings.Replace(headOf(3), origin, "other.example", 1), statementOf("{}")), read.ReceiptEntry, `log "other.example"`},
		{"statement of another log", leaf(headOf(3), strings.Replace(statementOf("{}"), origin, "other.example", 1)), read.ReceiptEntry, "meant for"},
		{"entry after itself", leaf(strings.Replace(headOf(3), "Z\n1\n", "Z\n4\n", 1), statementOf("{}")), read.ReceiptEntry, "after a checkpoint of size 4"},
		{"entry before its window", leaf(strings.Replace(headOf(3), "09:30", "08:59", 1), statementOf("{}")), read.ReceiptEntry, "window"},
		{"entry after its window", leaf(strings.Replace(headOf(3), "09:30:00", "10:00:01", 1), statementOf("{}")), read.ReceiptEntry, "window"},
		{"entry of the future", a.receipt(t, 3, time.Date(2026, 11, 24, 9, 28, 59, 0, time.UTC), all...), read.ReceiptEntry, "after the witnesses saw it"},
		{"body of another spelling", leaf(headOf(3), statementOf("{ }")), read.ReceiptEntry, "not canonical"},
	}
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			_, err := read.CheckReceipt(k.receipt, policy)
			tells(t, err, k.words)
			var v *read.Violation
			if !errors.As(err, &v) || v.Code != k.code {
				t.Errorf("%v, want code %s", err, k.code)
			}
		})
	}
	if _, err := read.CheckReceipt(a.receipt(t, 3, time.Date(2026, 11, 24, 9, 29, 0, 0, time.UTC), all...), policy); err != nil {
		t.Errorf("witnessed 60 seconds before its time: %v", err)
	}
}

func TestMalformedProofsAreRefused(t *testing.T) {
	a := newArchive(t, 5)
	good := string(a.receipt(t, 3, noon))
	with := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	hash := strings.Split(good, "\n")[3]
	cases := []struct{ name, proof, words string }{
		{"empty", "", "no checkpoint"},
		{"header alone", "c2sp.org/tlog-proof@v1\n\n" + checkpointText(5, someRoot), "no index line"},
		{"another version", with("proof@v1", "proof@v2"), "first line"},
		{"no checkpoint", good[:strings.Index(good, "\n\n")+1], "no checkpoint"},
		{"checkpoint of one line", good[:strings.Index(good, "\n\n")+2] + origin + "\n", "checkpoint"},
		{"empty extra data", "c2sp.org/tlog-proof@v1\nextra \nindex 3\n\n", "not base64"},
		{"extra data in base64 with a line end", with("extra ", "extra \r"), "not base64"},
		{"extra data twice", with("\nindex", "\nextra AAAA\nindex"), "no index line"},
		{"no index", with("index 3\n", ""), "no index line"},
		{"index with a leading zero", with("index 3", "index 03"), "index"},
		{"negative index", with("index 3", "index -3"), "index"},
		{"extra data behind the index", "c2sp.org/tlog-proof@v1\nindex 3\nextra AAAA\n\n", "hash 1"},
		{"hash of 31 bytes", with(hash, base64.StdEncoding.EncodeToString(make([]byte, 31))), "hash 1"},
		{"hash without padding", with(hash, strings.TrimSuffix(hash, "=")), "hash 1"},
		{"hash with a carriage return", with(hash, hash+"\r"), "hash 1"},
		{"64 hashes", with(hash, strings.TrimSuffix(strings.Repeat(hash+"\n", 62), "\n")), "64 hashes"},
		{"more than 256 KiB", with(hash, strings.Repeat("A", 256<<10)), "more than 262144"},
	}
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			_, err := read.ParseProof([]byte(k.proof))
			tells(t, err, k.words)
		})
	}
	p, err := read.ParseProof([]byte(good))
	if err != nil || p.Index != 3 || len(p.Hashes) != 3 || string(p.Extra) != string(a.leaves[3]) || p.Checkpoint.Size != 5 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestProofOfForeignDataIsChecked(t *testing.T) {
	a := newArchive(t, 1)
	a.add(t, []byte("any bytes"))
	p, checkpoint := a.proof(t, 1, noon, a.witnesses[0])
	proof, err := read.ParseProof(torchwood.FormatProof(1, p, checkpoint))
	if err != nil || proof.Extra != nil {
		t.Fatalf("%+v, %v", proof, err)
	}
	policy := mustPolicy(t, a.policy("quorum W0"))
	if w, err := proof.Check([]byte("any bytes"), policy); err != nil || !w.Time.Equal(noon) {
		t.Errorf("%+v, %v", w, err)
	}
	_, err = proof.Check([]byte("other bytes"), policy)
	tells(t, err, read.ReceiptProof)
}

func TestReceiptViolationsAreListed(t *testing.T) {
	for _, code := range read.ReceiptViolations() {
		if !strings.HasPrefix(code, "receipt-") {
			t.Error(code)
		}
	}
}
