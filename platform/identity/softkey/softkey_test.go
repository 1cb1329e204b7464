package softkey_test

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"bayyina/platform/identity"
	"bayyina/platform/identity/softkey"
	"bayyina/platform/ledger/read"

	"filippo.io/age"
	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"
)

const (
	party  = "decide.hnec.example"
	origin = "https://decide.hnec.example"
)

var (
	at         = read.Passkeys{RPID: party, Origins: []string{"https://other.example", origin}}
	algorithms = map[string]byte{"ES256": read.PasskeyES256, "EdDSA": read.PasskeyEdDSA}
)

func newKey(tb testing.TB, name string, alg byte) (*softkey.Key, read.Key) {
	tb.Helper()
	k, err := softkey.New(name, alg, rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	public, err := read.ParseKey(k.VerifierKey())
	if err != nil {
		tb.Fatal(err)
	}
	return k, public
}

func TestAssertionOverAnyTextVerifies(t *testing.T) {
	for name, alg := range algorithms {
		t.Run(name, func(t *testing.T) {
			k, public := newKey(t, "officer/1", alg)
			if k.Algorithm() != name {
				t.Errorf("it calls itself %s", k.Algorithm())
			}
			rapid.Check(t, func(t *rapid.T) {
				text := []byte(rapid.String().Draw(t, "text"))
				sig, err := k.At(party, origin).Sign(text)
				if err != nil {
					t.Fatal(err)
				}
				if err := public.Verify(text, sig, at); err != nil {
					t.Fatal(err)
				}
				if public.Verify(append(text, '\n'), sig, at) == nil {
					t.Fatal("it verifies for another text")
				}
			})
		})
	}
}

// TestEachCheckOfAnAssertionIsNeeded changes one thing in an assertion that is
// otherwise good and correctly signed.
func TestEachCheckOfAnAssertionIsNeeded(t *testing.T) {
	text := []byte("a statement\n")
	lies := []struct {
		name, reason string
		tell         func(c *softkey.Ceremony)
	}{
		{"type", "not webauthn.get", func(c *softkey.Ceremony) { c.Type = "webauthn.create" }},
		{"challenge", "not the hash of this statement", func(c *softkey.Ceremony) { c.Challenge = bytes.Repeat([]byte{1}, 32) }},
		{"origin", "is not one of the log's", func(c *softkey.Ceremony) { c.Origin = "https://decide.hnec.example.evil" }},
		{"cross origin", "another site's page", func(c *softkey.Ceremony) { c.CrossOrigin = true }},
		{"relying party", "not for the relying party", func(c *softkey.Ceremony) { c.RPID = "hnec.example" }},
		{"presence", "nobody was present", func(c *softkey.Ceremony) { c.Flags = softkey.UserVerified }},
		{"verification", "the user was not verified", func(c *softkey.Ceremony) { c.Flags = softkey.UserPresent }},
	}
	for name, alg := range algorithms {
		k, public := newKey(t, "officer/1", alg)
		_, stranger := newKey(t, "officer/1", alg)
		for _, lie := range lies {
			t.Run(name+" "+lie.name, func(t *testing.T) {
				c := softkey.Signing(text, party, origin)
				lie.tell(&c)
				sig, err := k.Assert(c)
				if err != nil {
					t.Fatal(err)
				}
				refused(t, public.Verify(text, sig, at), lie.reason)
			})
		}
		good, err := k.Assert(softkey.Signing(text, party, origin))
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name+" signature", func(t *testing.T) {
			bad := bytes.Clone(good)
			bad[len(bad)-1] ^= 1
			refused(t, public.Verify(text, bad, at), "does not verify")
			refused(t, stranger.Verify(text, good, at), "does not verify")
		})
		t.Run(name+" covers the authenticator data", func(t *testing.T) {
			bad := bytes.Clone(good)
			bad[2+36] ^= 1 // the counter
			refused(t, public.Verify(text, bad, at), "does not verify")
		})
		t.Run(name+" covers the client data", func(t *testing.T) {
			// The closing brace: } and the length grow by one space.
			split := 2 + 37 + 2 + int(binary.BigEndian.Uint16(good[2+37:]))
			bad := bytes.Clone(good[:split-1])
			bad = append(append(bad, " }"...), good[split:]...)
			binary.BigEndian.PutUint16(bad[2+37:], uint16(split-(2+37+2)+1))
			refused(t, public.Verify(text, bad, at), "does not verify")
		})
		t.Run(name+" truncated", func(t *testing.T) {
			for n := range len(good) {
				if public.Verify(text, good[:n], at) == nil {
					t.Fatalf("the first %d of %d bytes verify", n, len(good))
				}
			}
		})
		t.Run(name+" short authenticator data", func(t *testing.T) {
			bad := append([]byte{0, 36}, good[2:2+36]...)
			bad = append(bad, good[2+37:]...)
			refused(t, public.Verify(text, bad, at), "fewer than 37")
		})
	}
}

