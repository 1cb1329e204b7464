// Package manage is where an election's manager writes it down: an outline, which is one text file and a
// set of forms at once. What is written is checked, shown as voters will see it, and becomes the drafts
// from which ceremonies and set-ups start.
package manage

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"bayyina/core/ballot"
	"bayyina/platform/ledger/read"
)

// MaxOutline bounds an outline's file in bytes.
const MaxOutline = 1 << 20

// Format is the first line of every outline.
const Format = "bayyina.election/1"

// Outline is an election as its manager writes it. Its file is TOML 1.0 with the keys below.
type Outline struct {
	Format      string     `toml:"format"`
	Title       Text       `toml:"title,inline"`
	Description Text       `toml:"description,inline,omitzero"`
	Opens       time.Time  `toml:"opens,omitzero"` // whole seconds, UTC; so is Closes
	Closes      time.Time  `toml:"closes,omitzero"`
	MergeBelow  int64      `toml:"merge_below,omitzero"` // no result is of fewer voters, where districts can be merged
	Districts   []District `toml:"district,omitempty"`
	Questions   []Question `toml:"question,omitempty"`
}

// Text is a text in both languages.
type Text struct {
	AR string `toml:"ar,omitempty"`
	EN string `toml:"en,omitempty"`
}

// Bilingual is the text as pages and statements have it.
func (t Text) Bilingual() read.Bilingual { return read.Bilingual(t) }

// joined is the text as Belenios' records have it: both languages with a middle dot between.
func (t Text) joined() string { return t.AR + " · " + t.EN }

// District is where some of the voters vote.
type District struct {
	Name   Text     `toml:"name,inline"`
	Voters int64    `toml:"voters,omitzero"`
	Near   []string `toml:"near,omitempty"` // English names of those with which it is merged first
}

// Kind is what a question asks for.
type Kind string

// The kinds of questions.
const (
	Choose Kind = "choose" // some of the answers
	Choice Kind = "list"   // one list, and candidates of it
	Rank   Kind = "rank"   // an order of the answers
	Grade  Kind = "grade"  // a grade for each answer
)

// Kinds are all of them.
var Kinds = []Kind{Choose, Choice, Rank, Grade}

// Question is one question of the ballot paper.
type Question struct {
	Kind      Kind     `toml:"kind"`
	Title     Text     `toml:"title,inline"`
	Least     int      `toml:"least,omitzero"` // answers to be chosen at least; Choose only, and so is Most
	Most      int      `toml:"most,omitzero"`
	Blank     bool     `toml:"blank,omitempty"`     // a blank vote may be cast
	Rule      string   `toml:"rule,omitempty"`      // by which votes become seats (count.Names); "" where there are no seats
	Seats     int      `toml:"seats,omitzero"`      // that the rule gives
	Threshold string   `toml:"threshold,omitempty"` // least share of the votes for a list, as a fraction
	Women     int      `toml:"women,omitzero"`      // seats for women at least
	Reserved  int      `toml:"reserved,omitzero"`   // seats for the reserved answers alone
	Grades    []Text   `toml:"grades,inline,omitempty"`
	Answers   []Answer `toml:"answer,omitempty"`
	Lists     []List   `toml:"list,omitempty"`
}

// Answer is an answer, or a candidate.
type Answer struct {
	Name     Text   `toml:"name,inline"`
	Woman    bool   `toml:"woman,omitempty"`
	Reserved bool   `toml:"reserved,omitempty"` // stands for the reserved seats alone
	Photo    string `toml:"photo,omitempty"`    // hex SHA-256 of its picture
}

// List is a list of candidates.
type List struct {
	Name       Text     `toml:"name,inline"`
	Candidates []Answer `toml:"candidate,omitempty"`
}

// WrongLine tells what is wrong with an outline's file, and where.
type WrongLine struct {
	Line    int
	Key     string // that is unknown; "" where something else is wrong
	Nearest string // the known key that is most like it; "" where none is
	Detail  string
}

// ErrOutline: no election can be made of an outline, or it is not written well. A [WrongLine] is one.
var ErrOutline = errors.New("outline")

