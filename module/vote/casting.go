package vote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// ErrShortPrefix is wrapped where a look-up of credentials cannot be answered.
var ErrShortPrefix = errors.New("the prefix is too short, or none")

// Casting is what voting booths ask of the server.
type Casting struct {
	reg      *Registrar
	openings *openings
}

// NewCasting takes ballots for a registrar.
func NewCasting(reg *Registrar) *Casting {
	return &Casting{reg: reg, openings: newOpenings(reg.now)}
}

// Voting is what a booth shows before anybody votes.
type Voting struct {
	Title       read.Bilingual
	Definition  string    // hex SHA-256
	Opens       time.Time // zero until it is decided
	Closes      time.Time
	Until       time.Time // ballots are taken so long
	Credentials int       // how many there are; 0 until the opening is decided
	Now         time.Time // of the server
}

// Voting tells when an election is open.
func (c *Casting) Voting(ctx context.Context, uuid string) (Voting, error) {
	v := Voting{Now: c.reg.now()}
	var opened bool
	err := c.reg.cfg.DB.View(ctx, func(tx *store.Tx) error {
		row, err := readElection(ctx, tx, uuid)
		if err != nil {
			return err
		}
		v.Definition, opened = row.definition, row.opens.Valid
		var title string
		if err := tx.QueryRow(ctx, `SELECT title FROM vote_election WHERE uuid = ?1`, uuid).Scan(&title); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(title), &v.Title); err != nil || v.Title != (read.Bilingual{}) {
			return err
		}
		return c.named(ctx, tx, &v)
	})
	if err != nil || !opened {
		return v, err
	}
	rules, err := c.reg.load(ctx, uuid)
	if err != nil {
		return v, err
	}
	v.Opens, v.Closes, v.Until, v.Credentials = rules.opens, rules.closes, rules.accepting(), rules.credentials.Len()
	return v, nil
}

// named gives an election that was set up before titles were kept the name in its
// definition.
func (c *Casting) named(ctx context.Context, tx *store.Tx, v *Voting) error {
	text, err := getRecord(ctx, tx, v.Definition)
	if err != nil {
		return err
	}
	e, err := ballot.ParseElection(text)
	if err != nil {
		return err
	}
	v.Title = read.Bilingual{AR: e.Record().Name, EN: e.Record().Name}
	return nil
}

// Credentials lists the public credentials that begin with a prefix. A booth that asks
// with few digits does not tell whose credential it looks for.
func (c *Casting) Credentials(ctx context.Context, uuid, prefix string) ([]string, error) {
	rules, err := c.reg.load(ctx, uuid)
	if err != nil {
		return nil, err
	}
	l, err := rules.lookup()
	if err != nil {
		return nil, err
	}
	return l.find(prefix)
}

// KeepOpening keeps an opened ballot of the election for an hour, so that the voter may
// check it on another device, and returns its commitment. Whether it is right is for
// that device to find out.
func (c *Casting) KeepOpening(ctx context.Context, uuid string, text []byte) (string, error) {
	rules, err := c.reg.load(ctx, uuid)
	if err != nil {
		return "", err
	}
	o, err := ballot.ParseOpening(rules.election.Group(), text)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ballot.ErrOpening, err)
	}
	if named, err := ballot.UUIDOf(o.Ballot); err != nil || named != uuid {
		return "", fmt.Errorf("%w: it is not of this election", ballot.ErrOpening)
	}
	commitment := canon.B64(o.Ballot)
	c.openings.keep(uuid+" "+commitment, text)
	return commitment, nil
}

// Opening returns an opened ballot that was kept; nil if there is none.
func (c *Casting) Opening(uuid, commitment string) []byte {
	return c.openings.find(uuid + " " + commitment)
}
