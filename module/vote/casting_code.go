package vote

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"time"

	"bayyina/platform/message"
	"bayyina/platform/store"
)

// Casting with a one-time code: the ballot is verified and waits, and nobody knows who
// sends it. Then the voter is named, gets a code by a way that neither the letter nor
// the booth goes, and with the code the ballot is taken. At the first one voter and
// credential are tied to each other for good.

const (
	castAge    = 30 * time.Minute // how long a ballot waits for its code
	takenAge   = time.Hour        // how long the promise is given again
	codeAge    = 10 * time.Minute
	askAgain   = 30 * time.Second
	maxAsks    = 10 // for one ballot
	maxTries   = 5  // of one code
	maxPending = 3  // ballots of a credential that wait for codes: the oldest makes room

	// How many codes are sent in a day: to a voter for the credential that is theirs, to a
	// voter for others, and for a credential to those whose it is not. Whoever has one
	// credential can thus keep nobody from voting, nor send anybody many messages.
	ownCodes        = 10
	othersCodes     = 5
	credentialCodes = 3
)

// Reasons why a ballot is not taken with a code.
var (
	ErrCastExpired     = errors.New("no ballot waits under this token: cast it again")
	ErrWrongCode       = errors.New("the code is wrong")
	ErrNoTries         = errors.New("the code was wrong too often: ask for another one")
	ErrCodeExpired     = errors.New("the code has expired: ask for another one")
	ErrAskAgain        = errors.New("a code was asked for just now")
	ErrOtherCredential = errors.New("this voter voted with another credential")
	ErrOtherVoter      = errors.New("another voter voted with this credential")
)

// Pending is a ballot that waits for its code.
type Pending struct {
	Token   string // base64url of 32 random bytes
	Expires time.Time
}

