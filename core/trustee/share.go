package trustee

import (
	"errors"
	"fmt"
	"io"

	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// polynomialFile is what a member sends in the third step.
type polynomialFile struct {
	polynomial string   // sealed to the member: {"polynomial":[a_0 … a_{t−1}]}
	secrets    []string // sealed to each member j: {"secret":P(j)}
	coefexps   signed
	signature  proof.Proof
}

func readPolynomialFile(g *group.Group, text []byte) (f polynomialFile, err error) {
	r := canon.NewReader(trimSpace(text), maxMessage)
	r.Literal(`{"polynomial":`)
	f.polynomial = r.String()
	r.Literal(`,"secrets":`)
	r.Array(MaxMembers, func(int) { f.secrets = append(f.secrets, r.String()) })
	r.Literal(`,"coefexps":`)
	f.coefexps = readSigned(r, g)
	r.Literal(`,"signature":`)
	f.signature = proof.Read(r, g)
	r.Literal("}")
	return f, r.End()
}

// Polynomial is a member's third step: it draws the member's polynomial of degree
// t−1 and writes its values, each sealed to one member, with signed commitments.
func (c *Ceremony) Polynomial(k *Key, random io.Reader) ([]byte, error) {
	if _, err := c.index(k); err != nil {
		return nil, err
	}
	polynomial := make([]group.Scalar, c.threshold)
	own := make(coefficients, c.threshold)
	for i := range polynomial {
		var err error
		if polynomial[i], err = c.group.RandomScalar(random); err != nil {
			return nil, err
		}
		own[i] = c.group.BaseMult(polynomial[i])
	}
	var w canon.Writer
	w.Begin('{').Key("polynomial")
	sealed, err := k.send(polynomialText(polynomial), k.Encryption, random)
	if err != nil {
		return nil, fmt.Errorf("seal polynomial: %w", err)
	}
	w.String(string(sealed)).Key("secrets").Begin('[')
	for j, m := range c.members {
		value := evaluate(polynomial, j+1)
		sealed, err := k.send(secretText("secret", value), m.encryption, random)
		if err != nil {
			return nil, fmt.Errorf("seal value for member %d: %w", j+1, err)
		}
		w.String(string(sealed))
	}
	commitments, err := k.signMessage(string(own.text()), random)
	if err != nil {
		return nil, err
	}
	w.End(']').Key("coefexps")
	commitments.write(&w)
	signature, err := k.signature(c.certificatesMessage(own), random)
	if err != nil {
		return nil, err
	}
	w.Key("signature")
	signature.Write(&w)
	return w.End('}').Bytes(), nil
}

func polynomialText(polynomial []group.Scalar) []byte {
	var w canon.Writer
	w.Begin('{').Key("polynomial").Begin('[')
	for _, a := range polynomial {
		w.Append(a.AppendText)
	}
	return w.End(']').End('}').Bytes()
}

func secretText(name string, value group.Scalar) []byte {
	var w canon.Writer
	return w.Begin('{').Key(name).Append(value.AppendText).End('}').Bytes()
}

func readSecret(g *group.Group, text []byte, name string) (group.Scalar, error) {
	r := canon.NewReader(text, maxMessage)
	r.Literal(`{"` + name + `":`)
	value := proof.ReadScalar(r, g)
	r.Literal("}")
	return value, r.End()
}

// evaluate returns P(x) by Horner's rule.
func evaluate(polynomial []group.Scalar, x int) (value group.Scalar) {
	at := polynomial[0].Group().NewScalar(uint64(x))
	for i := len(polynomial) - 1; i >= 0; i-- {
		value = value.Mul(at).Add(polynomial[i])
	}
	return value
}

// Inputs is the server's fourth step: from the polynomial files of all members, in
// order, it makes the file that each member needs next.
func (c *Ceremony) Inputs(polynomials [][]byte) ([][]byte, error) {
	files, err := c.readPolynomials(polynomials)
	if err != nil {
		return nil, err
	}
	inputs := make([][]byte, len(files))
	for j := range files {
		var w canon.Writer
		w.Begin('{').Key("polynomial").String(files[j].polynomial).Key("secrets").Begin('[')
		for _, f := range files {
			w.String(f.secrets[j])
		}
		w.End(']').Key("coefexps").Begin('[')
		for _, f := range files {
			f.coefexps.write(&w)
		}
		w.End(']').Key("signatures").Begin('[')
		for _, f := range files {
			f.signature.Write(&w)
		}
		inputs[j] = w.End(']').End('}').Bytes()
	}
	return inputs, nil
}

func (c *Ceremony) readPolynomials(polynomials [][]byte) ([]polynomialFile, error) {
	if len(polynomials) != len(c.members) {
		return nil, fmt.Errorf("%d polynomial files for %d members", len(polynomials), len(c.members))
	}
	files := make([]polynomialFile, len(polynomials))
	for i, text := range polynomials {
		var err error
		if files[i], err = c.readPolynomial(i+1, text); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func (c *Ceremony) readPolynomial(place int, text []byte) (polynomialFile, error) {
	f, err := readPolynomialFile(c.group, text)
	if err == nil && len(f.secrets) != len(c.members) {
		err = fmt.Errorf("%d secrets for %d members", len(f.secrets), len(c.members))
	}
	if err == nil {
		_, err = c.verifyCommitments(place, f.coefexps, f.signature)
	}
	if err != nil {
		return f, &OwnerError{place, fmt.Errorf("polynomial file: %w", err)}
	}
	return f, nil
}

// CheckPolynomial checks by itself what the member at a 1-based place sends in the third step.
// Whether the sealed values fit only their receivers can tell.
func (c *Ceremony) CheckPolynomial(place int, text []byte) error {
	if place < 1 || place > len(c.members) {
		return fmt.Errorf("there is no member %d, only 1 to %d", place, len(c.members))
	}
	_, err := c.readPolynomial(place, text)
	return err
}

// verifyCommitments checks what a member made public in the third step.
func (c *Ceremony) verifyCommitments(place int, coefexps signed, signature proof.Proof) (coefficients, error) {
	own, err := c.readCoefficients(coefexps, place)
	if err != nil {
		return nil, err
	}
	if err := verifySignature(c.certificatesMessage(own), signature, c.members[place-1].verification); err != nil {
		return nil, fmt.Errorf("certificates and coefficients: %w", err)
	}
	return own, nil
}

// inputFile is what a member gets in the fifth step.
type inputFile struct {
	polynomial string
	secrets    []string
	coefexps   []signed
	signatures []proof.Proof
}

func readInputFile(g *group.Group, text []byte) (f inputFile, err error) {
	r := canon.NewReader(trimSpace(text), maxMessage)
	r.Literal(`{"polynomial":`)
	f.polynomial = r.String()
	r.Literal(`,"secrets":`)
	r.Array(MaxMembers, func(int) { f.secrets = append(f.secrets, r.String()) })
	r.Literal(`,"coefexps":`)
	r.Array(MaxMembers, func(int) { f.coefexps = append(f.coefexps, readSigned(r, g)) })
	r.Literal(`,"signatures":`)
	r.Array(MaxMembers, func(int) { f.signatures = append(f.signatures, proof.Read(r, g)) })
	r.Literal("}")
	return f, r.End()
}

// Share is a member's fifth step: it checks what the other members sent and makes
// the member's share of the key. The file that results holds the share sealed to
// the member, and its public part.
func (c *Ceremony) Share(k *Key, input []byte, random io.Reader) ([]byte, error) {
	share, err := c.openInput(k, input)
	if err != nil {
		return nil, err
	}
	sealed, err := k.send(secretText("decryption_key", share.secret), k.Encryption, random)
	if err != nil {
		return nil, fmt.Errorf("seal share: %w", err)
	}
	public, err := newPublicKey(share, random)
	if err != nil {
		return nil, err
	}
	signature, err := k.signature(public.element.String(), random)
	if err != nil {
		return nil, err
	}
	public.signature = &signature
	var w canon.Writer
	w.Begin('{').Key("private_key").String(string(sealed)).Key("public_key")
	public.write(&w)
	return w.End('}').Bytes(), nil
}

// openInput computes the member's share, Σ_i P_i(j), having checked each value
// against its sender's commitments.
func (c *Ceremony) openInput(k *Key, input []byte) (*PrivateKey, error) {
	place, err := c.index(k)
	if err != nil {
		return nil, err
	}
	f, err := readInputFile(c.group, input)
	if err != nil {
		return nil, fmt.Errorf("input file: %w", err)
	}
	n := len(c.members)
	if len(f.secrets) != n || len(f.coefexps) != n || len(f.signatures) != n {
		return nil, fmt.Errorf("input file has %d secrets, %d coefficients, %d signatures for %d members",
			len(f.secrets), len(f.coefexps), len(f.signatures), n)
	}
	var share group.Scalar
	for i, m := range c.members {
		own, err := c.verifyCommitments(i+1, f.coefexps[i], f.signatures[i])
		if err != nil {
			return nil, &OwnerError{i + 1, err}
		}
		if i+1 == place {
			if err := k.recognise(f.polynomial, own); err != nil {
				return nil, err
			}
		}
		text, err := k.receive([]byte(f.secrets[i]), m.verification)
		if err != nil {
			return nil, &OwnerError{i + 1, fmt.Errorf("secret: %w", err)}
		}
		value, err := readSecret(c.group, text, "secret")
		if err != nil {
			return nil, &OwnerError{i + 1, fmt.Errorf("secret: %w", err)}
		}
		if !c.group.BaseMult(value).Equal(own.at(place)) {
			return nil, &OwnerError{i + 1, errors.New("secret does not fit the sender's coefficients")}
		}
		share = share.Add(value)
	}
	return &PrivateKey{share}, nil
}

// recognise checks that the coefficients that came back are those of the polynomial
// that this member drew: else somebody else speaks in the member's name.
func (k *Key) recognise(polynomial string, own coefficients) error {
	text, err := k.receive([]byte(polynomial), k.Verification)
	if err != nil {
		return fmt.Errorf("own polynomial: %w", err)
	}
	r := canon.NewReader(text, maxMessage)
	var drawn coefficients
	r.Literal(`{"polynomial":`)
	r.Array(len(own), func(int) { drawn = append(drawn, k.group().BaseMult(proof.ReadScalar(r, k.group()))) })
	r.Literal("}")
	if err := r.End(); err != nil {
		return fmt.Errorf("own polynomial: %w", err)
	}
	if len(drawn) != len(own) {
		return fmt.Errorf("own polynomial has %d coefficients, must have %d", len(drawn), len(own))
	}
	for i, e := range drawn {
		if !e.Equal(own[i]) {
			return errors.New("coefficients under this member's name are not of the polynomial that it drew")
		}
	}
	return nil
}

// OpenShare opens the file that the server keeps for a member of a threshold block
// (.dkey) and returns the member's share of the key.
func (k *Key) OpenShare(dkey []byte) (*PrivateKey, error) {
	text, err := k.receive(trimSpace(dkey), k.Verification)
	if err != nil {
		return nil, fmt.Errorf("share: %w", err)
	}
	secret, err := readSecret(k.group(), text, "decryption_key")
	if err != nil {
		return nil, fmt.Errorf("share: %w", err)
	}
	return &PrivateKey{secret}, nil
}

// readOutput reads what a member made in the fifth step.
func (c *Ceremony) readOutput(place int, text []byte) (share []byte, public publicKey, err error) {
	r := canon.NewReader(trimSpace(text), maxMessage)
	r.Literal(`{"private_key":`)
	share = []byte(r.String())
	r.Literal(`,"public_key":`)
	public = readPublicKey(r, c.group)
	r.Literal("}")
	if err := r.End(); err != nil {
		return nil, public, &OwnerError{place, fmt.Errorf("answer: %w", err)}
	}
	return share, public, nil
}

// CheckOutput checks by itself what the member at a 1-based place made in the fifth step, against
// the polynomial files of all.
func (c *Ceremony) CheckOutput(polynomials [][]byte, place int, output []byte) error {
	if place < 1 || place > len(c.members) {
		return fmt.Errorf("there is no member %d, only 1 to %d", place, len(c.members))
	}
	files, err := c.readPolynomials(polynomials)
	if err != nil {
		return err
	}
	all := make([]coefficients, len(files))
	for i, f := range files {
		if all[i], err = c.readCoefficients(f.coefexps, i+1); err != nil {
			return err
		}
	}
	_, public, err := c.readOutput(place, output)
	if err != nil {
		return err
	}
	if err := c.verifyKey(place, public, sum(all)); err != nil {
		return &OwnerError{place, err}
	}
	return nil
}

// Finish is the server's sixth step: from the polynomial files and the members'
// answers, all in order, it makes the block for the trustees' record and the file
// with the sealed share of each member. The block is checked as a stranger would.
func (c *Ceremony) Finish(polynomials, outputs [][]byte) (block []byte, shares [][]byte, err error) {
	files, err := c.readPolynomials(polynomials)
	if err != nil {
		return nil, nil, err
	}
	if len(outputs) != len(c.members) {
		return nil, nil, fmt.Errorf("%d answers for %d members", len(outputs), len(c.members))
	}
	p := pedersen{threshold: c.threshold, certs: c.certs}
	for i, text := range outputs {
		share, public, err := c.readOutput(i+1, text)
		if err != nil {
			return nil, nil, err
		}
		shares = append(shares, share)
		p.coefexps = append(p.coefexps, files[i].coefexps)
		p.signatures = append(p.signatures, files[i].signature)
		p.keys = append(p.keys, public)
	}
	if _, err := p.verify(c.group); err != nil {
		return nil, nil, err
	}
	var w canon.Writer
	p.write(&w)
	return w.Bytes(), shares, nil
}
