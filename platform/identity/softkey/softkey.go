// Package softkey makes passkeys in software, for rehearsals, demonstrations and
// tests. They sign as a WebAuthn authenticator does (W3C WebAuthn level 2, section
// 7.2), in the form of docs/PROTOCOL.md section 2, so that a log cannot tell them
// from hardware: its genesis marks them as software, and a real log refuses them.
// Presence and verification of a user are said, not checked.
package softkey

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"fmt"
	"io"

	"bayyina/platform/ledger/read"
)

// secretSize is the size in bytes of the private key of either algorithm.
const secretSize = 32

// Key is a passkey in software.
type Key struct {
	alg    byte // read.PasskeyES256 or read.PasskeyEdDSA
	secret []byte
	edd    ed25519.PrivateKey
	point  *ecdsa.PrivateKey
	public read.Key
}

// New makes a passkey from random: alg is [read.PasskeyES256] or [read.PasskeyEdDSA],
// the name stands in front of its signatures.
func New(name string, alg byte, random io.Reader) (*Key, error) {
	for {
		secret := make([]byte, secretSize)
		if _, err := io.ReadFull(random, secret); err != nil {
			return nil, fmt.Errorf("make passkey %s: read randomness: %w", name, err)
		}
		if alg == read.PasskeyES256 {
			// One value in 2^32 is no scalar of P-256: another is drawn.
			if _, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), secret); err != nil {
				continue
			}
		}
		return fromSecret(name, alg, secret)
	}
}

// fromSecret makes the key that the secret is; it keeps the slice.
func fromSecret(name string, alg byte, secret []byte) (*Key, error) {
	k := &Key{alg: alg, secret: secret}
	var public []byte
	var err error
	switch alg {
	case read.PasskeyEdDSA:
		k.edd = ed25519.NewKeyFromSeed(secret)
		public = k.edd[ed25519.SeedSize:]
	case read.PasskeyES256:
		if k.point, err = ecdsa.ParseRawPrivateKey(elliptic.P256(), secret); err != nil {
			return nil, fmt.Errorf("passkey %s: %w", name, err)
		}
		if public, err = k.point.PublicKey.Bytes(); err != nil {
			return nil, fmt.Errorf("passkey %s: %w", name, err)
		}
	default:
		return nil, fmt.Errorf("passkey %s: unknown algorithm %d", name, alg)
	}
	text, err := read.PasskeyText(name, alg, public)
	if err != nil {
		return nil, fmt.Errorf("passkey %s: %w", name, err)
	}
	k.public, err = read.ParseKey(text)
	return k, err
}

// Name returns the key's name, as it stands in front of its signatures.
func (k *Key) Name() string { return k.public.Name() }

// KeyHash returns the key id.
func (k *Key) KeyHash() uint32 { return k.public.ID() }

// VerifierKey returns the public key as text, name+id+base64.
func (k *Key) VerifierKey() string { return k.public.String() }

// Algorithm names what the key signs with: ES256 or EdDSA.
func (k *Key) Algorithm() string { return k.public.Algorithm() }

// Destroy overwrites the private key in memory. The key must not be used again.
func (k *Key) Destroy() {
	clear(k.secret)
	clear(k.edd)
	k.edd, k.point = nil, nil
}
