package count

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrFormat means a file of votes that is not well formed.
var ErrFormat = errors.New("not a file of votes")

func malformed(line int, format string, args ...any) error {
	return fmt.Errorf("%w: line %d: %s", ErrFormat, line, fmt.Sprintf(format, args...))
}

// MaxFile bounds a file of votes, in bytes.
const MaxFile = 256 << 20

// ParseBLT reads the ballot file of Hill, Wichmann and Woodall (Algorithm 123, 1987) as OpenSTV and Droop write it: numbers of
// choices and seats; -n for a choice that is withdrawn; lines of a count or of an identity in
// parentheses, choices from the first preference on and 0, with = between equals; 0; then names and a title in
// quotation marks. Of the options in brackets [tie …], [withdrawn …] and [nick …] are read, and others passed over, as is what
// stands after the title. Comments run from # to the end of the line, or between /* and */.
func ParseBLT(data []byte) (*Votes, error) {
	p, err := newBLT(data)
	if err != nil {
		return nil, err
	}
	v := new(Votes)
	choices, err := p.int("the number of choices", MaxChoices)
	if err != nil {
		return nil, err
	}
	if v.Seats, err = p.int("the number of seats", MaxSeats); err != nil {
		return nil, err
	}
	v.Choices = make([]Choice, choices)
	if err := p.options(v); err != nil {
		return nil, err
	}
	for {
		done, err := p.ballot(v)
		if err != nil {
			return nil, err
		}
		if done {
			break
		}
	}
	for i := range v.Choices {
		if v.Choices[i].Name, err = p.text(); err != nil {
			return nil, err
		}
	}
	if v.Title, err = p.text(); err != nil {
		return nil, err
	}
	return v, v.check()
}

// blt is a file's tokens, taken one by one.
type blt struct {
	data  []byte
	line  int
	names map[string]int // of choices, besides their numbers
}

func newBLT(data []byte) (*blt, error) {
	if len(data) > MaxFile {
		return nil, fmt.Errorf("%w: it has more than %d bytes", ErrFormat, MaxFile)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("%w: it is not UTF-8", ErrFormat)
	}
	return &blt{data: data, line: 1}, nil
}

// space passes over white space and comments.
func (p *blt) space() {
	for len(p.data) > 0 {
		switch {
		case p.data[0] == '\n':
			p.line++
			p.data = p.data[1:]
		case strings.IndexByte(" \t\r", p.data[0]) >= 0:
			p.data = p.data[1:]
		case p.data[0] == '#':
			p.skip("\n")
		case bytes.HasPrefix(p.data, []byte("/*")):
			p.skip("*/")
		default:
			return
		}
	}
}

// skip passes over all up to an end, and the end if it is not a line's.
func (p *blt) skip(end string) {
	at := bytes.Index(p.data, []byte(end))
	if at < 0 {
		at = len(p.data)
	} else if end != "\n" {
		at += len(end)
	}
	p.line += bytes.Count(p.data[:at], []byte("\n"))
	p.data = p.data[at:]
}

// token is the next word, "" at the end. A token of one kind ends at white space.
func (p *blt) token() string {
	p.space()
	at := bytes.IndexAny(p.data, " \t\r\n")
	if at < 0 {
		at = len(p.data)
	}
	word := string(p.data[:at])
	p.data = p.data[at:]
	return word
}

func (p *blt) peek() byte {
	p.space()
	if len(p.data) == 0 {
		return 0
	}
	return p.data[0]
}

func (p *blt) int(what string, most int) (int, error) {
	word := p.token()
	n, err := strconv.Atoi(word)
	if err != nil || n < 1 || n > most {
		return 0, malformed(p.line, "%s is %.20q, and must be between 1 and %d", what, word, most)
	}
	return n, nil
}

// choice is a choice by its number or its short name.
func (p *blt) choice(word string, v *Votes) (int, error) {
	if i, ok := p.names[word]; ok {
		return i, nil
	}
	n, err := strconv.Atoi(word)
	if err != nil || n < 1 || n > len(v.Choices) {
		return 0, malformed(p.line, "there is no choice %.20q", word)
	}
	return n - 1, nil
}

// options reads what may stand before the ballots.
func (p *blt) options(v *Votes) error {
	for {
		switch p.peek() {
		case '[':
			at := bytes.IndexByte(p.data, ']')
			if at < 0 {
				return malformed(p.line, "an option has no end")
			}
			words := strings.Fields(string(p.data[1:at]))
			p.line += bytes.Count(p.data[:at], []byte("\n"))
			p.data = p.data[at+1:]
			if len(words) == 0 || len(words) > MaxChoices+1 {
				return malformed(p.line, "an option is empty or too long")
			}
			if err := p.option(words[0], words[1:], v); err != nil {
				return err
			}
		case '-':
			i, err := p.choice(p.token()[1:], v)
			if err != nil {
				return err
			}
			v.Withdrawn = append(v.Withdrawn, i)
		default:
			return nil
		}
		if len(v.Withdrawn) > len(v.Choices) {
			return malformed(p.line, "more choices are withdrawn than there are")
		}
	}
}

func (p *blt) option(name string, words []string, v *Votes) error {
	switch name {
	case "nick":
		if len(words) != len(v.Choices) {
			return malformed(p.line, "%d short names for %d choices", len(words), len(v.Choices))
		}
		p.names = make(map[string]int)
		for i, word := range words {
			p.names[word] = i
		}
		if len(p.names) != len(words) {
			return malformed(p.line, "a short name stands twice")
		}
	case "tie", "withdrawn":
		for _, word := range words {
			i, err := p.choice(word, v)
			if err != nil {
				return err
			}
			if name == "tie" {
				v.TieOrder = append(v.TieOrder, i)
			} else {
				v.Withdrawn = append(v.Withdrawn, i)
			}
		}
	}
	return nil
}

// ballot reads one line of ballots; done at the line 0.
func (p *blt) ballot(v *Votes) (done bool, err error) {
	b := Ballot{Count: 1}
	if p.peek() == '(' {
		p.skip(")")
	} else {
		word := p.token()
		if b.Count, err = strconv.ParseInt(word, 10, 64); err != nil || b.Count < 0 || b.Count > MaxVotes {
			return false, malformed(p.line, "a number of ballots is %.20q", word)
		}
		if b.Count == 0 {
			return true, nil
		}
	}
	for {
		word := p.token()
		if word == "0" {
			break
		}
		if word == "" {
			return false, malformed(p.line, "the file ends within a ballot")
		}
		var group []int
		for one := range strings.SplitSeq(word, "=") {
			i, err := p.choice(one, v)
			if err != nil {
				return false, err
			}
			group = append(group, i)
		}
		if b.Ranks = append(b.Ranks, group); len(b.Ranks) > len(v.Choices) {
			return false, malformed(p.line, "a ballot ranks more choices than there are")
		}
	}
	v.Ballots = append(v.Ballots, b)
	return false, nil
}

// text reads a text in quotation marks.
func (p *blt) text() (string, error) {
	if p.peek() != '"' {
		return "", malformed(p.line, "a name in quotation marks is expected")
	}
	rest := p.data[1:]
	at := bytes.IndexByte(rest, '"')
	if at < 0 || at > MaxText {
		return "", malformed(p.line, "a name has no end, or more than %d bytes", MaxText)
	}
	p.line += bytes.Count(rest[:at], []byte("\n"))
	p.data = rest[at+1:]
	return strings.Join(slices.Collect(strings.FieldsSeq(string(rest[:at]))), " "), nil
}
