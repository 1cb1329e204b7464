package group

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"sync"
	"sync/atomic"
)

// The finite fields: multiplicative subgroups of order q modulo a prime p, with the
// constants of the Belenios specification (doc/specification, section on groups).
var (
	// Belenios2048 has q of 256 bits, so exponents are short.
	Belenios2048 = newField("BELENIOS-2048",
		"a3ef2d011fefb1b6e39e568fccdffb0fb7dc7ef3a791b6862791811d21fc35f2"+
			"1e6d36856b428030421f514ed40bfd4c06e092a495af8d79a2f85e0fb11c0ede"+
			"07dd973f9c53e50930c6e82ac36de1ae3fb8c3aabfff12ce27a5022ddd8912d1"+
			"07435012768a2cdd0a4091d8fa447f6c7ebc15a349fa318a6b4fe17d8d47e843"+
			"a3e14dfa9b2162f4d7229abe93a188b46b006517d6f6747ebbb29c9ec3099b60"+
			"7f18fb1a8bc858279aa8599411d998d3e3fada9e010840d082d8c31911acdd4a"+
			"0e7992d0f18cc759cb5de0acf66a3882555bc810941e021b6a4ccfa04ee4008f"+
			"878affa2375e2999b44f6cef17d707301e59e0e6351e051ed9cec4157646e64f",
		"1307c1ab5f295885d7caa3a78a42415e31fd1c5807b61fb1e781878a52230a51"+
			"988b98c259597f9c5a9dfd001d26ba31d9d8976f01d95a1c8262ee68a0e92cea"+
			"541e5219e0d0d094301b894236823fe1d4bc04e29f3748aefd4f10d5b1a356a8"+
			"643e673fd9d215fc8fe5fb9cf9fdb8ea88fdb1a3381a697fdf9c2458570b06d2"+
			"6aef1be365fdd90165f397c6b870df8c1b9e519edcee8bb0f74b7a1615a274ba"+
			"60a7ea574a61f552d2dde0ce514e0927c4ff49b1964c4a913731ae4268d60d7f"+
			"22127b6cbba44d453ac8b72fd04e0991b7aeff04867d8724ac638f5f34100d2d"+
			"47aa680d43771902743d663f42d853c041e1c91fe3823f4bcf284308f1d7e653",
		"adb6066a73522565f4daa0f2579db7f2f0fa90c2168bc709e20263387d55c491",
		0, 0)

	// RFC3526 has the 2048-bit p of RFC 3526 section 3, g = 2 and q = (p−1)/2.
	RFC3526 = newField("RFC-3526-2048",
		"ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"+
			"020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"+
			"4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"+
			"ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf05"+
			"98da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb"+
			"9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b"+
			"e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf695581718"+
			"3995497cea956ae515d2261898fa051015728e5a8aacaa68ffffffffffffffff",
		"02",
		"7fffffffffffffffe487ed5110b4611a62633145c06e0e68948127044533e63a"+
			"0105df531d89cd9128a5043cc71a026ef7ca8cd9e69d218d98158536f92f8a1b"+
			"a7f09ab6b6a8e122f242dabb312f3f637a262174d31bf6b585ffae5b7a035bf6"+
			"f71c35fdad44cfd2d74f9208be258ff324943328f6722d9ee1003e5c50b1df82"+
			"cc6d241b0e2ae9cd348b1fd47e9267afc1b2ae91ee51d6cb0e3179ab1042a95d"+
			"cf6a9483b84b4b36b3861aa7255e4c0278ba3604650c10be19482f23171b671d"+
			"f1cf3b960c074301cd93c1d17603d147dae2aef837a62964ef15e5fb4aac0b8c"+
			"1ccaa4be754ab5728ae9130c4c7d02880ab9472d455655347fffffffffffffff",
		8, (2048-8)/8)
)

// newField makes a group from the hexadecimal texts of its constants.
func newField(name, p, generator, q string, padding, integers int) *Group {
	g := &Group{name: name, padding: padding, integers: integers}
	g.p, g.q = newModulus(g, unhex(p)), newModulus(g, unhex(q))
	r, err := g.p.parseBytes(unhex(generator))
	if err != nil {
		panic(err)
	}
	g.generator, g.identity = &Element{r: r}, &Element{r: g.p.small(1)}
	return g
}

// varTimeFieldSum is VarTimeSum in a field: the terms of one Terms after the other.
func varTimeFieldSum(workers int, terms []*Terms) *Element {
	sums := make([]*Element, len(terms))
	var next atomic.Int64
	var running sync.WaitGroup
	for range min(workers, len(terms)) {
		running.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(terms); i = int(next.Add(1)) - 1 {
				if t := terms[i]; len(t.elements) > 0 {
					sums[i] = t.elements[0].Group().sumMult(t.scalars, t.elements)
				}
			}
		})
	}
	running.Wait()
	var total *Element
	for _, sum := range sums {
		switch {
		case total == nil:
			total = sum
		case sum != nil:
			total = total.Add(sum)
		}
	}
	return total
}

// unhex reads a constant.
func unhex(text string) []byte {
	b, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return b
}

// parseResidue reads an element of a field: a decimal integer x without leading zeros,
// 0 < x < p with x^q = 1.
func (g *Group) parseResidue(text []byte) (*Element, error) {
	r, err := g.p.parse(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrElement, err)
	}
	if !g.varTimeHas(r) {
		return nil, fmt.Errorf("%w: not in the subgroup of prime order", ErrElement)
	}
	return &Element{r: r}, nil
}

// varTimeHas says whether r is in the subgroup.
func (g *Group) varTimeHas(r *residue) bool {
	if g.p.size() == g.q.size() {
		// Where q = (p−1)/2, r^q is the Legendre symbol (Euler's criterion).
		x, p := new(big.Int).SetBytes(r.bytes()), new(big.Int).SetBytes(g.p.m.Nat().Bytes(g.p.m))
		return big.Jacobi(x, p) == 1
	}
	return r.exp(g.q.m.Nat().Bytes(g.q.m)).n.IsOne() == 1
}

// cofactor returns (p−1)/q, most significant byte first.
func (g *Group) cofactor() []byte {
	p := new(big.Int).SetBytes(g.p.m.Nat().Bytes(g.p.m))
	q := new(big.Int).SetBytes(g.q.m.Nat().Bytes(g.q.m))
	return p.Sub(p, big.NewInt(1)).Div(p, q).Bytes()
}
