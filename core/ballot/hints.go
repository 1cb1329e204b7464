package ballot

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"bayyina/core/group"
	"bayyina/core/hint"
	"bayyina/core/proof"
)

// ErrNoHints: hints are for Ed25519 only.
var ErrNoHints = errors.New("hints are for elections in Ed25519 only")

// Hints returns the hints of a ballot of this election, as VerifyAll takes them. Of a
// ballot that cannot be read, or does not fit the questions, there are none.
func (e *Election) Hints(text []byte) ([]byte, error) {
	if e.Group() != group.Ed25519 {
		return nil, ErrNoHints
	}
	h := proof.NewHinter()
	b, err := ParseBallot(h, text)
	if err != nil {
		return nil, err
	}
	h.Knowledge(proof.BallotSignature, nil, b.credential, b.signature)
	if err := e.checkAnswers(b.unsigned, h); err != nil {
		return nil, err
	}
	return h.Append(nil), nil
}

// WriteHints writes the hints of ballots in their order, made by so many workers, and
// returns of how many: it judges no ballot, and of one that it cannot read there are
// none. The error is ErrNoHints, or of writing.
func (e *Election) WriteHints(out *hint.Writer, workers int, texts [][]byte) (ballots int64, err error) {
	hints, reasons := make([][]byte, len(texts)), make([]error, len(texts))
	each(workers, len(texts), func() func(int) {
		return func(i int) { hints[i], reasons[i] = e.Hints(texts[i]) }
	})
	for i, text := range texts {
		switch {
		case errors.Is(reasons[i], ErrNoHints):
			return ballots, fmt.Errorf("hints of an election: %w", reasons[i])
		case reasons[i] != nil:
			continue
		}
		if err := out.Write(sha256.Sum256(text), hints[i]); err != nil {
			return ballots, err
		}
		ballots++
	}
	return ballots, nil
}