func refused(t *testing.T, err error, reason string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), reason) {
		t.Errorf("got %v, want %q", err, reason)
	}
}

func TestSignatureLineIsReadAsANote(t *testing.T) {
	k, public := newKey(t, "officer/1", read.PasskeyES256)
	raw, err := note.Sign(&note.Note{Text: "a statement\n"}, k.At(party, origin))
	if err != nil {
		t.Fatal(err)
	}
	n, err := read.ParseNote(raw)
	if err != nil {
		t.Fatal(err)
	}
	if !public.Made(n.Signatures[0]) {
		t.Error("the line is not by this key")
	}
	if err := public.Verify(n.Text, n.Signatures[0].Bytes, at); err != nil {
		t.Error(err)
	}
	_, other := newKey(t, "officer/1", read.PasskeyES256)
	if other.Made(n.Signatures[0]) {
		t.Error("the line is by another key of this name: its id is not compared")
	}
}

func TestKeysAndSignaturesAreDeterministic(t *testing.T) {
	for name, alg := range algorithms {
		var first string
		for range 2 {
			k, err := softkey.New("officer/1", alg, bytes.NewReader(bytes.Repeat([]byte{7}, 32)))
			if err != nil {
				t.Fatal(err)
			}
			sig, err := k.At(party, origin).Sign([]byte("text\n"))
			if err != nil {
				t.Fatal(err)
			}
			this := fmt.Sprintf("%s %x", k.VerifierKey(), sig)
			if first != "" && this != first {
				t.Errorf("%s: not deterministic", name)
			}
			first = this
		}
	}
}

func TestSealedPasskeyOpensAgain(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for name, alg := range algorithms {
		k, public := newKey(t, "officer/1", alg)
		sealed, err := softkey.Seal(k, id.Recipient())
		if err != nil {
			t.Fatal(err)
		}
		secret, err := identity.OpenSecret(softkey.Label, sealed, id)
		if err != nil {
			t.Fatal(err)
		}
		again, err := softkey.Parse(secret)
		if err != nil {
			t.Fatal(err)
		}
		sig, err := again.At(party, origin).Sign([]byte("text\n"))
		if err != nil {
			t.Fatal(err)
		}
		if err := public.Verify([]byte("text\n"), sig, at); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMalformedPasskeyIsRefused(t *testing.T) {
	good := "officer/1+%s+AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\n"
	for _, text := range []string{
		"", "\n", "officer/1", "a+b+c\n", fmt.Sprintf(good, "00000000"),
		strings.TrimSuffix(fmt.Sprintf(good, "00000000"), "\n"),
		"officer/1+00000000+CQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\n", // algorithm 9
		"officer/1+00000000+AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", // scalar 0
		"of ficer+00000000+AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\n",
	} {
		if _, err := softkey.Parse([]byte(text)); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
	if _, err := softkey.New("officer/1", 9, rand.Reader); err == nil {
		t.Error("algorithm 9 is accepted")
	}
	if _, err := softkey.New("a b", read.PasskeyES256, rand.Reader); err == nil {
		t.Error("a name with a space is accepted")
	}
	if _, err := softkey.New("a", read.PasskeyES256, strings.NewReader("short")); err == nil {
		t.Error("too little randomness is accepted")
	}
}

func TestDestroyedPasskeySignsNothing(t *testing.T) {
	for name, alg := range algorithms {
		k, _ := newKey(t, "officer/1", alg)
		k.Destroy()
		if _, err := k.At(party, origin).Sign([]byte("text\n")); err == nil {
			t.Errorf("%s: the destroyed key signs", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("officer/1+00000000+AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\n"))
	f.Fuzz(func(_ *testing.T, secret []byte) {
		if k, err := softkey.Parse(secret); err == nil {
			k.Destroy()
		}
	})
}
