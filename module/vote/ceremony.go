package vote

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"bayyina/core/group"
	"bayyina/core/trustee"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
)

// Step is a part of a ceremony that one party does.
type Step string

// The steps. A single trustee does the first, a member of a group the next four in their order,
// and every trustee the agreement; the authority's is apart. A complaint ends nothing by itself:
// it names whose message was wrong.
const (
	StepKey         Step = "key"
	StepCertificate Step = "certificate"
	StepCommitment  Step = "commitment"
	StepPolynomial  Step = "polynomial"
	StepShare       Step = "share"
	StepAgreement   Step = "agreement"
	StepCredentials Step = "credentials"
	StepComplaint   Step = "complaint"
	StepShuffle     Step = "shuffle"
	StepDecryption  Step = "decryption"
)

// Ceremony is a roster and how far it has been carried out. Server and parties hold the same one
// and judge it by the same rules; nothing of it is secret.
type Ceremony struct {
	Roster
	Election string `json:"election"`
	Log      string `json:"log"`   // its origin
	Round    int    `json:"round"` // from 1; a ceremony that failed starts again in the next
	// Agreement is the text of the statement that all trustees sign, once it is known.
	Agreement string    `json:"agreement,omitempty"`
	Said      []Said    `json:"said"`
	template  *Template // of Draft
	said      map[Step]map[int]*Said
}

// Said is what a party has said.
type Said struct {
	Step      Step      `json:"step"`
	Place     int       `json:"place"`
	Time      time.Time `json:"time"`
	Published bool      `json:"published,omitempty"` // a statement that the witnessed log holds
	SHA256    string    `json:"sha256"`              // of Content
	Note      []byte    `json:"-"`                   // what was signed
	Content   []byte    `json:"-"`                   // the message; of statements the attachment, if there is one
}

// open prepares a ceremony that was read.
func (c *Ceremony) open() (err error) {
	if err := c.Check(); err != nil {
		return err
	}
	if c.template, err = c.Template(); err != nil {
		return err
	}
	if c.template.UUID != c.Election {
		return fmt.Errorf("%w: the draft is of election %s, not %s", ErrCeremony, c.template.UUID, c.Election)
	}
	c.said = make(map[Step]map[int]*Said)
	for i := range c.Said {
		c.note(&c.Said[i])
	}
	return nil
}

func (c *Ceremony) note(s *Said) {
	if c.said[s.Step] == nil {
		c.said[s.Step] = make(map[int]*Said)
	}
	c.said[s.Step][s.Place] = s
}

// Has returns what a party has said in a step; nil if nothing.
func (c *Ceremony) Has(step Step, place int) *Said { return c.said[step][place] }

// Party returns the party with a place.
func (c *Ceremony) Party(place int) (Party, error) {
	for _, p := range c.Parties {
		if p.Place == place {
			return p, nil
		}
	}
	return Party{}, fmt.Errorf("%w: there is no party %d", ErrCeremony, place)
}

// Whose returns the party whose key in the log has a name.
func (c *Ceremony) Whose(key string) (Party, bool) {
	i := slices.IndexFunc(c.Parties, func(p Party) bool { return p.Key == key })
	if i < 0 {
		return Party{}, false
	}
	return c.Parties[i], true
}

// Trustees are all parties but the authority.
func (c *Ceremony) Trustees() []Party { return c.Parties[:len(c.Parties)-1] }

// Members are those of a group, in their order.
func (c *Ceremony) Members(group int) []Party {
	var list []Party
	for _, p := range c.Parties {
		if p.Kind == Member && p.Group == group {
			list = append(list, p)
		}
	}
	return list
}

// index is a member's place in its group, from 1.
func (c *Ceremony) index(p Party) int { return p.Place - c.Members(p.Group)[0].Place + 1 }

// contents are what all of a group have said in a step, in their order; false while one is
// missing.
func (c *Ceremony) contents(step Step, group int) ([][]byte, bool) {
	var list [][]byte
	for _, m := range c.Members(group) {
		s := c.Has(step, m.Place)
		if s == nil {
			return nil, false
		}
		list = append(list, s.Content)
	}
	return list, true
}

// all says whether all of a group have done a step.
func (c *Ceremony) all(step Step, group int) bool {
	_, ok := c.contents(step, group)
	return ok
}

// Next is the step that a party does next, "" after its last, and whether it is its turn. If not,
// it waits for others.
func (c *Ceremony) Next(p Party) (step Step, turn bool) {
	switch {
	case p.Kind == Authority && c.Has(StepCredentials, 0) == nil:
		return StepCredentials, true
	case p.Kind == Authority, c.Has(StepAgreement, p.Place) != nil:
		return "", false
	case p.Kind == Single && c.Has(StepKey, p.Place) == nil:
		return StepKey, true
	case p.Kind == Single:
		return StepAgreement, c.Agreement != ""
	case c.Has(StepCertificate, p.Place) == nil:
		return StepCertificate, true
	case c.Has(StepCommitment, p.Place) == nil:
		return StepCommitment, c.all(StepCertificate, p.Group)
	case c.Has(StepPolynomial, p.Place) == nil:
		return StepPolynomial, c.committed(p.Group)
	case c.Has(StepShare, p.Place) == nil:
		return StepShare, c.all(StepPolynomial, p.Group)
	}
	return StepAgreement, c.Agreement != ""
}