// pend keeps a verified ballot until its code comes.
func (c *Casting) pend(ctx context.Context, rules *rules, a *arrival) (*Pending, error) {
	var secret [32]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return nil, fmt.Errorf("cast: %w", err)
	}
	now := c.cfg.Registrar.now()
	p := &Pending{Token: base64.RawURLEncoding.EncodeToString(secret[:]), Expires: now.Add(castAge)}
	if last := rules.accepting(); p.Expires.After(last) {
		p.Expires = last
	}
	err := c.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		var known int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM vote_ballot WHERE election = ?1 AND tracker = ?2`, a.election, a.tracker).Scan(&known); err != nil {
			return err
		}
		if known > 0 {
			return ErrAlreadyCast
		}
		if _, err := tx.Exec(ctx, `DELETE FROM vote_cast WHERE election = ?1 AND credential = ?2 AND issued IS NULL AND token NOT IN
			(SELECT token FROM vote_cast WHERE election = ?1 AND credential = ?2 AND issued IS NULL ORDER BY expires DESC, token LIMIT ?3)`,
			a.election, a.credential, maxPending-1); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO vote_cast (token, election, tracker, credential, ballot, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
			tokenHash(p.Token), a.election, a.tracker, a.credential, a.text, p.Expires.Unix())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cast: %w", err)
	}
	return p, nil
}

// tokenHash is how a token is kept: whoever reads the database casts nothing.
func tokenHash(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}

// castRow is a row of vote_cast.
type castRow struct {
	token, election, tracker, credential string
	ballot                               []byte
	expires                              int64
	voter, code                          sql.NullString
	asked, codeExpires, issued           sql.NullInt64
	asks, tries                          int64
}

func readCast(ctx context.Context, tx *store.Tx, token string) (r castRow, err error) {
	err = tx.QueryRow(ctx, `SELECT token, election, tracker, credential, ballot, expires, voter, code, asked, code_expires, issued, asks, tries
		FROM vote_cast WHERE token = ?1`, token).
		Scan(&r.token, &r.election, &r.tracker, &r.credential, &r.ballot, &r.expires, &r.voter, &r.code, &r.asked, &r.codeExpires, &r.issued, &r.asks, &r.tries)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrCastExpired
	}
	return r, err
}

// waits refuses a row that waits for nothing any more.
func (r castRow) waits(now time.Time) error {
	if now.Unix() > r.expires {
		return ErrCastExpired
	}
	return nil
}

// Asked is what is said to whoever asks for a code. It is the same for a voter who is
// not on the list, who gets none.
type Asked struct {
	Channel message.Channel
	To      string // what may be shown of the address
	Again   time.Duration
}

// AskCode has a code sent to the voter with an id, for the ballot that waits under a
// token. An earlier code of this ballot is worth nothing from then on. What is done here
// does not depend on whether there is such a voter: Run sends.
func (c *Casting) AskCode(ctx context.Context, token, id string) (*Asked, error) {
	id, err := VoterID(id)
	if err != nil {
		return nil, err
	}
	var row castRow
	if err := c.cfg.DB.View(ctx, func(tx *store.Tx) error {
		row, err = readCast(ctx, tx, tokenHash(token))
		return err
	}); err != nil {
		return nil, fmt.Errorf("ask for a code: %w", err)
	}
	d, err := c.digester(ctx, row.election)
	if err != nil {
		return nil, err
	}
	voter, now := d.voter(id), c.cfg.Registrar.now()
	var channel message.Channel
	var found, sealed string
	err = c.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		row, err := readCast(ctx, tx, row.token)
		switch {
		case err != nil:
			return err
		case row.waits(now) != nil || row.issued.Valid:
			return ErrCastExpired
		case row.asked.Valid && now.Before(time.Unix(row.asked.Int64, 0).Add(askAgain)):
			return ErrAskAgain
		case row.asks >= maxAsks:
			return ErrCastExpired
		}
		if channel, err = channelOf(ctx, tx, row.election); err != nil {
			return err
		}
		// One row is read, the voter's or nobody's.
		if err := tx.QueryRow(ctx, `SELECT voter, contact FROM vote_voter WHERE election = ?1 AND voter IN ('', ?2) ORDER BY voter DESC LIMIT 1`, row.election, voter).
			Scan(&found, &sealed); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE vote_cast SET voter = ?2, asked = ?3, asks = asks + 1, waits = 1, code = NULL, tries = 0 WHERE token = ?1`,
			row.token, voter, now.Unix())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ask for a code: %w", err)
	}
	who, err := c.openContact(ctx, row.election, found, sealed)
	if err != nil {
		return nil, fmt.Errorf("ask for a code: %w", err)
	}
	c.wakeUp()
	return &Asked{Channel: channel, To: shown(channel, who.To, d.of("shown", voter)), Again: askAgain}, nil
}

// shown is what is shown of an address: of a phone number the last two digits. Who is not
// on the list has two that are always the same.
func shown(channel message.Channel, address, digest string) string {
	if channel != message.SMS {
		return "•••@•••"
	}
	number := new(big.Int)
	number.SetString(digest, 16)
	last := fmt.Sprintf("%02d", number.Mod(number, big.NewInt(100)).Int64())
	if address != "" {
		last = address[len(address)-2:]
	}
	return "•••" + last
}

