package read

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Entry is one entry of the log: the server's envelope around a statement
// (docs/PROTOCOL.md section 4).
type Entry struct {
	Sequence   int64     // index in the log
	Time       time.Time // the server's time, whole seconds, UTC
	After      int64     // size of the newest checkpoint published before it
	Statement  Statement
	Origin     string      // of the log, as the envelope says
	Text       []byte      // the envelope's signed text
	Signatures []Signature // the envelope's, not verified by parsing
	Raw        []byte      // the entry's bytes in the log
	SignedBy   []string    // names of the keys, valid at this entry, whose signatures on the statement are good
	Faults     []Fault     // what the replay found wrong with it
}

// Statement is what somebody says (docs/PROTOCOL.md section 3).
type Statement struct {
	Origin      string    // the log that it is meant for
	Kind        string    // kind with version, such as "vote.ballot/1"
	ID          string    // 32 hex digits
	From        time.Time // its window of validity
	Until       time.Time
	Body        []byte       // one line of JSON, without the line's end
	Text        []byte       // the whole signed text
	Attachments []Attachment // that the body names, each once, in order
	Signatures  []Signature  // not verified by parsing
	Raw         []byte       // the signed note
}

// Attachment names bytes that stand beside the log.
type Attachment struct {
	SHA256 string `json:"sha256"` // 64 hex digits
	Size   int64  `json:"size"`   // bytes
}

// ErrEntry reports an envelope that is malformed.
var ErrEntry = errors.New("malformed entry")

// ParseEntry reads an entry and checks its form; it verifies no signature. An
// error is ErrEntry, ErrStatement or ErrBody; beside the latter two the entry is
// returned as far as it could be read.
func ParseEntry(raw []byte) (*Entry, error) {
	n, err := ParseNote(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEntry, err)
	}
	lines := strings.SplitN(string(n.Text), "\n", 7)
	if len(lines) != 7 || lines[0] != entryHeader || lines[5] != "" {
		return nil, fmt.Errorf("%w: not the six lines of %s before a statement", ErrEntry, entryHeader)
	}
	e := &Entry{Origin: lines[1], Text: n.Text, Signatures: n.Signatures, Raw: raw}
	if e.Sequence, err = parseDecimal(lines[2]); err != nil {
		return nil, fmt.Errorf("%w: sequence: %w", ErrEntry, err)
	}
	if e.Time, err = parseTime(lines[3]); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEntry, err)
	}
	if e.After, err = parseDecimal(lines[4]); err != nil {
		return nil, fmt.Errorf("%w: after: %w", ErrEntry, err)
	}
	if e.Statement, err = ParseStatement([]byte(lines[6])); err != nil {
		return e, fmt.Errorf("entry %d: %w", e.Sequence, err)
	}
	return e, nil
}

// EntryKind is the line of an entry that holds its statement's kind, found without
// reading the rest; nil where there is none.
func EntryKind(raw []byte) []byte {
	lines := bytes.SplitN(raw, []byte("\n"), 10) // the envelope's five and the empty one, then the third
	if len(lines) < 10 {
		return nil
	}
	return lines[8]
}
