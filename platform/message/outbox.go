package message

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"bayyina/platform/store"
	"bayyina/platform/store/seal"
)

//go:embed migrations
var migrations embed.FS

const (
	// atOnce is how many messages are sent side by side.
	atOnce = 8
	// pollInterval is how often the queue is looked at when nobody wakes it.
	pollInterval = time.Second
	// firstPause follows the first failure; it doubles with each, up to longestPause.
	firstPause   = 2 * time.Second
	longestPause = 5 * time.Minute
	// keepFor is how long it is known what became of a message.
	keepFor = 24 * time.Hour
)

// State is what has become of a message.
type State string

// The states. A message is late when nobody needs it any more before it was sent.
const (
	Waiting   State = "waiting"
	Sent      State = "sent"
	Delivered State = "delivered"
	Failed    State = "failed"
	Late      State = "late"
)

// States are all of them, in the order in which a message may go through them.
var States = []State{Waiting, Sent, Delivered, Failed, Late}

// Config is what an outbox works with.
type Config struct {
	DB      *store.DB
	Keys    *seal.Keys
	Senders map[Channel]Sender
	Now     func() time.Time
	Log     *slog.Logger
}

// Outbox is the queue of what is to be sent.
type Outbox struct {
	cfg  Config
	key  seal.KeyID
	wake chan struct{}
}

// NewOutbox brings the tables up to date. Run sends.
func NewOutbox(ctx context.Context, cfg Config) (*Outbox, error) {
	if err := cfg.DB.Migrate(ctx, "message", store.Migrations{FS: migrations, Dir: "migrations"}); err != nil {
		return nil, err
	}
	o := &Outbox{cfg: cfg, wake: make(chan struct{}, 1)}
	fresh, err := cfg.Keys.NewKey(ctx)
	if err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	err = cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO message_key (one, data_key) VALUES (1, ?1) ON CONFLICT (one) DO NOTHING`, string(fresh)); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT data_key FROM message_key WHERE one = 1`).Scan(&o.key)
	})
	if err == nil && o.key != fresh {
		err = cfg.Keys.Destroy(ctx, fresh)
	}
	if err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	return o, nil
}

// Sends tells whether there is a sender for a channel.
func (o *Outbox) Sends(c Channel) bool { return o.cfg.Senders[c] != nil }

// Sealed is a message that only needs its transaction to be queued.
type Sealed struct {
	id, text string
	due      time.Time
	until    time.Time
}

// Seal prepares a message for the queue.
func (o *Outbox) Seal(ctx context.Context, m Message) (s Sealed, err error) {
	if err := m.Check(); err != nil {
		return s, err
	}
	if !o.Sends(m.Channel) {
		return s, ErrNoSender
	}
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		return s, err
	}
	s = Sealed{id: hex.EncodeToString(id[:]), due: o.cfg.Now(), until: m.Until}
	text, err := json.Marshal(m)
	if err == nil {
		s.text, err = o.cfg.Keys.Seal(ctx, o.key, place(s.id), text)
	}
	if err != nil {
		return s, fmt.Errorf("messages: %w", err)
	}
	return s, nil
}

func place(id string) seal.Place { return seal.Place{Table: "message", Column: "sealed", Row: id} }

// Enqueue queues a message in the caller's transaction. Wake it afterwards.
func (o *Outbox) Enqueue(ctx context.Context, tx *store.Tx, s Sealed) error {
	_, err := tx.Exec(ctx, `INSERT INTO message (id, state, sealed, due, until) VALUES (?1, 'waiting', ?2, ?3, ?4)`,
		s.id, s.text, s.due.Unix(), s.until.Unix())
	if err != nil {
		return fmt.Errorf("queue a message: %w", err)
	}
	return nil
}

