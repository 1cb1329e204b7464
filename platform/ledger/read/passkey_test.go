package read_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"testing"

	"bayyina/platform/ledger/read"

	"pgregory.net/rapid"
)

const decided = "bayyina.statement/1\nwhat two officers decide\n"

func TestPasskeysOfBothAlgorithmsSign(t *testing.T) {
	for name, p := range map[string]*passkey{"ES256": newES256(t, "officer"), "EdDSA": newEdDSA(t, "officer")} {
		t.Run(name, func(t *testing.T) {
			k := key(t, p.vkey)
			if err := k.Verify([]byte(decided), p.assert(t, honest(decided)), parties); err != nil {
				t.Error(err)
			}
			tells(t, k.Verify([]byte(decided+"more\n"), p.assert(t, honest(decided)), parties), "not the hash of this statement")
		})
	}
}

// Each case is good but for one thing, and signed as it stands.
func TestAssertionsThatWereNotMadeForThisDecisionAreRefused(t *testing.T) {
	party := sha256.Sum256([]byte("other.example"))
	cases := []struct {
		name, words string
		change      func(*ceremony)
	}{
		{"registration", "type", func(c *ceremony) { c.client["type"] = "webauthn.create" }},
		{"no type", "type", func(c *ceremony) { delete(c.client, "type") }},
		{"type that is no string", "type", func(c *ceremony) { c.client["type"] = []string{"webauthn.get"} }},
		{"type by another name", "type", func(c *ceremony) { delete(c.client, "type"); c.client["Type"] = "webauthn.get" }},
		{"another challenge", "challenge", func(c *ceremony) { c.client["challenge"] = honest("other\n").client["challenge"] }},
		{"no challenge", "challenge", func(c *ceremony) { delete(c.client, "challenge") }},
		{"challenge with padding", "challenge", func(c *ceremony) { c.client["challenge"] = c.client["challenge"].(string) + "=" }},
		{"challenge in hexadecimal", "challenge", func(c *ceremony) {
			b, _ := base64.RawURLEncoding.DecodeString(c.client["challenge"].(string))
			c.client["challenge"] = string(hexOf(b))
		}},
		{"another origin", "origin", func(c *ceremony) { c.client["origin"] = "https://evil.example" }},
		{"origin of a subdomain", "origin", func(c *ceremony) { c.client["origin"] = "https://a.sign.example" }},
		{"origin without TLS", "origin", func(c *ceremony) { c.client["origin"] = "http://sign.example" }},
		{"no origin", "origin", func(c *ceremony) { delete(c.client, "origin") }},
		{"origin by another name", "origin", func(c *ceremony) { c.client["Origin"] = c.client["origin"]; delete(c.client, "origin") }},
		{"within another site's page", "another site's page", func(c *ceremony) { c.client["crossOrigin"] = true }},
		{"crossOrigin null", "another site's page", func(c *ceremony) { c.client["crossOrigin"] = nil }},
		{"a member twice", "stands twice", func(c *ceremony) {
			client, _ := json.Marshal(c.client)
			c.raw = append([]byte(`{"type":"webauthn.create",`), client[1:]...)
		}},
		{"client data that is no JSON", "client data", func(c *ceremony) { c.raw = []byte(`{"type":"webauthn.get"`) }},
		{"client data that is no object", "client data", func(c *ceremony) { c.raw = []byte(`["webauthn.get"]`) }},
		{"client data null", "not a JSON object", func(c *ceremony) { c.raw = []byte(`null`) }},
		{"another relying party", "relying party", func(c *ceremony) { copy(c.auth, party[:]) }},
		{"nobody present", "nobody was present", func(c *ceremony) { c.auth[32] = 0x04 }},
		{"user not verified", "not verified", func(c *ceremony) { c.auth[32] = 0x01 }},
		{"authenticator data of 36 bytes", "36 bytes", func(c *ceremony) { c.auth = c.auth[:36] }},
		{"no authenticator data", "0 bytes", func(c *ceremony) { c.auth = nil }},
	}
	for algorithm, p := range map[string]*passkey{"ES256": newES256(t, "officer"), "EdDSA": newEdDSA(t, "officer")} {
		for _, c := range cases {
			t.Run(algorithm+" "+c.name, func(t *testing.T) {
				made := honest(decided)
				c.change(made)
				tells(t, key(t, p.vkey).Verify([]byte(decided), p.assert(t, made), parties), c.words)
			})
		}
	}
}

