package mix

import (
	"fmt"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// Bytes writes the shuffle as canonical JSON. Its SHA-256 names it in the archive.
func (s *Shuffle) Bytes() []byte {
	var w canon.Writer
	w.Begin('{').Key("ciphertexts").Begin('[')
	for _, list := range s.Ciphertexts {
		ballot.WriteCiphertexts(&w, list)
	}
	w.End(']').Key("proofs").Begin('[')
	for i := range s.Proofs {
		s.Proofs[i].write(&w)
	}
	return w.End(']').End('}').Bytes()
}

// write writes [[t1,t2,t3,[t4,1,t4,2],[t̂…]],[s1,s2,s3,s4,[ŝ…],[s′…]],[c…],[ĉ…]].
func (p *Proof) write(w *canon.Writer) {
	w.Begin('[').Begin('[')
	writeAll(w, p.T[:3])
	w.Begin('[')
	writeAll(w, p.T[3:])
	w.End(']').Begin('[')
	writeAll(w, p.THat)
	w.End(']').End(']').Begin('[')
	writeAll(w, p.S[:])
	w.Begin('[')
	writeAll(w, p.SHat)
	w.End(']').Begin('[')
	writeAll(w, p.SPrime)
	w.End(']').End(']').Begin('[')
	writeAll(w, p.C)
	w.End(']').Begin('[')
	writeAll(w, p.CHat)
	w.End(']').End(']')
}

// writeAll writes values that have one text each.
func writeAll[T interface{ AppendText(dst []byte) []byte }](w *canon.Writer, list []T) {
	for _, x := range list {
		w.Append(x.AppendText)
	}
}

// maxBytes bounds the text of a shuffle: about 700 bytes for each ciphertext.
const maxBytes = 1 << 30

// Parse reads a shuffle of lists of the given lengths. The error wraps
// canon.ErrNotCanonical, group.ErrElement, group.ErrScalar or ErrShape.
func Parse(lengths []int, data []byte) (*Shuffle, error) {
	r := canon.NewReader(data, maxBytes)
	var s Shuffle
	r.Literal(`{"ciphertexts":`)
	r.Array(len(lengths), func(i int) {
		s.Ciphertexts = append(s.Ciphertexts, ballot.ReadCiphertexts(r, lengths[i]))
	})
	r.Literal(`,"proofs":`)
	r.Array(len(lengths), func(i int) {
		s.Proofs = append(s.Proofs, readProof(r, lengths[i]))
	})
	r.Literal("}")
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("read shuffle: %w", err)
	}
	return &s, nil
}

func readProof(r *canon.Reader, n int) (p Proof) {
	elements := func() []*group.Element {
		list := make([]*group.Element, 0, n)
		r.Array(n, func(int) { list = append(list, proof.ReadElement(r)) })
		return list
	}
	scalars := func() []group.Scalar {
		list := make([]group.Scalar, 0, n)
		r.Array(n, func(int) { list = append(list, proof.ReadScalar(r)) })
		return list
	}
	for k, before := range [5]string{"[[", ",", ",", ",[", ","} {
		r.Literal(before)
		p.T[k] = proof.ReadElement(r)
	}
	r.Literal("],")
	p.THat = elements()
	r.Literal("]")
	for k, before := range [4]string{",[", ",", ",", ","} {
		r.Literal(before)
		p.S[k] = proof.ReadScalar(r)
	}
	r.Literal(",")
	p.SHat = scalars()
	r.Literal(",")
	p.SPrime = scalars()
	r.Literal("],")
	p.C = elements()
	r.Literal(",")
	p.CHat = elements()
	r.Literal("]")
	return p
}
