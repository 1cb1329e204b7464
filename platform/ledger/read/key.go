package read

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// The types of keys (docs/PROTOCOL.md section 2), by their first byte.
const (
	typeEd25519     = 0x01
	typeCosignature = 0x04
	typePasskey     = 0xff
)

const passkeyLabel = "\xffbayyina.webauthn/1\x00"

// Algorithms of passkeys, as the byte that stands in the verifier key.
const (
	PasskeyEdDSA byte = 1 // COSE -8, key of 32 bytes
	PasskeyES256 byte = 2 // COSE -7, key of 65 bytes: an uncompressed P-256 point
)

// Key is a public key that signs notes. The zero value is no key.
type Key struct {
	text  string
	name  string
	id    uint32
	typ   byte
	alg   byte // of a passkey
	edd   ed25519.PublicKey
	point *ecdsa.PublicKey
}

// Name returns the key's name.
func (k Key) Name() string { return k.name }

// ID returns the key id: the first four bytes of SHA-256(name ‖ LF ‖ type ‖ key).
func (k Key) ID() uint32 { return k.id }

// String returns the verifier key, as it was parsed.
func (k Key) String() string { return k.text }

// IsPasskey reports whether the key signs by WebAuthn assertions.
func (k Key) IsPasskey() bool { return k.typ == typePasskey }

// IsWitness reports whether the key signs cosignatures of checkpoints.
func (k Key) IsWitness() bool { return k.typ == typeCosignature }

// Made reports whether a signature line claims to be by this key.
func (k Key) Made(s Signature) bool { return s.Name == k.name && s.ID == k.id }

// ParseKey reads a verifier key, NAME+ID+BASE64(type ‖ key), of one of the types
// of docs/PROTOCOL.md section 2.
func ParseKey(text string) (Key, error) {
	const limit = 512
	fields := strings.SplitN(text, "+", 3)
	if len(text) > limit || len(fields) != 3 {
		return Key{}, errors.New("key: not of the form name+id+base64")
	}
	if err := checkName(fields[0]); err != nil {
		return Key{}, fmt.Errorf("key: %w", err)
	}
	data, err := decodeBase64(fields[2])
	if err != nil {
		return Key{}, fmt.Errorf("key %s: %w", fields[0], err)
	}
	k := Key{text: text, name: fields[0], id: keyID(fields[0], data)}
	if fmt.Sprintf("%08x", k.id) != fields[1] {
		return Key{}, fmt.Errorf("key %s: its id is %08x, not %.16q", k.name, k.id, fields[1])
	}
	if err := k.setPublic(data); err != nil {
		return Key{}, fmt.Errorf("key %s: %w", k.name, err)
	}
	return k, nil
}

func (k *Key) setPublic(data []byte) error {
	if len(data) == 0 {
		return errors.New("no type")
	}
	k.typ = data[0]
	public := data[1:]
	if rest, ok := strings.CutPrefix(string(data), passkeyLabel); ok && rest != "" {
		k.alg, public = rest[0], []byte(rest[1:])
	} else if k.typ == typePasskey {
		return errors.New("unknown type ff")
	}
	switch {
	case k.typ == typePasskey && k.alg == PasskeyES256:
		point, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), public)
		if err != nil {
			return fmt.Errorf("not a point of P-256: %w", err)
		}
		k.point = point
		return nil
	case k.typ == typePasskey && k.alg != PasskeyEdDSA, k.typ != typePasskey && k.typ != typeEd25519 && k.typ != typeCosignature:
		return fmt.Errorf("unknown type %02x, algorithm %02x", k.typ, k.alg)
	case len(public) != ed25519.PublicKeySize:
		return fmt.Errorf("%d bytes of public key, not %d", len(public), ed25519.PublicKeySize)
	}
	k.edd = ed25519.PublicKey(public)
	return nil
}

// PasskeyText writes the verifier key of a passkey: PasskeyEdDSA with 32 bytes of
// public key, or PasskeyES256 with an uncompressed point.
func PasskeyText(name string, alg byte, public []byte) (string, error) {
	data := append([]byte(passkeyLabel), alg)
	data = append(data, public...)
	text := fmt.Sprintf("%s+%08x+%s", name, keyID(name, data), base64.StdEncoding.EncodeToString(data))
	if _, err := ParseKey(text); err != nil {
		return "", err
	}
	return text, nil
}

func keyID(name string, data []byte) uint32 {
	h := sha256.New()
	h.Write([]byte(name + "\n"))
	h.Write(data)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// Verify checks the signature of a note's text by a key file or server key, or,
// under the log's relying party, by a passkey.
func (k Key) Verify(text, signature []byte, at Passkeys) error {
	switch k.typ {
	case typeEd25519:
		if !ed25519.Verify(k.edd, text, signature) {
			return fmt.Errorf("signature by %s: it does not verify", k.name)
		}
		return nil
	case typePasskey:
		if err := k.verifyAssertion(text, signature, at); err != nil {
			return fmt.Errorf("signature by %s: %w", k.name, err)
		}
		return nil
	}
	return fmt.Errorf("signature by %s: a key of type %02x signs no statements", k.name, k.typ)
}

// Cosigned checks a witness' cosignature/v1 of a checkpoint's text
// (c2sp.org/tlog-cosignature) and returns its time.
func (k Key) Cosigned(text, signature []byte) (time.Time, error) {
	if k.typ != typeCosignature {
		return time.Time{}, fmt.Errorf("cosignature by %s: a key of type %02x cosigns nothing", k.name, k.typ)
	}
	if len(signature) != 8+ed25519.SignatureSize {
		return time.Time{}, fmt.Errorf("cosignature by %s: %d bytes", k.name, len(signature))
	}
	at := binary.BigEndian.Uint64(signature)
	if at > maxTime {
		return time.Time{}, fmt.Errorf("cosignature by %s: time %d is out of range", k.name, at)
	}
	message := fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text)
	if !ed25519.Verify(k.edd, message, signature[8:]) {
		return time.Time{}, fmt.Errorf("cosignature by %s: it does not verify", k.name)
	}
	return time.Unix(int64(at), 0).UTC(), nil
}

// maxTime is the last second that a protocol time can name (year 9999).
const maxTime = 253402300799
