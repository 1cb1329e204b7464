// Package trustee has the keys of an election's trustees: single keys, of which
// every one is needed, and blocks of n keys of which any t suffice (Pedersen);
// their set-up on machines without a network, the record that lists them, partial
// decryptions and their combination. Every file and message is the one that
// Belenios 3.3 writes (src/lib/v1/trustees.ml, src/lib/core/pki.ml).
//
// A trustee's steps are pure functions from files to files. Secrets are read from
// and written to key files only; where those files are kept, and under which
// passphrase, is the caller's.
package trustee

import (
	"bytes"
	"fmt"
	"io"

	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// PrivateKey decrypts for one trustee: a single key, or a member's share of a
// threshold key.
type PrivateKey struct{ secret group.Scalar }

// NewPrivateKey makes a single key in the group.
func NewPrivateKey(g *group.Group, random io.Reader) (*PrivateKey, error) {
	secret, err := g.RandomScalar(random)
	if err != nil {
		return nil, err
	}
	return &PrivateKey{secret}, nil
}

// ParsePrivateKey reads a key file of a single trustee in the group: a JSON string with the
// decimal scalar. Space around it is ignored.
func ParsePrivateKey(g *group.Group, text []byte) (*PrivateKey, error) {
	r := canon.NewReader(trimSpace(text), 1<<10)
	secret := proof.ReadScalar(r, g)
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	return &PrivateKey{secret}, nil
}

// Text is the content of the key file.
func (k *PrivateKey) Text() []byte {
	var w canon.Writer
	return w.Append(k.secret.AppendText).Bytes()
}

// Public returns the public key.
func (k *PrivateKey) Public() *group.Element { return k.secret.Group().BaseMult(k.secret) }

// PublicKey makes the public key's record with its proof of knowledge. The name is
// shown to voters and may be empty.
func (k *PrivateKey) PublicKey(name string, random io.Reader) ([]byte, error) {
	if !canon.ValidString(name) {
		return nil, fmt.Errorf("name of a trustee is not UTF-8")
	}
	p, err := newPublicKey(k, random)
	if err != nil {
		return nil, err
	}
	p.name, p.named = name, name != ""
	var w canon.Writer
	p.write(&w)
	return w.Bytes(), nil
}

// publicKey is the record of a public key, of a single trustee or of a member of a
// threshold block.
type publicKey struct {
	pok       proof.Proof
	element   *group.Element
	signature *proof.Proof // by the member's signing key, over the element's text
	name      string
	named     bool
}

func newPublicKey(k *PrivateKey, random io.Reader) (publicKey, error) {
	element := k.Public()
	pok, err := proof.ProveKnowledge(random, proof.KeyOfTrustee, knowledgeMessage(element), k.secret)
	if err != nil {
		return publicKey{}, fmt.Errorf("prove knowledge of the private key: %w", err)
	}
	return publicKey{pok: pok, element: element}, nil
}

// knowledgeMessage is what a proof of knowledge is bound to besides its purpose.
func knowledgeMessage(element *group.Element) []byte {
	return element.AppendText([]byte(element.Group().Name() + "|"))
}

func (p publicKey) verify() error {
	if !proof.VerifyKnowledge(proof.KeyOfTrustee, knowledgeMessage(p.element), p.element, p.pok) {
		return fmt.Errorf("proof of knowledge of the private key is wrong")
	}
	return nil
}

func (p publicKey) write(w *canon.Writer) {
	w.Begin('{').Key("pok")
	p.pok.Write(w)
	w.Key("public_key").Append(p.element.AppendText)
	if p.signature != nil {
		w.Key("signature")
		p.signature.Write(w)
	}
	if p.named {
		w.Key("name").String(p.name)
	}
	w.End('}')
}

func readPublicKey(r *canon.Reader, g *group.Group) (p publicKey) {
	r.Literal(`{"pok":`)
	p.pok = proof.Read(r, g)
	r.Literal(`,"public_key":`)
	p.element = proof.ReadElement(r, g)
	if r.Try(`,"signature":`) {
		signature := proof.Read(r, g)
		p.signature = &signature
	}
	if r.Try(`,"name":`) {
		p.name, p.named = r.String(), true
	}
	r.Literal("}")
	return p
}

// trimSpace lets files end with the newline that tools put there.
func trimSpace(text []byte) []byte { return bytes.TrimSpace(text) }
