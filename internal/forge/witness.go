package forge

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"
)

// Witness is a witness whose key the forger holds.
type Witness struct {
	name string
	key  ed25519.PrivateKey
}

// NewWitness returns the witness of a key.
func NewWitness(name string, key ed25519.PrivateKey) *Witness { return &Witness{name, key} }

// Name returns the witness' name.
func (w *Witness) Name() string { return w.name }

// public is the key with the type of c2sp.org/tlog-cosignature before it.
func (w *Witness) public() []byte {
	return append([]byte{4}, w.key[ed25519.SeedSize:]...)
}

// KeyHash returns the key id.
func (w *Witness) KeyHash() uint32 {
	sum := sha256.Sum256(append([]byte(w.name+"\n"), w.public()...))
	return binary.BigEndian.Uint32(sum[:])
}

// VerifierKey returns the public key as text.
func (w *Witness) VerifierKey() string {
	return fmt.Sprintf("%s+%08x+%s", w.name, w.KeyHash(), base64.StdEncoding.EncodeToString(w.public()))
}

// Cosign returns the line of a cosignature/v1 over a checkpoint's text.
func (w *Witness) Cosign(text []byte, at time.Time) []byte {
	sig := ed25519.Sign(w.key, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at.Unix(), text))
	return Line(w.name, w.KeyHash(), append(binary.BigEndian.AppendUint64(nil, uint64(at.Unix())), sig...))
}
