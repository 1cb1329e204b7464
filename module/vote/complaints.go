package vote

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"bayyina/core/canon"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
)

// Where an election has rules of complaints its result is provisional at first. Whoever complains gets a signed
// acknowledgement at once, as voters get a promise; the log has the complaint's number, ground and subject, and its text and
// complainant sealed. Rulings are decisions (rulings.go).

// Reasons why a complaint is not taken.
var (
	ErrNoComplaints   = errors.New("nobody may complain about this election")
	ErrCertified      = errors.New("the result is certified")
	ErrComplaint      = errors.New("this is no complaint")
	ErrManyComplaints = errors.New("there are too many complaints about this election")
	ErrNoComplaint    = errors.New("there is no such complaint")
)

// Limits of a complaint, in characters of its fields.
const (
	MaxComplaintText = 10_000
	MaxComplainant   = 300
)

// Complaints are those of one server. Its methods may be called by several goroutines at once.
type Complaints struct {
	registrar *Registrar
	keys      *seal.Keys
}

// NewComplaints returns the server's complaints. What they say is sealed with the keys.
func NewComplaints(r *Registrar, keys *seal.Keys) *Complaints { return &Complaints{r, keys} }

// Lodging is what somebody complains of.
type Lodging struct {
	Election string
	Receipt  string // from NewReceipt: whoever lodges it twice has lodged it once
	Ground   int    // of the rules, from 1
	About    evidence.Subject
	Text     string
	Name     string
	Contact  string   // where the complainant is reached
	Person   int64    // who is signed in; 0 for nobody
	Keys     []string // that person's deciding keys
}

// Acknowledged is what a complainant gets.
type Acknowledged struct {
	Election  string
	Number    int64
	Lodged    time.Time
	Deadline  time.Time
	Note      []byte // the signed acknowledgement (docs/PROTOCOL.md section 10)
	Statement string // id of the statement that enters the log
	// What opens the sealed values of the statement: hexadecimal salts.
	TextSalt, ComplainantSalt string
}