// committed says whether the log holds the commitments of a whole group.
func (c *Ceremony) committed(group int) bool {
	for _, m := range c.Members(group) {
		if s := c.Has(StepCommitment, m.Place); s == nil || !s.Published {
			return false
		}
	}
	return true
}

// Awaited are the parties whose turn it is.
func (c *Ceremony) Awaited() []Party {
	var list []Party
	for _, p := range c.Parties {
		if _, turn := c.Next(p); turn {
			list = append(list, p)
		}
	}
	return list
}

// Complete says whether all has been said, so that the commission can decide on the set-up.
func (c *Ceremony) Complete() bool {
	for _, p := range c.Parties {
		if step, _ := c.Next(p); step != "" {
			return false
		}
	}
	return true
}

// CryptoGroup is the group in which the keys are.
func (c *Ceremony) CryptoGroup() *group.Group {
	g, _ := c.template.CryptoGroup() // the draft was checked
	return g
}

// Block is the ceremony of a threshold group, once all its certificates are there.
func (c *Ceremony) Block(group int) (*trustee.Ceremony, error) {
	certs, ok := c.contents(StepCertificate, group)
	if !ok {
		return nil, ErrTooEarly
	}
	return trustee.OpenCeremony(certs)
}

// Input is what a member needs for its share of the key, once all polynomials are there.
func (c *Ceremony) Input(p Party) ([]byte, error) {
	block, err := c.Block(p.Group)
	if err != nil {
		return nil, err
	}
	polynomials, ok := c.contents(StepPolynomial, p.Group)
	if !ok {
		return nil, ErrTooEarly
	}
	inputs, err := block.Inputs(polynomials)
	if err != nil {
		return nil, err
	}
	return inputs[c.index(p)-1], nil
}

// finish makes the public record of a group, and each member's sealed share.
func (c *Ceremony) finish(group int) (record []byte, shares [][]byte, err error) {
	block, err := c.Block(group)
	if err != nil {
		return nil, nil, err
	}
	polynomials, ok := c.contents(StepPolynomial, group)
	outputs, done := c.contents(StepShare, group)
	if !ok || !done {
		return nil, nil, ErrTooEarly
	}
	return block.Finish(polynomials, outputs)
}

// SealedShare is a member's share of the key, which only its seed opens, once all of its group
// have theirs.
func (c *Ceremony) SealedShare(p Party) ([]byte, error) {
	_, shares, err := c.finish(p.Group)
	if err != nil {
		return nil, err
	}
	return shares[c.index(p)-1], nil
}

// Record is the trustees' record; ErrTooEarly while a key is missing.
func (c *Ceremony) Record() ([]byte, error) {
	var entries [][]byte
	for _, p := range c.Trustees() {
		if p.Kind != Single {
			break
		}
		key := c.Has(StepKey, p.Place)
		if key == nil {
			return nil, ErrTooEarly
		}
		entries = append(entries, trustee.Single(key.Content))
	}
	for i := range c.Thresholds {
		block, _, err := c.finish(i + 1)
		if err != nil {
			return nil, err
		}
		entries = append(entries, trustee.Threshold(block))
	}
	return trustee.Record(c.CryptoGroup(), entries...)
}

// agreement is what the trustees say together.
func (c *Ceremony) agreement(record []byte) evidence.Trustees {
	body := evidence.Trustees{Election: c.Election, Trustees: AttachmentOf(record)}
	for _, p := range c.Trustees() {
		body.Names = append(body.Names, p.Key)
	}
	return body
}

// CheckAgreement says whether the statement that trustees are asked to sign tells of the keys
// that were made here, and returns their record.
func (c *Ceremony) CheckAgreement() ([]byte, error) {
	record, err := c.Record()
	if err != nil {
		return nil, err
	}
	text, err := read.ParseStatementText([]byte(c.Agreement))
	if err != nil {
		return nil, err
	}
	var said evidence.Trustees
	if text.Kind != evidence.KindTrustees || text.Origin != c.Log {
		return nil, fmt.Errorf("the trustees would sign a statement %s for the log %s", text.Kind, text.Origin)
	}
	if err := read.DecodeBody(text.Body, &said); err != nil {
		return nil, err
	}
	want := c.agreement(record)
	if said.Election != want.Election || said.Trustees != want.Trustees || !slices.Equal(said.Names, want.Names) {
		return nil, errors.New("the statement that the trustees would sign is of other keys or names than those of this ceremony")
	}
	return record, nil
}

// bodyOf reads the body of a signed statement.
func bodyOf(signed []byte, into any) error {
	s, err := read.ParseStatement(signed)
	if err != nil {
		return err
	}
	return read.DecodeBody(s.Body, into)
}
