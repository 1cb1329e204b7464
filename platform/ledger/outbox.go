package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"bayyina/platform/store"
)

// MaxInline is the largest attachment that may travel in the database; larger
// ones are staged as files, see [Stage].
const MaxInline = 1 << 20

var (
	// ErrDuplicate reports a statement whose id was queued or entered before.
	ErrDuplicate = errors.New("a statement with this id was queued before")
	// ErrNoLog reports a database that belongs to no log yet.
	ErrNoLog = errors.New("the database belongs to no log yet")
)

// Item is a signed statement on its way into the log.
type Item struct {
	Statement []byte   // the signed note, byte-exact
	Contents  [][]byte // attachments of at most [MaxInline] bytes, in any order
	Staged    []Attachment
}

// Enqueue queues items in the caller's transaction: they enter the log, in this
// order, if and only if it commits. Several items are a batch: all of them get
// the same time. now must lie in each statement's window; what cannot enter is
// refused here, not later.
func Enqueue(ctx context.Context, tx *store.Tx, now time.Time, items ...Item) error {
	origin, err := originOf(ctx, tx)
	if err != nil {
		return fmt.Errorf("enqueue: %w", err)
	}
	rows := make([]newRow, len(items))
	for i, item := range items {
		s, named, err := ParseStatement(item.Statement)
		if err != nil {
			return fmt.Errorf("enqueue: %w", err)
		}
		if err := s.admissible(origin, now, len(item.Statement)); err != nil {
			return fmt.Errorf("enqueue %s %s: %w", s.Kind, s.ID, err)
		}
		contents, err := match(item, named)
		if err != nil {
			return fmt.Errorf("enqueue %s %s: %w", s.Kind, s.ID, err)
		}
		rows[i] = newRow{s, item.Statement, named, contents}
	}
	if len(rows) == 0 {
		return nil
	}
	// The first row's id names the batch.
	first, err := insertFirst(ctx, tx, rows[0])
	if err != nil {
		return fmt.Errorf("enqueue: %w", err)
	}
	for chunk := range slices.Chunk(rows[1:], insertChunk) {
		if err := insert(ctx, tx, first, chunk); err != nil {
			return fmt.Errorf("enqueue: %w", err)
		}
	}
	return nil
}

// newRow is a row of the outbox with its attachments.
type newRow struct {
	head     Statement
	signed   []byte
	named    []Attachment
	contents map[string][]byte
}

// duplicate tells that the row's statement was queued before.
func (r newRow) duplicate() error {
	return fmt.Errorf("%s %s: %w", r.head.Kind, r.head.ID, ErrDuplicate)
}

// insertFirst inserts the first row of a batch and returns its id.
func insertFirst(ctx context.Context, tx *store.Tx, r newRow) (id int64, err error) {
	err = tx.QueryRow(ctx, `INSERT INTO outbox (statement_id) VALUES (?1) ON CONFLICT (statement_id) DO NOTHING RETURNING id`, r.head.ID).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = r.duplicate()
	}
	if err != nil {
		return 0, err
	}
	return id, insertContents(ctx, tx, []int64{id}, []newRow{r})
}

// insertChunk is how many rows one SQL statement inserts.
const insertChunk = 64

// insert inserts rows of a batch, in order.
func insert(ctx context.Context, tx *store.Tx, batch int64, rows []newRow) error {
	var q strings.Builder
	args := []any{batch}
	q.WriteString(`INSERT INTO outbox (batch, statement_id) VALUES `)
	for i, r := range rows {
		if i > 0 {
			q.WriteByte(',')
		}
		fmt.Fprintf(&q, `(?1, ?%d)`, len(args)+1)
		args = append(args, r.head.ID)
	}
	q.WriteString(` ON CONFLICT (statement_id) DO NOTHING RETURNING statement_id, id`)
	found, err := readIDs(tx.Query(ctx, q.String(), args...))
	if err != nil {
		return err
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		id, ok := found[r.head.ID]
		if !ok {
			return r.duplicate()
		}
		delete(found, r.head.ID)
		ids[i] = id
	}
	return insertContents(ctx, tx, ids, rows)
}

// insertContents inserts the statements of rows with these ids, and their
// attachments.
func insertContents(ctx context.Context, tx *store.Tx, ids []int64, rows []newRow) error {
	var q strings.Builder
	var args []any
	q.WriteString(`INSERT INTO outbox_statement (outbox_id, statement) VALUES `)
	for i, r := range rows {
		if i > 0 {
			q.WriteByte(',')
		}
		fmt.Fprintf(&q, `(?%d, ?%d)`, len(args)+1, len(args)+2)
		args = append(args, ids[i], r.signed)
	}
	if _, err := tx.Exec(ctx, q.String(), args...); err != nil {
		return err
	}
	for i, r := range rows {
		for position, a := range r.named {
			if _, err := tx.Exec(ctx, `INSERT INTO outbox_attachment (outbox_id, position, hash, size, content) VALUES (?1, ?2, ?3, ?4, ?5)`,
				ids[i], position, a.SHA256, a.Size, r.contents[a.SHA256]); err != nil {
				return fmt.Errorf("%s %s: attachment %s: %w", r.head.Kind, r.head.ID, a.SHA256, err)
			}
		}
	}
	return nil
}

