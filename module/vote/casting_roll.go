package vote

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"bayyina/core/credential"
	"bayyina/platform/message"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
)

// The voters' list of an election is what the server needs to ask for one-time codes:
// who may vote, by what stands on their letters, and where they are reached. It has no
// credentials, which only the authority knows.

// Reasons why a voters' list is not taken.
var (
	ErrVoters   = errors.New("malformed voters' list")
	ErrHasBegun = errors.New("voting has begun: the voters' list stays as it is")
	ErrNoVoters = errors.New("there is no voters' list of this election")
)

// maxVoterID is the largest length of what names a voter, in bytes.
const maxVoterID = 64

// contact is where a voter is reached.
type contact struct {
	ID   string `json:"id"`
	To   string `json:"to"` // as message.Address gives it
	Lang string `json:"lang"`
}

func contactPlace(uuid, voter string) seal.Place {
	return seal.Place{Table: "vote_voter", Column: "contact", Row: uuid + "/" + voter}
}

// nobody is the row that is read where an unknown voter is named.
const nobody = ""

// VoterID is what names a voter, as it is compared: without spaces and marks of
// direction, digits as ASCII has them, letters as capitals.
func VoterID(text string) (string, error) {
	id := strings.Map(func(r rune) rune {
		switch {
		case '٠' <= r && r <= '٩':
			return r - '٠' + '0'
		case '۰' <= r && r <= '۹':
			return r - '۰' + '0'
		case unicode.IsSpace(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return unicode.ToUpper(r)
	}, text)
	if id == "" || len(id) > maxVoterID || strings.ContainsFunc(id, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", fmt.Errorf("%w: what names a voter has 1 to %d letters and digits", ErrVoters, maxVoterID)
	}
	return id, nil
}

// digester makes the keyed digests of an election by which its voters, credentials and
// codes are compared.
type digester [sha256.Size]byte

func (c *Casting) digester(ctx context.Context, uuid string) (d digester, err error) {
	c.mu.Lock()
	d, known := c.digesters[uuid]
	c.mu.Unlock()
	if known {
		return d, nil
	}
	text, err := c.cfg.Keys.Digest(ctx, "vote.roll", uuid)
	if err == nil {
		_, err = hex.Decode(d[:], []byte(text))
	}
	if err != nil {
		return d, fmt.Errorf("voters of election %s: %w", uuid, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.digesters[uuid] = d
	return d, nil
}

// of is HMAC-SHA-256 (RFC 2104) of texts, each preceded by its length, in hexadecimal.
func (d digester) of(texts ...string) string {
	h := hmac.New(sha256.New, d[:])
	for _, t := range texts {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(t))))
		h.Write([]byte(t))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (d digester) voter(id string) string           { return d.of("voter", id) }
func (d digester) credential(element string) string { return d.of("credential", element) }
func (d digester) code(token, code string) string   { return d.of("code", token, code) }

// Channel is where codes of an election are sent; "" where it asks for none.
func (c *Casting) Channel(ctx context.Context, uuid string) (channel message.Channel, err error) {
	err = c.cfg.DB.View(ctx, func(tx *store.Tx) error {
		channel, err = channelOf(ctx, tx, uuid)
		return err
	})
	return channel, err
}

// channelOf is where codes of an election are sent that is open: its voters' list stays.
func (c *Casting) channelOf(ctx context.Context, uuid string) (message.Channel, error) {
	c.mu.Lock()
	channel, known := c.channels[uuid]
	c.mu.Unlock()
	if known {
		return channel, nil
	}
	channel, err := c.Channel(ctx, uuid)
	if err == nil {
		c.mu.Lock()
		c.channels[uuid] = channel
		c.mu.Unlock()
	}
	return channel, err
}

func channelOf(ctx context.Context, tx *store.Tx, uuid string) (channel message.Channel, err error) {
	err = tx.QueryRow(ctx, `SELECT channel FROM vote_roll WHERE election = ?1`, uuid).Scan(&channel)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the voters' list of %s: %w", uuid, err)
	}
	return channel, nil
}

// LoadVoters takes the voters' list of an election from a CSV file with the columns
// voter, phone (or email) and, where it is there, language (ar or en; ar without it),
// instead of an earlier list. From then on no ballot of the election is taken by booths
// without a code. It returns how many voters there are. Once voting has begun the list
// stays: ErrHasBegun.
func (c *Casting) LoadVoters(ctx context.Context, uuid string, r io.Reader) (n int, err error) {
	if c.cfg.Keys == nil {
		return 0, seal.ErrNoStore
	}
	key, err := c.cfg.Keys.NewKey(ctx)
	if err != nil {
		return 0, err
	}
	old, n, err := c.loadVoters(ctx, uuid, key, r)
	if err != nil {
		return 0, errors.Join(fmt.Errorf("voters' list: %w", err), c.cfg.Keys.Destroy(ctx, key))
	}
	if old != "" {
		err = c.cfg.Keys.Destroy(ctx, old)
	}
	return n, err
}

func (c *Casting) loadVoters(ctx context.Context, uuid string, key seal.KeyID, r io.Reader) (old seal.KeyID, n int, err error) {
	d, err := c.digester(ctx, uuid)
	if err != nil {
		return "", 0, err
	}
	list, err := newVoterReader(r)
	if err != nil {
		return "", 0, err
	}
	if !c.cfg.Outbox.Sends(list.channel) {
		return "", 0, message.ErrNoSender
	}
	// Sealing is slow, and a transaction may run again.
	type row struct{ voter, contact string }
	var rows []row
	add := func(voter string, who contact) error {
		text, err := json.Marshal(who)
		if err != nil {
			return err
		}
		sealed, err := c.cfg.Keys.Seal(ctx, key, contactPlace(uuid, voter), text)
		rows = append(rows, row{voter, sealed})
		return err
	}
	err = add(nobody, contact{})
	for err == nil {
		var who contact
		if who, err = list.next(); err == nil {
			err = add(d.voter(who.ID), who)
		}
	}
	if !errors.Is(err, io.EOF) {
		return "", 0, err
	}
	err = c.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		election, err := readElection(ctx, tx, uuid)
		if err != nil {
			return err
		}
		if election.opens.Valid && c.cfg.Registrar.now().Unix() >= election.opens.Int64 {
			return ErrHasBegun
		}
		err = tx.QueryRow(ctx, `SELECT data_key FROM vote_roll WHERE election = ?1`, uuid).Scan(&old)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM vote_voter WHERE election = ?1`, uuid); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO vote_roll (election, channel, data_key) VALUES (?1, ?2, ?3)
			ON CONFLICT (election) DO UPDATE SET channel = excluded.channel, data_key = excluded.data_key`, uuid, string(list.channel), string(key)); err != nil {
			return err
		}
		for _, row := range rows {
			if _, err := tx.Exec(ctx, `INSERT INTO vote_voter (election, voter, contact) VALUES (?1, ?2, ?3)`, uuid, row.voter, row.contact); err != nil {
				return err
			}
		}
		return nil
	})
	return old, len(rows) - 1, err
}

