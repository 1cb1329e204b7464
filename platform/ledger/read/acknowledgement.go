package read

import (
	"fmt"
	"time"
)

const acknowledgementHeader = "bayyina.complaint/1"

// Acknowledgement is what a complainant gets at once: that by the deadline the log will hold the statement about
// their complaint (docs/PROTOCOL.md section 10).
type Acknowledgement struct {
	Origin     string // the log's
	Election   string // the Belenios uuid
	Number     int64  // of the complaint, from 1
	Statement  string // hex SHA-256 of the statement's text
	Lodged     time.Time
	Deadline   time.Time
	Text       []byte
	Signatures []Signature // not verified by parsing
	Raw        []byte
}

// ParseAcknowledgement reads an acknowledgement and checks its form; it verifies no signature. Its error
// is an [ErrPromise].
func ParseAcknowledgement(raw []byte) (*Acknowledgement, error) {
	n, err := ParseNote(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPromise, err)
	}
	lines, err := parseLines(n.Text, 7)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPromise, err)
	}
	a := &Acknowledgement{
		Origin: lines[1], Election: lines[2], Statement: lines[4], Text: n.Text, Signatures: n.Signatures, Raw: raw,
	}
	switch {
	case lines[0] != acknowledgementHeader:
		return nil, fmt.Errorf("%w: first line %.40q, not %q", ErrPromise, lines[0], acknowledgementHeader)
	case a.Origin == "":
		return nil, fmt.Errorf("%w: no origin", ErrPromise)
	case !uuidForm.MatchString(a.Election):
		return nil, fmt.Errorf("%w: election %.80q", ErrPromise, a.Election)
	case !hashForm.MatchString(a.Statement):
		return nil, fmt.Errorf("%w: statement %.80q", ErrPromise, a.Statement)
	}
	if a.Number, err = parseDecimal(lines[3]); err != nil || a.Number < 1 {
		return nil, fmt.Errorf("%w: number %.40q", ErrPromise, lines[3])
	}
	if a.Lodged, err = parseTime(lines[5]); err != nil {
		return nil, fmt.Errorf("%w: lodged: %w", ErrPromise, err)
	}
	if a.Deadline, err = parseTime(lines[6]); err != nil {
		return nil, fmt.Errorf("%w: deadline: %w", ErrPromise, err)
	}
	if a.Deadline.Before(a.Lodged) {
		return nil, fmt.Errorf("%w: its deadline is before it was lodged", ErrPromise)
	}
	return a, nil
}

// CheckAcknowledgement tells who of the log's receipt keys made an acknowledgement, as
// [KeyHistory.CheckPromise] does of a promise.
func (h *KeyHistory) CheckAcknowledgement(a *Acknowledgement) (*Member, error) {
	return h.checkReceiptKey(a.Origin, a.Text, a.Signatures)
}