// Wake has the queue looked at.
func (o *Outbox) Wake() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Run sends what is queued until ctx ends, and returns why it did.
func (o *Outbox) Run(ctx context.Context) error {
	for {
		n, err := o.Step(ctx)
		if err != nil && ctx.Err() == nil {
			o.cfg.Log.Error("messages", "error", err)
		}
		if n == atOnce && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-o.wake:
		case <-time.After(pollInterval):
		}
	}
}

// queued is a message of the queue.
type queued struct {
	id, sealed string
	until      int64
	tries      int
}

// Step sends the messages that have waited longest, some side by side, and returns how
// many it tried.
func (o *Outbox) Step(ctx context.Context) (n int, err error) {
	now := o.cfg.Now()
	var list []queued
	err = o.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		list = nil
		if _, err := tx.Exec(ctx, `UPDATE message SET state = 'late', sealed = '' WHERE state = 'waiting' AND until < ?1`, now.Unix()); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM message WHERE until < ?1`, now.Add(-keepFor).Unix()); err != nil {
			return err
		}
		list, err = due(ctx, tx, now)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("messages: %w", err)
	}
	var sending sync.WaitGroup
	errs := make([]error, len(list))
	for i, q := range list {
		sending.Go(func() { errs[i] = o.send(ctx, q) })
	}
	sending.Wait()
	return len(list), errors.Join(errs...)
}

func due(ctx context.Context, tx *store.Tx, now time.Time) (list []queued, err error) {
	rows, err := tx.Query(ctx, `SELECT id, sealed, until, tries FROM message WHERE state = 'waiting' AND due <= ?1 ORDER BY due, id LIMIT ?2`, now.Unix(), atOnce)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var q queued
		if err := rows.Scan(&q.id, &q.sealed, &q.until, &q.tries); err != nil {
			return nil, err
		}
		list = append(list, q)
	}
	return list, rows.Err()
}

// send sends one message, and notes how that went.
func (o *Outbox) send(ctx context.Context, q queued) error {
	failure := o.hand(ctx, q)
	if failure != nil && ctx.Err() != nil {
		return failure // the program stops: it is tried when it starts again
	}
	state, due, sealed := Sent, int64(0), ""
	if failure != nil {
		state = Waiting
		due = o.cfg.Now().Add(min(firstPause<<min(q.tries, 10), longestPause)).Unix()
		if errors.Is(failure, ErrRefused) || due > q.until {
			state = Failed
		}
		if state == Waiting {
			sealed = q.sealed
		}
		o.cfg.Log.Warn("a message was not sent", "id", q.id, "tries", q.tries+1, "again", state == Waiting, "error", failure)
	}
	return o.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE message SET state = ?2, due = ?3, tries = tries + 1, sealed = ?4 WHERE id = ?1 AND state = 'waiting'`,
			q.id, string(state), due, sealed)
		return err
	})
}

func (o *Outbox) hand(ctx context.Context, q queued) error {
	text, err := o.cfg.Keys.Open(ctx, place(q.id), q.sealed)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	var m Message
	if err := json.Unmarshal(text, &m); err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	sender := o.cfg.Senders[m.Channel]
	if sender == nil {
		return ErrNoSender
	}
	return sender.Send(ctx, q.id, m)
}

// Receipt notes what became of a message that was sent: delivered, or not. A receipt of
// what is not known changes nothing.
func (o *Outbox) Receipt(ctx context.Context, id string, delivered bool) error {
	state := Failed
	if delivered {
		state = Delivered
	}
	return o.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE message SET state = ?2 WHERE id = ?1 AND state IN ('sent', 'waiting')`, id, string(state))
		return err
	})
}

// Count returns how many messages of the last day are in each state.
func (o *Outbox) Count(ctx context.Context) (counts map[State]int64, err error) {
	counts = make(map[State]int64)
	err = o.cfg.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(ctx, `SELECT state, count(*) FROM message GROUP BY state`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var state State
			var n int64
			if err := rows.Scan(&state, &n); err != nil {
				return err
			}
			counts[state] = n
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	return counts, nil
}
