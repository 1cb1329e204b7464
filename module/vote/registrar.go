package vote

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/trustee"
	"bayyina/platform/store"
)

//go:embed migrations
var migrations embed.FS

// Reasons why the registrar refuses.
var (
	ErrUnknownElection = errors.New("there is no such election on this server")
	ErrNotOpen         = errors.New("the election is not open yet")
	ErrClosed          = errors.New("the election is closed")
	ErrStillOpen       = errors.New("the election is still open")
	ErrAlreadyCast     = errors.New("this ballot was cast before")
	ErrTooSoon         = errors.New("a ballot of this credential was accepted in this very second: cast again")
	ErrTooEarly        = errors.New("it is not this step's turn")
	ErrLeftBehind      = errors.New("accepted ballots did not enter the log in time, which breaks the promises to their voters")
)

// The last ballots are taken so long before the close that their batch is in the log
// in time: one batch, but within these bounds.
const (
	finalMargin = 30 * time.Second
	leastMargin = 2 * time.Second
)

// Config is what a registrar works with.
type Config struct {
	DB      *store.DB
	Dir     string      // data folder of the log, for large attachments
	Origin  string      // of the log
	Receipt note.Signer // key of role receipt
	Now     func() time.Time
	Random  io.Reader
}

// Registrar is the server's side of elections: it accepts ballots, promises their
// entry at once, enters them in batches, and counts. Its methods may be called by
// several goroutines at once.
type Registrar struct {
	cfg    Config
	intake intake

	mu    sync.Mutex
	rules map[string]*rules // by uuid: what never changes of an election

	setUps setUps
}

// rules are what ballots and tallies are checked against.
type rules struct {
	election    *ballot.Election
	credentials *credential.List
	trustees    *trustee.Trustees
	opens       time.Time
	closes      time.Time
	batch       time.Duration

	once  sync.Once
	found *lookup
}

// accepting is the last moment at which a ballot is taken.
func (r *rules) accepting() time.Time {
	return r.closes.Add(-min(finalMargin, max(leastMargin, r.batch)))
}

// pause is how long a batch waits for the one before: they must not share a second.
func (r *rules) pause() time.Duration { return max(r.batch, time.Second) }

// NewRegistrar brings the module's tables up to date.
func NewRegistrar(ctx context.Context, cfg Config) (*Registrar, error) {
	if err := cfg.DB.Migrate(ctx, "vote", store.Migrations{FS: migrations, Dir: "migrations"}); err != nil {
		return nil, err
	}
	r := &Registrar{cfg: cfg, rules: make(map[string]*rules)}
	r.intake.db, r.intake.now = cfg.DB, r.now
	return r, nil
}

// now is the time in whole seconds, as the log has it.
func (r *Registrar) now() time.Time { return r.cfg.Now().UTC().Truncate(time.Second) }