// readIDs reads pairs of a statement's id and its row's.
func readIDs(rows *sql.Rows, err error) (map[string]int64, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	ids := make(map[string]int64)
	for rows.Next() {
		var statement string
		var id int64
		if err := rows.Scan(&statement, &id); err != nil {
			return nil, err
		}
		ids[statement] = id
	}
	return ids, rows.Err()
}

// originOf returns the origin of the database's log. It reads a row that never
// changes: reading what the publisher writes, PostgreSQL could not put the two
// transactions in order, and would let one of them be tried again.
func originOf(ctx context.Context, tx *store.Tx) (origin string, err error) {
	err = tx.QueryRow(ctx, `SELECT origin FROM log`).Scan(&origin)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoLog
	}
	return origin, err
}

// envelopeSize bounds what the server's envelope adds to a statement.
const envelopeSize = 1024

// admissible tells what would make the statement's entry false.
func (s Statement) admissible(origin string, now time.Time, size int) error {
	switch {
	case s.Origin != origin:
		return fmt.Errorf("it is meant for the log %q, this is %q", s.Origin, origin)
	case size > MaxNote-envelopeSize:
		return fmt.Errorf("%d bytes, more than %d", size, MaxNote-envelopeSize)
	case now.Before(s.From):
		return fmt.Errorf("it is valid only from %s", s.From.Format(timeLayout))
	case now.After(s.Until):
		return fmt.Errorf("it was valid until %s", s.Until.Format(timeLayout))
	}
	return nil
}

// match checks that an item brings exactly the attachments that its statement
// names, and returns the contents of those it brings itself.
func match(item Item, named []Attachment) (map[string][]byte, error) {
	contents := make(map[string][]byte)
	given := make(map[Attachment]bool)
	for _, c := range item.Contents {
		if len(c) > MaxInline {
			return nil, fmt.Errorf("an attachment of %d bytes must be staged, the limit is %d", len(c), MaxInline)
		}
		sum := sha256.Sum256(c)
		a := Attachment{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(c))}
		contents[a.SHA256], given[a] = c, true
	}
	for _, a := range item.Staged {
		given[a] = true
	}
	for _, a := range named {
		if !given[a] {
			return nil, fmt.Errorf("its attachment %s of %d bytes is missing", a.SHA256, a.Size)
		}
		delete(given, a)
	}
	for a := range given {
		return nil, fmt.Errorf("it names no attachment %s of %d bytes", a.SHA256, a.Size)
	}
	return contents, nil
}

// Status is where a queued statement stands.
type Status struct {
	Sequenced bool
	Sequence  uint64 // where it is in the log, when sequenced
	Published bool   // a witnessed checkpoint covers it
	Refused   string // why it never entered; "" unless refused
}

// ErrUnknown reports a statement that was never queued.
var ErrUnknown = errors.New("no statement with this id was queued")

// Lookup tells where the statement with an id stands.
func Lookup(ctx context.Context, tx *store.Tx, id string) (Status, error) {
	var sequence sql.NullInt64
	var refused sql.NullString
	var published int64
	err := tx.QueryRow(ctx, `SELECT o.sequence, o.refused, p.published_size FROM outbox o, publication p WHERE o.statement_id = ?1`, id).
		Scan(&sequence, &refused, &published)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrUnknown
	}
	if err != nil {
		return Status{}, fmt.Errorf("look up statement %s: %w", id, err)
	}
	return Status{
		Sequenced: sequence.Valid, Sequence: uint64(sequence.Int64),
		Published: sequence.Valid && sequence.Int64 < published, Refused: refused.String,
	}, nil
}

// place is where a row stands in the order of the outbox.
type place struct {
	batch int64 // id of the first row of its batch
	id    int64
}

// queued is a row of the outbox that waits.
type queued struct {
	place
	statement []byte
}

// taken are the rows of the outbox that are on their way into the log.
type taken struct {
	rows int
	last place
}

// and returns what is taken with more rows, which follow.
func (t taken) and(rows []queued) taken {
	if n := len(rows); n > 0 {
		t = taken{t.rows + n, rows[n-1].place}
	}
	return t
}

// room bounds what is read of the outbox at once.
type room struct{ rows, bytes int }

