package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/tally"
	"bayyina/core/trustee"
	"bayyina/platform/ledger/read"
)

// credentials remembers what the authority says; it is judged when the set-up
// names it.
func (e *election) credentials(_ context.Context, _ read.Log, entry *read.Entry, b Credentials) error {
	if e.beforeSetup(entry) {
		e.Credentials = append(e.Credentials, heard(entry, b))
	}
	return nil
}

// commitment remembers what a member of a threshold group commits to.
func (e *election) commitment(_ context.Context, _ read.Log, entry *read.Entry, b Commitment) error {
	if e.beforeSetup(entry) {
		e.Commitments = append(e.Commitments, heard(entry, b))
	}
	return nil
}

// trustees remembers what the trustees say.
func (e *election) trustees(_ context.Context, _ read.Log, entry *read.Entry, b Trustees) error {
	if e.beforeSetup(entry) {
		e.Trustees = append(e.Trustees, heard(entry, b))
	}
	return nil
}

// maxPreparations bounds what is kept of an election before its set-up.
const maxPreparations = 10_000

func (e *election) beforeSetup(entry *read.Entry) bool {
	if e.Step > named || len(e.Credentials)+len(e.Commitments)+len(e.Trustees) == maxPreparations {
		e.against(claimSetup, entry, "vote-order-late", args{"Step": entry.Statement.Kind, "After": e.Step.String()}, nil)
		return false
	}
	return true
}

// setup judges everything that is fixed before the election opens.
func (e *election) setup(ctx context.Context, log read.Log, entry *read.Entry, b Setup) error {
	if !e.turn(claimSetup, entry, setUp) {
		return nil
	}
	s := heard(entry, b)
	e.Setup = &s
	definition, haveDefinition, err := e.attachment(ctx, log, claimSetup, entry, b.Definition, MaxDefinition)
	if err != nil {
		return err
	}
	record, haveTrustees, err := e.attachment(ctx, log, claimSetup, entry, b.Trustees, MaxTrustees)
	if err != nil {
		return err
	}
	list, haveList, err := e.attachment(ctx, log, claimSetup, entry, b.Credentials, MaxCredentials)
	if err != nil {
		return err
	}
	e.Definition = definition
	if !haveDefinition || !haveTrustees || !haveList {
		e.incomplete()
		e.block("vote.unusable", nil)
		return nil
	}
	if e.archive, err = newProjection(entry.Time.Unix(), e.export); err != nil {
		e.incomplete()
	}
	e.project(func(p *projection) error { return p.Setup(definition, record, list, nil) })

	r := new(rules)
	good := e.parse(entry, "vote-definition", func() (err error) {
		r.election, err = ballot.ParseElection(definition)
		return err
	})
	g := group.Ed25519
	if good {
		g = r.election.Group()
	}
	good = e.parse(entry, "vote-trustees", func() (err error) {
		r.trustees, err = trustee.Parse(g, record)
		return err
	}) && good
	good = e.parse(entry, "vote-credentials", func() (err error) {
		r.credentials, err = credential.ParseList(g, list)
		if err == nil && r.election != nil {
			err = r.election.CheckWeights(r.credentials)
		}
		return err
	}) && good
	e.agree(log, entry, b, r, record)
	e.agreeRules(entry, b, r)
	e.agreePhotos(entry, b, r)
	for _, photo := range b.Photos {
		if _, _, err := e.attachment(ctx, log, claimSetup, entry, photo, MaxPhoto); err != nil {
			return err
		}
	}
	switch {
	case good:
		e.rules = r
		e.sum = tally.NewSum(r.election)
		e.figure()
	case e.Obstacle == nil:
		e.block("vote.unusable", nil)
	}
	return nil
}

// parse reads one part of the set-up. What this version does not support is an
// obstacle and no fault.
func (e *election) parse(entry *read.Entry, code string, read func() error) bool {
	err := read()
	switch {
	case err == nil:
		return true
	case errors.Is(err, ballot.ErrUnsupported) || errors.Is(err, trustee.ErrUnsupported):
		e.block("vote.unsupported", args{"Reason": err.Error()})
	default:
		var owner *trustee.OwnerError
		values := args{}
		if errors.As(err, &owner) {
			code, values = "vote-trustee", args{"Trustee": int64(owner.Owner)}
		}
		e.against(claimSetup, entry, code, values, err)
	}
	return false
}

