package ballot

import (
	"crypto/subtle"
	"fmt"
	"io"

	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// Lists is a question to which the voter chooses exactly one list, and one or more of
// its candidates. A vote has for each list 1 if it is chosen, else 0, and then 0 or 1
// for each of its candidates; the result is how often each was chosen (Belenios 3.3,
// src/lib/v1/question_l.ml).
type Lists struct {
	Text  string
	Lists []List
	// Extra is as that of Homomorphic.
	Extra []byte
}

// List is a list of candidates.
type List struct {
	Name       string
	Candidates []string
}

const lists = "Lists"

// Title is the text of the question.
func (q Lists) Title() string { return q.Text }

// Labels are the name of each list followed by its candidates.
func (q Lists) Labels() (labels []string) {
	for _, l := range q.Lists {
		labels = append(append(labels, l.Name), l.Candidates...)
	}
	return labels
}

// Nesting is the length of each list with its name.
func (q Lists) Nesting() []int {
	sizes := make([]int, len(q.Lists))
	for i, l := range q.Lists {
		sizes[i] = 1 + len(l.Candidates)
	}
	return sizes
}

// Shuffled is false.
func (q Lists) Shuffled() bool { return false }

// Ciphertexts is one for each list and each candidate.
func (q Lists) Ciphertexts() int {
	n := len(q.Lists)
	for _, l := range q.Lists {
		n += len(l.Candidates)
	}
	return n
}

func (q Lists) check(*group.Group) error {
	if err := checkAnswers(q.Ciphertexts()); err != nil {
		return err
	}
	if q.Ciphertexts() == len(q.Lists) {
		return fmt.Errorf("there is no candidate")
	}
	return checkExtra(q.Extra)
}

func (q Lists) write(w *canon.Writer) {
	wrap(w, lists, q.Extra, func(w *canon.Writer) {
		w.Begin('{').Key("answers").Begin('[')
		for _, l := range q.Lists {
			writeTexts(w, append([]string{l.Name}, l.Candidates...))
		}
		w.End(']').Key("question").String(q.Text).End('}')
	})
}

func readLists(r *canon.Reader) (q Lists) {
	r.Literal(`{"answers":`)
	r.Array(MaxAnswers, func(i int) {
		texts := readTexts(r)
		if len(texts) == 0 {
			r.Fail(fmt.Errorf("%w: list %d has no name", ErrElection, i+1))
			return
		}
		q.Lists = append(q.Lists, List{texts[0], texts[1:]})
	})
	r.Literal(`,"question":`)
	q.Text = r.String()
	r.Literal("}")
	return q
}

// split cuts a value for each number of a vote into those of the lists: of each list
// its own one, then its candidates'.
func split[T any](q Lists, values []T) [][]T {
	parts := make([][]T, 0, len(q.Lists))
	for _, n := range q.Nesting() {
		parts = append(parts, values[:n:n])
		values = values[n:]
	}
	return parts
}

func (q Lists) checkVote(votes []int) error {
	if err := checkBits(votes, q.Ciphertexts()); err != nil {
		return err
	}
	chosen, candidates, strangers := 0, 0, 0
	for _, list := range split(q, votes) {
		n := 0
		for _, v := range list[1:] {
			n += v
		}
		chosen += list[0]
		candidates += n
		strangers += (1 - list[0]) * n
	}
	one := subtle.ConstantTimeEq(int32(chosen), 1)
	some := subtle.ConstantTimeLessOrEq(1, candidates)
	if one&some&subtle.ConstantTimeEq(int32(strangers), 0) == 1 {
		return nil
	}
	switch { // only of a bad vote, which is never sent
	case one == 0:
		return fmt.Errorf("%d lists chosen, 1 needed", chosen)
	case some == 0:
		return fmt.Errorf("no candidate of the list chosen, at least 1 needed")
	default:
		return fmt.Errorf("%d candidates of lists that are not chosen", strangers)
	}
}

func (q Lists) hold(g *group.Group, votes []int) ([]*group.Element, error) {
	return holdNumbers(g, votes), nil
}

// listsAnswer has a ciphertext for each list and each candidate. Beside the proofs
// that each holds 0 or 1, overall says that one list is chosen, each of list that it
// is chosen or none of its candidates, and nonZero that a candidate is.
type listsAnswer struct {
	choices    []group.Ciphertext
	sizes      []int // of the lists
	individual [][]proof.Proof
	overall    proof.Proof
	list       [][]proof.Proof
	nonZero    proof.NonZeroProof
}

func (a *listsAnswer) Ciphertexts() []group.Ciphertext { return a.choices }

func (a *listsAnswer) Proofs() int { return len(a.individual) + len(a.list) + 2 }

func (a *listsAnswer) write(w *canon.Writer) {
	w.Begin('{').Key("choices")
	writeNested(w, a.sizes, func(i int) { WriteCiphertext(w, a.choices[i]) })
	w.Key("individual_proofs")
	writeNested(w, a.sizes, func(i int) { writeProofs(w, a.individual[i]) })
	w.Key("overall_proof")
	a.overall.Write(w)
	w.Key("list_proofs").Begin('[')
	for _, proofs := range a.list {
		writeProofs(w, proofs)
	}
	w.End(']').Key("nonzero_proof")
	a.nonZero.Write(w)
	w.End('}')
}

// readListsAnswer reads what follows `{"choices":`. As many individual proofs as
// choices must be there, list by list.
func readListsAnswer(r *canon.Reader, g group.Parser) *listsAnswer {
	a := new(listsAnswer)
	r.Array(maxParts, func(int) {
		n := len(a.choices)
		r.Array(maxParts, func(int) { a.choices = append(a.choices, ReadCiphertext(r, g)) })
		a.sizes = append(a.sizes, len(a.choices)-n)
	})
	r.Literal(`,"individual_proofs":`)
	readNested(r, a.sizes, func(int) { a.individual = append(a.individual, readProofs(r, g)) })
	r.Literal(`,"overall_proof":`)
	a.overall = proof.Read(r, g)
	r.Literal(`,"list_proofs":`)
	r.Array(maxParts, func(int) { a.list = append(a.list, readProofs(r, g)) })
	r.Literal(`,"nonzero_proof":`)
	a.nonZero = proof.ReadNonZero(r, g)
	r.Literal("}")
	return a
}

func (q Lists) prove(random io.Reader, v voter, choices []group.Ciphertext, randomness []group.Scalar, votes []int) (Answer, error) {
	a := &listsAnswer{choices: choices, sizes: q.Nesting()}
	known := v.witnesses(randomness, votes)
	var err error
	if a.individual, err = v.proveBits(random, choices, known); err != nil {
		return nil, err
	}
	whole := v.message.with(choices...)
	var names, candidates []proof.Witness
	for _, list := range split(q, known) {
		sum := sumWitness(list[1:])
		proofs, err := proof.ProveOneOf(random, proof.ListOrNone, whole, v.key, append(v.shifts(list[0], 1, 1), sum))
		if err != nil {
			return nil, err
		}
		a.list = append(a.list, proofs)
		names = append(names, list[0])
		candidates = append(candidates, sum)
	}
	sums := q.sums(v, choices)
	overall, err := proof.ProveOneOf(random, proof.Choice, whole.with(sums.names.Ciphertext), v.key, v.shifts(sumWitness(names), 1, 1))
	if err != nil {
		return nil, err
	}
	a.overall = overall[0]
	a.nonZero, err = proof.ProveNonZero(random, whole, v.key, sums.candidates.Ciphertext, sumWitness(candidates))
	return a, err
}

// listSums are sums that proofs of an answer are about.
type listSums struct {
	names, candidates proof.Sum
	list              []proof.Sum // of each list's candidates
}

func (q Lists) sums(v voter, choices []group.Ciphertext) (s listSums) {
	var names, candidates []group.Ciphertext
	for _, list := range split(q, choices) {
		names, candidates = append(names, list[0]), append(candidates, list[1:]...)
		s.list = append(s.list, v.sum(list[1:]...))
	}
	s.names, s.candidates = v.sum(names...), v.sum(candidates...)
	return s
}

func (q Lists) checkShape(answer Answer) error {
	a, ok := answer.(*listsAnswer)
	if !ok {
		return errKind
	}
	want := q.Nesting()
	if len(a.sizes) != len(want) {
		return fmt.Errorf("%d lists, not %d", len(a.sizes), len(want))
	}
	for i, n := range a.sizes {
		if n != want[i] {
			return fmt.Errorf("list %d has %d choices, not %d", i+1, n, want[i])
		}
	}
	if err := checkBitsShape(a.choices, a.individual, q.Ciphertexts()); err != nil {
		return err
	}
	if len(a.list) != len(q.Lists) {
		return fmt.Errorf("%d list proofs of %d lists", len(a.list), len(q.Lists))
	}
	for i, proofs := range a.list {
		if len(proofs) != 2 {
			return fmt.Errorf("list proof %d has %d parts, not 2", i+1, len(proofs))
		}
	}
	return nil
}

func (q Lists) verify(v voter, check proof.Checker, answer Answer) *ProofError {
	a := answer.(*listsAnswer)
	if failed := v.verifyBits(check, a.choices, a.individual); failed != nil {
		return failed
	}
	whole := v.message.with(a.choices...)
	sums := q.sums(v, a.choices)
	if !check.OneOf(proof.Choice, whole.with(sums.names.Ciphertext), v.key, proof.Between(sums.names, 1, 1), []proof.Proof{a.overall}) {
		return &ProofError{Proof: "overall"}
	}
	at := 1
	for i, list := range split(q, a.choices) {
		listOrNone := append(proof.Between(v.sum(list[0]), 1, 1), proof.Between(sums.list[i], 0, 0)...)
		if !check.OneOf(proof.ListOrNone, whole, v.key, listOrNone, a.list[i]) {
			return &ProofError{Choice: at, Proof: "list"}
		}
		at += len(list)
	}
	if !check.NonZero(whole, v.key, sums.candidates, a.nonZero) {
		return &ProofError{Proof: "non-zero"}
	}
	return nil
}