// load reads an election that was opened.
func (r *Registrar) load(ctx context.Context, uuid string) (*rules, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.rules[uuid]; known != nil {
		return known, nil
	}
	var loaded *rules
	err := r.cfg.DB.View(ctx, func(tx *store.Tx) error {
		row, err := readElection(ctx, tx, uuid)
		if err == nil && !row.opens.Valid {
			err = ErrNotOpen
		}
		if err != nil {
			return err
		}
		loaded, err = row.rules(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	r.rules[uuid] = loaded
	return loaded, nil
}

// rules reads what ballots and tallies of the election are checked against.
func (row electionRow) rules(ctx context.Context, tx *store.Tx) (*rules, error) {
	var records [3][]byte
	for i, hash := range []string{row.definition, row.trustees, row.credentials} {
		var err error
		if records[i], err = getRecord(ctx, tx, hash); err != nil {
			return nil, err
		}
	}
	p, err := parseRules(records[0], records[1], records[2])
	if err != nil {
		return nil, err
	}
	p.opens, p.closes = time.Unix(row.opens.Int64, 0).UTC(), time.Unix(row.closes.Int64, 0).UTC()
	p.batch = time.Duration(row.batchSeconds.Int64) * time.Second
	return p, nil
}

// parseRules reads an election's records.
func parseRules(definition, trustees, credentials []byte) (*rules, error) {
	var p rules
	var err error
	if p.election, err = ballot.ParseElection(definition); err != nil {
		return nil, err
	}
	if p.credentials, err = credential.ParseList(p.election.Group(), credentials); err != nil {
		return nil, err
	}
	p.trustees, err = trustee.Parse(p.election.Group(), trustees)
	return &p, err
}

// Definition returns an election's record, as voters need it.
func (r *Registrar) Definition(ctx context.Context, uuid string) (definition []byte, err error) {
	err = r.cfg.DB.View(ctx, func(tx *store.Tx) error {
		row, err := readElection(ctx, tx, uuid)
		if err != nil {
			return err
		}
		definition, err = getRecord(ctx, tx, row.definition)
		return err
	})
	return definition, err
}

// Status is how far an election has come on this server.
type Status struct {
	UUID    string    `json:"election"`
	Opens   time.Time `json:"opens,omitzero"`
	Closes  time.Time `json:"closes,omitzero"`
	Ballots int64     `json:"ballots"` // entered
	Waiting int64     `json:"waiting"` // accepted, for the next batch
	Batches int64     `json:"batches"`
	Closed  bool      `json:"closed"`
	Tallied bool      `json:"tallied"`
	Counted bool      `json:"counted"` // there is a result
}

// Status tells how far an election has come.
func (r *Registrar) Status(ctx context.Context, uuid string) (s Status, err error) {
	err = r.cfg.DB.View(ctx, func(tx *store.Tx) error {
		row, err := readElection(ctx, tx, uuid)
		if err != nil {
			return err
		}
		s = Status{UUID: uuid, Batches: row.batches, Closed: row.closed, Tallied: row.tally != nil}
		if row.opens.Valid {
			s.Opens, s.Closes = time.Unix(row.opens.Int64, 0).UTC(), time.Unix(row.closes.Int64, 0).UTC()
		}
		var results int
		if err := tx.QueryRow(ctx, `SELECT count(result) FROM vote_election WHERE uuid = ?1`, uuid).Scan(&results); err != nil {
			return err
		}
		s.Counted = results > 0
		return tx.QueryRow(ctx, `SELECT `+countEntered+`, `+countWaiting+` FROM vote_ballot WHERE election = ?1`, uuid).
			Scan(&s.Ballots, &s.Waiting)
	})
	return s, err
}

// What ballots there are, as SQL.
const (
	countEntered = `count(CASE WHEN batch > 0 THEN 1 END)`
	countWaiting = `count(CASE WHEN batch IS NULL AND ballot IS NOT NULL THEN 1 END)`
)

// electionRow is a row of vote_election.
type electionRow struct {
	definition, trustees, credentials string // hashes of records
	opens, closes, batchSeconds       sql.NullInt64
	batches                           int64
	lastStatement                     sql.NullString
	due                               sql.NullInt64
	final, closed                     bool
	tally                             []byte
	shuffles                          int64 // promised
}

func readElection(ctx context.Context, tx *store.Tx, uuid string) (row electionRow, err error) {
	var final, closed int64
	err = tx.QueryRow(ctx, `SELECT definition, trustees, credentials, opens, closes, batch_seconds, batches, last_statement, due, final, closed, tally, shuffles
		FROM vote_election WHERE uuid = ?1`, uuid).
		Scan(&row.definition, &row.trustees, &row.credentials, &row.opens, &row.closes, &row.batchSeconds,
			&row.batches, &row.lastStatement, &row.due, &final, &closed, &row.tally, &row.shuffles)
	row.final, row.closed = final != 0, closed != 0
	if errors.Is(err, sql.ErrNoRows) {
		return row, fmt.Errorf("%w: %s", ErrUnknownElection, uuid)
	}
	if err != nil {
		return row, fmt.Errorf("read election %s: %w", uuid, err)
	}
	return row, nil
}
