package local

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"bayyina/core/credential"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/locale"
	"bayyina/platform/message"
)

const (
	// maxRoll bounds the voters' file in bytes.
	maxRoll = 256 << 20
	// maxName bounds a name, or a line of an address, in characters.
	maxName = 120
	// maxAddress is how many lines an address has.
	maxAddress = 4
	// maxWrong is how many wrong lines are told at once.
	maxWrong = 20
)

// Addressee is a line of the voters' file: who gets a letter.
type Addressee struct {
	credential.Voter
	Name     string
	Address  []string
	District string
	Language string // "ar" or "en"
	Phone    string // as message.Address gives it; "" where the file has none
	Email    string
}

// Reasons why a line of the voters' file is not taken.
const (
	wrongTable    = "table" // it is no CSV
	wrongHeader   = "header"
	wrongVoter    = "voter"
	wrongTwice    = "twice"
	wrongText     = "text"
	wrongName     = "name"
	wrongLanguage = "language"
	wrongWeight   = "weight"
	wrongDistrict = "district"
	wrongPhone    = "phone"
	wrongEmail    = "email"
	wrongNobody   = "nobody"
)

// RowError is what is wrong with a line of the voters' file.
type RowError struct {
	Line   int
	Reason string
	Column string
}

func (e RowError) Error() string {
	return fmt.Sprintf("line %d: column %q: %s", e.Line, e.Column, e.Reason)
}

// RollError is all that is wrong with a voters' file, or the beginning of it.
type RollError []RowError

func (e RollError) Error() string {
	return fmt.Sprintf("voters' file: %d lines are wrong: %v", len(e), []RowError(e))
}

// columns are those of a voters' file; its first line names those that it has.
var columns = []string{"voter", "name", "address1", "address2", "address3", "address4", "district", "language", "weight", "phone", "email"}

// Roll is a voters' file that was read.
type Roll struct {
	Voters   []Addressee
	Weighted bool // it says how many votes each voter has
}

// ReadRoll reads a voters' file: CSV whose first line names the columns, of which voter (what the
// server will ask for) and name must be there. Its error is a RollError where lines are wrong.
func ReadRoll(data []byte) (*Roll, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff")))) // Excel's mark
	head, err := r.Read()
	if err != nil {
		return nil, RollError{{1, wrongTable, ""}}
	}
	place := make(map[string]int)
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := place[name]; twice || !slices.Contains(columns, name) {
			return nil, RollError{{1, wrongHeader, short(name)}}
		}
		place[name] = i
	}
	for _, needed := range []string{"voter", "name"} {
		if _, ok := place[needed]; !ok {
			return nil, RollError{{1, wrongHeader, needed}}
		}
	}
	roll := new(Roll)
	_, roll.Weighted = place["weight"]
	var wrong RollError
	seen := make(map[string]bool)
	for len(wrong) < maxWrong {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			line := 0
			if parse := new(csv.ParseError); errors.As(err, &parse) {
				line = parse.Line
			}
			wrong = append(wrong, RowError{line, wrongTable, ""})
			break
		}
		line, _ := r.FieldPos(0)
		a, reason, column := readAddressee(fields, place)
		if reason == "" && seen[a.ID] {
			reason, column = wrongTwice, "voter"
		}
		if reason != "" {
			wrong = append(wrong, RowError{line, reason, column})
			continue
		}
		seen[a.ID] = true
		roll.Voters = append(roll.Voters, a)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	if len(roll.Voters) == 0 || len(roll.Voters) > credential.MaxVoters {
		return nil, RollError{{1, wrongNobody, ""}}
	}
	return roll, nil
}

// readAddressee reads a line, or says why not.
func readAddressee(fields []string, place map[string]int) (a Addressee, reason, column string) {
	field := func(name string) string {
		i, ok := place[name]
		if !ok || reason != "" {
			return ""
		}
		text := strings.TrimSpace(fields[i])
		if !printable(text) {
			reason, column = wrongText, name
		}
		return text
	}
	a = Addressee{Voter: credential.Voter{Weight: 1}, Name: field("name"), District: field("district"), Language: locale.Arabic}
	for i := range maxAddress {
		if line := field(columns[2+i]); line != "" {
			a.Address = append(a.Address, line)
		}
	}
	id, language, weight, phone, email := field("voter"), field("language"), field("weight"), field("phone"), field("email")
	if reason != "" {
		return a, reason, column
	}
	var err error
	if a.ID, err = vote.VoterID(id); err != nil {
		return a, wrongVoter, "voter"
	}
	if a.Name == "" {
		return a, wrongName, "name"
	}
	if language != "" {
		a.Language = strings.ToLower(language)
	}
	if a.Language != locale.Arabic && a.Language != locale.English {
		return a, wrongLanguage, "language"
	}
	if a.Phone, err = addressOf(message.SMS, phone); err != nil {
		return a, wrongPhone, "phone"
	}
	if a.Email, err = addressOf(message.Email, email); err != nil {
		return a, wrongEmail, "email"
	}
	if _, weighted := place["weight"]; weighted {
		if a.Weight, err = strconv.ParseUint(locale.ASCIIDigits(weight), 10, 32); err != nil || a.Weight == 0 {
			return a, wrongWeight, "weight"
		}
	}
	return a, "", ""
}

// addressOf is where somebody is reached, "" where nothing is said.
func addressOf(c message.Channel, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	return message.Address(c, text)
}

// printable refuses what is no text, too long, or turns the text around it (Unicode TR9).
func printable(text string) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= maxName && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) && r != '\u061c' && r != '\u200e' && r != '\u200f'
	})
}

// short is the beginning of a text, for showing.
func short(text string) string {
	if r := []rune(text); len(r) > 40 {
		return string(r[:40])
	}
	return text
}

// credentials are the voters as far as credentials go.
func (r *Roll) credentials() []credential.Voter {
	list := make([]credential.Voter, len(r.Voters))
	for i, v := range r.Voters {
		list[i] = v.Voter
	}
	return list
}

// districts counts the voters of each district of the contest that an election is a part of; nil
// where it stands alone. Its error is a RollError where voters are of no such district.
func (r *Roll) districts(part *evidence.Part) ([]evidence.District, error) {
	if part == nil {
		return nil, nil
	}
	list := make([]evidence.District, len(part.Districts))
	for i, name := range part.Districts {
		list[i].Name = name
	}
	var wrong RollError
	for i, v := range r.Voters {
		at := slices.IndexFunc(list, func(d evidence.District) bool { return v.District == d.Name.AR || v.District == d.Name.EN })
		switch {
		case at >= 0:
			list[at].Voters++
		case len(list) == 1 && v.District == "":
			list[0].Voters++
		case len(wrong) < maxWrong:
			wrong = append(wrong, RowError{i + 2, wrongDistrict, "district"}) // the first line has the columns
		}
	}
	if wrong != nil {
		return nil, wrong
	}
	return list, nil
}
