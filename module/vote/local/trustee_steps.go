package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"filippo.io/age"

	"bayyina/core/trustee"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
)

// Clock tells the time.
type Clock = func() time.Time

// Reasons why a step must wait for its owner.
var (
	ErrNotCompared = errors.New("the fingerprints have not been compared with the other members yet")
	ErrNotRestored = errors.New("opening a copy of the sealed secret has not been tried yet")
	ErrOtherSecret = errors.New("this file opens, but it is not the secret of this ceremony")
)

// statementWindow is how long a statement may wait to enter the log.
const statementWindow = 7 * 24 * time.Hour

// Do does a step: it makes what is to be said, signs it, and keeps it for sending. What was done
// before stays as it is.
func (d *Desk) Do(step vote.Step, passphrase []byte) error {
	if d.has(string(step) + parcelExt) {
		return nil
	}
	if next, turn := d.Next(d.Me); next != step || !turn {
		return fmt.Errorf("%w: %s", vote.ErrTooEarly, step)
	}
	signer, err := d.signer(passphrase)
	if err != nil {
		return err
	}
	defer signer.Destroy()
	var parcel []byte
	switch step {
	case vote.StepKey:
		parcel, err = d.makeKey(signer, passphrase)
	case vote.StepCertificate:
		parcel, err = d.makeCertificate(signer, passphrase)
	case vote.StepCommitment:
		parcel, err = d.commit(signer, passphrase)
	case vote.StepPolynomial:
		parcel, err = d.showPolynomial(signer)
	case vote.StepShare:
		parcel, err = d.makeShare(signer, passphrase)
	case vote.StepAgreement:
		parcel, err = d.agree(signer, passphrase)
	default:
		err = fmt.Errorf("%w: %s", vote.ErrTooEarly, step)
	}
	if err != nil {
		return err
	}
	return d.keep(string(step)+parcelExt, parcel)
}

// signer opens the trustee's key in the log.
func (d *Desk) signer(passphrase []byte) (*identity.Key, error) {
	key, err := identity.OpenKeyFile(d.program.cfg.Key, by(passphrase))
	if err != nil {
		return nil, err
	}
	if key.Name() != d.Me.Key {
		key.Destroy()
		return nil, fmt.Errorf("%w: %s", ErrNotMine, key.Name())
	}
	return key, nil
}

func by(passphrase []byte) age.Identity {
	return identity.AskPassphrase(func() ([]byte, error) { return bytes.Clone(passphrase), nil })
}

// label is that of the trustee's sealed secret.
func (d *Desk) label() string {
	if d.Me.Kind == vote.Single {
		return vote.LabelSingle
	}
	return vote.LabelSeed
}

// secret opens the trustee's secret, having made and sealed it if there is none. The caller
// clears it.
func (d *Desk) secret(passphrase []byte, make func() ([]byte, error)) ([]byte, error) {
	sealed, err := d.read(secretFile)
	if err == nil {
		return identity.OpenSecret(d.label(), sealed, by(passphrase))
	}
	if !errors.Is(err, os.ErrNotExist) || make == nil {
		return nil, err
	}
	text, err := make()
	if err != nil {
		return nil, err
	}
	recipient, err := identity.Passphrase(passphrase, d.program.cfg.WorkFactor)
	if err != nil {
		return nil, err
	}
	if sealed, err = identity.SealSecret(d.label(), text, recipient); err != nil {
		return nil, err
	}
	return text, d.keep(secretFile, sealed)
}

// makeKey is a single trustee's only step before the agreement.
func (d *Desk) makeKey(signer *identity.Key, passphrase []byte) ([]byte, error) {
	text, err := d.secret(passphrase, func() ([]byte, error) {
		key, err := trustee.NewPrivateKey(d.CryptoGroup(), d.program.cfg.Random)
		if err != nil {
			return nil, err
		}
		return key.Text(), nil
	})
	if err != nil {
		return nil, err
	}
	defer clear(text)
	key, err := trustee.ParsePrivateKey(d.CryptoGroup(), text)
	if err != nil {
		return nil, err
	}
	public, err := key.PublicKey(d.Me.Name.AR, d.program.cfg.Random)
	if err != nil {
		return nil, err
	}
	return vote.MessageParcel(d.Ceremony, vote.StepKey, d.Me.Place, public, signer)
}

// seed opens a member's seed.
func (d *Desk) seed(passphrase []byte, make func() ([]byte, error)) (*trustee.Key, error) {
	seed, err := d.secret(passphrase, make)
	if err != nil {
		return nil, err
	}
	defer clear(seed)
	return trustee.OpenSeed(d.CryptoGroup(), seed)
}

