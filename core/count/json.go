package count

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"unicode/utf8"
)

// file is the JSON form of votes. Choices are numbered from 0, and grades too, 0 the best.
type file struct {
	Title     string       `json:"title"`
	Seats     int          `json:"seats"`
	Choices   []fileChoice `json:"choices"`
	Tally     []int64      `json:"tally"`
	Ballots   []fileBallot `json:"ballots"`
	Graded    []fileGraded `json:"graded"`
	Withdrawn []int        `json:"withdrawn"`
}

type fileChoice struct {
	Name     string `json:"name"`
	Woman    bool   `json:"woman"`
	Reserved bool   `json:"reserved"`
	Members  []struct {
		Name  string `json:"name"`
		Woman bool   `json:"woman"`
	} `json:"members"`
}

type fileBallot struct {
	Count int64   `json:"count"`
	Ranks [][]int `json:"ranks"`
}

type fileGraded struct {
	Count  int64 `json:"count"`
	Grades []int `json:"grades"`
}

// decode reads one JSON value and nothing after it; members that value does not have are
// refused where strict.
func decode(data []byte, value any, strict bool) error {
	if len(data) > MaxFile {
		return fmt.Errorf("%w: it has more than %d bytes", ErrFormat, MaxFile)
	}
	if !utf8.Valid(data) {
		return fmt.Errorf("%w: it is not UTF-8", ErrFormat)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if strict {
		d.DisallowUnknownFields()
	}
	if err := d.Decode(value); err != nil {
		return fmt.Errorf("%w: %v", ErrFormat, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something stands after the JSON value", ErrFormat)
	}
	return nil
}

// ParseJSON reads votes as one JSON object: title, seats, choices (name, woman, reserved, and members of a list with name and
// woman), and one of tally (a number for each choice), ballots (count and ranks: groups of choices) and graded
// (count and grades); withdrawn. Choices are numbered from 0, grades from 0, the best.
func ParseJSON(data []byte) (*Votes, error) {
	var f file
	if err := decode(data, &f, true); err != nil {
		return nil, err
	}
	v := &Votes{Title: f.Title, Seats: f.Seats, Tally: f.Tally, Withdrawn: f.Withdrawn}
	for _, c := range f.Choices {
		choice := Choice{Name: c.Name, Woman: c.Woman, Reserved: c.Reserved}
		for _, m := range c.Members {
			choice.Members = append(choice.Members, Member(m))
		}
		v.Choices = append(v.Choices, choice)
	}
	for _, b := range f.Ballots {
		v.Ballots = append(v.Ballots, Ballot(b))
	}
	for _, g := range f.Graded {
		v.Graded = append(v.Graded, Graded(g))
	}
	if len(v.Title) > MaxText || len(v.Withdrawn) > len(v.Choices) {
		return nil, fmt.Errorf("%w: a title of %d bytes, or more choices withdrawn than there are", ErrFormat, len(v.Title))
	}
	return v, v.check()
}

// Parse reads a file of votes by its name: .blt, .csv or .json.
func Parse(name string, data []byte) (*Votes, error) {
	switch path.Ext(name) {
	case ".blt":
		return ParseBLT(data)
	case ".csv":
		return ParseCSV(data)
	case ".json":
		return ParseJSON(data)
	}
	return nil, fmt.Errorf("%w: its name must end with .blt, .csv or .json", ErrFormat)
}
