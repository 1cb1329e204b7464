package read_test

import (
	"fmt"
	"strings"
	"testing"

	"bayyina/platform/ledger/read"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"
)

// Keys and notes of golang.org/x/mod/sumdb/note's own tests.
const (
	peterKey  = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
	enochKey  = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
	peterText = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
	peterLine = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
	enochLine = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)

func TestNotesOfTheGoProjectVerify(t *testing.T) {
	n, err := read.ParseNote([]byte(peterText + "\n" + peterLine + enochLine))
	if err != nil {
		t.Fatal(err)
	}
	if string(n.Text) != peterText || len(n.Signatures) != 2 {
		t.Fatalf("text %q, %d signatures", n.Text, len(n.Signatures))
	}
	for i, text := range []string{peterKey, enochKey} {
		k := key(t, text)
		if s := n.Signatures[i]; !k.Made(s) {
			t.Errorf("%s did not make line %d", k.Name(), i+1)
		} else if err := k.Verify(n.Text, s.Bytes, read.Passkeys{}); err != nil {
			t.Error(err)
		}
		if k.Made(n.Signatures[1-i]) {
			t.Errorf("%s made the other's line", k.Name())
		}
	}
}

// The example of c2sp.org/signed-note.
func TestTheSpecificationsNoteVerifies(t *testing.T) {
	const text = "This is an example message.\n"
	n, err := read.ParseNote([]byte(text + "\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"))
	if err != nil {
		t.Fatal(err)
	}
	k := key(t, "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
	if err := k.Verify(n.Text, n.Signatures[0].Bytes, read.Passkeys{}); err != nil {
		t.Error(err)
	}
	tells(t, k.Verify([]byte("This is another message.\n"), n.Signatures[0].Bytes, read.Passkeys{}), "does not verify")
	tells(t, k.Verify(n.Text, n.Signatures[0].Bytes[:63], read.Passkeys{}), "does not verify")
}

func TestSignaturesFollowTheLastEmptyLine(t *testing.T) {
	n, err := read.ParseNote([]byte("Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n" +
		"— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(n.Text), "sole:\n\ned è subito sera.\n") || n.Signatures[0].ID != 0x367ba04b {
		t.Errorf("text %q, key id %08x", n.Text, n.Signatures[0].ID)
	}
}

func TestMalformedNotesAreRefused(t *testing.T) {
	whole := peterText + "\n" + peterLine
	cases := []struct{ name, note, words string }{
		{"empty", "", "no empty line"},
		{"text alone", peterText, "no empty line"},
		{"no signature line", peterText + "\n", "no signature line"},
		{"last line cut off", whole[:len(whole)-1], "ends with a newline"},
		{"control character", "\x01" + whole, "control character"},
		{"carriage return", strings.Replace(whole, "problem,\n", "problem,\r\n", 1), "control character U+000D"},
		{"tab in the signature", strings.Replace(whole, "x08g", "x08\tg", 1), "control character U+0009"},
		{"not UTF-8", "\xff" + whole, "not UTF-8"},
		{"space in a key name", peterText + "\n— Bad Name x08go/ZJ\n", "illegal base64"},
		{"space that is not ASCII in a key name", strings.Replace(whole, "PeterNeumann", "Peter\u00a0Neumann", 1), "malformed key name"},
		{"plus in a key name", strings.Replace(whole, "PeterNeumann", "Peter+Neumann", 1), "malformed key name"},
		{"empty key name", strings.Replace(whole, "PeterNeumann", "", 1), "malformed key name"},
		{"key name of 129 bytes", strings.Replace(whole, "PeterNeumann", strings.Repeat("n", 129), 1), "malformed key name"},
		{"something behind the signatures", whole + "Unexpected line.\n", "signature line 2"},
		{"hyphen for the dash", strings.Replace(whole, "— ", "- ", 1), "not of the form"},
		{"no signature", peterText + "\n— PeterNeumann\n", "not of the form"},
		{"key id and nothing more", peterText + "\n— PeterNeumann x08gow==\n", "no key id and signature"},
		{"base64 without padding", strings.Replace(whole, "nAM=\n", "nAM\n", 1), "illegal base64"},
		{"base64 with stray bits", strings.Replace(whole, "nAM=\n", "nAN=\n", 1), "illegal base64"},
		{"33 signatures", peterText + "\n" + strings.Repeat(peterLine, 33), "more than 32"},
		{"65,536 bytes", strings.Repeat("x", 65536-len("\n\n"+peterLine)) + "\n\n" + peterLine, "65536 bytes"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := read.ParseNote([]byte(c.note))
			tells(t, err, c.words)
		})
	}
}

func TestNotesUpToTheLimitsAreRead(t *testing.T) {
	for name, raw := range map[string]string{
		"32 signatures": peterText + "\n" + strings.Repeat(peterLine, 32),
		"65,535 bytes":  strings.Repeat("x", 65535-len("\n\n"+peterLine)) + "\n\n" + peterLine,
	} {
		if _, err := read.ParseNote([]byte(raw)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatTheGoProjectSignsIsRead(t *testing.T) {
	first, firstKey := signer(t, "first.example")
	second, secondKey := signer(t, "second.example")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([^\x00-\x1f]*\n){1,5}`).Draw(t, "text")
		raw, err := note.Sign(&note.Note{Text: text}, first, second)
		if err != nil {
			t.Fatal(err)
		}
		n, err := read.ParseNote(raw)
		if err != nil {
			t.Fatal(err)
		}
		if string(n.Text) != text {
			t.Fatalf("text %q, want %q", n.Text, text)
		}
		for i, vkey := range []string{firstKey, secondKey} {
			k, err := read.ParseKey(vkey)
			if err != nil {
				t.Fatal(err)
			}
			if err := k.Verify(n.Text, n.Signatures[i].Bytes, read.Passkeys{}); err != nil || !k.Made(n.Signatures[i]) {
				t.Fatal(fmt.Errorf("signature %d: %w", i, err))
			}
		}
	})
}
