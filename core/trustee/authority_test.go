package trustee

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"bayyina/core/canon"
)

func TestEachCheckOfACredentialsCertificateIsNeeded(t *testing.T) {
	seed, err := NewSeed(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k, err := OpenSeed(seed)
	if err != nil {
		t.Fatal(err)
	}
	want := Authority{UUID: "22222222222222", Credentials: 12, ListHash: canon.Hex(nil)}
	text, err := k.Certify(want, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseAuthority(text)
	if err != nil || got.UUID != want.UUID || got.Credentials != want.Credentials || got.ListHash != want.ListHash {
		t.Errorf("read %+v, %v", got, err)
	}
	if _, err := ParseAuthority(bytes.Replace(text, []byte(`:12,`), []byte(`:13,`), 1)); err == nil || !strings.Contains(err.Error(), "must be") {
		t.Errorf("certificate for another number of voters: %v", err)
	}
	changed := bytes.LastIndex(text, []byte(`"response":"`)) + len(`"response":"`)
	text[changed] ^= 3 // the digits 1 and 2 trade places, 0 becomes 3: never a leading zero
	if _, err := ParseAuthority(text); !errors.Is(err, ErrSignature) {
		t.Errorf("certificate with another signature: %v", err)
	}
	if _, err := ParseAuthority(text[1:]); !errors.Is(err, canon.ErrNotCanonical) {
		t.Errorf("no certificate: %v", err)
	}
}
