package ballot

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/proof"
)

var (
	// ErrOpened is returned by Sign for a ballot that was opened for checking.
	ErrOpened = errors.New("this ballot was opened for checking and can never be cast")
	// ErrSigned is returned by Open and Sign for a ballot that was signed already.
	ErrSigned = errors.New("this ballot is signed already")
)

// Draft is an encrypted ballot before its signature. The voter sees its commitment and
// then chooses (Benaloh's challenge): either it is opened, which reveals how it was
// made and spoils it, or it is signed to be cast, which forgets how it was made.
// Exactly one of the two can happen, and only once.
type Draft struct {
	unsigned   unsigned
	text       []byte // of the unsigned ballot, closed
	commitment string

	mu         sync.Mutex
	state      draftState
	plaintext  Plaintext
	randomness [][]group.Scalar
}

type draftState int

const (
	fresh draftState = iota
	opened
	signed
)

// Encrypt encrypts a vote for the holder of the public credential. Time does not tell
// which valid vote it is, but for the numbers of NonHomomorphic, on which the search for
// an element that holds them depends.
func (e *Election) Encrypt(random io.Reader, public *group.Element, vote Plaintext) (*Draft, error) {
	if err := e.CheckPlaintext(vote); err != nil {
		return nil, err
	}
	d := &Draft{unsigned: unsigned{uuid: e.record.UUID, election: e.fingerprint, credential: public}}
	v := e.voter(public)
	for i, q := range e.record.Questions {
		answer, randomness, err := e.encryptAnswer(random, q, v, vote[i])
		if err != nil {
			return nil, fmt.Errorf("encrypt answer %d: %w", i+1, err)
		}
		d.unsigned.answers = append(d.unsigned.answers, answer)
		d.randomness = append(d.randomness, randomness)
		d.plaintext = append(d.plaintext, append([]int(nil), vote[i]...))
	}
	var w canon.Writer
	d.unsigned.write(&w)
	d.text = w.End('}').Bytes()
	d.commitment = canon.B64(d.text)
	return d, nil
}

// Commitment returns the base-64 SHA-256 of the unsigned ballot. The voter notes it
// before choosing to check or to cast.
func (d *Draft) Commitment() string { return d.commitment }

// Sign makes the ballot to be cast, with the key of the credential it was encrypted
// for. The randomness is forgotten.
func (d *Draft) Sign(random io.Reader, key group.Scalar) (*Ballot, error) {
	if !d.unsigned.credential.Group().BaseMult(key).Equal(d.unsigned.credential) {
		return nil, fmt.Errorf("%w: this is not the key of credential %s", ErrUnknownCredential, d.unsigned.credential)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch d.state {
	case opened:
		return nil, ErrOpened
	case signed:
		return nil, ErrSigned
	}
	p, err := proof.ProveKnowledge(random, proof.BallotSignature, []byte(d.commitment), key)
	if err != nil {
		return nil, fmt.Errorf("sign ballot: %w", err)
	}
	d.state = signed
	for i := range d.randomness {
		clear(d.randomness[i])
		clear(d.plaintext[i])
	}
	var w canon.Writer
	d.unsigned.write(&w)
	w.Key("signature").Begin('{').Key("hash").String(d.commitment).Key("proof")
	p.Write(&w)
	w.End('}').End('}')
	return &Ballot{
		unsigned: d.unsigned, raw: w.Bytes(),
		signed: d.commitment, signatureHash: d.commitment, signature: p,
	}, nil
}

// Open reveals how the ballot was made, for checking. It can never be signed then.
func (d *Draft) Open() (*Opening, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.state == signed {
		return nil, ErrSigned
	}
	d.state = opened
	return &Opening{Ballot: d.text, Plaintext: d.plaintext, Randomness: d.randomness}, nil
}

// encryptAnswer encrypts the votes on one question and proves that they are allowed.
// The ciphertexts' randomness is returned for opening.
func (e *Election) encryptAnswer(random io.Reader, q Question, v voter, votes []int) (Answer, []group.Scalar, error) {
	held, err := q.hold(e.Group(), votes)
	if err != nil {
		return nil, nil, err
	}
	randomness := make([]group.Scalar, len(held))
	elements := make([]*group.Element, 0, 2*len(held))
	for i, m := range held {
		if randomness[i], err = e.Group().RandomScalar(random); err != nil {
			return nil, nil, err
		}
		c := group.EncryptElement(e.key, randomness[i], m)
		elements = append(elements, c.Alpha, c.Beta)
	}
	elements = group.Normalize(elements...)
	choices := make([]group.Ciphertext, len(held))
	for i := range choices {
		choices[i] = group.Ciphertext{Alpha: elements[2*i], Beta: elements[2*i+1]}
	}
	a, err := q.prove(random, v, choices, randomness, votes)
	return a, randomness, err
}