func (d *Desk) makeCertificate(signer *identity.Key, passphrase []byte) ([]byte, error) {
	key, err := d.seed(passphrase, func() ([]byte, error) { return trustee.NewSeed(d.program.cfg.Random) })
	if err != nil {
		return nil, err
	}
	members := d.Members(d.Me.Group)
	certificate, err := key.Certificate(len(members), d.Thresholds[d.Me.Group-1], d.Me.Place-members[0].Place+1, d.program.cfg.Random)
	if err != nil {
		return nil, err
	}
	return vote.MessageParcel(d.Ceremony, vote.StepCertificate, d.Me.Place, certificate, signer)
}

// commit draws the polynomial, which stays here, and says what it will be.
func (d *Desk) commit(signer *identity.Key, passphrase []byte) ([]byte, error) {
	if !d.Compared() {
		return nil, ErrNotCompared
	}
	key, err := d.seed(passphrase, nil)
	if err != nil {
		return nil, err
	}
	polynomial, err := d.read(polynomialFile)
	if errors.Is(err, os.ErrNotExist) {
		polynomial, err = d.drawPolynomial(key)
	}
	if err != nil {
		return nil, err
	}
	body, err := vote.CommitmentStatement(d.Election, d.Me.Place, d.Has(vote.StepCertificate, d.Me.Place).Content, polynomial)
	if err != nil {
		return nil, err
	}
	return d.statement(signer, evidence.KindCommitment, body)
}

func (d *Desk) drawPolynomial(key *trustee.Key) ([]byte, error) {
	block, err := d.Block(d.Me.Group)
	if err != nil {
		return nil, err
	}
	polynomial, err := block.Polynomial(key, d.program.cfg.Random)
	if err != nil {
		return nil, err
	}
	return polynomial, d.keep(polynomialFile, polynomial)
}

// statement signs a statement for the log.
func (d *Desk) statement(signer *identity.Key, kind string, body any, contents ...[]byte) ([]byte, error) {
	now := d.program.cfg.Now()
	text, err := vote.Say(d.program.cfg.Random, d.Log, kind, vote.Window{From: now, Until: now.Add(statementWindow)}, body)
	if err != nil {
		return nil, err
	}
	return d.signed(signer, text, contents...)
}

func (d *Desk) signed(signer *identity.Key, text []byte, contents ...[]byte) ([]byte, error) {
	document, err := identity.ParseDocument(text)
	if err != nil {
		return nil, err
	}
	signed, err := document.Sign(signer)
	if err != nil {
		return nil, err
	}
	return vote.Parcel(signed, contents...)
}

// showPolynomial hands the polynomial over, now that all have committed themselves: what they
// said is kept, for comparing with what they will show.
func (d *Desk) showPolynomial(signer *identity.Key) ([]byte, error) {
	if err := d.keep(committedFile, d.commitments()); err != nil {
		return nil, err
	}
	polynomial, err := d.read(polynomialFile)
	if err != nil {
		return nil, err
	}
	return vote.MessageParcel(d.Ceremony, vote.StepPolynomial, d.Me.Place, polynomial, signer)
}

// commitments are those of the trustee's group as one text.
func (d *Desk) commitments() []byte {
	var all []byte
	for _, m := range d.Members(d.Me.Group) {
		all = append(all, d.Has(vote.StepCommitment, m.Place).Note...)
	}
	return all
}

// makeShare checks what the others sealed to this trustee. A *trustee.OwnerError names whose is
// wrong, by its place in the group.
func (d *Desk) makeShare(signer *identity.Key, passphrase []byte) ([]byte, error) {
	kept, err := d.read(committedFile)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(kept, d.commitments()) || !d.Compared() {
		return nil, ErrBackwards
	}
	for i, m := range d.Members(d.Me.Group) {
		if err := d.Committed(m, d.Has(vote.StepPolynomial, m.Place).Content); err != nil {
			return nil, &trustee.OwnerError{Owner: i + 1, Err: err}
		}
	}
	key, err := d.seed(passphrase, nil)
	if err != nil {
		return nil, err
	}
	block, err := d.Block(d.Me.Group)
	if err != nil {
		return nil, err
	}
	input, err := d.Input(d.Me)
	if err != nil {
		return nil, err
	}
	share, err := block.Share(key, input, d.program.cfg.Random)
	if err != nil {
		return nil, err
	}
	return vote.MessageParcel(d.Ceremony, vote.StepShare, d.Me.Place, share, signer)
}

