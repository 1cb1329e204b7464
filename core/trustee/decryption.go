package trustee

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// maxDecryption bounds the text of a partial decryption, which has 260 bytes for each
// choice, or for each ballot of a question that is shuffled.
const maxDecryption = 256 << 20

// ErrStopped: whoever was told of the progress wanted no more.
var ErrStopped = errors.New("stopped")

// Decrypt makes a partial decryption of an encrypted tally: one list of ciphertexts for
// each question of the election, of those shuffled the last shuffle's. It works on all
// cores.
func (k *PrivateKey) Decrypt(e *ballot.Election, tally [][]group.Ciphertext, random io.Reader) ([]byte, error) {
	return k.DecryptTelling(e, tally, random, func(int, int) bool { return true })
}

// DecryptTelling is Decrypt that tells how many ciphertexts of all are done, from several
// goroutines at once. It ends with ErrStopped after it was answered false.
func (k *PrivateKey) DecryptTelling(e *ballot.Election, tally [][]group.Ciphertext, random io.Reader, tell func(done, total int) bool) ([]byte, error) {
	message := decryptionMessage(e.Fingerprint(), k.Public())
	random = proof.Shared(random)
	total := 0
	for _, question := range tally {
		total += len(question)
	}
	var done atomic.Int64
	var stopped atomic.Bool
	factors, proofs := new(canon.Writer), new(canon.Writer)
	factors.Begin('[')
	proofs.Begin('[')
	for i, q := range e.Questions() {
		powers, made, errs := make([]*group.Element, len(tally[i])), make([]proof.Proof, len(tally[i])), make([]error, len(tally[i]))
		each(len(made), func(j int) {
			if stopped.Load() {
				errs[j] = ErrStopped
				return
			}
			alpha := tally[i][j].Alpha
			powers[j] = alpha.Mult(k.secret)
			made[j], errs[j] = proof.ProveEquality(random, proof.Decryption, message, alpha, k.secret)
			if !tell(int(done.Add(1)), total) {
				stopped.Store(true)
			}
		})
		if stopped.Load() {
			return nil, ErrStopped
		}
		if j := slices.IndexFunc(errs, func(err error) bool { return err != nil }); j >= 0 {
			return nil, fmt.Errorf("prove decryption: %w", errs[j])
		}
		ballot.WriteNested(factors, q, len(made), func(j int) { factors.Append(powers[j].AppendText) })
		ballot.WriteNested(proofs, q, len(made), func(j int) { made[j].Write(proofs) })
	}
	var w canon.Writer
	w.Begin('{').Key("decryption_factors").Raw(factors.End(']').Bytes())
	w.Key("decryption_proofs").Raw(proofs.End(']').Bytes())
	return w.End('}').Bytes(), nil
}

// decryptionMessage is what a decryption's proofs are bound to besides their purpose.
func decryptionMessage(fingerprint string, key *group.Element) []byte {
	return key.AppendText([]byte(fingerprint + "|"))
}

// Decryption is one trustee's partial decryption, checked: an element for each
// ciphertext of the tally.
type Decryption struct {
	owner   int
	factors [][]*group.Element
}

// Owner is the trustee's number, counted from 1.
func (d *Decryption) Owner() int { return d.owner }

// Proofs is how many proofs were checked.
func (d *Decryption) Proofs() (n int) {
	for _, question := range d.factors {
		n += len(question)
	}
	return n
}

// FactorError says which part of a partial decryption is wrong. Question and Answer
// count from 1.
type FactorError struct{ Question, Answer int }

// Error names the place.
func (e *FactorError) Error() string {
	return fmt.Sprintf("question %d, answer %d: proof of decryption is wrong", e.Question, e.Answer)
}

// Verify checks a partial decryption by the owner with the given number, of the tally
// that Decrypt takes.
func (t *Trustees) Verify(owner int, text []byte, e *ballot.Election, tally [][]group.Ciphertext) (*Decryption, error) {
	if owner < 1 || owner > len(t.Owners) {
		return nil, fmt.Errorf("there is no trustee %d, only 1 to %d", owner, len(t.Owners))
	}
	factors, proofs, err := parseDecryption(text, e, tally)
	if err != nil {
		return nil, &OwnerError{owner, err}
	}
	key := t.Owners[owner-1].Key
	message := decryptionMessage(e.Fingerprint(), key)
	for q, question := range tally {
		wrong := firstWrong(len(question), func(a int) bool {
			return proof.VerifyEquality(proof.Decryption, message, key, question[a].Alpha, factors[q][a], proofs[q][a])
		})
		if wrong < len(question) {
			return nil, &OwnerError{owner, &FactorError{q + 1, wrong + 1}}
		}
	}
	return &Decryption{owner: owner, factors: factors}, nil
}