// voterReader reads a voters' list.
type voterReader struct {
	channel message.Channel
	csv     *csv.Reader
	lang    bool
	seen    map[string]int // the line of each voter
}

func newVoterReader(r io.Reader) (*voterReader, error) {
	b := bufio.NewReader(r)
	if mark, err := b.Peek(3); err == nil && bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		if _, err := b.Discard(3); err != nil {
			return nil, err
		}
	}
	v := &voterReader{csv: csv.NewReader(b), seen: make(map[string]int)}
	head, err := v.csv.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: no first line: %w", ErrVoters, err)
	}
	switch strings.ToLower(strings.Join(head, ",")) {
	case "voter,phone", "voter,phone,language":
		v.channel = message.SMS
	case "voter,email", "voter,email,language":
		v.channel = message.Email
	default:
		return nil, fmt.Errorf("%w: the first line must be voter,phone,language or voter,email,language", ErrVoters)
	}
	v.lang = len(head) == 3
	return v, nil
}

// lineError is what is wrong with a line of a list.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.err) }
func (e *lineError) Unwrap() error { return e.err }

// next is the next voter, or io.EOF. What is wrong is told by its line, and not repeated.
func (v *voterReader) next() (who contact, err error) {
	fields, err := v.csv.Read()
	if errors.Is(err, io.EOF) {
		return who, io.EOF
	}
	if err != nil {
		return who, fmt.Errorf("%w: %w", ErrVoters, err)
	}
	line, _ := v.csv.FieldPos(0)
	if len(v.seen) == credential.MaxVoters {
		return who, fmt.Errorf("%w: more than %d voters", ErrVoters, credential.MaxVoters)
	}
	if who.ID, err = VoterID(fields[0]); err != nil {
		return who, &lineError{line, err}
	}
	if first := v.seen[who.ID]; first > 0 {
		return who, &lineError{line, fmt.Errorf("%w: the same voter as in line %d", ErrVoters, first)}
	}
	v.seen[who.ID] = line
	if who.To, err = message.Address(v.channel, fields[1]); err != nil {
		return who, &lineError{line, fmt.Errorf("%w: %w", ErrVoters, err)}
	}
	who.Lang = "ar"
	if v.lang && fields[2] != "" {
		who.Lang = fields[2]
	}
	if who.Lang != "ar" && who.Lang != "en" {
		return who, &lineError{line, fmt.Errorf("%w: the language is ar or en", ErrVoters)}
	}
	return who, nil
}