// Confirm takes the ballot that waits under a token, if the code is right. The same code
// again gives the same promise again. left tells, with ErrWrongCode, how many attempts
// there still are.
func (c *Casting) Confirm(ctx context.Context, token, code string) (a *Accepted, left int64, err error) {
	var row castRow
	if err := c.cfg.DB.View(ctx, func(tx *store.Tx) error {
		row, err = readCast(ctx, tx, tokenHash(token))
		return err
	}); err != nil {
		return nil, 0, fmt.Errorf("cast with a code: %w", err)
	}
	d, err := c.digester(ctx, row.election)
	if err != nil {
		return nil, 0, err
	}
	if row, left, err = c.try(ctx, row.token, d.code(row.token, code)); err != nil {
		return nil, left, fmt.Errorf("cast with a code: %w", err)
	}
	rules, err := c.cfg.Registrar.load(ctx, row.election)
	if err != nil {
		return nil, 0, err
	}
	arrived := &arrival{election: row.election, tracker: row.tracker, credential: row.credential, text: row.ballot}
	if row.issued.Valid {
		arrived.issued = time.Unix(row.issued.Int64, 0).UTC()
		a, err = c.cfg.Registrar.accepted(rules, arrived)
		return a, 0, err
	}
	arrived.bond = &bond{token: row.token, voter: row.voter.String, code: row.code.String, credential: d.credential(row.credential)}
	a, err = c.cfg.Registrar.take(ctx, rules, arrived)
	return a, 0, err
}

// try compares a code. Each wrong one is on the disk before it is told.
func (c *Casting) try(ctx context.Context, token, code string) (row castRow, left int64, err error) {
	now := c.cfg.Registrar.now()
	var wrong error
	err = c.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		left, wrong = 0, nil
		if row, err = readCast(ctx, tx, token); err != nil {
			return err
		}
		right := subtle.ConstantTimeCompare([]byte(row.code.String), []byte(code)) == 1
		switch {
		case row.waits(now) != nil:
			return ErrCastExpired
		case row.code.Valid && row.tries >= maxTries:
			return ErrNoTries
		case right && row.issued.Valid:
			return nil
		case right && now.Unix() > row.codeExpires.Int64:
			return ErrCodeExpired
		case right:
			return nil
		}
		wrong, left = ErrWrongCode, maxTries-row.tries-1
		_, err = tx.Exec(ctx, `UPDATE vote_cast SET tries = tries + 1 WHERE token = ?1`, token)
		return err
	})
	return row, left, errors.Join(err, wrong)
}

// bond ties a voter and a credential, when the ballot of a token is taken.
type bond struct{ token, voter, code, credential string }

// check reads, in the transaction that takes the ballot, whether it may be taken. again
// is when it was taken before.
func (b *bond) check(ctx context.Context, tx *store.Tx, election string) (again time.Time, err error) {
	row, err := readCast(ctx, tx, b.token)
	switch {
	case err != nil:
		return again, err
	case row.issued.Valid:
		return time.Unix(row.issued.Int64, 0).UTC(), nil
	case row.voter.String != b.voter || row.code.String != b.code:
		return again, ErrWrongCode // another code was asked for meanwhile
	}
	var used sql.NullString
	if err := tx.QueryRow(ctx, `SELECT credential FROM vote_voter WHERE election = ?1 AND voter = ?2`, election, b.voter).Scan(&used); err != nil {
		return again, fmt.Errorf("read voter: %w", err)
	}
	if used.Valid && used.String != b.credential {
		return again, ErrOtherCredential
	}
	var others int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM vote_voter WHERE election = ?1 AND credential = ?2 AND voter <> ?3`, election, b.credential, b.voter).
		Scan(&others); err != nil {
		return again, fmt.Errorf("read credential: %w", err)
	}
	if others > 0 {
		return again, ErrOtherVoter
	}
	return again, nil
}

// tie writes that the ballot was taken.
func (b *bond) tie(ctx context.Context, tx *store.Tx, a *arrival) error {
	if _, err := tx.Exec(ctx, `UPDATE vote_voter SET credential = ?3 WHERE election = ?1 AND voter = ?2`, a.election, b.voter, b.credential); err != nil {
		return fmt.Errorf("tie voter and credential: %w", err)
	}
	if _, err := tx.Exec(ctx, `UPDATE vote_cast SET issued = ?2, ballot = NULL, waits = 0, expires = ?3 WHERE token = ?1`,
		b.token, a.issued.Unix(), a.issued.Add(takenAge).Unix()); err != nil {
		return fmt.Errorf("mark cast: %w", err)
	}
	return nil
}
