package read

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

const promiseHeader = "bayyina.promise/1"

// Promise is what a voter gets at once: that by the deadline the log will hold this
// ballot, or a later one of the same credential (docs/PROTOCOL.md section 10).
type Promise struct {
	Origin     string    // the log's
	Election   string    // the Belenios uuid
	Credential string    // 64 hex digits
	Tracker    string    // hex SHA-256 of the ballot
	Issued     time.Time // whole seconds, UTC
	Deadline   time.Time
	Text       []byte
	Signatures []Signature // not verified by parsing
	Raw        []byte
}

// ErrPromise reports a promise that is malformed.
var ErrPromise = errors.New("malformed promise")

var (
	uuidForm = regexp.MustCompile(`^[0-9A-Za-z]{1,64}$`)
	hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// ParsePromise reads a promise and checks its form; it verifies no signature.
func ParsePromise(raw []byte) (*Promise, error) {
	n, err := ParseNote(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPromise, err)
	}
	lines, err := parseLines(n.Text, 7)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPromise, err)
	}
	p := &Promise{
		Origin: lines[1], Election: lines[2], Credential: lines[3], Tracker: lines[4],
		Text: n.Text, Signatures: n.Signatures, Raw: raw,
	}
	switch {
	case lines[0] != promiseHeader:
		return nil, fmt.Errorf("%w: first line %.40q, not %q", ErrPromise, lines[0], promiseHeader)
	case p.Origin == "":
		return nil, fmt.Errorf("%w: no origin", ErrPromise)
	case !uuidForm.MatchString(p.Election):
		return nil, fmt.Errorf("%w: election %.80q", ErrPromise, p.Election)
	case !hashForm.MatchString(p.Credential):
		return nil, fmt.Errorf("%w: credential %.80q", ErrPromise, p.Credential)
	case !hashForm.MatchString(p.Tracker):
		return nil, fmt.Errorf("%w: tracker %.80q", ErrPromise, p.Tracker)
	}
	if p.Issued, err = parseTime(lines[5]); err != nil {
		return nil, fmt.Errorf("%w: issued: %w", ErrPromise, err)
	}
	if p.Deadline, err = parseTime(lines[6]); err != nil {
		return nil, fmt.Errorf("%w: deadline: %w", ErrPromise, err)
	}
	if p.Deadline.Before(p.Issued) {
		return nil, fmt.Errorf("%w: its deadline is before it was issued", ErrPromise)
	}
	return p, nil
}

// CheckPromise tells who of the log's receipt keys made a promise. Promises stand
// outside the log, so that a key which left the log meanwhile still binds. Without a
// good signature, or with a bad one by a key of the log, or for another log, the
// promise is nobody's.
func (h *KeyHistory) CheckPromise(p *Promise) (*Member, error) {
	return h.checkReceiptKey(p.Origin, p.Text, p.Signatures)
}

// checkReceiptKey tells who of the log's receipt keys signed a text that the server hands out.
func (h *KeyHistory) checkReceiptKey(origin string, text []byte, signatures []Signature) (*Member, error) {
	if origin != h.origin {
		return nil, fmt.Errorf("promise: made for the log %q, not %q", origin, h.origin)
	}
	var by *Member
	for _, l := range h.verify(text, signatures) {
		switch {
		case l.member == nil:
		case l.err != nil:
			return nil, fmt.Errorf("promise: %w", l.err)
		case l.member.Role == RoleReceipt && by == nil:
			by = l.member
		}
	}
	if by == nil {
		return nil, errors.New("promise: no receipt key of the log signed it")
	}
	return by, nil
}

// Follows reports whether p promises a ballot that the same voter cast after that of q.
// Such an earlier ballot is no later one, whenever it enters.
func (p *Promise) Follows(q *Promise) bool {
	return p.Election == q.Election && p.Credential == q.Credential && p.Tracker != q.Tracker && !p.Issued.Before(q.Issued)
}
