// Package mix shuffles lists of ciphertexts so that nobody can tell which went where,
// with a proof that anybody can check: the answers to ranked questions go through it
// before they are opened, one mixer after another.
//
// The proof is that of Terelius and Wikström ("Proofs of Restricted Shuffles",
// AFRICACRYPT 2010) in the form of Haenni, Locher, Koenig and Dubuis ("Pseudo-Code
// Algorithms for Verifiable Re-Encryption Mix-Nets", 2017), as Belenios 3.3 writes it
// (src/lib/v1/mixnet.ml). As long as one mixer keeps its permutation to itself, no
// output can be tied to a voter.
//
// Scalar arithmetic and multiplications with secrets are constant time. What is not:
// the permutation is applied by indexing, so which addresses are read depends on it.
// A mixer shuffles on a machine that it shares with nobody.
package mix

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"bayyina/core/group"
)

var (
	// ErrShape is wrapped where a shuffle is not of the lists that it was given.
	ErrShape = errors.New("shuffle does not fit its input")
	// ErrProof is wrapped by each ProofError.
	ErrProof = errors.New("wrong proof of shuffle")
)

// Shuffle is what a mixer publishes: for each list the ciphertexts in their new order
// and encryption, and the proof that they hold what the input holds.
type Shuffle struct {
	Ciphertexts [][]group.Ciphertext
	Proofs      []Proof
}

// Proof is the proof of one list of n ciphertexts.
type Proof struct {
	// T are the commitments t1, t2, t3, t4,1 and t4,2; THat are t̂, one for each
	// ciphertext.
	T    [5]*group.Element
	THat []*group.Element
	// S are the responses s1 to s4; SHat and SPrime are ŝ and s′, one of each for each
	// ciphertext.
	S            [4]group.Scalar
	SHat, SPrime []group.Scalar
	// C commits to the permutation, CHat is the chain that multiplies the challenges.
	C, CHat []*group.Element
}

// ProofError names the equation that does not hold. List counts from 1. Index counts
// the list's ciphertexts from 1 and is 0 for equations about all of them.
type ProofError struct {
	List, Index int
	Equation    string // "t1", "t2", "t3", "t4,1", "t4,2" or "t̂"
}

func (e *ProofError) Error() string {
	if e.Index == 0 {
		return fmt.Sprintf("list %d: equation %s does not hold", e.List, e.Equation)
	}
	return fmt.Sprintf("list %d, ciphertext %d: equation %s does not hold", e.List, e.Index, e.Equation)
}

func (e *ProofError) Unwrap() error { return ErrProof }

// Mixnet makes and checks the shuffles of one election. It is safe for use by several
// goroutines at once.
type Mixnet struct {
	fingerprint string
	key         *group.Table
	workers     int
	h           *group.Table // h = generator −1

	mu         sync.Mutex
	generators []*group.Element // h_0, h_1, …: as many as were needed so far
}

// New returns the mixnet of the election with the given fingerprint and public key.
// It works on the given number of goroutines, 0 for one on each processor.
func New(fingerprint string, key *group.Table, workers int) *Mixnet {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return &Mixnet{
		fingerprint: fingerprint, key: key, workers: workers,
		h: group.NewTable(key.Element().Group().DerivedGenerator(-1)),
	}
}

// group returns the group of the election.
func (m *Mixnet) group() *group.Group { return m.key.Element().Group() }

// derived returns h_0 … h_{n−1}.
func (m *Mixnet) derived(n int) []*group.Element {
	m.mu.Lock()
	defer m.mu.Unlock()
	if have := len(m.generators); have < n {
		more := make([]*group.Element, n)
		copy(more, m.generators)
		m.split(n-have, func(low, high int) {
			for i := have + low; i < have+high; i++ {
				more[i] = m.group().DerivedGenerator(i)
			}
			copy(more[have+low:], group.Normalize(more[have+low:have+high]...))
		})
		m.generators = more
	}
	return m.generators[:n:n]
}

// split calls f for ranges that cover 0 … n−1, on all workers.
func (m *Mixnet) split(n int, f func(low, high int)) {
	size := (n + m.workers - 1) / m.workers
	var workers sync.WaitGroup
	for low := 0; low < n; low += size {
		workers.Go(func() { f(low, min(low+size, n)) })
	}
	workers.Wait()
}
