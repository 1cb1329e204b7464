package vote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bayyina/core/credential"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// Reasons why a party's message is not taken, besides what is wrong with it itself.
var (
	ErrNotSigned = errors.New("it is not signed by the party's key in the log")
	ErrSaid      = errors.New("the party has said something else in this step")
	ErrNoKeys    = errors.New("the log's keys are not known yet")
)

// How many bytes what is said in a step may have.
const (
	maxMessage        = 1 << 20
	maxCredentialList = 256 << 20
)

// agreementWindow is how long the trustees have to sign together.
const agreementWindow = 30 * 24 * time.Hour

// Ceremonies are the server's side of the ceremonies in which keys and credentials are made. It
// sees what is public and nothing else.
type Ceremonies struct {
	registrar *Registrar
	keys      func() (*read.KeyHistory, error)
}

// NewCeremonies returns the ceremonies on a registrar's server. keys tells the keys of the log;
// its error is ErrNoKeys while they are not known.
func NewCeremonies(r *Registrar, keys func() (*read.KeyHistory, error)) *Ceremonies {
	return &Ceremonies{registrar: r, keys: keys}
}

// Begin begins the first round of an election's ceremony, or the round after the last, in which
// nothing that was said before counts. Every party's key must be in the log in its role.
func (c *Ceremonies) Begin(ctx context.Context, roster Roster) (*Ceremony, error) {
	begun, err := c.begin(ctx, []Roster{roster}, true)
	if err != nil {
		return nil, err
	}
	return begun[0], nil
}

// BeginAll begins the first rounds of several elections' ceremonies: all, or none where one of
// them was begun before.
func (c *Ceremonies) BeginAll(ctx context.Context, rosters []Roster) ([]*Ceremony, error) {
	return c.begin(ctx, rosters, false)
}

func (c *Ceremonies) begin(ctx context.Context, rosters []Roster, again bool) ([]*Ceremony, error) {
	keys, err := c.keys()
	if err != nil {
		return nil, err
	}
	var list []*Ceremony
	for _, roster := range rosters {
		roster.Rehearsal = keys.Rehearsal()
		begun := &Ceremony{Roster: roster, Log: c.registrar.cfg.Origin, Round: 1, Said: []Said{}}
		t, err := roster.Template()
		if err != nil {
			return nil, err
		}
		begun.Election = t.UUID
		if err := begun.open(); err != nil {
			return nil, err
		}
		for _, p := range roster.Parties {
			if _, err := c.verifier(p); err != nil {
				return nil, err
			}
		}
		list = append(list, begun)
	}
	err = c.registrar.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		for _, begun := range list {
			if err := c.beginIn(ctx, tx, begun, again); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

func (c *Ceremonies) beginIn(ctx context.Context, tx *store.Tx, begun *Ceremony, again bool) error {
	begun.Round = 1
	before, err := readCeremony(ctx, tx, begun.Log, begun.Election)
	switch {
	case err == nil && !again:
		return fmt.Errorf("%w: that of election %s was begun before", ErrCeremony, begun.Election)
	case err == nil:
		begun.Round = before.Round + 1
	case !errors.Is(err, ErrUnknownCeremony):
		return err
	}
	if _, err := readElection(ctx, tx, begun.Election); !errors.Is(err, ErrUnknownElection) {
		return errors.Join(errors.New("this election was set up before"), err)
	}
	return writeRound(ctx, tx, begun, c.registrar.now())
}

// Ceremony returns the last round of an election's ceremony.
func (c *Ceremonies) Ceremony(ctx context.Context, election string) (*Ceremony, error) {
	return c.registrar.ceremony(ctx, election)
}

func (r *Registrar) ceremony(ctx context.Context, election string) (found *Ceremony, err error) {
	err = r.cfg.DB.View(ctx, func(tx *store.Tx) error {
		found, err = readCeremony(ctx, tx, r.cfg.Origin, election)
		return err
	})
	return found, err
}

// List returns the elections that have a ceremony, the newest first, at most so many.
func (c *Ceremonies) List(ctx context.Context, most int) (list []string, err error) {
	err = c.registrar.cfg.DB.View(ctx, func(tx *store.Tx) error {
		list, err = listCeremonies(ctx, tx, most)
		return err
	})
	return list, err
}

// verifier checks signatures of a party's key, which must be in the log and valid.
func (c *Ceremonies) verifier(p Party) (note.Verifier, error) {
	keys, err := c.keys()
	if err != nil {
		return nil, err
	}
	role := read.RoleTrustee
	if p.Kind == Authority {
		role = read.RoleAuthority
	}
	m := keys.Member(p.Key)
	if m == nil || m.Role != role || m.Until != 0 {
		return nil, fmt.Errorf("%w: the log has no valid key %s in the role %s", ErrNotSigned, p.Key, role)
	}
	return note.NewVerifier(m.Key.String())
}

// Take takes what a party hands over, a parcel, and tells the ceremony with it. The same again
// changes nothing.
func (c *Ceremonies) Take(ctx context.Context, election string, parcel io.Reader) (*Ceremony, error) {
	found, err := c.Ceremony(ctx, election)
	if err != nil {
		return nil, err
	}
	t := taking{ceremonies: c, ceremony: found}
	_, contents, err := readParcel(parcel, t.admit)
	if err == nil {
		err = t.match(contents)
	}
	if err != nil {
		return nil, err
	}
	var now *Ceremony
	err = c.registrar.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		if now, err = readCeremony(ctx, tx, found.Log, election); err != nil {
			return err
		}
		return t.take(ctx, tx, now)
	})
	return now, err
}

