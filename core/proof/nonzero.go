package proof

import (
	"io"

	"bayyina/core/canon"
	"bayyina/core/group"
)

// NonZeroProof proves that a ciphertext does not hold zero. The commitment is the
// plaintext times a secret number that is not zero either.
type NonZeroProof struct {
	Commitment *group.Element
	Challenge  group.Scalar
	Response   [2]group.Scalar
}

// Write writes the proof as `{"commitment":"…","challenge":"…","response":["…","…"]}`.
func (p NonZeroProof) Write(w *canon.Writer) {
	w.Begin('{').Key("commitment").Append(p.Commitment.AppendText)
	w.Key("challenge").Append(p.Challenge.AppendText)
	w.Key("response").Begin('[').Append(p.Response[0].AppendText).Append(p.Response[1].AppendText).End(']')
	w.End('}')
}

// ReadNonZero reads a proof in the group as Write writes it.
func ReadNonZero(r *canon.Reader, g group.Parser) (p NonZeroProof) {
	r.Literal(`{"commitment":`)
	p.Commitment = ReadElement(r, g)
	r.Literal(`,"challenge":`)
	p.Challenge = ReadScalar(r, g)
	r.Literal(`,"response":[`)
	p.Response[0] = ReadScalar(r, g)
	r.Literal(",")
	p.Response[1] = ReadScalar(r, g)
	r.Literal("]}")
	return p
}

// ProveNonZero proves that the ciphertext c under key, of which w is known, does not
// hold zero (Belenios 3.3, src/lib/v1/question_l.ml). With a secret s, the commitment
// is s·β − s·r·y = s·m·g, which is the identity only if m is 0; the proof is of
// knowledge of s and s·r behind 0 = s·α − (s·r)·g and that commitment.
func ProveNonZero(random io.Reader, message []byte, key *group.Table, c group.Ciphertext, w Witness) (p NonZeroProof, err error) {
	g := key.Element().Group()
	var secret [3]group.Scalar // s, w1, w2
	for i := range secret {
		if secret[i], err = g.RandomScalar(random); err != nil {
			return p, err
		}
	}
	s, w1, w2 := secret[0], secret[1], secret[2]
	p.Commitment = g.BaseMult(s.Mul(w.Plaintext))
	if p.Commitment.IsIdentity() {
		return p, ErrFalse
	}
	a1 := c.Alpha.Mult(w1).Add(g.BaseMult(w2))
	a2 := c.Beta.Mult(w1).Add(key.Mult(w2))
	p.Challenge = Challenge(g, NonZero, message, p.Commitment, a1, a2)
	p.Response[0] = w1.Sub(s.Mul(p.Challenge))
	p.Response[1] = w2.Add(s.Mul(w.Randomness).Mul(p.Challenge))
	return p, nil
}

// VerifyNonZero checks that the ciphertext c under key does not hold zero.
func VerifyNonZero(message []byte, key *group.Table, c group.Ciphertext, p NonZeroProof) bool {
	if p.Commitment.IsIdentity() {
		return false
	}
	g := key.Element().Group()
	a1 := c.Alpha.VarTimeBaseMultAdd(p.Response[0], p.Response[1])
	a2 := key.VarTimeMult(p.Response[1]).Add(
		g.VarTimeSumMult([]group.Scalar{p.Response[0], p.Challenge}, []*group.Element{c.Beta, p.Commitment}))
	return Challenge(g, NonZero, message, p.Commitment, a1, a2).Equal(p.Challenge)
}
