package web

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"bayyina/platform/ledger/read"
)

// The components of pages are templates of the shell (layout/*.html), each with a comment
// that says what it is given. Those below are given one of these types. In development the page
// /_components shows all of them in every state.

// Crumb is a page above this one; the last is this one, and has no path.
type Crumb struct{ Label, Path string }

// Step is a part of something that takes its course.
type Step struct {
	Label         string
	Done, Current bool
}

// Pager leads through a long list by keys: the paths of the pages before and after, empty
// where there are none.
type Pager struct{ Before, After string }

// Progress is how far long work has come; while Total is 0, it has not begun.
type Progress struct {
	Label       string
	Done, Total int64
}

// Field is one question of a form: a line of text, or, if it has them, Options to choose from in
// a list, Choices in sight, or Rows of text. What was filled in, and what is wrong with it, are
// the form's.
type Field struct {
	Form         *Form
	Name         string
	Label, Hint  string
	Type         string // of the input; "text" by default
	Lang         string // of what is written, where it is not the page's
	Inputmode    string // "numeric" for numbers: digits of both sets are taken
	Autocomplete string
	Code         bool // what is read from left to right
	Secret       bool // what is never shown again, though it is seen while it is typed
	Optional     bool // said beside the label
	Required     bool // told by the browser, too
	Rows         int
	Options      []Choice
	Choices      []Choice
	Many         bool // any number of the choices
}

// Choice is one of the answers that a field offers.
type Choice struct{ Value, Label, Hint string }

// Value is what was filled in. Secrets are never shown again.
func (f Field) Value() string {
	if f.Secret || f.Type == "password" {
		return ""
	}
	return f.Form.Value(f.Name)
}

// Has says whether a choice was made.
func (f Field) Has(value string) bool { return slices.Contains(f.Form.Values(f.Name), value) }

// Problem is what is wrong with what was filled in; without an ID nothing is.
func (f Field) Problem() read.Message { return f.Form.problem(f.Name) }

// DescribedBy names what a screen reader tells after the label.
func (f Field) DescribedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.Name+"-hint")
	}
	if f.Problem().ID != "" {
		ids = append(ids, f.Name+"-problem")
	}
	return strings.Join(ids, " ")
}

// fill makes a T of the names of its fields and their values by turns, for templates.
func fill[T any](pairs ...any) (T, error) {
	var made T
	values, err := pairUp(pairs...)
	if err != nil {
		return made, err
	}
	fields := reflect.ValueOf(&made).Elem()
	for name, value := range values {
		field, v := fields.FieldByName(name), reflect.ValueOf(value)
		if !field.IsValid() || !v.IsValid() || !v.Type().AssignableTo(field.Type()) {
			return made, fmt.Errorf("%T has no %s of type %T", made, name, value)
		}
		field.Set(v)
	}
	return made, nil
}
