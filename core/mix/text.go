package mix

import (
	"errors"
	"fmt"
	"io"
	"slices"

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

// maxBytes bounds the text of a shuffle: of Ed25519 about 520 bytes for each ciphertext.
const maxBytes = 256 << 20

// Parse reads a shuffle of the input. The error wraps canon.ErrNotCanonical,
// group.ErrElement, group.ErrScalar or ErrShape; or it is one of reading random, from
// which come the coins by which elements are tested together.
func (m *Mixnet) Parse(random io.Reader, input [][]group.Ciphertext, text []byte) (*Shuffle, error) {
	r := &reader{Reader: canon.NewReader(text, maxBytes), group: m.group()}
	s := &Shuffle{Ciphertexts: make([][]group.Ciphertext, len(input)), Proofs: make([]Proof, len(input))}
	lists := 0
	r.Literal(`{"ciphertexts":`)
	r.Array(len(input), func(i int) {
		s.Ciphertexts[i] = r.ciphertexts(i, len(input[i]))
		lists++
	})
	r.Literal(`,"proofs":`)
	r.Array(len(input), func(i int) {
		r.proof(&s.Proofs[i], i, len(input[i]))
		lists++
	})
	r.Literal("}")
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("read shuffle: %w", err)
	}
	if lists != 2*len(input) {
		return nil, fmt.Errorf("read shuffle: %w: there are not %d lists, each with its proof", ErrShape, len(input))
	}
	elements, err := m.group().ParseElements(random, m.workers, r.texts)
	if err != nil {
		return nil, fmt.Errorf("read shuffle: %w", r.explain(err))
	}
	for i, e := range elements {
		*r.slots[i] = e
	}
	return s, nil
}

// reader reads a shuffle, and leaves its elements to be parsed together at the end.
type reader struct {
	*canon.Reader
	group  *group.Group
	texts  [][]byte
	slots  []**group.Element // where the elements of the texts belong
	places []place
}

// place is where elements are, from the given one on.
type place struct {
	first int
	name  string
}

func (r *reader) at(list int, name string) {
	r.places = append(r.places, place{len(r.texts), fmt.Sprintf("list %d: %s", list+1, name)})
}

// explain says where an element is that is wrong.
func (r *reader) explain(err error) error {
	var wrong *group.PlaceError
	if !errors.As(err, &wrong) {
		return err
	}
	for _, p := range slices.Backward(r.places) {
		if p.first <= wrong.Place {
			return fmt.Errorf("%s %d: %w", p.name, wrong.Place-p.first+1, wrong.Err)
		}
	}
	return err
}

func (r *reader) element(into **group.Element) {
	r.texts = append(r.texts, r.Plain())
	r.slots = append(r.slots, into)
}

// many reads an array of exactly n values.
func (r *reader) many(n int, value func(i int)) {
	count := 0
	r.Array(n, func(i int) {
		value(i)
		count++
	})
	if count != n {
		r.Fail(fmt.Errorf("%w: %d values, not %d", ErrShape, count, n))
	}
}

func (r *reader) ciphertexts(list, n int) []group.Ciphertext {
	output := make([]group.Ciphertext, n)
	r.at(list, "alpha or beta")
	r.many(n, func(i int) {
		r.Literal(`{"alpha":`)
		r.element(&output[i].Alpha)
		r.Literal(`,"beta":`)
		r.element(&output[i].Beta)
		r.Literal("}")
	})
	return output
}

func (r *reader) elements(list int, name string, n int) []*group.Element {
	e := make([]*group.Element, n)
	r.at(list, name)
	r.many(n, func(i int) { r.element(&e[i]) })
	return e
}

func (r *reader) scalars(n int) []group.Scalar {
	s := make([]group.Scalar, n)
	r.many(n, func(i int) { s[i] = proof.ReadScalar(r.Reader, r.group) })
	return s
}

func (r *reader) proof(p *Proof, list, n int) {
	r.at(list, "t")
	for k, before := range [len(p.T)]string{"[[", ",", ",", ",[", ","} {
		r.Literal(before)
		r.element(&p.T[k])
	}
	r.Literal("],")
	p.THat = r.elements(list, "t̂", n)
	r.Literal("]")
	for k, before := range [len(p.S)]string{",[", ",", ",", ","} {
		r.Literal(before)
		p.S[k] = proof.ReadScalar(r.Reader, r.group)
	}
	r.Literal(",")
	p.SHat = r.scalars(n)
	r.Literal(",")
	p.SPrime = r.scalars(n)
	r.Literal("],")
	p.C = r.elements(list, "c", n)
	r.Literal(",")
	p.CHat = r.elements(list, "ĉ", n)
	r.Literal("]")
}
