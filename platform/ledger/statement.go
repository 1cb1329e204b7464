package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxNote is the size limit of a statement or entry (c2sp.org/tlog-tiles allows
// an entry no more).
const MaxNote = 65535

// maxSignatures bounds the signature lines of a note.
const maxSignatures = 32

// timeLayout is the protocol's time: whole seconds, UTC, the letter Z.
const timeLayout = "2006-01-02T15:04:05Z"

const (
	statementHeader = "bayyina.statement/1"
	entryHeader     = "bayyina.entry/1"
)

// Statement is what somebody says (docs/PROTOCOL.md section 3), before it is
// signed.
type Statement struct {
	Origin string    // of the log it is meant for
	Kind   string    // with version, such as "vote.ballot/1"
	ID     string    // 32 hex digits, random
	From   time.Time // its window of validity, whole seconds
	Until  time.Time
	Body   []byte // one line of compact JSON, see [EncodeBody]
}

// Text returns the text that is signed.
func (s Statement) Text() string {
	return fmt.Sprintf("%s\n%s\n%s\n%s\n%s %s\n%s\n", statementHeader, s.Origin, s.Kind, s.ID,
		s.From.UTC().Format(timeLayout), s.Until.UTC().Format(timeLayout), s.Body)
}

var kindForm = regexp.MustCompile(`^[a-z][a-z0-9]*(\.[a-z][a-z0-9]*)+/[1-9][0-9]{0,3}$`)

// isID tells whether id is 32 hex digits in lower case.
func isID(id string) bool { return len(id) == 32 && strings.Trim(id, "0123456789abcdef") == "" }

// ParseStatement reads a signed statement and checks its form: everything that
// can be said without knowing keys. It returns the attachments that the body
// names, each once, in that order.
func ParseStatement(signed []byte) (Statement, []Attachment, error) {
	text, err := noteText(signed)
	if err != nil {
		return Statement{}, nil, fmt.Errorf("statement: %w", err)
	}
	lines := strings.Split(text, "\n")
	if len(lines) != 7 || lines[6] != "" {
		return Statement{}, nil, fmt.Errorf("statement: %d lines of text, not 6", len(lines)-1)
	}
	s := Statement{Origin: lines[1], Kind: lines[2], ID: lines[3], Body: []byte(lines[5])}
	from, until, _ := strings.Cut(lines[4], " ")
	switch {
	case lines[0] != statementHeader:
		return Statement{}, nil, fmt.Errorf("statement: first line is %q, not %q", lines[0], statementHeader)
	case s.Origin == "":
		return Statement{}, nil, errors.New("statement: no origin")
	case !kindForm.MatchString(s.Kind):
		return Statement{}, nil, fmt.Errorf("statement: malformed kind %q", s.Kind)
	case !isID(s.ID):
		return Statement{}, nil, fmt.Errorf("statement: malformed id %q", s.ID)
	}
	if s.From, err = parseTime(from); err != nil {
		return Statement{}, nil, fmt.Errorf("statement: valid from: %w", err)
	}
	if s.Until, err = parseTime(until); err != nil {
		return Statement{}, nil, fmt.Errorf("statement: valid until: %w", err)
	}
	if s.Until.Before(s.From) {
		return Statement{}, nil, errors.New("statement: its window ends before it begins")
	}
	attachments, err := scanBody(s.Body)
	if err != nil {
		return Statement{}, nil, fmt.Errorf("statement: body: %w", err)
	}
	return s, attachments, nil
}

// parseTime reads a time in the protocol's one spelling.
func parseTime(text string) (time.Time, error) {
	t, err := time.Parse(timeLayout, text)
	if err != nil || t.Format(timeLayout) != text {
		return time.Time{}, fmt.Errorf("malformed time %q", text)
	}
	return t, nil
}

var noteSplit = []byte("\n\n")

// noteText returns the text of a signed note (c2sp.org/signed-note) after
// checking the note's form; signatures are not verified.
func noteText(signed []byte) (string, error) {
	if len(signed) > MaxNote {
		return "", fmt.Errorf("%d bytes, more than %d", len(signed), MaxNote)
	}
	if !utf8.Valid(signed) {
		return "", errors.New("not UTF-8")
	}
	for _, b := range signed {
		if b < 0x20 && b != '\n' {
			return "", fmt.Errorf("control character U+%04X", b)
		}
	}
	split := bytes.LastIndex(signed, noteSplit)
	if split < 0 {
		return "", errors.New("no empty line before the signatures")
	}
	text, sigs := signed[:split+1], string(signed[split+2:])
	if !strings.HasSuffix(sigs, "\n") {
		return "", errors.New("no signatures")
	}
	lines := strings.Split(strings.TrimSuffix(sigs, "\n"), "\n")
	if len(lines) > maxSignatures {
		return "", fmt.Errorf("%d signatures, more than %d", len(lines), maxSignatures)
	}
	for _, line := range lines {
		rest, ok := strings.CutPrefix(line, "— ")
		if name, sig, two := strings.Cut(rest, " "); !ok || !two || name == "" || sig == "" || strings.Contains(sig, " ") {
			return "", fmt.Errorf("malformed signature line %q", line)
		}
	}
	return string(text), nil
}
