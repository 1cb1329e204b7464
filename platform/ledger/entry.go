package ledger

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// envelope is what the server says about a statement (docs/PROTOCOL.md
// section 4).
type envelope struct {
	Sequence  uint64
	Time      time.Time
	After     uint64 // size of the newest published checkpoint
	Statement []byte // the statement's whole signed note
}

// seal signs the envelope with the entry key and returns the entry.
func (e envelope) seal(origin string, signer note.Signer) ([]byte, error) {
	var b strings.Builder
	b.Grow(len(e.Statement) + envelopeSize)
	fmt.Fprintf(&b, "%s\n%s\n%d\n%s\n%d\n\n", entryHeader, origin, e.Sequence, e.Time.UTC().Format(timeLayout), e.After)
	b.Write(e.Statement)
	entry, err := note.Sign(&note.Note{Text: b.String()}, signer)
	if err != nil {
		return nil, fmt.Errorf("seal entry %d: %w", e.Sequence, err)
	}
	if len(entry) > MaxNote {
		return nil, fmt.Errorf("seal entry %d: %d bytes, more than %d", e.Sequence, len(entry), MaxNote)
	}
	return entry, nil
}

// openEnvelope takes an entry of the log apart again; its signature is not
// verified.
func openEnvelope(entry []byte) (e envelope, origin string, err error) {
	text, err := noteText(entry)
	if err != nil {
		return envelope{}, "", fmt.Errorf("entry: %w", err)
	}
	lines := strings.SplitN(text, "\n", 7)
	if len(lines) != 7 || lines[0] != entryHeader || lines[5] != "" {
		return envelope{}, "", fmt.Errorf("entry: not %s", entryHeader)
	}
	e.Statement = []byte(lines[6])
	if e.Sequence, err = parseDecimal(lines[2]); err != nil {
		return envelope{}, "", fmt.Errorf("entry: sequence: %w", err)
	}
	if e.Time, err = parseTime(lines[3]); err != nil {
		return envelope{}, "", fmt.Errorf("entry: %w", err)
	}
	if e.After, err = parseDecimal(lines[4]); err != nil {
		return envelope{}, "", fmt.Errorf("entry: after: %w", err)
	}
	return e, lines[1], nil
}

// parseDecimal reads a number in the protocol's one spelling.
func parseDecimal(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil || strconv.FormatUint(n, 10) != text {
		return 0, fmt.Errorf("malformed number %q", text)
	}
	return n, nil
}