// taking is one parcel on its way in.
type taking struct {
	ceremonies *Ceremonies
	ceremony   *Ceremony
	party      Party
	said       Said
	statement  *read.Statement // nil for a message of the ceremony
	wants      []read.Attachment
}

// admit checks whose note it is, before anything large is read.
func (t *taking) admit(signed []byte) (limit int64, err error) {
	if bytes.HasPrefix(signed, []byte(noteHeader+"\n")) {
		err = t.admitMessage(signed)
	} else {
		err = t.admitStatement(signed)
	}
	if err != nil {
		return 0, err
	}
	verifier, err := t.ceremonies.verifier(t.party)
	if err != nil {
		return 0, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil || len(opened.Sigs) != 1 || len(opened.UnverifiedSigs) != 0 {
		return 0, fmt.Errorf("%w (%s): %w", ErrNotSigned, t.party.Key, err)
	}
	t.said.Note, t.said.Place = signed, t.party.Place
	switch t.said.Step {
	case StepCredentials:
		return maxCredentialList, nil
	case StepShuffle, StepDecryption:
		return evidence.MaxDecryption, nil
	}
	return maxMessage, nil
}

func (t *taking) admitMessage(signed []byte) error {
	n, err := parseMessageNote(signed)
	if err != nil {
		return err
	}
	want := messageNote{t.ceremony.Log, t.ceremony.Election, t.ceremony.Round, n.Step, n.Place, n.SHA256}
	if n != want {
		return fmt.Errorf("%w: it is for round %d of election %.80s and the log %.200s", ErrParcel, n.Round, n.Election, n.Log)
	}
	if !slices.Contains([]Step{StepKey, StepCertificate, StepPolynomial, StepShare, StepComplaint}, n.Step) {
		return fmt.Errorf("%w: there is no message of step %.40q", ErrParcel, n.Step)
	}
	t.said.Step, t.said.SHA256 = n.Step, n.SHA256
	t.party, err = t.ceremony.Party(n.Place)
	return err
}

func (t *taking) admitStatement(signed []byte) error {
	s, err := read.ParseStatement(signed)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrParcel, err)
	}
	t.statement, t.wants = &s, s.Attachments
	var election string
	place := -1
	switch s.Kind {
	case evidence.KindCredentials:
		var b evidence.Credentials
		err, t.said.Step = read.DecodeBody(s.Body, &b), StepCredentials
		election, place = b.Election, 0
	case evidence.KindCommitment:
		var b evidence.Commitment
		err, t.said.Step = read.DecodeBody(s.Body, &b), StepCommitment
		election, place = b.Election, b.Trustee
	case evidence.KindTrustees:
		var b evidence.Trustees
		err, t.said.Step = read.DecodeBody(s.Body, &b), StepAgreement
		t.wants = nil // the server knows the record
		if len(s.Signatures) == 1 {
			if p, known := t.ceremony.Whose(s.Signatures[0].Name); known {
				place = p.Place
			}
		}
		election = b.Election
	case evidence.KindShuffle:
		var b evidence.Shuffle
		err, t.said.Step = read.DecodeBody(s.Body, &b), StepShuffle
		election, place = b.Election, b.Trustee
	case evidence.KindDecryption:
		var b evidence.Decryption
		err, t.said.Step = read.DecodeBody(s.Body, &b), StepDecryption
		election, place = b.Election, b.Trustee
	default:
		return fmt.Errorf("%w: a statement %s", ErrParcel, s.Kind)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrParcel, err)
	}
	if election != t.ceremony.Election || s.Origin != t.ceremony.Log {
		return fmt.Errorf("%w: it is for election %.80s and the log %.200s", ErrParcel, election, s.Origin)
	}
	t.party, err = t.ceremony.Party(place)
	return err
}

