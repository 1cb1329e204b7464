package mix

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strconv"

	"bayyina/core/group"
)

// statement is what the proof of one list is about, as text: input, output and
// commitments to the permutation, each element with a comma behind it.
func statement(input, output []group.Ciphertext, c []*group.Element) []byte {
	text := make([]byte, 0, 65*(4*len(input)+len(c)))
	text = appendCiphertexts(text, input)
	text = appendCiphertexts(text, output)
	return appendElements(text, c...)
}

func appendCiphertexts(text []byte, list []group.Ciphertext) []byte {
	elements := make([]*group.Element, 0, 2*len(list))
	for _, c := range list {
		elements = append(elements, c.Alpha, c.Beta)
	}
	return appendElements(text, elements...)
}

func appendElements(text []byte, elements ...*group.Element) []byte {
	if len(elements) == 0 {
		return text
	}
	return append(group.AppendJoined(text, elements...), ',')
}

// exponents returns the challenges u_0 … u_{n−1} that the permutation must permute.
func (m *Mixnet) exponents(statement []byte, n int) []group.Scalar {
	h := m.hash("shuffle-challenges")
	h.Write(statement)
	return exponents(m.group(), h.Sum(nil), n, m.split)
}

// exponents derives n challenges from the hash of what they are about:
// u_i = SHA256(hex(about) ‖ hex(SHA256(decimal i))).
func exponents(g *group.Group, about []byte, n int, split func(int, func(low, high int))) []group.Scalar {
	u := make([]group.Scalar, n)
	split(n, func(low, high int) {
		message := make([]byte, 128)
		hex.Encode(message, about)
		for i := low; i < high; i++ {
			index := sha256.Sum256(strconv.AppendInt(nil, int64(i), 10))
			hex.Encode(message[64:], index[:])
			sum := sha256.Sum256(message)
			u[i] = g.ReduceBigEndian(sum[:])
		}
	})
	return u
}

// challenge returns the challenge that the responses answer.
func (m *Mixnet) challenge(statement []byte, p *Proof) group.Scalar {
	h := m.hash("shuffle-challenge")
	h.Write(appendElements(nil, p.T[:]...))
	h.Write(appendElements(nil, p.THat...))
	h.Write(statement)
	h.Write(appendElements(nil, p.CHat...))
	h.Write(m.key.Element().AppendText(nil))
	return m.group().ReduceBigEndian(h.Sum(nil))
}

// hash begins a hash for a purpose of this election.
func (m *Mixnet) hash(purpose string) hash.Hash {
	h := sha256.New()
	h.Write([]byte(purpose + "|" + m.fingerprint + "|"))
	return h
}