// Complain says that another member's message is wrong.
func (d *Desk) Complain(against int, reason string, passphrase []byte) error {
	signer, err := d.signer(passphrase)
	if err != nil {
		return err
	}
	defer signer.Destroy()
	text, err := json.Marshal(vote.Complaint{Against: against, Reason: reason})
	if err != nil {
		return err
	}
	parcel, err := vote.MessageParcel(d.Ceremony, vote.StepComplaint, d.Me.Place, text, signer)
	if err != nil {
		return err
	}
	return d.keep(string(vote.StepComplaint)+parcelExt, parcel)
}

// Recover takes a copy of the sealed secret onto a machine that takes the place of a lost one, once
// the trustees' keys are known: it must be the one of this trustee's place.
func (d *Desk) Recover(sealed, passphrase []byte) error {
	record, err := d.CheckAgreement()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return err
	}
	if err := d.try(sealed, passphrase); err != nil {
		return err
	}
	if err := d.keep(secretFile, sealed); err != nil {
		return err
	}
	if err := d.keep(recordFile, record); err != nil {
		return err
	}
	if err := d.keep(recoveredFile, d.own()); err != nil {
		return err
	}
	return d.restored()
}

// Restore tries a copy of the sealed secret: that it opens, and that it is the one whose public
// half the others have.
func (d *Desk) Restore(sealed, passphrase []byte) error {
	if err := d.try(sealed, passphrase); err != nil {
		return err
	}
	return d.restored()
}

func (d *Desk) restored() error {
	return d.keep(restoredFile, []byte("a copy of the sealed secret was opened\n"))
}

// try opens a sealed secret, and compares it with what the others have of it.
func (d *Desk) try(sealed, passphrase []byte) error {
	secret, err := identity.OpenSecret(d.label(), sealed, by(passphrase))
	if err != nil {
		return err
	}
	defer clear(secret)
	if d.Me.Kind == vote.Single {
		return d.isSingle(secret)
	}
	return d.isMember(secret)
}

func (d *Desk) isSingle(secret []byte) error {
	said := d.Has(vote.StepKey, d.Me.Place)
	if said == nil {
		return vote.ErrTooEarly
	}
	key, err := trustee.ParsePrivateKey(d.CryptoGroup(), secret)
	if err != nil {
		return err
	}
	record, err := trustee.Record(d.CryptoGroup(), trustee.Single(said.Content))
	if err != nil {
		return err
	}
	return owns(d, record, 1, key)
}

// isMember opens the sealed share, too, if there is one: seed and share decrypt together.
func (d *Desk) isMember(seed []byte) error {
	key, err := trustee.OpenSeed(d.CryptoGroup(), seed)
	if err != nil {
		return err
	}
	dkey, err := d.SealedShare(d.Me)
	if err != nil {
		return err
	}
	share, err := key.OpenShare(dkey)
	if err != nil {
		return ErrOtherSecret
	}
	record, err := d.Record()
	if errors.Is(err, vote.ErrTooEarly) { // another group is not ready: ours alone is compared
		return nil
	}
	if err != nil {
		return err
	}
	return owns(d, record, d.Me.Place, share)
}

// owns says whether a key is that of a place in a record.
func owns(d *Desk, record []byte, place int, key *trustee.PrivateKey) error {
	parsed, err := trustee.Parse(d.CryptoGroup(), record)
	if err != nil {
		return err
	}
	if place > len(parsed.Owners) || !parsed.Owners[place-1].Key.Equal(key.Public()) {
		return ErrOtherSecret
	}
	return nil
}

// private opens the key with which the trustee decrypts.
func (d *Desk) private(passphrase []byte) (*trustee.PrivateKey, error) {
	if d.Me.Kind == vote.Single {
		text, err := d.secret(passphrase, nil)
		if err != nil {
			return nil, err
		}
		defer clear(text)
		return trustee.ParsePrivateKey(d.CryptoGroup(), text)
	}
	dkey, err := d.SealedShare(d.Me)
	if err != nil {
		return nil, err
	}
	key, err := d.seed(passphrase, nil)
	if err != nil {
		return nil, err
	}
	return key.OpenShare(dkey)
}

// agree signs that these are the trustees' keys, among them the one that this trustee holds.
func (d *Desk) agree(signer *identity.Key, passphrase []byte) ([]byte, error) {
	if !d.Restored() {
		return nil, ErrNotRestored
	}
	record, err := d.CheckAgreement()
	if err != nil {
		return nil, err
	}
	key, err := d.private(passphrase)
	if err != nil {
		return nil, err
	}
	if err := owns(d, record, d.Me.Place, key); err != nil {
		return nil, err
	}
	if d.Me.Kind == vote.Member {
		dkey, err := d.SealedShare(d.Me)
		if err == nil {
			err = d.keep(shareFile, dkey)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := d.keep(recordFile, record); err != nil {
		return nil, err
	}
	return d.signed(signer, []byte(d.Agreement))
}
