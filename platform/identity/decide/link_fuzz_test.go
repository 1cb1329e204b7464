package decide

import (
	"bytes"
	"encoding/hex"
	"testing"

	"bayyina/platform/ledger/read"
)

// FuzzPasskeyText: what is taken for an authenticator's key is a key by which the log's
// readers can check signatures, under the name that was given.
func FuzzPasskeyText(f *testing.F) {
	// P-256's base point (SEC 2, section 2.4.2) and Ed25519's (RFC 8032), as RFC 9053 writes keys.
	x := unhex(f, "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")
	y := unhex(f, "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
	es := append(append(append(unhex(f, "a501020326200121"+"5820"), x...), unhex(f, "225820")...), y...)
	ed := append(unhex(f, "a4010103272006215820"), unhex(f, "5866666666666666666666666666666666666666666666666666666666666666")...)
	for _, key := range [][]byte{es, ed} {
		if _, err := passkeyText("sign.example/1", key); err != nil {
			f.Fatal(err)
		}
		f.Add(key)
	}
	f.Add(bytes.Replace(es, unhex(f, "2001"), unhex(f, "2008"), 1)) // secp256k1: coordinates of the same length
	f.Fuzz(func(t *testing.T, cose []byte) {
		text, err := passkeyText("sign.example/1", cose)
		if err != nil {
			return
		}
		key, err := read.ParseKey(text)
		if err != nil || !key.IsPasskey() || key.Name() != "sign.example/1" {
			t.Fatalf("%x is %s: %v", cose, text, err)
		}
	})
}

func unhex(f *testing.F, digits string) []byte {
	b, err := hex.DecodeString(digits)
	if err != nil {
		f.Fatal(err)
	}
	return b
}
