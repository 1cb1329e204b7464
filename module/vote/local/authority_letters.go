package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"bayyina/core/credential"
	"bayyina/module/vote"
	"bayyina/module/vote/letter"
	"bayyina/platform/locale"
)

const (
	// atMost is how many letters one file has.
	atMost = 1000
	// lettersDir holds the files for the printer, in the folder of a round.
	lettersDir  = "letters"
	wordingFile = "letters.json"
	journalFile = "journal.txt"
)

// errNobody: no voter has this number.
var errNobody = errors.New("no voter of this election has this number")

// Wording is what all letters say.
func (d *Desk) Wording() (e letter.Election, err error) {
	text, err := d.read(wordingFile)
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
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

// note adds a line to the journal of what was printed, which names nobody.
func (d *Desk) note(what string) error {
	f, err := os.OpenFile(d.path(journalFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s %s\n", d.program.cfg.Now().UTC().Format(time.RFC3339), what)
	return errors.Join(err, f.Sync(), f.Close())
}

// Journal is what was printed and when, a line each.
func (d *Desk) Journal() []string {
	text, err := d.read(journalFile)
	if err != nil {
		return nil
	}
	var list []string
	for line := range bytes.Lines(text) {
		list = append(list, string(bytes.TrimSpace(line)))
	}
	return list
}

// handedOut refuses letters whose credentials the election's server does not have yet.
func (d *Desk) handedOut() error {
	if d.Has(vote.StepCredentials, d.Me.Place) == nil {
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
// that a work which was stopped goes on where it stopped. It returns which letters must be looked at.
func (d *Desk) Print(passphrase []byte, tell func(done, total int64) bool) ([]letter.Trouble, error) {
	if err := d.handedOut(); err != nil {
		return nil, err
	}
	e, err := d.Wording()
	if err != nil {
		return nil, err
	}
	people, holders, err := d.recipients(passphrase)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(d.path(lettersDir), 0o700); err != nil {
		return nil, err
	}
	var names []string
	districts := make(map[string][]int)
	for i, a := range people {
		if districts[a.District] == nil {
			names = append(names, a.District)
		}
		districts[a.District] = append(districts[a.District], i)
	}
	var troubles []letter.Trouble
	done := 0
	for n, name := range names {
		all := districts[name]
		for part := 0; len(all) > 0; part++ {
			these := all[:min(atMost, len(all))]
			all = all[len(these):]
			file := fmt.Sprintf("letters-%03d-%04d.pdf", n+1, part+1)
			more, err := d.printFile(e, file, these, people, holders)
			if err != nil {
				return troubles, err
			}
			troubles = append(troubles, more...)
			if done += len(these); !tell(int64(done), int64(len(people))) {
				return troubles, nil
			}
		}
	}
	return troubles, nil
}

func (d *Desk) printFile(e letter.Election, name string, these []int, people []Addressee, holders []vote.Holder) ([]letter.Trouble, error) {
	path := filepath.Join(d.path(lettersDir), name)
	if _, err := os.Stat(path); err == nil {
		return nil, nil
	}
	var out bytes.Buffer
	p, err := letter.NewPrinter(&out, locale.Arabic, e)
	if err != nil {
		return nil, err
	}
	for _, i := range these {
		if err := p.Print(letterOf(i+1, people[i], holders[i].Private)); err != nil {
			return nil, err
		}
	}
	troubles, err := p.Close()
	if err == nil {
		err = replace(path, out.Bytes())
	}
	if err == nil {
		err = d.note(fmt.Sprintf("%s: %d letters, from %d to %d", name, len(these), these[0]+1, these[len(these)-1]+1))
	}
	return troubles, err
}

// PrintOne prints one voter's letter again: the same credential, to the same person.
func (d *Desk) PrintOne(voter string, passphrase []byte) ([]byte, error) {
	if err := d.handedOut(); err != nil {
		return nil, err
	}
	id, err := vote.VoterID(voter)
	if err != nil {
		return nil, errNobody
	}
	e, err := d.Wording()
	if err != nil {
		return nil, err
	}
	people, holders, err := d.recipients(passphrase)
	if err != nil {
		return nil, err
	}
	for i, a := range people {
		if a.ID != id {
			continue
		}
		var out bytes.Buffer
		p, err := letter.NewPrinter(&out, a.Language, e)
		if err == nil {
			err = p.Print(letterOf(i+1, a, holders[i].Private))
		}
		if err == nil {
			_, err = p.Close()
		}
		if err != nil {
			return nil, err
		}
		return out.Bytes(), d.note(fmt.Sprintf("letter %d printed again", i+1))
	}
	return nil, errNobody
}

// noteTrouble tells that a letter must be looked at before it is sent.
func (d *Desk) noteTrouble(t letter.Trouble) error {
	what := "characters that cannot be printed"
	if t.Cut {
		what = "a name or an address that was cut"
	}
	return d.note(fmt.Sprintf("letter %d: look at it: %s", t.Number, what))
}
