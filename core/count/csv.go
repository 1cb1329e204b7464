package count

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseCSV reads a table of votes, comma separated (RFC 4180) in UTF-8, whose first heading says what it is:
//
//	choice,votes          one line for each choice with its sum of votes; with the headings woman and reserved, yes or nothing
//	ranks,Amal,Basma,…    one line for each kind of ballot: how many there are, and each choice's rank, 1 the first, or nothing
//	grades,Amal,Basma,…   one line for each kind of ballot: how many there are, and each choice's grade, 1 the best
func ParseCSV(data []byte) (*Votes, error) {
	if len(data) > MaxFile {
		return nil, fmt.Errorf("%w: it has more than %d bytes", ErrFormat, MaxFile)
	}
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("%w: it is not UTF-8", ErrFormat)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	r.ReuseRecord = true
	heads, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	heads = slices.Clone(heads)
	for i := range heads {
		heads[i] = strings.TrimSpace(heads[i])
	}
	v := new(Votes)
	row := v.choiceRow
	switch {
	case heads[0] == "choice" && len(heads) > 1 && heads[1] == "votes":
		for _, head := range heads[2:] {
			if head != "woman" && head != "reserved" {
				return nil, malformed(1, "the heading %.20q is not known", head)
			}
		}
	case (heads[0] == "ranks" || heads[0] == "grades") && len(heads) > 1 && len(heads) <= MaxChoices+1:
		for _, name := range heads[1:] {
			v.Choices = append(v.Choices, Choice{Name: name})
		}
		row = v.rankRow
		if heads[0] == "grades" {
			row = v.gradeRow
		}
	default:
		return nil, malformed(1, "the headings must start with choice,votes or ranks or grades")
	}
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return v, v.check()
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrFormat, err)
		}
		line, _ := r.FieldPos(0)
		if err := row(line, heads, fields); err != nil {
			return nil, err
		}
	}
}

// votes is a number of votes in a cell.
func cell(line int, text string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n < 0 || n > MaxVotes {
		return 0, malformed(line, "a number of votes is %.20q", text)
	}
	return n, nil
}

func (v *Votes) choiceRow(line int, heads, fields []string) error {
	n, err := cell(line, fields[1])
	if err != nil {
		return err
	}
	c := Choice{Name: strings.TrimSpace(fields[0])}
	for i := 2; i < len(heads); i++ {
		yes := strings.TrimSpace(fields[i])
		if yes != "" && yes != "yes" {
			return malformed(line, "a cell of %s says %.20q, and must say yes or nothing", heads[i], yes)
		}
		if heads[i] == "woman" {
			c.Woman = yes != ""
		} else {
			c.Reserved = yes != ""
		}
	}
	if len(v.Choices) == MaxChoices {
		return malformed(line, "there are more than %d choices", MaxChoices)
	}
	v.Choices, v.Tally = append(v.Choices, c), append(v.Tally, n)
	return nil
}

func (v *Votes) rankRow(line int, _, fields []string) error {
	n, err := cell(line, fields[0])
	if err != nil {
		return err
	}
	ranks := make([]int, len(fields)-1)
	for i, text := range fields[1:] {
		if text = strings.TrimSpace(text); text != "" {
			if ranks[i], err = strconv.Atoi(text); err != nil || ranks[i] < 1 || ranks[i] > MaxChoices {
				return malformed(line, "a rank is %.20q", text)
			}
		}
	}
	v.Ballots = append(v.Ballots, Ballot{n, grouped(ranks)})
	return nil
}

// grouped are the choices by their ranks, from 1 on; 0 is not ranked.
func grouped(ranks []int) [][]int {
	numbers := slices.Clone(ranks)
	slices.Sort(numbers)
	var groups [][]int
	for _, rank := range slices.Compact(numbers) {
		if rank == 0 {
			continue
		}
		var group []int
		for i := range ranks {
			if ranks[i] == rank {
				group = append(group, i)
			}
		}
		groups = append(groups, group)
	}
	return groups
}

func (v *Votes) gradeRow(line int, _, fields []string) error {
	n, err := cell(line, fields[0])
	if err != nil {
		return err
	}
	g := Graded{Count: n}
	for _, text := range fields[1:] {
		grade, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || grade < 1 || grade > MaxGrades {
			return malformed(line, "a grade is %.20q", text)
		}
		g.Grades = append(g.Grades, grade-1)
	}
	v.Graded = append(v.Graded, g)
	return nil
}
