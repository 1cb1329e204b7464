package softkey

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// Flag bits of authenticatorData (WebAuthn level 2, section 6.1).
const (
	UserPresent  byte = 1 << 0
	UserVerified byte = 1 << 2
)

// Ceremony is what an assertion says about how it was made. [Signing] gives the
// honest one; a test that changes it tells a lie.
type Ceremony struct {
	Type        string // "webauthn.get"
	Challenge   []byte // SHA-256 of the text
	Origin      string // of the page that asked
	CrossOrigin bool   // the page stood within another site's
	RPID        string // relying party
	Flags       byte
}

// Signing is the ceremony of signing a note's text on a page of that origin.
func Signing(text []byte, rpID, origin string) Ceremony {
	challenge := sha256.Sum256(text)
	return Ceremony{
		Type: "webauthn.get", Challenge: challenge[:], Origin: origin,
		RPID: rpID, Flags: UserPresent | UserVerified,
	}
}

// clientData is clientDataJSON as browsers write it (WebAuthn level 2, section 5.8.1.1).
type clientData struct {
	Type        string `json:"type"`
	Challenge   string `json:"challenge"`
	Origin      string `json:"origin"`
	CrossOrigin bool   `json:"crossOrigin"`
}

// Assert makes the assertion of a ceremony: the bytes that follow the key id in a
// note's signature line. ES256 signatures are deterministic (RFC 6979).
func (k *Key) Assert(c Ceremony) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(clientData{c.Type, base64.RawURLEncoding.EncodeToString(c.Challenge), c.Origin, c.CrossOrigin}); err != nil {
		return nil, fmt.Errorf("assertion by %s: %w", k.Name(), err)
	}
	client := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if len(client) > math.MaxUint16 {
		return nil, fmt.Errorf("assertion by %s: client data of %d bytes", k.Name(), len(client))
	}
	party, hash := sha256.Sum256([]byte(c.RPID)), sha256.Sum256(client)
	auth := append(party[:], c.Flags, 0, 0, 0, 0) // a counter that stays 0, as synced passkeys have
	signed := append(bytes.Clone(auth), hash[:]...)
	sig, err := k.sign(signed)
	if err != nil {
		return nil, fmt.Errorf("assertion by %s: %w", k.Name(), err)
	}
	out := binary.BigEndian.AppendUint16(nil, uint16(len(auth)))
	out = append(out, auth...)
	out = binary.BigEndian.AppendUint16(out, uint16(len(client)))
	out = append(out, client...)
	return append(out, sig...), nil
}

func (k *Key) sign(message []byte) ([]byte, error) {
	switch {
	case k.edd != nil:
		return ed25519.Sign(k.edd, message), nil
	case k.point != nil:
		digest := sha256.Sum256(message)
		return k.point.Sign(nil, digest[:], crypto.SHA256) // nil: deterministic
	}
	return nil, errors.New("the key was destroyed")
}

// Signer is a passkey on the page where decisions of one log are signed. It
// implements the note package's Signer.
type Signer struct {
	*Key
	rpID, origin string
}

// At binds the passkey to the relying party of a log and one of its origins.
func (k *Key) At(rpID, origin string) *Signer { return &Signer{k, rpID, origin} }

// Sign returns an assertion over a note's text.
func (s *Signer) Sign(text []byte) ([]byte, error) {
	return s.Assert(Signing(text, s.rpID, s.origin))
}
