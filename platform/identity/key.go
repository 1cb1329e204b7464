// Package identity keeps the keys with which people and offline bodies sign.
//
// A [Key] is an Ed25519 key of a C2SP signed note (c2sp.org/signed-note): its
// public half is written as a verifier key, its private half lives in an
// age-encrypted file. The same sealing serves other secrets that stay with their
// holder: a trustee's share, the credential authority's list.
package identity

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

const (
	algEd25519     = 1 // signature type of c2sp.org/signed-note
	maxNameBytes   = 128
	privatePrefix  = "PRIVATE+KEY+"
	encodedSeedLen = 44 // base64 of the type byte and the 32-byte seed
)

// Key signs notes. It implements [note.Signer].
type Key struct {
	private  ed25519.PrivateKey
	verifier string // NAME+HASH+BASE64
	name     string
	hash     uint32
}

// NewKey makes a key from 32 bytes of random. The name says who signs and where,
// for instance "hnec.example/root": no spaces, no plus sign, at most 128 bytes.
func NewKey(name string, random io.Reader) (*Key, error) {
	seed := make([]byte, ed25519.SeedSize)
	defer clear(seed)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("make key %s: read randomness: %w", name, err)
	}
	return keyFromSeed(name, seed)
}

func keyFromSeed(name string, seed []byte) (*Key, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	private := ed25519.NewKeyFromSeed(seed)
	public := private[ed25519.SeedSize:]
	vkey, err := note.NewEd25519VerifierKey(name, ed25519.PublicKey(public))
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", name, err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", name, err)
	}
	return &Key{private: private, verifier: vkey, name: name, hash: verifier.KeyHash()}, nil
}

// checkName applies the rule of signed-note (no spaces, no plus sign) and two of
// our own, so that a name can be shown: printable, and not too long.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("the key's name is empty")
	case len(name) > maxNameBytes:
		return fmt.Errorf("the key's name has %d bytes; at most %d are allowed", len(name), maxNameBytes)
	case strings.Contains(name, "+"):
		return fmt.Errorf("the key's name %q contains a plus sign", name)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }):
		return fmt.Errorf("the key's name %q contains a space or an unprintable character", name)
	}
	return nil
}

// Name returns the key's name, as it stands in front of its signatures.
func (k *Key) Name() string { return k.name }

// KeyHash returns the first four bytes of SHA-256 over name and public key.
func (k *Key) KeyHash() uint32 { return k.hash }

// VerifierKey returns the public key as text, NAME+HASH+BASE64.
func (k *Key) VerifierKey() string { return k.verifier }

// Algorithm returns "Ed25519".
func (k *Key) Algorithm() string { return "Ed25519" }

// Sign returns the Ed25519 signature (RFC 8032) of a note's text.
func (k *Key) Sign(text []byte) ([]byte, error) {
	return ed25519.Sign(k.private, text), nil
}

// Destroy overwrites the private key in memory. The key must not be used again.
func (k *Key) Destroy() { clear(k.private) }

// privateText is the private key as signed-note tools read it:
// PRIVATE+KEY+NAME+HASH+BASE64 and a newline. The caller clears it after use.
func (k *Key) privateText() []byte {
	secret := append([]byte{algEd25519}, k.private.Seed()...)
	defer clear(secret)
	// One allocation, so that no half-written copy is left behind.
	text := make([]byte, 0, len(privatePrefix)+len(k.name)+len("+00000000+")+encodedSeedLen+1)
	text = fmt.Appendf(text, "%s%s+%08x+", privatePrefix, k.name, k.hash)
	text = base64.StdEncoding.AppendEncode(text, secret)
	return append(text, '\n')
}

// parsePrivate reads what privateText wrote.
func parsePrivate(text []byte) (*Key, error) {
	malformed := errors.New("not a private signing key (PRIVATE+KEY+name+hash+base64)")
	line, ok := bytes.CutSuffix(text, []byte("\n"))
	rest, private := bytes.CutPrefix(line, []byte(privatePrefix))
	fields := bytes.SplitN(rest, []byte("+"), 3)
	if !ok || !private || len(fields) != 3 {
		return nil, malformed
	}
	name, hash, encoded := string(fields[0]), string(fields[1]), fields[2]
	if len(encoded) != encodedSeedLen {
		return nil, malformed
	}
	secret := make([]byte, base64.StdEncoding.DecodedLen(len(encoded)))
	defer clear(secret)
	n, err := base64.StdEncoding.Strict().Decode(secret, encoded)
	if err != nil || n != 1+ed25519.SeedSize {
		return nil, malformed
	}
	if secret[0] != algEd25519 {
		return nil, fmt.Errorf("private key %q is of signature type %d; only Ed25519 (1) is known", name, secret[0])
	}
	key, err := keyFromSeed(name, secret[1:n])
	if err != nil {
		return nil, err
	}
	if fmt.Sprintf("%08x", key.hash) != hash {
		return nil, fmt.Errorf("private key %s: its hash %s is not that of its public key (%08x)", name, hash, key.hash)
	}
	return key, nil
}
