package read_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"bayyina/platform/ledger/read"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// FuzzParseNote: what is read, the Go project reads too, and alike.
func FuzzParseNote(f *testing.F) {
	f.Add([]byte(peterText + "\n" + peterLine + enochLine))
	f.Add([]byte("a\n\nb\n\n" + peterLine))
	f.Add([]byte(entryOf(entryHead, statementOf(plain))))
	f.Add([]byte("\n\n— a AAAAAAA=\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		n, err := read.ParseNote(raw)
		if err != nil {
			return
		}
		_, err = note.Open(raw, note.VerifierList())
		var unverified *note.UnverifiedNoteError
		if !errors.As(err, &unverified) {
			t.Fatalf("the Go project says %v", err)
		}
		if unverified.Note.Text != string(n.Text) {
			t.Fatalf("text %q, the Go project's is %q", n.Text, unverified.Note.Text)
		}
		for _, s := range unverified.Note.UnverifiedSigs { // it leaves duplicates out
			found := false
			for _, ours := range n.Signatures {
				found = found || ours.Name == s.Name && ours.ID == s.Hash
			}
			if !found {
				t.Fatalf("the signature of %s is lost", s.Name)
			}
		}
	})
}

// FuzzParseKey: what is read is written the same.
func FuzzParseKey(f *testing.F) {
	f.Add(peterKey)
	f.Add("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
	f.Add(newES256(f, "officer").vkey)
	f.Add(newEdDSA(f, "officer").vkey)
	f.Add(newCosigner(f, "witness.example").vkey)
	f.Fuzz(func(t *testing.T, text string) {
		k, err := read.ParseKey(text)
		if err != nil {
			return
		}
		data, err := base64.StdEncoding.DecodeString(strings.SplitN(text, "+", 3)[2])
		if again := vkeyOf(k.Name(), data); err != nil || again != text || idOf(text) != k.ID() || k.String() != text {
			t.Fatalf("%s is written %s", text, again)
		}
	})
}

// FuzzAssertion: no changed assertion is good.
func FuzzAssertion(f *testing.F) {
	es, ed := newES256(f, "officer"), newEdDSA(f, "officer")
	a, b := es.assert(f, honest(decided)), ed.assert(f, honest(decided))
	f.Add(a)
	f.Add(b)
	f.Add(assertion(make([]byte, 37), []byte(`{"type":"webauthn.get"}`), []byte("sig")))
	f.Fuzz(func(t *testing.T, signature []byte) {
		if err := key(t, es.vkey).Verify([]byte(decided), signature, parties); err == nil && !bytes.Equal(signature, a) {
			t.Fatalf("%x is good", signature)
		}
		if err := key(t, ed.vkey).Verify([]byte(decided), signature, parties); err == nil && !bytes.Equal(signature, b) {
			t.Fatalf("%x is good", signature)
		}
	})
}

// FuzzParseEntry: entry and statement are found where their bytes stand.
func FuzzParseEntry(f *testing.F) {
	f.Add([]byte(entryOf(entryHead, statementOf(plain))))
	f.Add([]byte(entryOf(headOf(0), statementOf(`{"x":[{"sha256":"`+credential+`","size":1}]}`))))
	f.Add([]byte(statementOf("{}")))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := read.ParseEntry(raw)
		if err != nil {
			return
		}
		if !bytes.Contains(raw, e.Statement.Raw) || !bytes.HasPrefix(raw, e.Text) || !bytes.Contains(e.Statement.Text, e.Statement.Body) {
			t.Fatal("parts that are not in it")
		}
		if e.Sequence < 0 || e.After < 0 || e.Statement.Until.Before(e.Statement.From) {
			t.Fatalf("%+v", e)
		}
	})
}