// firstWrong checks n things on all cores and returns the first that is not right; n if
// all are.
func firstWrong(n int, right func(i int) bool) int {
	wrong := make([]bool, n)
	each(n, func(i int) { wrong[i] = !right(i) })
	if first := slices.Index(wrong, true); first >= 0 {
		return first
	}
	return n
}

// each does n things on all cores.
func each(n int, do func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	workers.Wait()
}

// parseDecryption reads a partial decryption of the tally's shape.
func parseDecryption(text []byte, e *ballot.Election, tally [][]group.Ciphertext) (factors [][]*group.Element, proofs [][]proof.Proof, err error) {
	r := canon.NewReader(text, maxDecryption)
	factors, proofs = make([][]*group.Element, len(tally)), make([][]proof.Proof, len(tally))
	r.Literal(`{"decryption_factors":`)
	ballot.ReadQuestions(r, e, func(i int, q ballot.Question) {
		ballot.ReadNested(r, q, len(tally[i]), func(int) { factors[i] = append(factors[i], proof.ReadElement(r, e.Group())) })
	})
	r.Literal(`,"decryption_proofs":`)
	ballot.ReadQuestions(r, e, func(i int, q ballot.Question) {
		ballot.ReadNested(r, q, len(tally[i]), func(int) { proofs[i] = append(proofs[i], proof.Read(r, e.Group())) })
	})
	r.Literal("}")
	if err := r.End(); err != nil {
		return nil, nil, err
	}
	for q := range tally {
		if len(factors[q]) != len(tally[q]) || len(proofs[q]) != len(tally[q]) {
			return nil, nil, fmt.Errorf("question %d: %d factors and %d proofs for %d answers",
				q+1, len(factors[q]), len(proofs[q]), len(tally[q]))
		}
	}
	return factors, proofs, nil
}

// ErrTooFew: more partial decryptions are needed.
var ErrTooFew = errors.New("not enough partial decryptions")

// Combine decrypts the tally from partial decryptions, in any order: for each
// ciphertext, what it holds. Of a threshold block the first threshold members
// that decrypted are taken, in the members' order; of single trustees all.
func (t *Trustees) Combine(decryptions []*Decryption, tally [][]group.Ciphertext) ([][]*group.Element, error) {
	by := make(map[int]*Decryption)
	for _, d := range decryptions {
		by[d.owner] = d
	}
	coefficient, err := t.choose(func(owner int) bool { return by[owner] != nil })
	if err != nil {
		return nil, err
	}
	plain := make([][]*group.Element, len(tally))
	for q, question := range tally {
		for a, c := range question {
			var scalars []group.Scalar
			var elements []*group.Element
			for owner, l := range coefficient {
				scalars = append(scalars, l)
				elements = append(elements, by[owner].factors[q][a])
			}
			plain[q] = append(plain[q], c.Beta.Sub(t.Key.Group().VarTimeSumMult(scalars, elements)))
		}
	}
	return plain, nil
}

// choose picks who decrypts, and with which coefficient.
func (t *Trustees) choose(have func(owner int) bool) (map[int]group.Scalar, error) {
	chosen := make(map[int]group.Scalar)
	var missing []string
	for first := 0; first < len(t.Owners); {
		block := t.Owners[first].block
		end := first
		var members []int
		for ; end < len(t.Owners) && t.Owners[end].block == block; end++ {
			if have(end + 1) {
				members = append(members, t.Owners[end].member)
			}
		}
		need := max(t.Owners[first].Threshold, 1)
		if len(members) < need {
			missing = append(missing, describeMissing(first+1, end, need-len(members)))
		} else {
			for i, l := range lagrange(t.Key.Group(), members[:need]) {
				chosen[first+members[i]] = l
			}
		}
		first = end
	}
	if missing != nil {
		return nil, fmt.Errorf("%w: %s", ErrTooFew, strings.Join(missing, "; "))
	}
	return chosen, nil
}

func describeMissing(first, last, n int) string {
	if first == last {
		return fmt.Sprintf("that of trustee %d is missing", first)
	}
	return fmt.Sprintf("%d more needed of trustees %d to %d", n, first, last)
}

// lagrange returns the coefficients with which values at the given places add up
// to the value at 0: Π_{m≠j} m/(m−j). For a single place it is 1.
func lagrange(g *group.Group, places []int) []group.Scalar {
	list := make([]group.Scalar, len(places))
	for i, j := range places {
		over, under := g.NewScalar(1), g.NewScalar(1)
		for _, m := range places {
			if m != j {
				over = over.Mul(g.NewScalar(uint64(m)))
				under = under.Mul(g.NewScalar(uint64(m)).Sub(g.NewScalar(uint64(j))))
			}
		}
		list[i] = over.Mul(under.Invert())
	}
	return list
}
