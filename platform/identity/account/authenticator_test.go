package account_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
)

// authenticator is a WebAuthn authenticator with one ES256 passkey, together with the
// browser in front of it. What a test changes is what it lies about.
type authenticator struct {
	t       testing.TB
	id      []byte
	key     *ecdsa.PrivateKey
	handle  []byte // the user's, from the options it was made with
	counter uint32

	origin string // of the page
	party  string // relying party
	cross  bool   // the page stands within another site's
	flags  byte
}

const (
	userPresent  = 1 << 0
	userVerified = 1 << 2
	attested     = 1 << 6
)

func newAuthenticator(t testing.TB) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 16)
	rand.Read(id)
	return &authenticator{t: t, id: id, key: key, origin: siteOrigin, party: siteHost, flags: userPresent | userVerified}
}

// options are the parts of creation and request options that it needs.
type options struct {
	PublicKey struct {
		Challenge string `json:"challenge"`
		User      struct {
			ID string `json:"id"`
		} `json:"user"`
	} `json:"publicKey"`
}

func (a *authenticator) client(kind, challenge string) []byte {
	text, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": a.cross})
	if err != nil {
		a.t.Fatal(err)
	}
	return text
}

func (a *authenticator) data(flags byte) []byte {
	party := sha256.Sum256([]byte(a.party))
	return binary.BigEndian.AppendUint32(append(party[:], flags), a.counter)
}

// create makes the passkey for the options, and returns the browser's answer.
func (a *authenticator) create(opts []byte) []byte {
	a.t.Helper()
	var o options
	if err := json.Unmarshal(opts, &o); err != nil {
		a.t.Fatal(err)
	}
	var err error
	if a.handle, err = base64.RawURLEncoding.DecodeString(o.PublicKey.User.ID); err != nil {
		a.t.Fatal(err)
	}
	point, err := a.key.PublicKey.Bytes() // 04 ‖ x ‖ y
	if err != nil {
		a.t.Fatal(err)
	}
	// COSE key (RFC 9053): kty 2, alg -7, crv 1, x, y.
	cose := append([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}, point[1:33]...)
	cose = append(append(cose, 0x22, 0x58, 0x20), point[33:]...)
	auth := append(a.data(a.flags|attested), make([]byte, 16)...) // no AAGUID
	auth = binary.BigEndian.AppendUint16(auth, uint16(len(a.id)))
	auth = append(append(auth, a.id...), cose...)
	// {"fmt": "none", "attStmt": {}, "authData": bytes}
	object := append([]byte{0xa3, 0x63}, "fmt\x64none\x67attStmt\xa0\x68authData\x58"...)
	object = append(append(object, byte(len(auth))), auth...)
	return a.answer(map[string]any{
		"clientDataJSON": encode(a.client("webauthn.create", o.PublicKey.Challenge)), "attestationObject": encode(object),
	})
}

// get signs in with the passkey for the options, and returns the browser's answer.
func (a *authenticator) get(opts []byte) []byte {
	a.t.Helper()
	var o options
	if err := json.Unmarshal(opts, &o); err != nil {
		a.t.Fatal(err)
	}
	return a.assert("webauthn.get", o.PublicKey.Challenge)
}

func (a *authenticator) assert(kind, challenge string) []byte {
	a.t.Helper()
	a.counter++
	client, auth := a.client(kind, challenge), a.data(a.flags)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(bytes.Clone(auth), hash[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return a.answer(map[string]any{
		"clientDataJSON": encode(client), "authenticatorData": encode(auth), "signature": encode(sig), "userHandle": encode(a.handle),
	})
}

func (a *authenticator) answer(response map[string]any) []byte {
	text, err := json.Marshal(map[string]any{
		"id": encode(a.id), "rawId": encode(a.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return text
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
