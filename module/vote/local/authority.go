package local

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"

	"bayyina/core/credential"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
)

// Files of the authority in the folder of a round, besides the secret and the parcel.
const (
	rollFile = "voters.age"
	listFile = "credentials.json"
	// lettersFile is the record of what happened to each letter.
	lettersFile = "letters.txt"
)

// Authority is the program of the credential authority.
type Authority struct{ *program }

// NewAuthority reads whose program it is. The folder is made if it is not there.
func NewAuthority(cfg ProgramConfig) (*Authority, error) {
	p, err := newProgram(cfg)
	if err != nil {
		return nil, err
	}
	p.authority = true
	return &Authority{p}, nil
}

// rollLabel is the label under which the voters' file is sealed.
func rollLabel(uuid string) string { return "voters of election " + uuid }

// Issued says whether credentials were made.
func (d *Desk) Issued() bool { return d.has(listFile) }

// LetterRecord is what happened to the letters of this round.
func (d *Desk) LetterRecord() (*Record, error) {
	d.program.mu.Lock()
	defer d.program.mu.Unlock()
	if r := d.program.records[d.dir]; r != nil {
		return r, nil
	}
	r, err := openRecord(d.path(lettersFile))
	if err == nil {
		d.program.records[d.dir] = r
	}
	return r, err
}

// Issue makes a private credential for each voter of a voters' file, and keeps them and the file
// sealed. Before the list is published it may be done again, and then replaces all of them.
func (d *Desk) Issue(file, passphrase []byte) error {
	if d.has(string(vote.StepCredentials) + parcelExt) {
		return vote.ErrSaid
	}
	roll, err := ReadRoll(file)
	if err == nil {
		_, err = roll.districts(d.Part)
	}
	if err != nil {
		return err
	}
	signer, err := d.signer(passphrase) // one passphrase for all that is sealed here
	if err != nil {
		return err
	}
	signer.Destroy()
	voters := roll.credentials()
	privates, list, err := credential.Issue(d.program.cfg.Random, d.CryptoGroup(), d.Election, voters, roll.Weighted)
	if err != nil {
		return err
	}
	text := vote.PrivateList(voters, privates)
	defer clear(text)
	secret, err := d.seal(vote.PrivateLabel(d.Election), text, passphrase)
	if err != nil {
		return err
	}
	people, err := d.seal(rollLabel(d.Election), file, passphrase)
	if err != nil {
		return err
	}
	// What was made before is of no use from here on; the list comes last, and tells that all is there.
	for _, name := range []string{listFile, restoredFile} {
		if err := os.Remove(d.path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	for _, f := range []struct {
		name    string
		content []byte
	}{{secretFile, secret}, {rollFile, people}, {listFile, list.Bytes()}} {
		if err := replace(d.path(f.name), f.content); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) seal(label string, text, passphrase []byte) ([]byte, error) {
	recipient, err := identity.Passphrase(passphrase, d.program.cfg.WorkFactor)
	if err != nil {
		return nil, err
	}
	return identity.SealSecret(label, text, recipient)
}

// large reads one of the authority's files, which may hold millions of voters.
func (d *Desk) large(name string) ([]byte, error) {
	return identity.Read(d.path(name), 2*identity.MaxSecret) // sealed text is longer
}

// list is the public list as it was made.
func (d *Desk) list() (*credential.List, error) {
	data, err := d.large(listFile)
	if errors.Is(err, os.ErrNotExist) {
		return nil, vote.ErrTooEarly
	}
	if err != nil {
		return nil, err
	}
	return credential.ParseList(d.CryptoGroup(), data)
}

// holders opens sealed private credentials, and says whether they are those of the list.
func (d *Desk) holders(sealed, passphrase []byte) ([]vote.Holder, error) {
	text, err := identity.OpenSecret(vote.PrivateLabel(d.Election), sealed, by(passphrase))
	if err != nil {
		return nil, err
	}
	defer clear(text)
	return vote.ParsePrivateList(text)
}

// RestoreList tries a copy of the sealed private credentials: that it opens, and that they are
// all those whose public halves are listed.
func (d *Desk) RestoreList(sealed, passphrase []byte) error {
	holders, err := d.holders(sealed, passphrase)
	if err != nil {
		return err
	}
	list, err := d.list()
	if err != nil {
		return err
	}
	if len(holders) != list.Len() {
		return ErrOtherSecret
	}
	found := make([]bool, list.Len())
	for _, h := range holders {
		i, ok := list.Find(h.Private.Public(d.CryptoGroup(), d.Election))
		if !ok || found[i] {
			return ErrOtherSecret
		}
		found[i] = true
	}
	return d.keep(restoredFile, []byte("a copy of the sealed credentials was opened\n"))
}

// Publish signs the statement on the public list, and keeps it for sending. From then on the
// credentials of this round stay as they are.
func (d *Desk) Publish(passphrase []byte) error {
	if !d.Restored() {
		return ErrNotRestored
	}
	list, err := d.list()
	if err != nil {
		return err
	}
	districts, err := d.districts(passphrase)
	if err != nil {
		return err
	}
	signer, err := d.signer(passphrase)
	if err != nil {
		return err
	}
	defer signer.Destroy()
	parcel, err := d.statement(signer, evidence.KindCredentials, vote.CredentialsStatement(d.Election, list, districts), list.Bytes())
	if err != nil {
		return err
	}
	return d.keep(string(vote.StepCredentials)+parcelExt, parcel)
}

// districts are those of the contest that the election is a part of, with their voters; nil where it
// stands alone.
func (d *Desk) districts(passphrase []byte) ([]evidence.District, error) {
	if d.Part == nil {
		return nil, nil
	}
	voters, _, err := d.recipients(passphrase)
	if err != nil {
		return nil, err
	}
	return (&Roll{Voters: voters}).districts(d.Part)
}

// find finds a voter by the number that the server asks for.
func (d *Desk) find(voter string, passphrase []byte) (i int, a Addressee, h vote.Holder, err error) {
	id, err := vote.VoterID(voter)
	if err != nil {
		return 0, a, h, errNobody
	}
	people, holders, err := d.recipients(passphrase)
	if err != nil {
		return 0, a, h, err
	}
	if i = slices.IndexFunc(holders, func(h vote.Holder) bool { return h.ID == id }); i < 0 {
		return 0, a, h, errNobody
	}
	return i, people[i], holders[i], nil
}

// recipients are the voters in the order of their file, with their credentials.
func (d *Desk) recipients(passphrase []byte) ([]Addressee, []vote.Holder, error) {
	sealed, err := d.large(secretFile)
	if err != nil {
		return nil, nil, err
	}
	holders, err := d.holders(sealed, passphrase)
	if err != nil {
		return nil, nil, err
	}
	if sealed, err = d.large(rollFile); err != nil {
		return nil, nil, err
	}
	file, err := identity.OpenSecret(rollLabel(d.Election), sealed, by(passphrase))
	if err != nil {
		return nil, nil, err
	}
	roll, err := ReadRoll(bytes.Clone(file))
	clear(file)
	if err != nil {
		return nil, nil, err
	}
	if len(roll.Voters) != len(holders) {
		return nil, nil, ErrOtherSecret
	}
	for i, v := range roll.Voters {
		if v.ID != holders[i].ID {
			return nil, nil, fmt.Errorf("%w: voter %d", ErrOtherSecret, i+1)
		}
	}
	return roll.Voters, holders, nil
}
