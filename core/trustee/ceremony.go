package trustee

import (
	"errors"
	"fmt"
	"io"

	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// MaxMembers bounds the size of a threshold block.
const MaxMembers = 256

// Certificate is a member's first step: it makes the signed message with which the
// member with the given 1-based index joins a block of size n, any t of which will
// decrypt (0 < t < n).
func (k *Key) Certificate(n, t, index int, random io.Reader) ([]byte, error) {
	c := certificate{size: n, threshold: t, index: index, verification: k.Verification, encryption: k.Encryption}
	if err := c.check(n, t, index); err != nil {
		return nil, err
	}
	s, err := k.signMessage(string(c.text()), random)
	if err != nil {
		return nil, err
	}
	var w canon.Writer
	s.write(&w)
	return w.Bytes(), nil
}

// certificate is what a member says of himself.
type certificate struct {
	size, threshold, index   int
	verification, encryption *group.Element
}

func (c certificate) text() []byte {
	var w canon.Writer
	w.Begin('{').Key("context").Begin('{')
	w.Key("group").String(c.verification.Group().Name()).Key("size").Int(int64(c.size))
	w.Key("threshold").Int(int64(c.threshold)).Key("index").Int(int64(c.index)).End('}')
	w.Key("verification").Append(c.verification.AppendText)
	w.Key("encryption").Append(c.encryption.AppendText)
	return w.End('}').Bytes()
}

func parseCertificate(g *group.Group, text string, old bool) (c certificate, err error) {
	r := canon.NewReader([]byte(text), maxMessage)
	r.Literal("{")
	if !old {
		r.Literal(`"context":{"group":"` + g.Name() + `","size":`)
		c.size = int(r.Int(MaxMembers))
		r.Literal(`,"threshold":`)
		c.threshold = int(r.Int(MaxMembers))
		r.Literal(`,"index":`)
		c.index = int(r.Int(MaxMembers))
		r.Literal(`},`)
	}
	r.Literal(`"verification":`)
	c.verification = proof.ReadElement(r, g)
	r.Literal(`,"encryption":`)
	c.encryption = proof.ReadElement(r, g)
	r.Literal("}")
	return c, r.End()
}

// check compares the context with the block it should be for.
func (c certificate) check(n, t, index int) error {
	switch {
	case n > MaxMembers:
		return fmt.Errorf("block of %d members, at most %d are allowed", n, MaxMembers)
	case t < 1 || t >= n:
		return fmt.Errorf("threshold %d of %d members, must be at least 1 and less than the members", t, n)
	case c.size != n || c.threshold != t:
		return fmt.Errorf("certificate is for %d of %d members, the block has %d of %d", c.threshold, c.size, t, n)
	case c.index != index || index < 1 || index > n:
		return fmt.Errorf("certificate is for member %d, stands at place %d of %d", c.index, index, n)
	}
	return nil
}

// Ceremony is a threshold set-up whose members are known: the second step done.
// It holds nothing secret.
type Ceremony struct {
	group     *group.Group
	old       bool // certificates are without context
	threshold int
	certs     []signed
	members   []certificate
}

// OpenCeremony is the second step, done by everybody: it reads the certificates of
// all members, in order, and checks that they are for this block and signed.
// Everybody should compare Fingerprints with the others over another channel.
func OpenCeremony(certs [][]byte) (*Ceremony, error) {
	if len(certs) == 0 {
		return nil, errors.New("no certificates")
	}
	g, err := certificateGroup(certs[0])
	if err != nil {
		return nil, fmt.Errorf("certificate 1: %w", err)
	}
	list := make([]signed, len(certs))
	for i, text := range certs {
		r := canon.NewReader(trimSpace(text), maxMessage)
		list[i] = readSigned(r, g)
		if err := r.End(); err != nil {
			return nil, fmt.Errorf("certificate %d: %w", i+1, err)
		}
	}
	first, err := parseCertificate(g, list[0].message, false)
	if err != nil {
		return nil, &OwnerError{1, err}
	}
	return newCeremony(g, list, first.threshold, false)
}

// CheckCertificate checks the certificate of the member with a 1-based index by itself, before
// the others are there: that it is for a block of size n in the group, of which t decrypt, and
// signed.
func CheckCertificate(g *group.Group, text []byte, n, t, index int) error {
	r := canon.NewReader(trimSpace(text), maxMessage)
	s := readSigned(r, g)
	if err := r.End(); err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	c, err := parseCertificate(g, s.message, false)
	if err == nil {
		err = c.check(n, t, index)
	}
	if err == nil {
		err = s.verify(c.verification)
	}
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	return nil
}

// certificateGroup reads which group a member's certificate is for.
func certificateGroup(text []byte) (*group.Group, error) {
	outer := canon.NewReader(trimSpace(text), maxMessage)
	outer.Literal(`{"message":`)
	message := outer.String()
	if !outer.OK() {
		return nil, outer.Err()
	}
	inner := canon.NewReader([]byte(message), maxMessage)
	inner.Literal(`{"context":{"group":`)
	name := inner.String()
	g, ok := group.ByName(name)
	if !ok {
		inner.Fail(fmt.Errorf("group %q: %w", name, ErrUnsupported))
	}
	return g, inner.Err()
}

// Group returns the group in which the keys are.
func (c *Ceremony) Group() *group.Group { return c.group }

func newCeremony(g *group.Group, certs []signed, threshold int, old bool) (*Ceremony, error) {
	c := &Ceremony{group: g, old: old, threshold: threshold, certs: certs}
	seen := make(map[string]int)
	for i, s := range certs {
		member, err := parseCertificate(g, s.message, old)
		if old {
			member.size, member.threshold, member.index = len(certs), threshold, i+1
		}
		if err == nil {
			err = member.check(len(certs), threshold, i+1)
		}
		if err == nil {
			err = s.verify(member.verification)
		}
		if err != nil {
			return nil, &OwnerError{i + 1, fmt.Errorf("certificate: %w", err)}
		}
		if other := seen[member.verification.String()]; other != 0 {
			return nil, &OwnerError{i + 1, fmt.Errorf("certificate has the key of member %d", other)}
		}
		seen[member.verification.String()] = i + 1
		c.members = append(c.members, member)
	}
	return c, nil
}

// Fingerprints are the SHA-256 of the members' certificates, in hexadecimal.
func (c *Ceremony) Fingerprints() []string {
	var list []string
	for _, s := range c.certs {
		list = append(list, canon.Hex([]byte(s.message)))
	}
	return list
}

// index finds the 1-based place of the key's holder.
func (c *Ceremony) index(k *Key) (int, error) {
	for i, m := range c.members {
		if m.verification.Equal(k.Verification) && m.encryption.Equal(k.Encryption) {
			return i + 1, nil
		}
	}
	return 0, errors.New("this key is of none of the members")
}

// coefficients are a member's commitments to the polynomial: g·a_0 … g·a_{t−1}.
type coefficients []*group.Element

func (c coefficients) text() []byte {
	var w canon.Writer
	w.Begin('{').Key("coefexps").Begin('[')
	for _, e := range c {
		w.Append(e.AppendText)
	}
	return w.End(']').End('}').Bytes()
}

// readCoefficients opens the signed message of the member at a 1-based place.
func (c *Ceremony) readCoefficients(s signed, place int) (coefficients, error) {
	if err := s.verify(c.members[place-1].verification); err != nil {
		return nil, fmt.Errorf("coefficients: %w", err)
	}
	r := canon.NewReader([]byte(s.message), maxMessage)
	var list coefficients
	r.Literal(`{"coefexps":`)
	r.Array(c.threshold, func(int) { list = append(list, proof.ReadElement(r, c.group)) })
	r.Literal("}")
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("coefficients: %w", err)
	}
	if len(list) != c.threshold {
		return nil, fmt.Errorf("%d coefficients, must be %d", len(list), c.threshold)
	}
	return list, nil
}

// certificatesMessage is what each member signs in the third step: that these are
// the members, and these the member's own coefficients.
func (c *Ceremony) certificatesMessage(own coefficients) string {
	var w canon.Writer
	w.Begin('{').Key("certs").Begin('[')
	for _, s := range c.certs {
		s.write(&w)
	}
	w.End(']').Key("coefexps").Begin('[')
	for _, e := range own {
		w.Append(e.AppendText)
	}
	return "certs_sig|" + string(w.End(']').End('}').Bytes())
}

// at returns Σ_k x^k·c_k: g times the polynomial's value at x.
func (c coefficients) at(x int) *group.Element {
	g := c[0].Group()
	sum, factor := g.Identity(), g.NewScalar(uint64(x))
	for i := len(c) - 1; i >= 0; i-- {
		sum = sum.Mult(factor).Add(c[i])
	}
	return sum
}

// sum adds the coefficients of all members: the block's own polynomial.
func sum(all []coefficients) coefficients {
	total := append(coefficients(nil), all[0]...)
	for _, c := range all[1:] {
		for k, e := range c {
			total[k] = total[k].Add(e)
		}
	}
	return total
}
