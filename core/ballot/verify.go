package ballot

import (
	"errors"
	"fmt"

	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// Reasons why a ballot is refused. Each error of ParseBallot and Verify wraps one.
var (
	// ErrNotCanonical: not the one text of a ballot, or not a ballot at all.
	ErrNotCanonical = errors.New("ballot is not spelt canonically")
	// ErrWrongElection: made for another election, or another version of its record.
	ErrWrongElection = errors.New("ballot is of another election")
	// ErrUnknownCredential: the credential is not in the election's list.
	ErrUnknownCredential = errors.New("credential is not in the list")
	// ErrSignature: the credential's signature is missing or wrong.
	ErrSignature = errors.New("wrong signature")
	// ErrShape: the answers do not have the form that the questions ask for.
	ErrShape = errors.New("answers do not fit the questions")
	// ErrProof: a proof of an answer is wrong; see ProofError.
	ErrProof = errors.New("wrong proof")
)

// ProofError names the proof that failed. Question counts from 1. Choice counts the
// ciphertexts of the answer from 1 and is 0 for proofs about all of them.
type ProofError struct {
	Question, Choice int
	Proof            string // "individual", "overall" or "blank"
}

func (e *ProofError) Error() string {
	if e.Choice == 0 {
		return fmt.Sprintf("question %d: %s proof is wrong", e.Question, e.Proof)
	}
	return fmt.Sprintf("question %d, choice %d: %s proof is wrong", e.Question, e.Choice, e.Proof)
}

func (e *ProofError) Unwrap() error { return ErrProof }

// readError makes one of the reasons of an error in reading.
func readError(err error) error {
	if errors.Is(err, ErrSignature) {
		return fmt.Errorf("read ballot: %w", err)
	}
	return fmt.Errorf("read ballot: %w: %w", ErrNotCanonical, err)
}

// Verified is a ballot that passed every check of its election, and whose it is.
type Verified struct {
	ballot *Ballot
	voter  int
	weight uint64
}

// Ballot returns the ballot itself.
func (v Verified) Ballot() *Ballot { return v.ballot }

// Voter returns the position of the ballot's credential in the list it was checked by.
func (v Verified) Voter() int { return v.voter }

// Weight returns the weight of the ballot's credential.
func (v Verified) Weight() uint64 { return v.weight }

// Verify checks everything about a ballot that can be known from the election and its
// list of credentials. Whether the same text was cast before is for the one who has
// all ballots to say.
func (e *Election) Verify(b *Ballot, list *credential.List) (Verified, error) {
	if err := e.checkBinding(b.unsigned); err != nil {
		return Verified{}, err
	}
	voter, ok := list.Find(b.credential)
	if !ok {
		return Verified{}, fmt.Errorf("%w: %s", ErrUnknownCredential, b.credential)
	}
	if b.signatureHash != b.signed {
		return Verified{}, fmt.Errorf("%w: it is of another text", ErrSignature)
	}
	if !proof.VerifyKnowledge(proof.BallotSignature, []byte(b.signed), b.credential, b.signature) {
		return Verified{}, fmt.Errorf("%w: not by credential %s", ErrSignature, b.credential)
	}
	if err := e.checkAnswers(b.unsigned); err != nil {
		return Verified{}, err
	}
	return Verified{ballot: b, voter: voter, weight: list.At(voter).Weight}, nil
}

// checkBinding checks that the ballot names this election.
func (e *Election) checkBinding(u unsigned) error {
	if u.uuid != e.record.UUID {
		return fmt.Errorf("%w: its uuid is %q, not %q", ErrWrongElection, u.uuid, e.record.UUID)
	}
	if u.election != e.fingerprint {
		return fmt.Errorf("%w: its fingerprint is %q, not %q", ErrWrongElection, u.election, e.fingerprint)
	}
	return nil
}

func (e *Election) checkAnswers(u unsigned) error {
	if len(u.answers) != len(e.record.Questions) {
		return fmt.Errorf("%w: %d answers to %d questions", ErrShape, len(u.answers), len(e.record.Questions))
	}
	for i, q := range e.record.Questions {
		if err := q.checkShape(u.answers[i]); err != nil {
			return fmt.Errorf("%w: question %d: %w", ErrShape, i+1, err)
		}
		ctx := newContext(e.fingerprint, u.credential, u.answers[i].Choices)
		if failed := q.verify(ctx, e.key, u.answers[i]); failed != nil {
			failed.Question = i + 1
			return failed
		}
	}
	return nil
}

// checkShape compares the lengths of all lists with what the question asks for.
func (q Question) checkShape(a Answer) error {
	if len(a.Choices) != q.Choices() {
		return fmt.Errorf("%d choices, not %d", len(a.Choices), q.Choices())
	}
	if len(a.IndividualProofs) != len(a.Choices) {
		return fmt.Errorf("%d individual proofs of %d choices", len(a.IndividualProofs), len(a.Choices))
	}
	for i, proofs := range a.IndividualProofs {
		if len(proofs) != 2 {
			return fmt.Errorf("individual proof %d has %d parts, not 2", i+1, len(proofs))
		}
	}
	if want := q.overallParts(); len(a.OverallProof) != want {
		return fmt.Errorf("overall proof has %d parts, not %d", len(a.OverallProof), want)
	}
	if (a.BlankProof != nil) != q.Blank {
		return fmt.Errorf("blank proof is missing, or there is one where no blank vote is possible")
	}
	if q.Blank && len(a.BlankProof) != 2 {
		return fmt.Errorf("blank proof has %d parts, not 2", len(a.BlankProof))
	}
	return nil
}

// overallParts is the number of branches of the overall proof: one for each allowed
// number of choices, and one for the blank vote.
func (q Question) overallParts() int {
	if q.Blank {
		return q.Max - q.Min + 2
	}
	return q.Max - q.Min + 1
}

// verify checks the proofs of an answer of the right shape.
func (q Question) verify(ctx context, key *group.Table, a Answer) *ProofError {
	for i, c := range a.Choices {
		if !proof.VerifyOneOf(proof.Choice, ctx.choice(c), key, offsets(c, 0, 1), a.IndividualProofs[i]) {
			return &ProofError{Choice: i + 1, Proof: "individual"}
		}
	}
	if !q.Blank {
		sum := group.SumCiphertexts(a.Choices)
		if !proof.VerifyOneOf(proof.Choice, ctx.overall(sum), key, offsets(sum, q.Min, q.Max), a.OverallProof) {
			return &ProofError{Proof: "overall"}
		}
		return nil
	}
	blank, sum := a.Choices[0], group.SumCiphertexts(a.Choices[1:])
	if !proof.VerifyOneOf(proof.BlankOrZero, ctx.answer, key, []group.Ciphertext{blank, sum}, a.BlankProof) {
		return &ProofError{Proof: "blank"}
	}
	branches := append(offsets(blank, 1, 1), offsets(sum, q.Min, q.Max)...)
	if !proof.VerifyOneOf(proof.NotBlankOrBounds, ctx.answer, key, branches, a.OverallProof) {
		return &ProofError{Proof: "overall"}
	}
	return nil
}

// offsets returns c minus each number from low to high: the ciphertext that holds zero
// is the one whose number c holds.
func offsets(c group.Ciphertext, low, high int) []group.Ciphertext {
	g := c.Beta.Group()
	minusOne := g.Generator().Neg()
	list := make([]group.Ciphertext, 0, high-low+1)
	beta := c.Beta
	if low > 0 {
		beta = beta.Sub(g.BaseMult(g.NewScalar(uint64(low))))
	}
	for k := low; k <= high; k++ {
		list = append(list, group.Ciphertext{Alpha: c.Alpha, Beta: beta})
		beta = beta.Add(minusOne)
	}
	return list
}
