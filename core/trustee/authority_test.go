package trustee

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"bayyina/core/canon"
	"bayyina/core/group"
)

func TestEachCheckOfACredentialsCertificateIsNeeded(t *testing.T) {
	seed, err := NewSeed(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k, err := OpenSeed(group.Ed25519, seed)
	if err != nil {
		t.Fatal(err)
	}
	want := Authority{UUID: "22222222222222", Credentials: 12, ListHash: canon.Hex(nil)}
	text, err := k.Certify(want, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseAuthority(group.Ed25519, text)
	if err != nil || got.UUID != want.UUID || got.Credentials != want.Credentials || got.ListHash != want.ListHash {
		t.Errorf("read %+v, %v", got, err)
	}
	if _, err := ParseAuthority(group.Ed25519, bytes.Replace(text, []byte(`:12,`), []byte(`:13,`), 1)); err == nil || !strings.Contains(err.Error(), "must be") {
		t.Errorf("certificate for another number of voters: %v", err)
	}
	changed := bytes.LastIndex(text, []byte(`"response":"`)) + len(`"response":"`)
	if text[changed]++; text[changed] > '6' {
		text[changed] = '1' // a scalar of 76 digits begins with 1 to 7
	}
	if _, err := ParseAuthority(group.Ed25519, text); !errors.Is(err, ErrSignature) {
		t.Errorf("certificate with another signature: %v", err)
	}
	if _, err := ParseAuthority(group.Ed25519, text[1:]); !errors.Is(err, canon.ErrNotCanonical) {
		t.Errorf("no certificate: %v", err)
	}
}
