package group

// Ciphertext is an exponential ElGamal ciphertext of a number m under the key y:
// Alpha = r·g, Beta = r·y + m·g.
type Ciphertext struct{ Alpha, Beta *Element }

// NeutralCiphertext returns the ciphertext (0, 0), to which sums start.
func (g *Group) NeutralCiphertext() Ciphertext { return Ciphertext{g.identity, g.identity} }

// Encrypt encrypts m under the key with the randomness r, in constant time.
func Encrypt(key *Table, r, m Scalar) Ciphertext {
	return EncryptElement(key, r, key.element.Group().BaseMult(m))
}

// EncryptElement encrypts any element m as Encrypt does m·g, in constant time.
func EncryptElement(key *Table, r Scalar, m *Element) Ciphertext {
	return Ciphertext{m.Group().BaseMult(r), key.Mult(r).Add(m)}
}

// Add returns the ciphertext of the sum of the two plaintexts.
func (c Ciphertext) Add(d Ciphertext) Ciphertext {
	return Ciphertext{c.Alpha.Add(d.Alpha), c.Beta.Add(d.Beta)}
}

// Sub returns the ciphertext of the difference of the two plaintexts.
func (c Ciphertext) Sub(d Ciphertext) Ciphertext {
	return Ciphertext{c.Alpha.Sub(d.Alpha), c.Beta.Sub(d.Beta)}
}

// SumCiphertexts returns the component-wise sum of at least one ciphertext.
func SumCiphertexts(list []Ciphertext) Ciphertext {
	alphas, betas := make([]*Element, len(list)), make([]*Element, len(list))
	for i, c := range list {
		alphas[i], betas[i] = c.Alpha, c.Beta
	}
	return Ciphertext{sumElements(alphas), sumElements(betas)}
}

// VarTimeMult returns the ciphertext of weight times the plaintext, for public weights.
func (c Ciphertext) VarTimeMult(weight uint64) Ciphertext {
	return Ciphertext{c.Alpha.varTimeSmallMult(weight), c.Beta.varTimeSmallMult(weight)}
}

// Equal says whether both components are the same.
func (c Ciphertext) Equal(d Ciphertext) bool {
	return c.Alpha.Equal(d.Alpha) && c.Beta.Equal(d.Beta)
}