func (e *election) block(id string, values args) {
	e.Obstacle = &read.Message{ID: id, Args: values}
}

// agree compares the set-up with what authority and trustees said, and its parts
// with each other, as far as they could be read.
func (e *election) agree(log read.Log, entry *read.Entry, b Setup, r *rules, record []byte) {
	if r.election != nil && r.election.UUID() != e.UUID {
		e.against(claimSetup, entry, "vote-uuid", args{"UUID": r.election.UUID(), "Election": e.UUID}, nil)
	}
	if r.election != nil && r.trustees != nil && !r.election.PublicKey().Equal(r.trustees.Key) {
		e.against(claimSetup, entry, "vote-key", nil, nil)
	}
	if r.election != nil && r.trustees != nil {
		e.agreeShuffles(entry, b.Shuffles, r)
	}
	authority := find(e.Credentials, func(c Credentials) bool { return c.Credentials == b.Credentials })
	switch {
	case authority == nil:
		e.against(claimSetup, entry, "vote-credentials-unsaid", nil, nil)
	case r.credentials != nil:
		e.envelope(claimSetup, authority.Faults)
		e.agreeCredentials(entry, authority.Body, r.credentials)
	}
	e.agreePart(entry, b.Part, authority)
	all := find(e.Trustees, func(t Trustees) bool { return t.Trustees == b.Trustees })
	if all == nil {
		e.against(claimSetup, entry, "vote-trustees-unsaid", nil, nil)
		return
	}
	e.envelope(claimSetup, all.Faults)
	e.Names = all.Body.Names
	if r.trustees == nil {
		return
	}
	if len(e.Names) != len(r.trustees.Owners) {
		e.against(claimSetup, entry, "vote-trustees-names",
			args{"Names": int64(len(e.Names)), "Count": int64(len(r.trustees.Owners))}, nil)
		return
	}
	e.agreeTrustees(log, entry, *all, record)
}

// ShufflesOf returns how many shuffles a set-up can promise: answers to ranked questions
// are shuffled at least once and by nobody twice, and others never.
func ShufflesOf(definition *ballot.Election, trustees *trustee.Trustees) (least, most int) {
	if definition.Shuffled() {
		return 1, len(trustees.Owners)
	}
	return 0, 0
}

// agreeShuffles checks the number of shuffles promised.
func (e *election) agreeShuffles(entry *read.Entry, promised int, r *rules) {
	least, most := ShufflesOf(r.election, r.trustees)
	if promised < least || promised > most {
		e.against(claimSetup, entry, "vote-shuffles", args{"Said": int64(promised), "Least": int64(least), "Most": int64(most)}, nil)
	}
}

func find[B any](list []said[B], match func(B) bool) *said[B] {
	for i := range list {
		if match(list[i].Body) {
			return &list[i]
		}
	}
	return nil
}

func (e *election) agreeCredentials(entry *read.Entry, b Credentials, list *credential.List) {
	if int64(list.Len()) != b.Count {
		e.against(claimSetup, entry, "vote-credentials-count", args{"Said": b.Count, "Count": int64(list.Len())}, nil)
	}
	if list.TotalWeight() != uint64(b.Weight) {
		e.against(claimSetup, entry, "vote-credentials-weight", args{"Said": b.Weight, "Weight": int64(list.TotalWeight())}, nil)
	}
	var sum int64
	for _, d := range b.Districts {
		if d.Voters < 0 {
			sum = -1
			break
		}
		sum += d.Voters
	}
	if len(b.Districts) > 0 && sum != b.Count {
		e.against(claimSetup, entry, "vote-districts", args{"Sum": sum, "Count": b.Count}, nil)
	}
	e.Figures.Districts = b.Districts
}