// Voted is a row of the record of who has voted.
type Voted struct {
	Voter string // what stands on the letter
	Voted bool
}

// Voters is the record of who has voted, in an order that tells nothing: up to limit
// voters after the one with the digest after ("" for the first), and the digest to go on
// with, "" at the end. It says nothing of when, and of what less.
func (c *Casting) Voters(ctx context.Context, uuid, after string, limit int) (list []Voted, next string, err error) {
	var sealed []string
	err = c.cfg.DB.View(ctx, func(tx *store.Tx) error {
		list, sealed, next = nil, nil, ""
		rows, err := tx.Query(ctx, `SELECT voter, contact, credential IS NOT NULL FROM vote_voter
			WHERE election = ?1 AND voter > ?2 ORDER BY voter LIMIT ?3`, uuid, after, limit)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var v Voted
			var text string
			if err := rows.Scan(&next, &text, &v.Voted); err != nil {
				return err
			}
			list, sealed = append(list, Voted{next, v.Voted}), append(sealed, text)
		}
		return rows.Err()
	})
	for i := range list {
		if err != nil {
			break
		}
		var who contact
		if who, err = c.openContact(ctx, uuid, list[i].Voter, sealed[i]); err == nil {
			list[i].Voter = who.ID
		}
	}
	if err != nil {
		return nil, "", fmt.Errorf("record of who has voted: %w", err)
	}
	if len(list) < limit {
		next = ""
	}
	return list, next, nil
}

func (c *Casting) openContact(ctx context.Context, uuid, voter, sealed string) (who contact, err error) {
	text, err := c.cfg.Keys.Open(ctx, contactPlace(uuid, voter), sealed)
	if err == nil {
		err = json.Unmarshal(text, &who)
	}
	return who, err
}

// Turnout counts the voters of an election's list, and those of them who have voted.
func (c *Casting) Turnout(ctx context.Context, uuid string) (voters, voted int64, err error) {
	err = c.cfg.DB.View(ctx, func(tx *store.Tx) error {
		if channel, err := channelOf(ctx, tx, uuid); err != nil || channel == "" {
			return errors.Join(err, ErrNoVoters)
		}
		return tx.QueryRow(ctx, `SELECT count(*), count(credential) FROM vote_voter WHERE election = ?1 AND voter <> ''`, uuid).Scan(&voters, &voted)
	})
	return voters, voted, err
}