// NewReceipt draws what will stand on a complainant's receipt: nobody else has it.
func (c *Complaints) NewReceipt() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(c.registrar.cfg.Random, b[:]); err != nil {
		return "", fmt.Errorf("receipt of a complaint: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

func (c *Complaints) digest(ctx context.Context, receipt string) (string, error) {
	if len(receipt) != 32 || strings.Trim(receipt, "0123456789abcdef") != "" {
		return "", ErrNoComplaint
	}
	return c.keys.Digest(ctx, "vote.complaint", receipt)
}

// complaintPlace is where a sealed part of a complaint lies.
func complaintPlace(column, statement string) seal.Place {
	return seal.Place{Table: "vote_complaint", Column: column, Row: statement}
}

// sealedPart is a part of a complaint, as the log and as the database have it.
type sealedPart struct {
	open read.Sealed
	kept string
}

// seal seals a part of a complaint for both.
func (c *Complaints) seal(ctx context.Context, key seal.KeyID, statement, path, column, value string) (p sealedPart, err error) {
	var salt [read.SaltSize]byte
	if _, err := io.ReadFull(c.registrar.cfg.Random, salt[:]); err != nil {
		return p, fmt.Errorf("draw a salt: %w", err)
	}
	p.open = read.SealValue(evidence.KindComplaint, statement, path, salt, value)
	p.kept, err = c.keys.Seal(ctx, key, complaintPlace(column, statement), append(salt[:], value...))
	return p, err
}

// unseal opens a part of a complaint.
func (c *Complaints) unseal(ctx context.Context, statement, column, kept string) (salt, value string, err error) {
	text, err := c.keys.Open(ctx, complaintPlace(column, statement), kept)
	if err != nil {
		return "", "", err
	}
	if len(text) < read.SaltSize {
		return "", "", fmt.Errorf("%s of a complaint: %w", column, seal.ErrForm)
	}
	return hex.EncodeToString(text[:read.SaltSize]), string(text[read.SaltSize:]), nil
}

// Lodge takes a complaint, and acknowledges it. What is lodged again under one receipt is acknowledged again.
func (c *Complaints) Lodge(ctx context.Context, l Lodging) (*Acknowledged, error) {
	if c.keys == nil {
		return nil, seal.ErrNoStore
	}
	if strings.TrimSpace(l.Text) == "" || strings.TrimSpace(l.Name) == "" || len(l.Text) > 4*MaxComplaintText || len(l.Name)+len(l.Contact) > 8*MaxComplainant {
		return nil, fmt.Errorf("%w: it has a text of at most %d characters and the name of whoever complains", ErrComplaint, MaxComplaintText)
	}
	receipt, err := c.digest(ctx, l.Receipt)
	if err != nil {
		return nil, err
	}
	if a, err := c.Receipt(ctx, l.Receipt); !errors.Is(err, ErrNoComplaint) {
		return a, err
	}
	id, err := c.NewReceipt() // a statement's id has the same form
	if err != nil {
		return nil, err
	}
	key, err := c.keys.NewKey(ctx)
	if err != nil {
		return nil, err
	}
	text, err := c.seal(ctx, key, id, "text", "words", l.Text)
	if err != nil {
		return nil, err
	}
	who, err := c.seal(ctx, key, id, "complainant", "complainant", l.Name+"\n"+l.Contact)
	if err != nil {
		return nil, err
	}
	err = c.registrar.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		body, err := c.registrar.admit(ctx, tx, l)
		if err != nil {
			return err
		}
		body.Text, body.Complainant = text.open, who.open
		item, note, err := c.registrar.acknowledge(id, body)
		if err != nil {
			return err
		}
		person := sql.NullInt64{Int64: l.Person, Valid: l.Person > 0}
		if _, err := tx.Exec(ctx, `INSERT INTO vote_complaint (election, number, statement, receipt, acknowledgement, lodged, words, complainant, person)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
			l.Election, body.Number, id, receipt, note, body.Lodged.Unix(), text.kept, who.kept, person); err != nil {
			return fmt.Errorf("keep complaint %d: %w", body.Number, err)
		}
		return ledger.Enqueue(ctx, tx, c.registrar.now(), item)
	})
	if err != nil {
		destroyed := c.keys.Destroy(ctx, key)
		if a, other := c.Receipt(ctx, l.Receipt); other == nil && destroyed == nil { // it was sent twice at once
			return a, nil
		}
		return nil, errors.Join(fmt.Errorf("lodge a complaint: %w", err), destroyed)
	}
	return c.Receipt(ctx, l.Receipt)
}

// admit says whether a complaint can be lodged now, and gives it its number.
func (r *Registrar) admit(ctx context.Context, tx *store.Tx, l Lodging) (b evidence.Complaint, err error) {
	row, err := readElection(ctx, tx, l.Election)
	if err != nil {
		return b, err
	}
	rules, certified, err := complaintRulesOf(ctx, tx, l.Election)
	switch {
	case err != nil:
		return b, err
	case certified:
		return b, ErrCertified
	case !row.opens.Valid || r.now().Unix() < row.opens.Int64:
		return b, ErrNotOpen
	}
	definition, err := getRecord(ctx, tx, row.definition)
	if err != nil {
		return b, err
	}
	var last int64
	if err := tx.QueryRow(ctx, `SELECT coalesce(max(number), 0) FROM vote_complaint WHERE election = ?1`, l.Election).Scan(&last); err != nil {
		return b, fmt.Errorf("number a complaint: %w", err)
	}
	if last >= evidence.MaxComplaints {
		return b, ErrManyComplaints
	}
	b = evidence.Complaint{Election: l.Election, Number: last + 1, Lodged: r.now(), Ground: l.Ground, About: l.About, Keys: l.Keys}
	b.Text.Hash, b.Complainant.Hash = canon.Hex(nil), canon.Hex(nil) // until they are sealed
	if err := b.Check(rules, definition); err != nil {
		return b, fmt.Errorf("%w: %w", ErrComplaint, err)
	}
	return b, nil
}

// acknowledge says that a complaint was lodged, in the log and to the complainant.
func (r *Registrar) acknowledge(id string, b evidence.Complaint) (item ledger.Item, note []byte, err error) {
	text, err := sayAs(id, r.cfg.Origin, evidence.KindComplaint, r.serverWindow(b.Lodged), b)
	if err != nil {
		return item, nil, err
	}
	if item.Statement, err = sign(text, r.cfg.Receipt); err != nil {
		return item, nil, fmt.Errorf("complaint: %w", err)
	}
	note, err = sign(fmt.Appendf(nil, "bayyina.complaint/1\n%s\n%s\n%d\n%s\n%s\n%s\n", r.cfg.Origin, b.Election, b.Number, canon.Hex(text),
		b.Lodged.Format(time.RFC3339), b.Lodged.Add(evidence.ComplaintTime).Format(time.RFC3339)), r.cfg.Receipt)
	if err != nil {
		return item, nil, fmt.Errorf("acknowledgement: %w", err)
	}
	return item, note, nil
}

// complaintRulesOf are the rules of complaints of an election; ErrNoComplaints where it has none.
func complaintRulesOf(ctx context.Context, tx *store.Tx, uuid string) (rules evidence.ComplaintRules, certified bool, err error) {
	var body string
	err = tx.QueryRow(ctx, `SELECT body, certified <> 0 FROM vote_complaint_rules WHERE election = ?1`, uuid).Scan(&body, &certified)
	if errors.Is(err, sql.ErrNoRows) {
		return rules, false, fmt.Errorf("%w: %s", ErrNoComplaints, uuid)
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), &rules)
	}
	if err != nil {
		return rules, false, fmt.Errorf("read the rules of complaints of %s: %w", uuid, err)
	}
	return rules, certified, nil
}

// Receipt is the acknowledgement of a complaint, by what stands on its receipt.
func (c *Complaints) Receipt(ctx context.Context, receipt string) (*Acknowledged, error) {
	digest, err := c.digest(ctx, receipt)
	if err != nil {
		return nil, err
	}
	var a Acknowledged
	var words, complainant string
	err = c.registrar.cfg.DB.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT election, number, statement, acknowledgement, words, complainant FROM vote_complaint WHERE receipt = ?1`, digest).
			Scan(&a.Election, &a.Number, &a.Statement, &a.Note, &words, &complainant)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNoComplaint
	}
	if err != nil {
		return nil, fmt.Errorf("find a complaint: %w", err)
	}
	promised, err := read.ParseAcknowledgement(a.Note)
	if err != nil {
		return nil, err
	}
	a.Lodged, a.Deadline = promised.Lodged, promised.Deadline
	if a.TextSalt, _, err = c.unseal(ctx, a.Statement, "words", words); err != nil {
		return nil, err
	}
	a.ComplainantSalt, _, err = c.unseal(ctx, a.Statement, "complainant", complainant)
	return &a, err
}

// Opened is what a complaint says.
type Opened struct {
	Number        int64
	Text          string
	Name, Contact string
	Person        int64 // who was signed in; 0 for nobody
}

// Open opens a complaint, for those who rule on it.
func (c *Complaints) Open(ctx context.Context, uuid string, number int64) (o Opened, err error) {
	var statement, words, complainant string
	var person sql.NullInt64
	err = c.registrar.cfg.DB.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT statement, words, complainant, person FROM vote_complaint WHERE election = ?1 AND number = ?2`, uuid, number).
			Scan(&statement, &words, &complainant, &person)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return o, ErrNoComplaint
	}
	if err != nil {
		return o, fmt.Errorf("open complaint %d: %w", number, err)
	}
	o.Number, o.Person = number, person.Int64
	if _, o.Text, err = c.unseal(ctx, statement, "words", words); err != nil {
		return o, err
	}
	_, who, err := c.unseal(ctx, statement, "complainant", complainant)
	o.Name, o.Contact, _ = strings.Cut(who, "\n")
	return o, err
}
