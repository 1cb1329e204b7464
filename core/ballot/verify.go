package ballot

import (
	"errors"
	"fmt"

	"bayyina/core/credential"
	"bayyina/core/proof"
)

// Reasons why a ballot or a list of credentials is refused. Each error of ParseBallot
// and Verify wraps one.
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
	// ErrWeight: ballots that are shuffled all count alike.
	ErrWeight = errors.New("weights other than 1 where questions are shuffled")
	// ErrProof: a proof of an answer is wrong; see ProofError.
	ErrProof = errors.New("wrong proof")
)

// ProofError names the proof that failed. Question counts from 1. Choice counts the
// ciphertexts of the answer from 1 and is 0 for proofs about all of them; for one about
// a list it is where the list begins.
type ProofError struct {
	Question, Choice int
	Proof            string // "individual", "overall", "blank", "encryption", "list" or "non-zero"
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
	return e.verify(b, list, proof.OneByOne{})
}

// Signed is a ballot of which it is known who cast it, and nothing else.
type Signed struct {
	ballot *Ballot
	voter  int
	weight uint64
}

// CheckSignature checks only who cast a ballot: that it is of this election, and signed
// by a credential of the list. It is much less work than the rest of Verify, which
// VerifyAnswers does.
func (e *Election) CheckSignature(b *Ballot, list *credential.List) (Signed, error) {
	return e.checkSignature(b, list, proof.OneByOne{})
}

// VerifyAnswers checks what CheckSignature has left.
func (e *Election) VerifyAnswers(s Signed) (Verified, error) {
	return e.verifyAnswers(s, proof.OneByOne{})
}

func (e *Election) checkSignature(b *Ballot, list *credential.List, check proof.Checker) (Signed, error) {
	if err := e.checkBinding(b.unsigned); err != nil {
		return Signed{}, err
	}
	voter, ok := list.Find(b.credential)
	if !ok {
		return Signed{}, fmt.Errorf("%w: %s", ErrUnknownCredential, b.credential)
	}
	if b.signatureHash != b.signed {
		return Signed{}, fmt.Errorf("%w: it is of another text", ErrSignature)
	}
	if !check.Knowledge(proof.BallotSignature, []byte(b.signed), b.credential, b.signature) {
		return Signed{}, fmt.Errorf("%w: not by credential %s", ErrSignature, b.credential)
	}
	return Signed{b, voter, list.At(voter).Weight}, nil
}

func (e *Election) verify(b *Ballot, list *credential.List, check proof.Checker) (Verified, error) {
	s, err := e.checkSignature(b, list, check)
	if err != nil {
		return Verified{}, err
	}
	return e.verifyAnswers(s, check)
}

func (e *Election) verifyAnswers(s Signed, check proof.Checker) (Verified, error) {
	if err := e.checkAnswers(s.ballot.unsigned, check); err != nil {
		return Verified{}, err
	}
	return Verified(s), nil
}

// CheckWeights refuses a list of credentials whose votes could not be counted: where a
// question is shuffled, each voter has one vote.
func (e *Election) CheckWeights(list *credential.List) error {
	if !e.Shuffled() || !list.Explicit() {
		return nil
	}
	for i := range list.Len() {
		if c := list.At(i); c.Weight != 1 {
			return fmt.Errorf("%w: credential %s has weight %d", ErrWeight, c.Public, c.Weight)
		}
	}
	return nil
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

func (e *Election) checkAnswers(u unsigned, check proof.Checker) error {
	if len(u.answers) != len(e.record.Questions) {
		return fmt.Errorf("%w: %d answers to %d questions", ErrShape, len(u.answers), len(e.record.Questions))
	}
	v := e.voter(u.credential)
	for i, q := range e.record.Questions {
		if err := q.checkShape(u.answers[i]); err != nil {
			return fmt.Errorf("%w: question %d: %w", ErrShape, i+1, err)
		}
		if failed := q.verify(v, check, u.answers[i]); failed != nil {
			failed.Question = i + 1
			return failed
		}
	}
	return nil
}