// match compares the contents with what the note names.
func (t *taking) match(contents [][]byte) error {
	if t.statement == nil {
		if len(contents) != 1 || AttachmentOf(contents[0]).SHA256 != t.said.SHA256 {
			return fmt.Errorf("%w: the message is not the one that was signed", ErrParcel)
		}
		t.said.Content = contents[0]
		return nil
	}
	if len(contents) != len(t.wants) {
		return fmt.Errorf("%w: %d attachments, the statement names %d", ErrParcel, len(contents), len(t.wants))
	}
	for i, a := range t.wants {
		if AttachmentOf(contents[i]) != a {
			return fmt.Errorf("%w: the attachment is not the one that was signed", ErrParcel)
		}
		t.said.Content = contents[i]
	}
	if len(contents) == 0 {
		t.said.Content = t.said.Note
	}
	t.said.SHA256 = AttachmentOf(t.said.Content).SHA256
	return nil
}

// take keeps what was said, if it is right now.
func (t *taking) take(ctx context.Context, tx *store.Tx, now *Ceremony) error {
	if before := now.Has(t.said.Step, t.party.Place); now.Round == t.ceremony.Round && before != nil {
		if bytes.Equal(before.Note, t.said.Note) {
			return nil
		}
		if err := t.replaces(ctx, tx, now); err != nil {
			return err
		}
	}
	if now.Round != t.ceremony.Round {
		return fmt.Errorf("%w: the ceremony has begun again", ErrParcel)
	}
	t.said.Time = t.ceremonies.registrar.now()
	if err := t.check(now); err != nil {
		return err
	}
	var id string
	if t.statement != nil {
		id = t.statement.ID
	}
	if t.statement != nil && t.said.Step != StepAgreement {
		var contents [][]byte
		if len(t.wants) > 0 {
			contents = [][]byte{t.said.Content}
		}
		if err := t.ceremonies.registrar.EnterIn(ctx, tx, t.said.Note, contents); err != nil {
			return err
		}
	}
	if err := t.said.write(ctx, tx, now, id); err != nil {
		return err
	}
	now.Said = slices.DeleteFunc(now.Said, func(s Said) bool { return s.Step == t.said.Step && s.Place == t.said.Place })
	now.Said = append(now.Said, t.said)
	if err := now.open(); err != nil {
		return err
	}
	if t.said.Step == StepAgreement {
		return t.ceremonies.agreed(ctx, tx, now)
	}
	return t.ceremonies.agree(ctx, tx, now)
}

