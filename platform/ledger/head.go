package ledger

import (
	"bytes"
	"errors"
	"time"
)

// statementHead is the part of a statement that the publisher acts on. It is
// read without the body, because its form was checked when it was queued.
type statementHead struct {
	kind, id    string
	from, until time.Time
}

// parseHead reads the lines before a statement's body.
func parseHead(signed []byte) (statementHead, error) {
	lines := bytes.SplitN(signed, []byte("\n"), 6)
	if len(lines) != 6 || string(lines[0]) != statementHeader {
		return statementHead{}, errors.New("not " + statementHeader)
	}
	from, until, _ := bytes.Cut(lines[4], []byte(" "))
	h := statementHead{kind: string(lines[2]), id: string(lines[3])}
	var err error
	if h.from, err = parseTime(string(from)); err != nil {
		return statementHead{}, err
	}
	h.until, err = parseTime(string(until))
	return h, err
}

// enter returns the history once a statement has entered at sequence.
func (h history) enter(sequence uint64, head statementHead, signed []byte) (history, error) {
	switch head.kind {
	case kindGenesis, kindWitnesses, kindClose:
		s, _, err := ParseStatement(signed)
		if err != nil {
			return history{}, err
		}
		return h.after(sequence, s)
	}
	return h, nil
}
