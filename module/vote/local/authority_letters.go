package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"bayyina/core/credential"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/module/vote/letter"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
)

const (
	// atMost is how many letters one file has.
	atMost = 1000
	// lettersDir holds the files for the printer, in the folder of a round.
	lettersDir  = "letters"
	listsDir    = "lists" // and this one the lists for signatures
	wordingFile = "letters.json"
)

// errNobody: no voter has this number.
var errNobody = errors.New("no voter of this election has this number")

// Wording is what all letters say.
func (d *Desk) Wording() (e letter.Election, err error) {
	text, err := d.read(wordingFile)
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	e.Rehearsal = d.Rehearsal
	return e, err
}

// SetWording keeps what all letters say.
func (d *Desk) SetWording(e letter.Election) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return replace(d.path(wordingFile), text)
}

// handedOut refuses letters whose credentials the election's server does not have yet.
func (d *Desk) handedOut() error {
	if !d.handedIn(vote.StepCredentials) {
		return vote.ErrTooEarly
	}
	return nil
}

func letterOf(number int, a Addressee, p credential.Private) letter.Letter {
	return letter.Letter{Number: number, Language: a.Language, Name: a.Name, Address: a.Address, Voter: a.ID, Credential: p.Reveal()}
}

// Letters are the files for the printer that were written, by name.
func (d *Desk) Letters() ([]string, error) {
	return filepath.Glob(filepath.Join(d.path(lettersDir), "*.pdf"))
}

// Print writes the letters of all voters for the printer: files of at most 1,000 in the order of
// the voters' file, one district after the other. A file that is there already is left as it is, so
// that a work which was stopped goes on where it stopped. The record tells which letters must be
// looked at.
func (d *Desk) Print(ctx context.Context, passphrase []byte, tell func(done, total int64)) error {
	if err := d.handedOut(); err != nil {
		return err
	}
	e, err := d.Wording()
	if err != nil {
		return err
	}
	people, holders, err := d.recipients(passphrase)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(d.path(lettersDir), 0o700); err != nil {
		return err
	}
	done := 0
	for n, district := range byDistrict(people) {
		part := 0
		for these := range slices.Chunk(district.letters, atMost) {
			if err := ctx.Err(); err != nil {
				return err
			}
			part++
			if err := d.printFile(e, fmt.Sprintf("letters-%03d-%04d.pdf", n+1, part), these, people, holders); err != nil {
				return err
			}
			done += len(these)
			tell(int64(done), int64(len(people)))
		}
	}
	return nil
}

// ofDistrict are the places, from 0, of a district's voters in their file.
type ofDistrict struct {
	name    string
	letters []int
}

// byDistrict are the districts in the order in which the file first names them.
func byDistrict(people []Addressee) (list []ofDistrict) {
	at := make(map[string]int)
	for i, a := range people {
		if _, known := at[a.District]; !known {
			at[a.District] = len(list)
			list = append(list, ofDistrict{name: a.District})
		}
		d := &list[at[a.District]]
		d.letters = append(d.letters, i)
	}
	return list
}

func (d *Desk) printFile(e letter.Election, name string, these []int, people []Addressee, holders []vote.Holder) error {
	record, err := d.LetterRecord()
	if err != nil {
		return err
	}
	path := filepath.Join(d.path(lettersDir), name)
	var events []Event
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		var out bytes.Buffer
		p, err := letter.NewPrinter(&out, locale.Arabic, e)
		if err != nil {
			return err
		}
		for _, i := range these {
			if err := p.Print(letterOf(i+1, people[i], holders[i].Private)); err != nil {
				return err
			}
		}
		troubles, err := p.Close()
		if err == nil {
			err = replace(path, out.Bytes())
		}
		if err != nil {
			return err
		}
		events = d.troubles(troubles)
	}
	for _, i := range these { // those of a file that was written by a program that was stopped then, too
		if !record.Has(i+1, Fact{Printed, ""}) && !record.Has(i+1, Fact{Replaced, ""}) {
			events = append(events, d.event(i+1, Printed))
		}
	}
	return record.Add(events...)
}

func (d *Desk) event(number int, what What) Event {
	return Event{Fact: Fact{what, ""}, Time: d.program.cfg.Now(), Letter: number}
}

