package trustee

import (
	"errors"
	"fmt"

	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// maxRecord bounds the text of a trustees' record.
const maxRecord = 16 << 20

// ErrUnsupported: the record is of a kind that this version does not check.
var ErrUnsupported = errors.New("unsupported")

// OwnerError is a fault of one trustee. Owner is the 1-based position in the
// flattened list of trustees, or in the block while it is being set up.
type OwnerError struct {
	Owner int
	Err   error
}

// Error names the trustee.
func (e *OwnerError) Error() string { return fmt.Sprintf("trustee %d: %v", e.Owner, e.Err) }

// Unwrap gives the fault.
func (e *OwnerError) Unwrap() error { return e.Err }

// Owner is one trustee of the flattened list.
type Owner struct {
	Name string // may be empty
	// Key is the public key that partial decryptions are checked against.
	Key *group.Element
	// Threshold is 0 for a single trustee, else how many of the block are needed.
	Threshold int
	block     int // which block of the record
	member    int // 1-based place in the block
}

// Trustees are an election's trustees, checked.
type Trustees struct {
	// Owners is the flattened list: owner number i is Owners[i−1].
	Owners []Owner
	// Key is the election's public key.
	Key *group.Element
	// Proofs is how many proofs and signatures the record has.
	Proofs int
	// Old: a threshold block is of before Belenios 2.5.1. Its certificates do not say
	// which block they are for, and nobody signed that all members saw the same ones.
	Old bool
}

// Block lists the owner numbers of the block that owner is of: the owner alone, or
// all members of the threshold block.
func (t *Trustees) Block(owner int) (members []int) {
	for i, o := range t.Owners {
		if o.block == t.Owners[owner-1].block {
			members = append(members, i+1)
		}
	}
	return members
}

// Single makes the record's entry of a single trustee from the public key.
func Single(publicKey []byte) []byte { return entry("Single", publicKey) }

// Threshold makes the record's entry of a threshold block.
func Threshold(block []byte) []byte { return entry("Pedersen", block) }

func entry(kind string, value []byte) []byte {
	var w canon.Writer
	return w.Begin('[').String(kind).Raw(trimSpace(value)).End(']').Bytes()
}

// Record makes the trustees' record of an election in the group from its entries and
// checks it.
func Record(g *group.Group, entries ...[]byte) ([]byte, error) {
	var w canon.Writer
	w.Begin('[')
	for _, e := range entries {
		w.Raw(e)
	}
	text := w.End(']').Bytes()
	if _, err := Parse(g, text); err != nil {
		return nil, err
	}
	return text, nil
}

// Parse reads the trustees' record of an election in the group and checks every proof
// and signature in it. Old threshold blocks are ErrUnsupported.
func Parse(g *group.Group, text []byte) (*Trustees, error) {
	t, err := ParseArchived(g, text)
	if err == nil && t.Old {
		return nil, fmt.Errorf("threshold block without signatures, as made before Belenios 2.5.1: %w", ErrUnsupported)
	}
	return t, err
}

// ParseArchived is Parse for elections that are over: it takes old threshold blocks,
// too, and the caller tells that there are some.
func ParseArchived(g *group.Group, text []byte) (*Trustees, error) {
	r := canon.NewReader(text, maxRecord)
	t := &Trustees{Key: g.Identity()}
	block := 0
	r.Array(MaxMembers, func(int) {
		var err error
		switch {
		case r.Try(`["Single",`):
			err = t.addSingle(r, block)
		default:
			r.Literal(`["Pedersen",`)
			err = t.addPedersen(r, block)
		}
		r.Fail(err)
		r.Literal("]")
		block++
	})
	if err := r.End(); err != nil {
		return nil, err
	}
	if len(t.Owners) == 0 {
		return nil, errors.New("an election without trustees")
	}
	if t.Key.IsIdentity() {
		return nil, errors.New("the trustees' keys add up to no key: everybody could decrypt")
	}
	return t, nil
}

func (t *Trustees) addSingle(r *canon.Reader, block int) error {
	p := readPublicKey(r, t.Key.Group())
	if !r.OK() {
		return nil
	}
	owner := len(t.Owners) + 1
	if p.signature != nil {
		return &OwnerError{owner, fmt.Errorf("signature on a single key: %w", ErrUnsupported)}
	}
	if err := p.verify(); err != nil {
		return &OwnerError{owner, err}
	}
	t.Owners = append(t.Owners, Owner{Name: p.name, Key: p.element, block: block, member: 1})
	t.Key = t.Key.Add(p.element)
	t.Proofs++
	return nil
}

func (t *Trustees) addPedersen(r *canon.Reader, block int) error {
	p := readPedersen(r, t.Key.Group())
	if !r.OK() {
		return nil
	}
	key, err := p.verify(t.Key.Group())
	if err != nil {
		var e *OwnerError
		if errors.As(err, &e) {
			return &OwnerError{len(t.Owners) + e.Owner, e.Err}
		}
		return err
	}
	for i, k := range p.keys {
		t.Owners = append(t.Owners, Owner{Name: k.name, Key: k.element, Threshold: p.threshold, block: block, member: i + 1})
	}
	t.Key = t.Key.Add(key)
	t.Old = t.Old || p.old
	t.Proofs += len(p.certs) + len(p.coefexps) + len(p.signatures) + len(p.keys)
	if !p.old {
		t.Proofs += len(p.keys) // their signatures
	}
	return nil
}

// pedersen is a threshold block of the record.
type pedersen struct {
	old        bool // of before Belenios 2.5.1: no contexts, nor signatures but of certs and coefexps
	threshold  int
	certs      []signed
	coefexps   []signed
	signatures []proof.Proof
	keys       []publicKey
}

func readPedersen(r *canon.Reader, g *group.Group) (p pedersen) {
	r.Literal(`{"threshold":`)
	p.threshold = int(r.Int(MaxMembers))
	r.Literal(`,"certs":`)
	r.Array(MaxMembers, func(int) { p.certs = append(p.certs, readSigned(r, g)) })
	r.Literal(`,"coefexps":`)
	r.Array(MaxMembers, func(int) { p.coefexps = append(p.coefexps, readSigned(r, g)) })
	if p.old = r.Next(`,"verification_keys":`); !p.old {
		r.Literal(`,"signatures":`)
		r.Array(MaxMembers, func(int) { p.signatures = append(p.signatures, proof.Read(r, g)) })
	}
	r.Literal(`,"verification_keys":`)
	r.Array(MaxMembers, func(int) { p.keys = append(p.keys, readPublicKey(r, g)) })
	r.Literal("}")
	return p
}

func (p pedersen) write(w *canon.Writer) {
	w.Begin('{').Key("threshold").Int(int64(p.threshold)).Key("certs").Begin('[')
	for _, s := range p.certs {
		s.write(w)
	}
	w.End(']').Key("coefexps").Begin('[')
	for _, s := range p.coefexps {
		s.write(w)
	}
	w.End(']').Key("signatures").Begin('[')
	for _, s := range p.signatures {
		s.Write(w)
	}
	w.End(']').Key("verification_keys").Begin('[')
	for _, k := range p.keys {
		k.write(w)
	}
	w.End(']').End('}')
}

// verify checks the block and returns its part of the election's key. Owners in
// errors count within the block.
func (p pedersen) verify(g *group.Group) (*group.Element, error) {
	n := len(p.certs)
	if n == 0 || len(p.coefexps) != n || len(p.signatures) != n && !p.old || len(p.keys) != n {
		return nil, fmt.Errorf("threshold block with %d certificates, %d coefficients, %d signatures, %d keys",
			n, len(p.coefexps), len(p.signatures), len(p.keys))
	}
	c, err := newCeremony(g, p.certs, p.threshold, p.old)
	if err != nil {
		return nil, err
	}
	all := make([]coefficients, n)
	for i := range p.certs {
		if p.old {
			all[i], err = c.readCoefficients(p.coefexps[i], i+1)
		} else {
			all[i], err = c.verifyCommitments(i+1, p.coefexps[i], p.signatures[i])
		}
		if err != nil {
			return nil, &OwnerError{i + 1, err}
		}
	}
	polynomial := sum(all)
	for i, k := range p.keys {
		if err := c.verifyKey(i+1, k, polynomial); err != nil {
			return nil, &OwnerError{i + 1, err}
		}
	}
	return polynomial[0], nil
}

// verifyKey checks the public part of a member's share.
func (c *Ceremony) verifyKey(place int, k publicKey, polynomial coefficients) error {
	if !k.element.Equal(polynomial.at(place)) {
		return errors.New("verification key is not what the coefficients give")
	}
	if err := k.verify(); err != nil {
		return err
	}
	switch {
	case c.old && k.signature == nil:
		return nil
	case c.old:
		return errors.New("verification key is signed, in a block of before such signatures")
	case k.signature == nil:
		return errors.New("verification key is not signed")
	}
	if err := verifySignature(k.element.String(), *k.signature, c.members[place-1].verification); err != nil {
		return fmt.Errorf("verification key: %w", err)
	}
	return nil
}
