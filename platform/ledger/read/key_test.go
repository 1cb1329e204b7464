package read_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"bayyina/platform/ledger/read"

	"pgregory.net/rapid"
)

// The manglings of golang.org/x/mod/sumdb/note's TestNewVerifier.
func TestMangledKeysAreRefused(t *testing.T) {
	key(t, peterKey)
	for i := range len(peterKey) + 1 {
		for j := i + 1; j <= len(peterKey); j++ {
			if i == 0 && j == len(peterKey) {
				continue
			}
			if _, err := read.ParseKey(peterKey[i:j]); err == nil {
				t.Errorf("accepted %q", peterKey[i:j])
			}
		}
	}
	b := []byte(peterKey)
	for i := range b {
		b[i]++
		if _, err := read.ParseKey(string(b)); err == nil {
			t.Errorf("accepted %q", b)
		}
		b[i]--
	}
}

func TestMalformedKeysAreRefused(t *testing.T) {
	id, encoded, _ := strings.Cut(strings.TrimPrefix(peterKey, "PeterNeumann+"), "+")
	made := func(data string) string { return vkeyOf("name", []byte(data)) }
	cases := []struct{ name, key, words string }{
		{"two fields", "PeterNeumann+" + encoded, "not of the form"},
		{"space in the name", "Peter Neumann+" + id + "+" + encoded, "malformed key name"},
		{"another's id", "PeterNeumann+c74f20a4+" + encoded, "its id is c74f20a3"},
		{"id in capitals", "PeterNeumann+C74F20A3+" + encoded, "its id is c74f20a3"},
		{"line end within base64", "PeterNeumann+" + id + "+" + encoded[:8] + "\n" + encoded[8:], "line end"},
		{"of 38 bytes", "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==", "illegal base64"},
		{"unknown type of the Go project's test", "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "unknown type 65"},
		{"no type", made(""), "no type"},
		{"Ed25519 key of 31 bytes", made("\x01" + strings.Repeat("k", 31)), "31 bytes"},
		{"Ed25519 key of 33 bytes", made("\x01" + strings.Repeat("k", 33)), "33 bytes"},
		{"cosigner's key of 31 bytes", made("\x04" + strings.Repeat("k", 31)), "31 bytes"},
		{"ML-DSA cosigner", made("\x06" + strings.Repeat("k", 1312)), "not of the form"},
		{"type 06", made("\x06" + strings.Repeat("k", 32)), "unknown type 06"},
		{"type ff of somebody else", made("\xffexample/1\x00\x01" + strings.Repeat("k", 32)), "unknown type ff"},
		{"passkey without algorithm", made("\xffbayyina.webauthn/1\x00"), "unknown type ff"},
		{"passkey of algorithm 3", made("\xffbayyina.webauthn/1\x00\x03" + strings.Repeat("k", 32)), "algorithm 03"},
		{"EdDSA passkey of 31 bytes", made("\xffbayyina.webauthn/1\x00\x01" + strings.Repeat("k", 31)), "31 bytes"},
		{"ES256 passkey off the curve", made("\xffbayyina.webauthn/1\x00\x02\x04" + strings.Repeat("k", 64)), "not a point"},
		{"ES256 passkey, compressed", made("\xffbayyina.webauthn/1\x00\x02\x02" + strings.Repeat("k", 32)), "not a point"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := read.ParseKey(c.key)
			tells(t, err, c.words)
		})
	}
}

func TestKeysTellWhatTheyAre(t *testing.T) {
	witness, es, ed := newCosigner(t, "witness.example"), newES256(t, "officer-1"), newEdDSA(t, "officer-2")
	cases := []struct {
		vkey, name, algorithm string
		passkey, witness      bool
	}{
		{peterKey, "PeterNeumann", "Ed25519", false, false},
		{witness.vkey, "witness.example", "Ed25519", false, true},
		{es.vkey, "officer-1", "ES256", true, false},
		{ed.vkey, "officer-2", "EdDSA", true, false},
	}
	for _, c := range cases {
		k := key(t, c.vkey)
		if k.Name() != c.name || k.Algorithm() != c.algorithm || k.IsPasskey() != c.passkey || k.IsWitness() != c.witness || k.String() != c.vkey || k.ID() != idOf(c.vkey) {
			t.Errorf("%s: name %s, algorithm %s, passkey %v, witness %v", c.vkey, k.Name(), k.Algorithm(), k.IsPasskey(), k.IsWitness())
		}
		for _, other := range cases {
			if same := k.Same(key(t, other.vkey)); same != (other.vkey == c.vkey) {
				t.Errorf("%s is the same as %s: %v", c.name, other.name, same)
			}
		}
	}
}

func TestPasskeyTextIsTheProtocols(t *testing.T) {
	p := newES256(t, "officer-1")
	data, err := base64.StdEncoding.DecodeString(strings.SplitN(p.vkey, "+", 3)[2])
	if err != nil {
		t.Fatal(err)
	}
	text, err := read.PasskeyText("officer-1", read.PasskeyES256, data[len(data)-65:])
	if err != nil || text != p.vkey {
		t.Errorf("%q, %v, want %q", text, err, p.vkey)
	}
	if _, err := read.PasskeyText("officer 1", read.PasskeyES256, data[len(data)-65:]); err == nil {
		t.Error("accepted a name with a space")
	}
}

func TestCosignaturesVerifyWithTheirTime(t *testing.T) {
	w := newCosigner(t, "witness.example")
	k := key(t, w.vkey)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([^\x00-\x1f]{1,9}\n){3,5}`).Draw(t, "text")
		at := time.Unix(rapid.Int64Range(0, 253402300799).Draw(t, "time"), 0)
		n, err := read.ParseNote([]byte(text + "\n" + w.line(text, at)))
		if err != nil {
			t.Fatal(err)
		}
		s := n.Signatures[0]
		got, err := k.Cosigned(n.Text, s.Bytes)
		if err != nil || !got.Equal(at) || !k.Made(s) {
			t.Fatalf("time %v, %v, want %v", got, err, at)
		}
		s.Bytes[rapid.IntRange(0, len(s.Bytes)-1).Draw(t, "flipped")] ^= 1
		if _, err := k.Cosigned(n.Text, s.Bytes); err == nil {
			t.Fatal("a flipped bit went unnoticed")
		}
	})
}

func TestCosignaturesOfOtherFormsAreRefused(t *testing.T) {
	w := newCosigner(t, "witness.example")
	k, peter := key(t, w.vkey), key(t, peterKey)
	n, err := read.ParseNote([]byte("a\n\n" + w.line("a\n", time.Unix(253402300800, 0))))
	if err != nil {
		t.Fatal(err)
	}
	sig := n.Signatures[0].Bytes
	_, err = k.Cosigned(n.Text, sig)
	tells(t, err, "out of range")
	_, err = k.Cosigned(n.Text, sig[:71])
	tells(t, err, "71 bytes")
	_, err = peter.Cosigned(n.Text, sig)
	tells(t, err, "cosigns nothing")
	tells(t, k.Verify(n.Text, sig, read.Passkeys{}), "signs no statements")
	tells(t, read.Key{}.Verify(n.Text, sig, read.Passkeys{}), "signs no statements")
}