// replaces says whether what was said may take the place of what the party said before: until the
// election is set up the authority may replace its list, for a letter that was lost. The log keeps
// both; the set-up names the one that holds.
func (t *taking) replaces(ctx context.Context, tx *store.Tx, now *Ceremony) error {
	if t.said.Step != StepCredentials {
		return fmt.Errorf("%w: %s by party %d", ErrSaid, t.said.Step, t.party.Place)
	}
	_, err := readElection(ctx, tx, now.Election)
	if err == nil {
		return fmt.Errorf("%w: %s, and the election is set up with it", ErrSaid, t.said.Step)
	}
	if !errors.Is(err, ErrUnknownElection) {
		return err
	}
	// Whoever has a list that was replaced cannot bring it back.
	_, err = ledger.Lookup(ctx, tx, t.statement.ID)
	if err == nil {
		return fmt.Errorf("%w: this list was replaced", ErrSaid)
	}
	if !errors.Is(err, ledger.ErrUnknown) {
		return err
	}
	return nil
}

// check says whether what was said is right.
func (t *taking) check(now *Ceremony) error {
	switch t.said.Step {
	case StepShuffle, StepDecryption:
		return nil // the registrar does, when it enters
	case StepAgreement:
		if string(t.statement.Text) != now.Agreement {
			return fmt.Errorf("%w: this is not the statement that the trustees sign", ErrParcel)
		}
	case StepCredentials:
		if err := t.checkCredentials(now); err != nil {
			return err
		}
	case StepCommitment:
		var b evidence.Commitment
		if err := bodyOf(t.said.Note, &b); err != nil {
			return err
		}
		if cert := now.Has(StepCertificate, t.party.Place); cert != nil {
			if want, err := hashOfMessage(cert.Content); err != nil || b.Cert != want {
				return errors.Join(errors.New("the commitment is to another certificate"), err)
			}
		}
	}
	return now.check(t.party, t.said.Step, t.said.Content)
}

// checkCredentials compares the list with what the statement says of it.
func (t *taking) checkCredentials(now *Ceremony) error {
	var b evidence.Credentials
	if err := bodyOf(t.said.Note, &b); err != nil {
		return err
	}
	list, err := credential.ParseList(now.CryptoGroup(), t.said.Content)
	if err != nil {
		return err
	}
	if b.Count != int64(list.Len()) || b.Weight != int64(list.TotalWeight()) {
		return fmt.Errorf("the list has %d credentials of weight %d, the statement says %d and %d", list.Len(), list.TotalWeight(), b.Count, b.Weight)
	}
	return nil
}

// agree writes the statement that all trustees sign, once their keys are there.
func (c *Ceremonies) agree(ctx context.Context, tx *store.Tx, now *Ceremony) error {
	if now.Agreement != "" {
		return nil
	}
	record, err := now.Record()
	if errors.Is(err, ErrTooEarly) {
		return nil
	}
	if err != nil {
		return err
	}
	from := c.registrar.now()
	text, err := Say(c.registrar.cfg.Random, now.Log, evidence.KindTrustees, Window{from, from.Add(agreementWindow)}, now.agreement(record))
	if err != nil {
		return err
	}
	now.Agreement = string(text)
	_, err = tx.Exec(ctx, `UPDATE vote_ceremony SET agreement = ?3 WHERE election = ?1 AND round = ?2`, now.Election, now.Round, now.Agreement)
	return err
}

// agreed enters the statement once all trustees have signed it.
func (c *Ceremonies) agreed(ctx context.Context, tx *store.Tx, now *Ceremony) error {
	signed := []byte(nil)
	for _, p := range now.Trustees() {
		s := now.Has(StepAgreement, p.Place)
		if s == nil {
			return nil
		}
		if signed == nil {
			signed = s.Note
			continue
		}
		_, line, _ := bytes.Cut(s.Note, []byte("\n\n"))
		signed = append(slices.Clip(signed), line...)
	}
	record, err := now.Record()
	if err != nil {
		return err
	}
	return c.registrar.EnterIn(ctx, tx, signed, [][]byte{record})
}