// agreeTrustees checks that each trustee signed, and that each member of a
// threshold group had committed to its messages before.
func (e *election) agreeTrustees(log read.Log, entry *read.Entry, all said[Trustees], record []byte) {
	for i, name := range e.Names {
		if role, _ := log.Key(name); role != "trustee" {
			e.against(claimSetup, entry, "vote-trustees-role", args{"Trustee": int64(i + 1), "Name": name}, nil)
		}
		if slices.Contains(e.Names[:i], name) {
			e.against(claimSetup, entry, "vote-trustees-twice", args{"Trustee": int64(i + 1), "Name": name}, nil)
		}
		if !slices.Contains(all.SignedBy, name) {
			e.against(claimSetup, entry, "vote-trustees-unsigned", args{"Trustee": int64(i + 1), "Name": name}, nil)
		}
	}
	messages, err := ThresholdMessages(record)
	if err != nil {
		e.against(claimSetup, entry, "vote-trustees", nil, err)
		return
	}
	for i, name := range e.Names {
		if m, member := messages[i+1]; member {
			e.agreeCommitment(entry, all, i+1, name, m)
		}
	}
}

func (e *election) agreeCommitment(entry *read.Entry, all said[Trustees], number int, name string, m Commitment) {
	values := args{"Trustee": int64(number), "Name": name}
	var own []said[Commitment]
	for _, c := range e.Commitments {
		if c.Body.Trustee == number && slices.Contains(c.SignedBy, name) {
			own = append(own, c)
		}
	}
	for _, c := range own {
		e.envelope(claimSetup, c.Faults)
	}
	switch {
	case len(own) == 0:
		e.against(claimSetup, entry, "vote-commitment-missing", values, nil)
	case len(own) > 1:
		// Whoever commits twice can choose after having seen the others.
		e.against(claimSetup, entry, "vote-commitment-twice", values, nil)
	case own[0].Sequence > all.Sequence:
		e.against(claimSetup, entry, "vote-commitment-late", values, nil)
	case own[0].Body.Cert != m.Cert || own[0].Body.Coefexps != m.Coefexps:
		e.against(claimSetup, entry, "vote-commitment-differs", values, nil)
	}
}

// ThresholdMessages returns what each member of a threshold group in a trustees'
// record must have committed to, by owner number.
func ThresholdMessages(record []byte) (map[int]Commitment, error) {
	type message struct {
		Message string `json:"message"`
	}
	var entries []json.RawMessage
	if err := json.Unmarshal(record, &entries); err != nil {
		return nil, fmt.Errorf("trustees' record: %w", err)
	}
	messages := make(map[int]Commitment)
	owner := 0
	for _, text := range entries {
		var kind string
		var block struct{ Certs, Coefexps []message }
		if err := json.Unmarshal(text, &[]any{&kind, &block}); err != nil {
			return nil, fmt.Errorf("trustees' record: %w", err)
		}
		if kind == "Single" {
			owner++
			continue
		}
		if len(block.Coefexps) != len(block.Certs) {
			return nil, fmt.Errorf("trustees' record: %d coefficients of %d certificates", len(block.Coefexps), len(block.Certs))
		}
		for i := range block.Certs {
			owner++
			messages[owner] = Commitment{
				Trustee: owner,
				Cert:    hashOf(block.Certs[i].Message), Coefexps: hashOf(block.Coefexps[i].Message),
			}
		}
	}
	return messages, nil
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// figure notes what the report tells about the set-up.
func (e *election) figure() {
	r := e.rules
	e.Figures.Voters, e.Figures.Weight = int64(r.credentials.Len()), int64(r.credentials.TotalWeight())
	e.Figures.Definition, e.Figures.Credentials = r.election.Fingerprint(), r.credentials.Fingerprint()
	e.Figures.Questions = len(r.election.Questions())
	for i, o := range r.trustees.Owners {
		t := Trustee{Number: i + 1, Threshold: o.Threshold}
		if i < len(e.Names) {
			t.Name = e.Names[i]
		}
		e.Figures.Trustees = append(e.Figures.Trustees, t)
	}
}

// open judges the decision to open.
func (e *election) open(_ context.Context, _ read.Log, entry *read.Entry, b Open) error {
	if !e.turn(claimOpened, entry, opened) {
		return nil
	}
	o := heard(entry, b)
	e.Open = &o
	if !b.Closes.After(b.Opens) || !whole(b.Opens) || !whole(b.Closes) || b.Batch < 0 {
		e.against(claimOpened, entry, "vote-times", args{"Opens": b.Opens, "Closes": b.Closes, "Batch": b.Batch}, nil)
	}
	return nil
}

// whole says whether a time is what the protocol calls one: whole seconds, in UTC.
func whole(t time.Time) bool {
	_, offset := t.Zone()
	return offset == 0 && t.Nanosecond() == 0
}
