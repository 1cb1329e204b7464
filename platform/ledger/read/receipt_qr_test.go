package read_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"

	"bayyina/platform/ledger/read"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// The examples of RFC 9285, sections 4.3 and 4.4.
func TestBase45IsTheRFCs(t *testing.T) {
	for text, want := range map[string]string{"AB": "BB8", "Hello!!": "%69 VD92EX0", "base-45": "UJCLQE7W581", "ietf!": "QED8WEX0"} {
		if got := read.EncodeBase45([]byte(text)); got != want {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
		if got, err := read.DecodeBase45(want); err != nil || string(got) != text {
			t.Errorf("%q is read as %q, %v", want, got, err)
		}
	}
	for _, text := range []string{"GGW", ":::", "V5", "A", "AAAA", "AA,", "aa", "ÄÄ"} { // GGW would be 65536
		if got, err := read.DecodeBase45(text); err == nil {
			t.Errorf("%q is read as %x", text, got)
		}
	}
}

func TestEveryTextComesBackFromBase45(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOf(rapid.Byte()).Draw(t, "data")
		if got, err := read.DecodeBase45(read.EncodeBase45(data)); err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%x comes back as %x, %v", data, got, err)
		}
	})
}

func TestReceiptFromAQRCodeIsCheckedAsItsText(t *testing.T) {
	a := newArchive(t, 7)
	policy := mustPolicy(t, a.policy("group g 2 W0 W1 W2", "quorum g"))
	receipt := a.receipt(t, 3, noon, a.witnesses...)
	code, err := read.ReceiptQR(receipt)
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"", "\n", "\r\n"} {
		text, err := read.ReceiptText([]byte(code + end))
		if err != nil || !bytes.Equal(text, receipt) {
			t.Fatalf("%q, %v", text, err)
		}
		r, err := read.CheckReceipt([]byte(code+end), policy)
		if err != nil || string(r.Entry.Raw) != string(a.leaves[3]) {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	if text, err := read.ReceiptText(receipt); err != nil || !bytes.Equal(text, receipt) {
		t.Errorf("a receipt's text becomes %q, %v", text, err)
	}
	if _, err := read.CheckReceipt([]byte(code), mustPolicy(t, newCountry(t, 1).policy("quorum W0"))); err == nil {
		t.Error("it is right under a stranger's policy, too")
	}
}

func TestMalformedQRTextsAreRefused(t *testing.T) {
	a := newArchive(t, 5)
	good, err := read.ReceiptQR(a.receipt(t, 3, noon))
	if err != nil {
		t.Fatal(err)
	}
	packed, err := read.DecodeBase45(strings.TrimPrefix(good, "BAYYINA1:"))
	if err != nil {
		t.Fatal(err)
	}
	bomb, err := read.ReceiptQR(bytes.Repeat([]byte("A"), read.MaxProof+1))
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct{ name, code, words string }{
		{"another version", strings.Replace(good, "1:", "2:", 1), "no checkpoint"},
		{"empty", "BAYYINA1:", "unexpected EOF"},
		{"lower case", "BAYYINA1:" + strings.ToLower(good[9:]), "base45"},
		{"cut short", "BAYYINA1:" + read.EncodeBase45(packed[:len(packed)-3]), "EOF"},
		{"a byte more", "BAYYINA1:" + read.EncodeBase45(append(packed, 0)), "behind its end"},
		{"two line ends", good + "\n\n", "base45"},
		{"more than a QR code holds", good + strings.Repeat("0", read.MaxReceiptQR), "more than 4296"},
		{"a bomb", bomb, "more than 262144 bytes"},
		{"another text within", "BAYYINA1:" + read.EncodeBase45([]byte("\x01\x05\x00\xfa\xffhello")), "no checkpoint"},
	}
	policy := mustPolicy(t, a.policy("quorum none"))
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			_, err := read.CheckReceipt([]byte(k.code), policy)
			tells(t, err, k.words)
			var v *read.Violation
			if !errors.As(err, &v) || v.Code != read.ReceiptMalformed {
				t.Errorf("%v, want code %s", err, read.ReceiptMalformed)
			}
		})
	}
}

// A country's log: ten million entries, and as many witnesses as the protocol allows.
func TestReceiptOfALargeLogFitsUnlessItsWitnessesAreTooMany(t *testing.T) {
	server, _ := signer(t, "server.hnec.example/entry")
	desk, _ := signer(t, "server.hnec.example/receipt")
	checkpointer, _ := signer(t, "log.hnec.example/2026")
	sign := func(text string, s note.Signer) []byte {
		raw, err := note.Sign(&note.Note{Text: text}, s)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	statement := sign("bayyina.statement/1\nlog.hnec.example/2026\nvote.ballot/1\n7c1f0c5d2e8a4b6f9d3e5a7b8c9d0e1f\n"+
		"2026-11-24T07:00:00Z 2026-11-24T18:00:00Z\n"+`{"election":"8QrCAeS5xbQKAY","ballot":{"sha256":"`+credential+`","size":9412}}`+"\n", desk)
	entry := sign("bayyina.entry/1\nlog.hnec.example/2026\n7654321\n2026-11-24T09:30:00Z\n7654000\n\n"+string(statement), server)
	proof := make(tlog.RecordProof, 24)
	for i := range proof {
		rand.Read(proof[i][:])
	}
	text := fmt.Sprintf("log.hnec.example/2026\n10000000\n%s\n", proof[0])
	checkpoint := sign(text, checkpointer)
	most := 0
	for n := 1; n <= 31; n++ {
		checkpoint = append(checkpoint, newCosigner(t, fmt.Sprintf("witness%d.example/hnec", n)).line(text, noon)...)
		receipt := torchwood.FormatProofWithExtraData(7654321, entry, proof, checkpoint)
		code, err := read.ReceiptQR(receipt)
		if errors.Is(err, read.ErrReceiptQR) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if again, err := read.ReceiptText([]byte(code)); err != nil || !bytes.Equal(again, receipt) {
			t.Fatalf("%d witnesses: %q, %v", n, again, err)
		}
		most = n
	}
	if most < 16 || most > 18 { // 17 or so, by the luck of the signatures' letters
		t.Errorf("a QR code holds a receipt with %d witnesses", most)
	}
}
