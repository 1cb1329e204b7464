package read

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	statementHeader = "bayyina.statement/1"
	entryHeader     = "bayyina.entry/1"
	// timeLayout is the protocol's time: whole seconds, UTC, the letter Z.
	timeLayout = "2006-01-02T15:04:05Z"
)

// ErrStatement reports a statement that is malformed.
var ErrStatement = errors.New("malformed statement")

var (
	kindForm = regexp.MustCompile(`^[a-z][a-z0-9]*(\.[a-z][a-z0-9]*)+/[1-9][0-9]{0,3}$`)
	idForm   = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

// ParseStatement reads a statement with its signatures and checks its form, down
// to the spelling of its body; it verifies no signature. Where only the body is at
// fault the statement is returned beside an error that is ErrBody.
func ParseStatement(raw []byte) (Statement, error) {
	n, err := ParseNote(raw)
	if err != nil {
		return Statement{}, fmt.Errorf("%w: %w", ErrStatement, err)
	}
	s, err := parseStatementText(n.Text)
	if err != nil {
		return Statement{}, fmt.Errorf("%w: %w", ErrStatement, err)
	}
	s.Raw, s.Signatures = raw, n.Signatures
	if s.Attachments, err = scanBody(s.Body); err != nil {
		return s, fmt.Errorf("statement: %w", err)
	}
	return s, nil
}

// ParseStatementText reads the text of a statement that nobody has signed yet, and
// checks its form, down to the spelling of its body.
func ParseStatementText(text []byte) (Statement, error) {
	s, err := parseStatementText(text)
	if err != nil {
		return Statement{}, fmt.Errorf("%w: %w", ErrStatement, err)
	}
	if s.Attachments, err = scanBody(s.Body); err != nil {
		return Statement{}, fmt.Errorf("%w: %w", ErrStatement, err)
	}
	return s, nil
}

func parseStatementText(text []byte) (Statement, error) {
	lines, err := parseLines(text, 6)
	if err != nil {
		return Statement{}, err
	}
	s := Statement{Origin: lines[1], Kind: lines[2], ID: lines[3], Body: []byte(lines[5]), Text: text}
	from, until, two := strings.Cut(lines[4], " ")
	switch {
	case lines[0] != statementHeader:
		return Statement{}, fmt.Errorf("first line %.40q, not %q", lines[0], statementHeader)
	case s.Origin == "":
		return Statement{}, errors.New("no origin")
	case len(s.Kind) > 64 || !kindForm.MatchString(s.Kind):
		return Statement{}, fmt.Errorf("kind %.80q", s.Kind)
	case !idForm.MatchString(s.ID):
		return Statement{}, fmt.Errorf("id %.80q", s.ID)
	case !two:
		return Statement{}, errors.New("window without end")
	}
	if s.From, err = parseTime(from); err != nil {
		return Statement{}, fmt.Errorf("valid from: %w", err)
	}
	if s.Until, err = parseTime(until); err != nil {
		return Statement{}, fmt.Errorf("valid until: %w", err)
	}
	if s.Until.Before(s.From) {
		return Statement{}, errors.New("its window ends before it begins")
	}
	return s, nil
}

// parseTime reads a time in the protocol's one spelling.
func parseTime(text string) (time.Time, error) {
	t, err := time.Parse(timeLayout, text)
	if err != nil || t.Format(timeLayout) != text {
		return time.Time{}, fmt.Errorf("malformed time %.40q", text)
	}
	return t, nil
}

// parseDecimal reads a number in the protocol's one spelling.
func parseDecimal(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != text {
		return 0, fmt.Errorf("malformed number %.40q", text)
	}
	return n, nil
}
