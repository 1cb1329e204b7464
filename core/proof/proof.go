package proof

import (
	"io"

	"bayyina/core/canon"
	"bayyina/core/group"
)

// Proof is one challenge with its response.
type Proof struct{ Challenge, Response group.Scalar }

// Write writes the proof as `{"challenge":"…","response":"…"}`.
func (p Proof) Write(w *canon.Writer) {
	w.Begin('{')
	w.Key("challenge").Append(p.Challenge.AppendText)
	w.Key("response").Append(p.Response.AppendText)
	w.End('}')
}

// Read reads a proof in the group as Write writes it.
func Read(r *canon.Reader, g group.Parser) (p Proof) {
	r.Literal(`{"challenge":`)
	p.Challenge = ReadScalar(r, g)
	r.Literal(`,"response":`)
	p.Response = ReadScalar(r, g)
	r.Literal("}")
	return p
}

// ReadScalar reads a scalar of the group in its only spelling.
func ReadScalar(r *canon.Reader, g group.Parser) group.Scalar {
	text := r.Plain()
	if !r.OK() {
		return group.Scalar{}
	}
	s, err := g.ParseScalar(text)
	r.Fail(err)
	return s
}

// ReadElement reads an element of the group in its only spelling; nil if the reader fails.
func ReadElement(r *canon.Reader, g group.Parser) *group.Element {
	text := r.Plain()
	if !r.OK() {
		return nil
	}
	e, err := g.ParseElement(text)
	r.Fail(err)
	return e
}

// ProveKnowledge proves knowledge of the secret x behind g·x, bound to the purpose and
// the message (Schnorr). With a message to be signed it is the signature of it.
func ProveKnowledge(random io.Reader, purpose Purpose, message []byte, secret group.Scalar) (Proof, error) {
	g := secret.Group()
	w, err := g.RandomScalar(random)
	if err != nil {
		return Proof{}, err
	}
	c := Challenge(g, purpose, message, g.BaseMult(w))
	return Proof{Challenge: c, Response: w.Sub(secret.Mul(c))}, nil
}

// VerifyKnowledge checks a proof of ProveKnowledge against the public value g·x.
func VerifyKnowledge(purpose Purpose, message []byte, public *group.Element, p Proof) bool {
	a := public.VarTimeBaseMultAdd(p.Challenge, p.Response)
	return Challenge(public.Group(), purpose, message, a).Equal(p.Challenge)
}

// ProveEquality proves that g·x and base·x have the same secret x (Chaum–Pedersen):
// of a decryption factor that it was made with the trustee's key.
func ProveEquality(random io.Reader, purpose Purpose, message []byte, base *group.Element, secret group.Scalar) (Proof, error) {
	g := secret.Group()
	w, err := g.RandomScalar(random)
	if err != nil {
		return Proof{}, err
	}
	c := Challenge(g, purpose, message, g.BaseMult(w), base.Mult(w))
	return Proof{Challenge: c, Response: w.Sub(secret.Mul(c))}, nil
}

// VerifyEquality checks that public = g·x and power = base·x for one x.
func VerifyEquality(purpose Purpose, message []byte, public, base, power *group.Element, p Proof) bool {
	a := public.VarTimeBaseMultAdd(p.Challenge, p.Response)
	b := public.Group().VarTimeSumMult([]group.Scalar{p.Response, p.Challenge}, []*group.Element{base, power})
	return Challenge(public.Group(), purpose, message, a, b).Equal(p.Challenge)
}
