package identity

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"filippo.io/age"
	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"
)

// The key and the note of the documentation of golang.org/x/mod/sumdb/note.
const (
	peterPrivate = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n"
	peterPublic  = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
	peterText    = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
	peterNote    = peterText + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
	enochPublic  = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
	enochLine    = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)

func parseKey(t *testing.T, private string) *Key {
	t.Helper()
	key, err := parsePrivate([]byte(private))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestPublishedKeyIsReadAndWrittenAlike(t *testing.T) {
	key := parseKey(t, peterPrivate)
	if key.VerifierKey() != peterPublic || key.Name() != "PeterNeumann" || key.KeyHash() != 0xc74f20a3 {
		t.Errorf("read %s, name %s, hash %08x", key.VerifierKey(), key.Name(), key.KeyHash())
	}
	if got := key.privateText(); string(got) != peterPrivate {
		t.Error("the private key is not written as it was read")
	}
	vkey, verifier, err := ParsePublic([]byte(peterPublic + "\n"))
	if err != nil || vkey != peterPublic || verifier.KeyHash() != key.KeyHash() {
		t.Errorf("ParsePublic: %s, %v", vkey, err)
	}
}

func TestPublishedNoteIsSignedAgain(t *testing.T) {
	doc, err := ParseDocument([]byte(peterText))
	if err != nil {
		t.Fatal(err)
	}
	first, err := doc.Sign(parseKey(t, peterPrivate))
	if err != nil {
		t.Fatal(err)
	}
	if string(first) != peterNote {
		t.Fatalf("signed:\n%s\npublished:\n%s", first, peterNote)
	}
}

func TestSignatureIsAddedUnderThatOfAnother(t *testing.T) {
	doc, err := ParseDocument([]byte(peterText + "\n" + enochLine))
	if err != nil {
		t.Fatal(err)
	}
	if doc.Text != peterText || len(doc.Signatures) != 1 || doc.Signatures[0].Name != "EnochRoot" {
		t.Fatalf("read %+v", doc)
	}
	peter := parseKey(t, peterPrivate)
	both, err := doc.Sign(peter)
	if err != nil {
		t.Fatal(err)
	}
	if want := peterText + "\n" + enochLine + strings.TrimPrefix(peterNote, peterText+"\n"); string(both) != want {
		t.Fatalf("signed by both:\n%s", both)
	}
	enoch, err := note.NewVerifier(enochPublic)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := note.Open(both, note.VerifierList(enoch)); err != nil || len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 1 {
		t.Errorf("opened: %+v, %v", n, err)
	}
	doc, err = ParseDocument(both)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := doc.Sign(peter); err == nil {
		t.Error("signed twice by one key")
	}
}

func TestPrivateKeyThatIsNotOneIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"empty":            "",
		"public":           peterPublic + "\n",
		"without newline":  strings.TrimSuffix(peterPrivate, "\n"),
		"more after it":    peterPrivate + "\n",
		"wrong hash":       strings.Replace(peterPrivate, "c74f20a3", "c74f20a4", 1),
		"upper-case hash":  strings.Replace(peterPrivate, "c74f20a3", "C74F20A3", 1),
		"another name":     strings.Replace(peterPrivate, "Peter", "Petra", 1),
		"no name":          strings.Replace(peterPrivate, "PeterNeumann", "", 1),
		"name with space":  strings.Replace(peterPrivate, "PeterNeumann", "Peter Neumann", 1),
		"other algorithm":  strings.Replace(peterPrivate, "+AYEK", "+BIEK", 1),
		"seed cut":         strings.Replace(peterPrivate, "KDFz", "", 1),
		"not base64":       strings.Replace(peterPrivate, "KDFz", "KDF!", 1),
		"CR before the LF": strings.Replace(peterPrivate, "\n", "\r\n", 1),
	} {
		if _, err := parsePrivate([]byte(text)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestNewKeyNeedsRandomnessAndAName(t *testing.T) {
	if _, err := NewKey("a", iotest.ErrReader(os.ErrClosed)); err == nil {
		t.Error("a key was made without randomness")
	}
	for _, name := range []string{"", "two words", "no\u00a0break", "a+b", "line\n", "\xff", "hidden\u202e", strings.Repeat("n", 129)} {
		if _, err := NewKey(name, rand.Reader); err == nil {
			t.Errorf("the name %q was accepted", name)
		}
	}
	for _, name := range []string{"hnec.example/root", "المفوضية/الجذر", strings.Repeat("n", 128)} {
		if _, err := NewKey(name, rand.Reader); err != nil {
			t.Errorf("the name %q: %v", name, err)
		}
	}
}

func TestSealedKeyOpensForItsRecipientOnly(t *testing.T) {
	key := parseKey(t, peterPrivate)
	mine, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := Seal(key, mine.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	neverAsked := AskPassphrase(func() ([]byte, error) {
		t.Error("a passphrase was asked for")
		return nil, os.ErrClosed
	})
	opened, err := Open(sealed, neverAsked, mine)
	if err != nil || opened.VerifierKey() != peterPublic {
		t.Fatalf("opened %v: %v", opened, err)
	}
	if _, err := Open(sealed, neverAsked, other); err == nil || !strings.Contains(err.Error(), "none of the identities") {
		t.Errorf("opened by another: %v", err)
	}
	for i := range sealed {
		if sealed[i] == '\n' {
			continue
		}
		damaged := bytes.Clone(sealed)
		damaged[i] ^= 1
		if _, err := Open(damaged, mine); err == nil {
			t.Fatalf("opened although byte %d is changed", i)
		}
	}
}

func TestSealedKeyOpensWithItsPassphraseOnly(t *testing.T) {
	recipient, err := Passphrase([]byte("correct horse"), 4)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	key := parseKey(t, peterPrivate)
	sealed, err := Seal(key, recipient)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteKeyFiles(path, key, sealed); err != nil {
		t.Fatal(err)
	}
	if err := WriteKeyFiles(path, key, sealed); err == nil {
		t.Error("a key file was overwritten")
	}
	with := func(passphrase string) age.Identity {
		return AskPassphrase(func() ([]byte, error) { return []byte(passphrase), nil })
	}
	opened, err := OpenKeyFile(path, with("correct horse"))
	if err != nil || opened.VerifierKey() != peterPublic {
		t.Fatalf("opened %v: %v", opened, err)
	}
	if _, err := OpenKeyFile(path, with("correct house")); err == nil || !strings.HasSuffix(err.Error(), "the passphrase is wrong") {
		t.Errorf("opened with another passphrase: %v", err)
	}
	if _, err := Passphrase([]byte("too short"), 4); err == nil {
		t.Error("a short passphrase was accepted")
	}
}

func TestSecretOfAnotherLabelIsRefused(t *testing.T) {
	mine, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	secret := []byte("line 1\nline 2\x00")
	sealed, err := SealSecret("trustee share/1", secret, mine.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenSecret("trustee share/1", sealed, mine)
	if err != nil || !bytes.Equal(got, secret) {
		t.Fatalf("opened %q: %v", got, err)
	}
	_, err = OpenSecret("credentials/1", sealed, mine)
	if err == nil || err.Error() != `the file holds "trustee share/1", not "credentials/1"` {
		t.Errorf("another label: %v", err)
	}
	if _, err := Open(sealed, mine); err == nil {
		t.Error("a share was opened as a signing key")
	}
	sealedKey, err := Seal(parseKey(t, peterPrivate), mine.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSecret("trustee share/1", sealedKey, mine); err == nil || strings.Contains(err.Error(), "AYEK") {
		t.Errorf("a signing key opened as a share: %v", err)
	}
	if _, err := SealSecret("two\nlines", secret, mine.Recipient()); err == nil {
		t.Error("a label of two lines was accepted")
	}
}

func TestDestroyedKeyHoldsNothing(t *testing.T) {
	key := parseKey(t, peterPrivate)
	key.Destroy()
	if !bytes.Equal(key.private, make([]byte, len(key.private))) {
		t.Error("the private key is still in memory")
	}
}

func TestAnySignedTextVerifies(t *testing.T) {
	key := parseKey(t, peterPrivate)
	verifier, err := note.NewVerifier(peterPublic)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		raw := []byte(rapid.StringMatching(`([a-zأ-ي{}",:— ]*\n){1,6}`).Draw(t, "text"))
		doc, err := ParseDocument(raw)
		if err != nil {
			t.Skip(err)
		}
		signed, err := doc.Sign(key)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := note.Open(signed, note.VerifierList(verifier))
		if err != nil {
			t.Fatal(err)
		}
		if opened.Text != doc.Text || !bytes.HasPrefix(signed, raw) {
			t.Fatalf("signed %q, not %q", opened.Text, raw)
		}
	})
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(peterText))
	f.Add([]byte(peterNote))
	f.Add([]byte(peterNote + enochLine))
	f.Add([]byte("a\n\n\n— x AAAAAAA=\n"))
	key, err := parsePrivate([]byte(peterPrivate))
	if err != nil {
		f.Fatal(err)
	}
	verifier, err := note.NewVerifier(key.VerifierKey())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc, err := ParseDocument(raw)
		if err != nil {
			return
		}
		signed, err := doc.Sign(key)
		if err != nil {
			return
		}
		opened, err := note.Open(signed, note.VerifierList(verifier))
		if err != nil || opened.Text != doc.Text || !bytes.HasPrefix(signed, raw) {
			t.Errorf("%q is signed as %q: %v", raw, signed, err)
		}
	})
}

func FuzzPublicKey(f *testing.F) {
	f.Add([]byte(peterPublic + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		vkey, verifier, err := ParsePublic(data)
		if err == nil && (vkey+"\n" != string(data) || verifier == nil) {
			t.Errorf("%q is read as %q", data, vkey)
		}
	})
}

func FuzzPrivateKey(f *testing.F) {
	f.Add([]byte(peterPrivate))
	f.Fuzz(func(t *testing.T, data []byte) {
		key, err := parsePrivate(data)
		if err == nil && !bytes.Equal(key.privateText(), data) {
			t.Errorf("%q is written as %q", data, key.privateText())
		}
	})
}
