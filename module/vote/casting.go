package vote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/platform/ledger/read"
	"bayyina/platform/message"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
)

// ErrShortPrefix is wrapped where a look-up of credentials cannot be answered.
var ErrShortPrefix = errors.New("the prefix is too short, or none")

const (
	// A credential casts so many ballots at once, and then one every so often.
	castBurst    = 10
	castInterval = time.Second
)

// ErrTooMany is wrapped by a [WaitError].
var ErrTooMany = errors.New("too many ballots of this credential came one after the other")

// WaitError says how long to wait before casting again.
type WaitError struct{ Wait time.Duration }

func (e *WaitError) Error() string { return ErrTooMany.Error() }
func (e *WaitError) Unwrap() error { return ErrTooMany }

// CastingConfig is what ballots are taken with.
type CastingConfig struct {
	Registrar *Registrar
	DB        *store.DB
	Keys      *seal.Keys      // nil where no election asks for codes
	Outbox    *message.Outbox // sends codes; nil with Keys
}

// Casting is what voting booths ask of the server.
type Casting struct {
	cfg      CastingConfig
	openings *openings
	gate     *gate
	casts    *limit        // of a credential
	wake     chan struct{} // a code was asked for

	mu        sync.Mutex
	digesters map[string]digester        // by election
	channels  map[string]message.Channel // of elections that are open
}

// NewCasting takes ballots for a registrar. Run sends codes.
func NewCasting(cfg CastingConfig) *Casting {
	return &Casting{
		cfg: cfg, openings: newOpenings(cfg.Registrar.now), gate: newGate(runtime.GOMAXPROCS(0)),
		casts: newLimit(castInterval, castBurst), wake: make(chan struct{}, 1),
		digesters: make(map[string]digester), channels: make(map[string]message.Channel),
	}
}

// Cast takes a ballot from a client, some address. It is verified in full; where the
// election asks for codes it then waits for one, and is not taken yet.
func (c *Casting) Cast(ctx context.Context, uuid string, text []byte, client string) (*Accepted, *Pending, error) {
	rules, b, err := c.verify(ctx, uuid, text, client)
	if err != nil {
		return nil, nil, err
	}
	channel, err := c.channelOf(ctx, uuid)
	if err != nil {
		return nil, nil, err
	}
	if channel == "" {
		a, err := c.cfg.Registrar.take(ctx, rules, newArrival(b))
		return a, nil, err
	}
	p, err := c.pend(ctx, rules, newArrival(b))
	return nil, p, err
}

// verify checks everything about a ballot, the signature first: after that the work is
// counted for the credential, and nobody uses up what is another's. Whoever has used up
// theirs is sent away before any work.
func (c *Casting) verify(ctx context.Context, uuid string, text []byte, client string) (*rules, *ballot.Ballot, error) {
	if name, err := ballot.CredentialOf(text); err == nil {
		if wait := c.casts.look(c.cfg.Registrar.cfg.Now(), uuid+" "+name); wait > 0 {
			return nil, nil, &WaitError{wait}
		}
	}
	coming := &c.cfg.Registrar.intake.coming
	coming.Add(1)
	defer coming.Add(-1)
	if err := c.gate.enter(ctx, client); err != nil {
		return nil, nil, err
	}
	defer c.gate.leave()
	rules, b, err := c.cfg.Registrar.read(ctx, uuid, text)
	if err != nil {
		return nil, nil, err
	}
	signed, err := rules.election.CheckSignature(b, rules.credentials)
	if err != nil {
		return nil, nil, err
	}
	if wait := c.casts.take(c.cfg.Registrar.cfg.Now(), uuid+" "+b.Credential().String()); wait > 0 {
		return nil, nil, &WaitError{wait}
	}
	_, err = rules.election.VerifyAnswers(signed)
	return rules, b, err
}

// Voting is what a booth shows before anybody votes.
type Voting struct {
	Title       read.Bilingual
	Definition  string    // hex SHA-256
	Opens       time.Time // zero until it is decided
	Closes      time.Time
	Until       time.Time // ballots are taken so long
	Credentials int       // how many there are; 0 until the opening is decided
	Code        message.Channel
	Now         time.Time // of the server
}

// Voting tells when an election is open.
func (c *Casting) Voting(ctx context.Context, uuid string) (Voting, error) {
	v := Voting{Now: c.cfg.Registrar.now()}
	var opened bool
	err := c.cfg.DB.View(ctx, func(tx *store.Tx) error {
		row, err := readElection(ctx, tx, uuid)
		if err != nil {
			return err
		}
		v.Definition, opened = row.definition, row.opens.Valid
		if v.Code, err = channelOf(ctx, tx, uuid); err != nil {
			return err
		}
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
	rules, err := c.cfg.Registrar.load(ctx, uuid)
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
	rules, err := c.cfg.Registrar.load(ctx, uuid)
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
	rules, err := c.cfg.Registrar.load(ctx, uuid)
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