func hexOf(b []byte) (out []byte) {
	for _, c := range b {
		out = append(out, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
	}
	return out
}

func TestAssertionsWithMoreInThemAreGood(t *testing.T) {
	p := newES256(t, "officer")
	cases := map[string]func(*ceremony){
		"members of the future":      func(c *ceremony) { c.client["extraData"] = map[string]any{"type": "webauthn.create"} },
		"no crossOrigin":             func(c *ceremony) { delete(c.client, "crossOrigin") },
		"the second origin":          func(c *ceremony) { c.client["origin"] = "https://sign2.example" },
		"backup and extension flags": func(c *ceremony) { c.auth = append(c.auth, 0xa0); c.auth[32] |= 0x98 },
	}
	for name, change := range cases {
		c := honest(decided)
		change(c)
		if err := key(t, p.vkey).Verify([]byte(decided), p.assert(t, c), parties); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNoOriginOfTheLogMakesEveryAssertionBad(t *testing.T) {
	p := newES256(t, "officer")
	c := honest(decided)
	tells(t, key(t, p.vkey).Verify([]byte(decided), p.assert(t, c), read.Passkeys{RPID: parties.RPID}), "origin")
	delete(c.client, "origin")
	tells(t, key(t, p.vkey).Verify([]byte(decided), p.assert(t, c), read.Passkeys{RPID: parties.RPID, Origins: []string{""}}), "origin")
}

func TestAnotherPasskeysAssertionIsRefused(t *testing.T) {
	first, second, ed := newES256(t, "officer"), newES256(t, "officer"), newEdDSA(t, "officer")
	for name, other := range map[string]*passkey{"of the same algorithm": second, "of the other": ed} {
		t.Run(name, func(t *testing.T) {
			tells(t, key(t, other.vkey).Verify([]byte(decided), first.assert(t, honest(decided)), parties), "signature does not verify")
		})
	}
	if k := key(t, first.vkey); k.Made(read.Signature{Name: "officer", ID: idOf(second.vkey)}) {
		t.Error("a signature line with another key id is this key's")
	}
}

// A plain signature over the text is no assertion, whoever holds the private key.
func TestSignatureWithoutACeremonyIsRefused(t *testing.T) {
	p := newEdDSA(t, "officer")
	if err := key(t, p.vkey).Verify([]byte(decided), p.sign([]byte(decided)), parties); err == nil {
		t.Error("a bare signature passed for an assertion")
	}
}

func TestEveryFlippedBitOfAnAssertionIsNoticed(t *testing.T) {
	for name, p := range map[string]*passkey{"ES256": newES256(t, "officer"), "EdDSA": newEdDSA(t, "officer")} {
		k, sig := key(t, p.vkey), p.assert(t, honest(decided))
		for i := range len(sig) * 8 {
			sig[i/8] ^= 1 << (i % 8)
			if err := k.Verify([]byte(decided), sig, parties); err == nil {
				t.Errorf("%s: bit %d of byte %d", name, i%8, i/8)
			}
			sig[i/8] ^= 1 << (i % 8)
		}
	}
}

func TestTruncatedAssertionsAreRefused(t *testing.T) {
	p := newEdDSA(t, "officer")
	k, sig := key(t, p.vkey), p.assert(t, honest(decided))
	rapid.Check(t, func(t *rapid.T) {
		if err := k.Verify([]byte(decided), sig[:rapid.IntRange(0, len(sig)-1).Draw(t, "length")], parties); err == nil {
			t.Fatal("accepted")
		}
	})
	if err := k.Verify([]byte(decided), append(sig, 0), parties); err == nil {
		t.Error("a byte behind the signature went unnoticed")
	}
}