// troubles are the events that letters must be looked at.
func (d *Desk) troubles(list []letter.Trouble) (events []Event) {
	for _, t := range list {
		events = append(events, d.event(t.Number, Look))
	}
	return events
}

// PrintOne prints one voter's letter, again if it was printed before: the same credential, to the
// same person.
func (d *Desk) PrintOne(voter string, passphrase []byte) ([]byte, error) {
	if err := d.handedOut(); err != nil {
		return nil, err
	}
	e, err := d.Wording()
	if err != nil {
		return nil, err
	}
	i, a, holder, err := d.find(voter, passphrase)
	if err != nil {
		return nil, err
	}
	record, err := d.LetterRecord()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	p, err := letter.NewPrinter(&out, a.Language, e)
	if err == nil {
		err = p.Print(letterOf(i+1, a, holder.Private))
	}
	if err != nil {
		return nil, err
	}
	troubles, err := p.Close()
	if err != nil {
		return nil, err
	}
	return out.Bytes(), record.Add(append(d.troubles(troubles), d.event(i+1, Printed))...)
}

// WriteLists writes the lists on which those who take letters over sign, a file for each district.
func (d *Desk) WriteLists(ctx context.Context, lang string, passphrase []byte, tell func(done, total int64)) error {
	e, err := d.Wording()
	if err != nil {
		return err
	}
	people, _, err := d.recipients(passphrase)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(d.path(listsDir), 0o700); err != nil {
		return err
	}
	districts := byDistrict(people)
	for n, district := range districts {
		if err := ctx.Err(); err != nil {
			return err
		}
		var lines []letter.Line
		for _, i := range district.letters {
			lines = append(lines, letter.Line{Number: i + 1, Name: people[i].Name, Voter: people[i].ID})
		}
		var out bytes.Buffer
		if _, err := letter.WriteList(&out, lang, e, district.name, lines); err != nil {
			return err
		}
		if err := replace(filepath.Join(d.path(listsDir), fmt.Sprintf("list-%03d.pdf", n+1)), out.Bytes()); err != nil {
			return err
		}
		tell(int64(n+1), int64(len(districts)))
	}
	return nil
}

// MarkError is a line of letters' numbers that cannot be taken.
type MarkError struct{ Line int }

func (e *MarkError) Error() string {
	return fmt.Sprintf("line %d names no letter of this election", e.Line)
}

// Mark keeps that letters were handed over, or came back: a line for each, with its number, with a
// range such as 3-20, or with what a scanner reads from its square. It returns of how many letters
// this was news.
func (d *Desk) Mark(what What, text string) (int, error) {
	numbers, err := d.numbers(text)
	if err != nil {
		return 0, err
	}
	record, err := d.LetterRecord()
	if err != nil {
		return 0, err
	}
	var events []Event
	for _, n := range numbers {
		if !record.Has(n, Fact{what, ""}) {
			events = append(events, d.event(n, what))
		}
	}
	return len(events), record.Add(events...)
}

// numbers are the letters that a text names, each once, in their order.
func (d *Desk) numbers(text string) (list []int, err error) {
	all, err := d.letters()
	if err != nil {
		return nil, err
	}
	line := 0
	for text := range strings.Lines(text) {
		line++
		text = strings.TrimPrefix(strings.TrimSpace(locale.ASCIIDigits(text)), d.Election+"/")
		if text == "" {
			continue
		}
		from, to, isRange := strings.Cut(text, "-")
		if !isRange {
			to = from
		}
		first, err := strconv.Atoi(strings.TrimSpace(from))
		last, wrong := strconv.Atoi(strings.TrimSpace(to))
		if err != nil || wrong != nil || first < 1 || first > last || last > all {
			return nil, &MarkError{line}
		}
		for n := first; n <= last; n++ {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// letters is how many there are, as the statement on the list says.
func (d *Desk) letters() (int, error) {
	signed, err := d.noteOf(vote.StepCredentials)
	if err != nil {
		return 0, err
	}
	if signed == nil {
		return 0, vote.ErrTooEarly
	}
	s, err := read.ParseStatement(signed)
	if err != nil {
		return 0, err
	}
	var said evidence.Credentials
	err = read.DecodeBody(s.Body, &said)
	return int(said.Count), err
}
