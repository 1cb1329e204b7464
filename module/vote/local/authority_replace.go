package local

import (
	"context"
	"errors"
	"os"
	"slices"

	"bayyina/core/credential"
	"bayyina/module/vote"
)

// ErrSetUp: the election is set up with the credentials as they are.
var ErrSetUp = errors.New("the election is set up: its credentials stay as they are")

// Replace makes a new credential for one voter, in place of one that was lost or came to somebody
// else: until the election is set up, which the server watches. A copy of the sealed credentials is
// tried again, and a new list is published; the log keeps both, and this machine's record the
// letter's number. Letters are handed out again when the server has the new list.
func (d *Desk) Replace(ctx context.Context, voter string, passphrase []byte) error {
	if err := d.notSetUp(ctx); err != nil {
		return err
	}
	id, err := vote.VoterID(voter)
	if err != nil {
		return errNobody
	}
	people, holders, err := d.recipients(passphrase)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(holders, func(h vote.Holder) bool { return h.ID == id })
	if i < 0 {
		return errNobody
	}
	before, err := d.list()
	if err != nil {
		return err
	}
	privates := make([]credential.Private, len(holders))
	voters := make([]credential.Voter, len(holders))
	for j, h := range holders {
		privates[j], voters[j] = h.Private, people[j].Voter
	}
	if privates[i], err = credential.Generate(d.program.cfg.Random); err != nil {
		return err
	}
	list, err := credential.Publish(d.CryptoGroup(), d.Election, voters, privates, before.Explicit())
	if err != nil {
		return err
	}
	text := vote.PrivateList(voters, privates)
	defer clear(text)
	secret, err := d.seal(vote.PrivateLabel(d.Election), text, passphrase)
	if err != nil {
		return err
	}
	record, err := d.LetterRecord()
	if err != nil {
		return err
	}
	// From the first of these steps on nothing is handed out before the new list is published, or the
	// replacement is withdrawn; if the machine stops between them it can be done again.
	if err := d.takeBack(); err != nil {
		return err
	}
	if err := replace(d.path(secretFile), secret); err != nil {
		return err
	}
	if err := replace(d.path(listFile), list.Bytes()); err != nil {
		return err
	}
	return record.Add(Event{Fact: Fact{Replaced, ""}, Time: d.program.cfg.Now(), Letter: i + 1})
}

// beforeExt ends the names of files as they were when the server last had the list.
const beforeExt = ".before"

// published are the files that belong together, the parcel last: with it all of them hold.
func published() []string {
	return []string{secretFile, listFile, restoredFile, string(vote.StepCredentials) + parcelExt}
}

// takeBack forgets that the list was published and its copy tried. What was said stays known as this
// machine's, and what the server has stays beside it.
func (d *Desk) takeBack() error {
	if d.handedIn(vote.StepCredentials) {
		for _, name := range published() {
			if err := d.copy(name, name+beforeExt); err != nil {
				return err
			}
		}
		said, err := d.read(recoveredFile)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		own, err := d.noteOf(vote.StepCredentials)
		if err == nil {
			err = replace(d.path(recoveredFile), append(said, own...))
		}
		if err != nil {
			return err
		}
	}
	for _, name := range []string{restoredFile, string(vote.StepCredentials) + parcelExt} {
		if err := os.Remove(d.path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (d *Desk) copy(from, to string) error {
	content, err := d.large(from)
	if err != nil {
		return err
	}
	return replace(d.path(to), content)
}

// Replacing says whether a credential was replaced, and the server still has the list before it.
func (d *Desk) Replacing() bool {
	return d.has(string(vote.StepCredentials)+parcelExt+beforeExt) && !d.handedIn(vote.StepCredentials)
}

// Withdraw takes a replacement back that the server does not have, or does not take because the
// election was set up meanwhile: the credentials of before hold.
func (d *Desk) Withdraw() error {
	if !d.Replacing() {
		return vote.ErrTooEarly
	}
	for _, name := range published() {
		if err := d.copy(name+beforeExt, name); err != nil {
			return err
		}
	}
	return nil
}

// notSetUp refuses once the server knows the election with its credentials. Without a server it is for
// the authority to know.
func (d *Desk) notSetUp(ctx context.Context) error {
	client := d.program.cfg.Client
	if client == nil {
		return nil
	}
	known, _, err := client.Voting(ctx, d.Election)
	if err == nil && known {
		err = ErrSetUp
	}
	return err
}