func (w *WrongLine) Unwrap() error { return ErrOutline }

func (w *WrongLine) Error() string {
	switch {
	case w.Key == "":
		return fmt.Sprintf("line %d: %s", w.Line, w.Detail)
	case w.Nearest == "":
		return fmt.Sprintf("line %d: there is no key %q", w.Line, w.Key)
	}
	return fmt.Sprintf("line %d: there is no key %q; %q is meant, perhaps", w.Line, w.Key, w.Nearest)
}

// Parse reads an outline's file. What it says need not be right (Check), but it must be written well: a
// *WrongLine tells where it is not.
func Parse(data []byte) (*Outline, error) {
	if len(data) > MaxOutline {
		return nil, fmt.Errorf("outline: %d bytes, at most %d allowed", len(data), MaxOutline)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	o := new(Outline)
	err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(o)
	if unknown, ok := errors.AsType[*toml.StrictMissingError](err); ok && len(unknown.Errors) > 0 {
		first := &unknown.Errors[0]
		line, _ := first.Position()
		key := first.Key()
		name := key[len(key)-1]
		return nil, &WrongLine{Line: line, Key: name, Nearest: nearest(name)}
	}
	if wrong, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, _ := wrong.Position()
		return nil, &WrongLine{Line: line, Detail: strings.TrimPrefix(wrong.Error(), "toml: ")}
	}
	if err != nil {
		return nil, &WrongLine{Line: 1, Detail: err.Error()}
	}
	if o.Format != Format {
		return nil, &WrongLine{Line: 1, Detail: fmt.Sprintf("format must be %q", Format)}
	}
	if len(o.Questions) > ballot.MaxQuestions || len(o.Districts) > maxDistricts {
		return nil, &WrongLine{Line: 1, Detail: fmt.Sprintf("at most %d questions and %d districts", ballot.MaxQuestions, maxDistricts)}
	}
	o.tidy()
	return o, nil
}

// tidy writes times and empty lists in the one way in which they are kept.
func (o *Outline) tidy() {
	if !o.Opens.IsZero() {
		o.Opens = o.Opens.UTC().Truncate(time.Second)
	}
	if !o.Closes.IsZero() {
		o.Closes = o.Closes.UTC().Truncate(time.Second)
	}
	o.Districts, o.Questions = some(o.Districts), some(o.Questions)
	for i := range o.Districts {
		o.Districts[i].Near = some(o.Districts[i].Near)
	}
	for i := range o.Questions {
		q := &o.Questions[i]
		q.Grades, q.Answers, q.Lists = some(q.Grades), some(q.Answers), some(q.Lists)
		for j := range q.Lists {
			q.Lists[j].Candidates = some(q.Lists[j].Candidates)
		}
	}
}

// some is a list, nil where it is empty.
func some[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// Bytes writes the outline's file.
func (o *Outline) Bytes() ([]byte, error) {
	var b bytes.Buffer
	if err := toml.NewEncoder(&b).Encode(o); err != nil {
		return nil, fmt.Errorf("write outline: %w", err)
	}
	if b.Len() > MaxOutline {
		return nil, fmt.Errorf("write outline: %d bytes, at most %d allowed", b.Len(), MaxOutline)
	}
	return b.Bytes(), nil
}

// keys are all that an outline may have.
var keys = keysOf(reflect.TypeFor[Outline]())

func keysOf(t reflect.Type) (list []string) {
	for t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return nil
	}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("toml"), ",")
		list = append(append(list, name), keysOf(t.Field(i).Type)...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// nearest is the known key that is most like a name: with at most a third of its letters changed.
func nearest(name string) string {
	name = strings.ToLower(name)
	best, least := "", max(1, len(name)/3)+1
	if len(name) > 40 {
		return ""
	}
	for _, key := range keys {
		if d := distance(name, key); d < least {
			best, least = key, d
		}
	}
	return best
}

// distance is how many bytes must be put in, taken out or changed (V. Levenshtein 1966).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before := row[0]
		row[0] = i + 1
		for j := range b {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