// FuzzBody: a body that any kind may have is valid JSON, and the library spells its
// strings and numbers alike.
func FuzzBody(f *testing.F) {
	for _, body := range []string{plain, "{}", `{"a":"\"\\\b\f\n\r\t\u0000\u2028😀"}`, `{"a":[-1,true,{"b":[]}]}`, `{"x":{"sha256":"` + credential + `","size":4294967296}}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := read.ParseStatement([]byte(statementOf(string(body))))
		if err != nil {
			var v sample
			if read.DecodeBody(body, &v) == nil && bytes.IndexByte(body, '\n') < 0 && len(body) < 60000 {
				t.Fatalf("%q is decoded and refused: %v", body, err)
			}
			return
		}
		if !json.Valid(s.Body) {
			t.Fatalf("%q is no JSON", s.Body)
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(s.Body, &members); err != nil {
			t.Fatal(err)
		}
		for name, raw := range members {
			var text string
			if raw[0] != '"' || json.Unmarshal(raw, &text) != nil {
				continue
			}
			if again, err := read.EncodeBody(text); err != nil || !bytes.Equal(again, raw) {
				t.Fatalf("%s: %s is written %s", name, raw, again)
			}
		}
	})
}

// FuzzParseCheckpoint: what is read, torchwood reads alike.
func FuzzParseCheckpoint(f *testing.F) {
	c := newCountry(f, 1)
	f.Add(c.checkpoint(f, 5, someRoot, c.witnesses[0].line(checkpointText(5, someRoot), noon)))
	f.Add([]byte(checkpointText(0, someRoot) + "more\n\n" + peterLine))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := read.ParseCheckpoint(raw)
		if err != nil {
			return
		}
		theirs, err := torchwood.ParseCheckpoint(string(p.Text))
		if err != nil || theirs.Origin != p.Origin || theirs.N != p.Size || theirs.Hash != p.Root {
			t.Fatalf("%+v, torchwood %+v, %v", p, theirs, err)
		}
	})
}

// FuzzParsePolicy: what is read, torchwood reads too, where it speaks of no more
// than it knows.
func FuzzParsePolicy(f *testing.F) {
	c := newCountry(f, 3)
	f.Add([]byte(c.policy("group g 2 W0 W1", "group h all g W2", "quorum h", "#bayyina rehearsal")))
	f.Add([]byte(c.policy("quorum none")))
	f.Add([]byte("log\t" + peterKey + "\n #bayyina genesis " + enochKey + "\nquorum none\n"))
	checkpoint := c.checkpoint(f, 5, someRoot, c.witnesses[0].line(checkpointText(5, someRoot), noon))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := read.ParsePolicy(text)
		if err != nil {
			return
		}
		p.Quorum().Judge(mustCheckpoint(t, checkpoint))
		if again, err := read.ParsePolicy([]byte(p.String())); err != nil || again.Origin() != p.Origin() {
			t.Fatalf("read again: %v", err)
		}
		if bytes.IndexByte(bytes.ReplaceAll(text, []byte("#bayyina"), nil), '#') < 0 && isASCII(text) {
			if _, err := torchwood.ParsePolicy(text); err != nil {
				t.Fatalf("torchwood says %v", err)
			}
		}
	})
}

func isASCII(text []byte) bool {
	return bytes.IndexFunc(text, func(r rune) bool { return r > 0x7e }) < 0
}

// FuzzParseProof: torchwood verifies what is good and finds the same extra data.
func FuzzParseProof(f *testing.F) {
	a := newArchive(f, 3)
	file := a.policy("quorum W0")
	policy := mustPolicy(f, file)
	theirs, err := torchwood.ParsePolicy([]byte(file))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(a.receipt(f, 1, noon, a.witnesses[0]))
	f.Add(a.receipt(f, 2, noon))
	p, checkpoint := a.proof(f, 0, noon, a.witnesses[0])
	f.Add(torchwood.FormatProof(0, p, checkpoint))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := read.ParseProof(raw)
		if err != nil {
			return
		}
		if extra, err := torchwood.ProofExtraData(raw); (err == nil) != (p.Extra != nil) || !bytes.Equal(extra, p.Extra) {
			t.Fatalf("extra data %q, torchwood %q, %v", p.Extra, extra, err)
		}
		if r, err := read.CheckReceipt(raw, policy); err == nil {
			if err := torchwood.VerifyProof(theirs, tlog.RecordHash(r.Entry.Raw), raw); err != nil {
				t.Fatalf("torchwood says %v", err)
			}
		}
	})
}

// FuzzParsePromise: what is read has a signer to look for.
func FuzzParsePromise(f *testing.F) {
	f.Add([]byte(promised + "\n" + peterLine))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if p, err := read.ParsePromise(raw); err == nil && (len(p.Signatures) == 0 || p.Deadline.Before(p.Issued) || len(p.Tracker) != 64) {
			t.Fatalf("%+v", p)
		}
	})
}

// FuzzHistory: no body of a decision makes the history panic, and what it makes of
// the log can be saved and restored.
func FuzzHistory(f *testing.F) {
	c := begun(f)
	saved, err := json.Marshal(c.history)
	if err != nil {
		f.Fatal(err)
	}
	for _, body := range []any{
		c.genesis, add(c.grant("trustee", "new")), remove("trustee-1"),
		read.RulesChange{Rules: []read.Rule{{Kind: "a.b/1", Need: []read.Need{}}}, Reason: why},
		read.WitnessesChange{Witnesses: c.genesis.Witnesses, Quorum: 1, Reason: why},
		read.Close{Successor: "log.example/2027", Reason: why},
	} {
		b, err := read.EncodeBody(body)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if bytes.IndexByte(body, '\n') >= 0 || len(body) > 60000 {
			return
		}
		for _, kind := range []string{read.KindKeys, read.KindWitnesses, read.KindRules, read.KindClose, read.KindGenesis} {
			h := new(read.KeyHistory)
			if err := json.Unmarshal(saved, h); err != nil {
				t.Fatal(err)
			}
			raw, err := note.Sign(&note.Note{Text: strings.Replace(strings.TrimSuffix(statementOf(string(body)), "\n"+peterLine), "test.sample/1", kind, 1)}, c.signers(deciders...)...)
			if err != nil {
				return // not the text of a note
			}
			sealed, err := note.Sign(&note.Note{Text: headOf(1) + "\n" + string(raw)}, c.signers("entry")...)
			if err != nil {
				t.Fatal(err)
			}
			e, err := read.ParseEntry(sealed)
			if err != nil {
				return
			}
			codes(h.Enter(e, h.Check(e)))
			if err := json.Unmarshal([]byte(state(t, h)), new(read.KeyHistory)); err != nil {
				t.Fatal(err)
			}
			first := read.NewKeyHistory(origin)
			first.Enter(e, read.Checked{})
			state(t, first)
		}
	})
}

// FuzzReceiptText: what was read from a QR code is read from its own code again.
func FuzzReceiptText(f *testing.F) {
	for _, text := range []string{"", "c2sp.org/tlog-proof@v1\nindex 3\n\n", strings.Repeat("A", 1000)} {
		code, err := read.ReceiptQR([]byte(text))
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(code))
	}
	f.Add([]byte("BAYYINA1:GGW"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		text, err := read.ReceiptText(raw)
		if err != nil || bytes.Equal(text, raw) {
			return
		}
		if len(text) > read.MaxProof {
			t.Fatalf("%d bytes", len(text))
		}
		code, err := read.ReceiptQR(text)
		if errors.Is(err, read.ErrReceiptQR) {
			return
		}
		if again, err2 := read.ReceiptText([]byte(code)); err != nil || err2 != nil || !bytes.Equal(again, text) {
			t.Fatalf("%q comes back as %q: %v, %v", text, again, err, err2)
		}
	})
}
