package proof

import "bayyina/core/group"

// Hinter makes the hints of one ballot, which Deferred takes: it parses elements as
// Ed25519 does, says yes to every proof, and keeps the eighths of what a verifier would
// have to compute. Of a wrong proof it makes a wrong hint.
type Hinter struct {
	eighths []*group.Element
	known   map[*group.Element]*group.Element // eighths of elements parsed
}

// NewHinter starts with no hints.
func NewHinter() *Hinter { return &Hinter{known: make(map[*group.Element]*group.Element)} }

// Append appends the hints.
func (h *Hinter) Append(dst []byte) []byte { return group.AppendHints(dst, h.eighths...) }

// ParseElement parses the text of an element.
func (h *Hinter) ParseElement(text []byte) (*group.Element, error) {
	e, err := group.Ed25519.ParseElement(text)
	if err == nil {
		h.eighths = append(h.eighths, h.eighth(e))
	}
	return e, err
}

// ParseScalar parses the text of a scalar.
func (h *Hinter) ParseScalar(text []byte) (group.Scalar, error) {
	return group.Ed25519.ParseScalar(text)
}

func (h *Hinter) eighth(e *group.Element) *group.Element {
	q, ok := h.known[e]
	if !ok {
		q = e.Eighth()
		h.known[e] = q
	}
	return q
}

var eighth = group.Ed25519.NewScalar(8).Invert()

// Knowledge keeps the commitment of the proof.
func (h *Hinter) Knowledge(_ Purpose, _ []byte, public *group.Element, p Proof) bool {
	h.eighths = append(h.eighths, h.eighth(public).VarTimeBaseMultAdd(p.Challenge, p.Response.Mul(eighth)))
	return true
}

// sum is an eighth of the sum.
func (h *Hinter) sum(s Sum) group.Ciphertext {
	c := group.Ed25519.NeutralCiphertext()
	for _, part := range s.parts {
		c = c.Add(group.Ciphertext{Alpha: h.eighth(part.Alpha), Beta: h.eighth(part.Beta)})
	}
	return c
}

// OneOf keeps the commitments of the proof.
func (h *Hinter) OneOf(_ Purpose, _ []byte, key *group.Table, branches []Branch, proofs []Proof) bool {
	if len(proofs) != len(branches) {
		return false
	}
	for i, b := range branches {
		c := h.sum(b.Sum)
		c.Beta = c.Beta.Sub(group.Ed25519.BaseMult(eighth.Mul(group.Ed25519.NewScalar(uint64(b.Number)))))
		response := proofs[i].Response.Mul(eighth)
		h.eighths = append(h.eighths,
			c.Alpha.VarTimeBaseMultAdd(proofs[i].Challenge, response),
			key.VarTimeMultAdd(response, c.Beta, proofs[i].Challenge))
	}
	return true
}

// NonZero keeps the commitments of the proof.
func (h *Hinter) NonZero(_ []byte, key *group.Table, sum Sum, p NonZeroProof) bool {
	c, response := h.sum(sum), p.Response[1].Mul(eighth)
	b := group.Ed25519.VarTimeSumMult([]group.Scalar{p.Response[0], p.Challenge}, []*group.Element{c.Beta, h.eighth(p.Commitment)})
	h.eighths = append(h.eighths, c.Alpha.VarTimeBaseMultAdd(p.Response[0], response), key.VarTimeMult(response).Add(b))
	return true
}