// waiting returns the next rows of the outbox behind those that are taken, oldest
// first, as far as there is room, and the batch of the row that follows them, 0
// where there is none.
//
// It returns none where other rows wait before the last one taken: PostgreSQL
// commits transactions in another order than that of their rows' ids, and what was
// queued after these rows must not overtake them.
func waiting(ctx context.Context, tx *store.Tx, room room, under taken) (rows []queued, next int64, err error) {
	if under.rows > 0 {
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM outbox WHERE sequence IS NULL AND refused IS NULL
			AND COALESCE(batch, id) <= ?1 AND (COALESCE(batch, id) < ?1 OR id <= ?2)`, under.last.batch, under.last.id).Scan(&n); err != nil {
			return nil, 0, fmt.Errorf("read outbox: %w", err)
		}
		if n != under.rows {
			return nil, 0, nil
		}
	}
	return room.read(tx.Query(ctx, `SELECT id, COALESCE(batch, id), statement FROM outbox CROSS JOIN outbox_statement
		WHERE outbox_id = id AND sequence IS NULL AND refused IS NULL
		AND COALESCE(batch, id) >= ?2 AND (COALESCE(batch, id) > ?2 OR id > ?3)
		ORDER BY COALESCE(batch, id), id LIMIT ?1`, room.rows+1, under.last.batch, under.last.id))
}

// waitingOf is waiting for the rows of one batch.
func waitingOf(ctx context.Context, tx *store.Tx, batch int64, room room, under taken) (rows []queued, next int64, err error) {
	return room.read(tx.Query(ctx, `SELECT id, COALESCE(batch, id), statement FROM outbox CROSS JOIN outbox_statement
		WHERE outbox_id = id AND sequence IS NULL AND refused IS NULL AND COALESCE(batch, id) = ?2 AND id > ?3
		ORDER BY id LIMIT ?1`, room.rows+1, batch, under.last.id))
}

// idsOf returns the rows' ids.
func idsOf(rows []queued) []int64 {
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.id
	}
	return ids
}

// read reads the rows that a query found.
func (r room) read(rows *sql.Rows, err error) (out []queued, next int64, _ error) {
	if err != nil {
		return nil, 0, fmt.Errorf("read outbox: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var q queued
		if err := rows.Scan(&q.id, &q.batch, &q.statement); err != nil {
			return nil, 0, fmt.Errorf("read outbox: %w", err)
		}
		if r.bytes -= len(q.statement); len(out) == r.rows || r.bytes < 0 {
			return out, q.batch, nil
		}
		out = append(out, q)
	}
	if err := rows.Err(); err != nil {
		return nil, 0, fmt.Errorf("read outbox: %w", err)
	}
	return out, 0, nil
}

// begun returns the batch of the statement that entered last, where more of that
// batch waits, else 0.
func begun(ctx context.Context, tx *store.Tx, last string) (batch int64, err error) {
	err = tx.QueryRow(ctx, `SELECT COALESCE(batch, id) FROM outbox WHERE statement_id = ?1`, last).Scan(&batch)
	if err != nil {
		return 0, fmt.Errorf("read outbox: %w", err)
	}
	rest, _, err := waitingOf(ctx, tx, batch, room{1, maxSequencedBytes}, taken{})
	if len(rest) == 0 {
		batch = 0
	}
	return batch, err
}

// Queue counts the statements that wait for their entry, and those that can never enter.
func Queue(ctx context.Context, tx *store.Tx) (waiting, refused int64, err error) {
	err = tx.QueryRow(ctx, `SELECT count(CASE WHEN refused IS NULL THEN 1 END), count(refused) FROM outbox WHERE sequence IS NULL`).Scan(&waiting, &refused)
	if err != nil {
		return 0, 0, fmt.Errorf("count outbox: %w", err)
	}
	return waiting, refused, nil
}

// mark notes that the rows with these ids have the sequences from first on.
func mark(ctx context.Context, tx *store.Tx, ids []int64, first uint64) error {
	for len(ids) > 0 {
		run := 1 // of ids without a gap, as nearly all are
		for run < len(ids) && ids[run] == ids[run-1]+1 {
			run++
		}
		n, err := tx.Exec(ctx, `UPDATE outbox SET sequence = id + ?3 WHERE id BETWEEN ?1 AND ?2 AND sequence IS NULL`,
			ids[0], ids[run-1], int64(first)-ids[0])
		if err != nil {
			return fmt.Errorf("mark outbox: %w", err)
		}
		if n != int64(run) {
			return fmt.Errorf("mark outbox: %d of %d rows were waiting", n, run)
		}
		ids, first = ids[run:], first+uint64(run)
	}
	return nil
}

// refuse notes that a row can never enter.
func refuse(ctx context.Context, tx *store.Tx, id int64, why string) error {
	if _, err := tx.Exec(ctx, `UPDATE outbox SET refused = ?2 WHERE id = ?1`, id, why); err != nil {
		return fmt.Errorf("refuse in outbox: %w", err)
	}
	return nil
}

// cover drops the bytes of the entries from the size published before up to size:
// a witnessed checkpoint covers them, and the log holds them.
func cover(ctx context.Context, tx *store.Tx, size uint64) error {
	for _, table := range []string{"outbox_attachment", "outbox_statement"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE outbox_id IN
			(SELECT id FROM outbox WHERE sequence >= (SELECT published_size FROM publication) AND sequence < ?1)`, int64(size)); err != nil {
			return fmt.Errorf("clear outbox: %w", err)
		}
	}
	return nil
}
