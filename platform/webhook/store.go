package webhook

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"bayyina/platform/store"
	"bayyina/platform/store/seal"
)

// Hook is a receiver.
type Hook struct {
	ID     string
	Person int64
	URL    string
	Events []Event
	Off    Fate // why nothing is sent to it; "" while it is on
	Made   time.Time
}

// Fate is what came of calling a receiver.
type Fate string

// The fates. All but the first are reasons why a message was not delivered.
const (
	Taken     Fate = "taken"
	Answered  Fate = "answered" // with a status other than 2xx
	Redirects Fate = "redirects"
	Gone      Fate = "gone"    // 410: it wants no more
	Late      Fate = "late"    // no answer in time
	NoAddress Fate = "address" // the host has none, or one that is not public
	NoTLS     Fate = "tls"
	NoAnswer  Fate = "connection"
	Flooded   Fate = "flooded" // too many messages waited
)

// Delivery is a message on its way to a receiver.
type Delivery struct {
	Hook, ID string
	Event    Event
	Body     string
	State    string // waiting, delivered or failed
	Due      time.Time
	Tries    int
	Fate     Fate // of the last attempt
	Status   int  // that was answered; 0 where nothing was
	Made     time.Time
}

func urlPlace(id string) seal.Place { return seal.Place{Table: "webhook", Column: "url", Row: id} }

// Add registers a receiver of somebody's. The error may be ErrAddress or ErrMany.
func (h *Hooks) Add(ctx context.Context, person int64, address string, events []Event) (id string, err error) {
	if _, err := h.ParseAddress(address); err != nil {
		return "", err
	}
	var random [16]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", err
	}
	id = hex.EncodeToString(random[:])
	err = h.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		var own, all int
		if err := tx.QueryRow(ctx, `SELECT count(*), coalesce(sum(CASE WHEN person = ?1 THEN 1 ELSE 0 END), 0) FROM webhook`, person).Scan(&all, &own); err != nil {
			return err
		}
		if own >= maxOwn || all >= maxAll {
			return ErrMany
		}
		key, err := h.cfg.Accounts.SealKey(ctx, tx, person)
		if err != nil {
			return err
		}
		sealed, err := h.cfg.Keys.Seal(ctx, key, urlPlace(id), []byte(address))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO webhook (id, person, url, events, made) VALUES (?1, ?2, ?3, ?4, ?5)`,
			id, person, sealed, join(events), h.cfg.Now().Unix())
		return err
	})
	if err != nil {
		return "", fmt.Errorf("add a receiver: %w", err)
	}
	return id, nil
}

func join(events []Event) string {
	var b strings.Builder
	for i, e := range events {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(e))
	}
	return b.String()
}

const hookColumns = `SELECT id, person, url, events, off, made FROM webhook `

// hooks reads receivers; their addresses are still sealed.
func hooks(ctx context.Context, tx *store.Tx, where string, args ...any) (list []Hook, err error) {
	rows, err := tx.Query(ctx, hookColumns+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var k Hook
		var events string
		var made int64
		if err := rows.Scan(&k.ID, &k.Person, &k.URL, &events, &k.Off, &made); err != nil {
			return nil, err
		}
		for e := range strings.FieldsSeq(events) {
			k.Events = append(k.Events, Event(e))
		}
		k.Made = time.Unix(made, 0).UTC()
		list = append(list, k)
	}
	return list, rows.Err()
}

// Own are somebody's receivers, the oldest first.
func (h *Hooks) Own(ctx context.Context, person int64) (list []Hook, err error) {
	err = h.cfg.DB.View(ctx, func(tx *store.Tx) error {
		list, err = hooks(ctx, tx, `WHERE person = ?1 ORDER BY made, id`, person)
		return err
	})
	for i := range list {
		if err != nil {
			break
		}
		err = h.open(ctx, &list[i])
	}
	return list, err
}

func (h *Hooks) open(ctx context.Context, k *Hook) error {
	text, err := h.cfg.Keys.Open(ctx, urlPlace(k.ID), k.URL)
	k.URL = string(text)
	return err
}

// Remove forgets a receiver and what was sent to it.
func (h *Hooks) Remove(ctx context.Context, person int64, id string) error {
	return h.change(ctx, person, id, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM webhook_delivery WHERE hook = ?1`, id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM webhook WHERE id = ?1`, id)
		return err
	})
}

// SwitchOn has a receiver told again that was switched off, from now on.
func (h *Hooks) SwitchOn(ctx context.Context, person int64, id string) error {
	return h.change(ctx, person, id, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE webhook SET off = '' WHERE id = ?1`, id)
		return err
	})
}

// change does something to a receiver of somebody's: ErrUnknown where it is none of theirs.
func (h *Hooks) change(ctx context.Context, person int64, id string, do func(tx *store.Tx) error) error {
	err := h.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM webhook WHERE id = ?1 AND person = ?2`, id, person).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return ErrUnknown
		}
		return do(tx)
	})
	if err != nil {
		return fmt.Errorf("receiver %.40q: %w", id, err)
	}
	return nil
}

// switchOff sends nothing more to a receiver, until its owner switches it on.
func switchOff(ctx context.Context, tx *store.Tx, id string, why Fate) error {
	if _, err := tx.Exec(ctx, `UPDATE webhook SET off = ?2 WHERE id = ?1`, id, string(why)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE webhook_delivery SET state = 'failed' WHERE hook = ?1 AND state = 'waiting'`, id)
	return err
}

// enqueue adds a message for a receiver, unless it has it already.
func enqueue(ctx context.Context, tx *store.Tx, hook string, m *message, now time.Time) error {
	var waiting int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM webhook_delivery WHERE hook = ?1 AND state = 'waiting'`, hook).Scan(&waiting); err != nil {
		return err
	}
	if waiting >= maxWaiting {
		return switchOff(ctx, tx, hook, Flooded)
	}
	body, err := m.body()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO webhook_delivery (hook, id, event, body, due, made) VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT (hook, id) DO NOTHING`,
		hook, m.id, string(m.Type), string(body), now.Unix())
	return err
}

const deliveryColumns = `hook, id, event, body, state, due, tries, fate, status, made`

func deliveries(ctx context.Context, tx *store.Tx, query string, args ...any) (list []Delivery, err error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var d Delivery
		var due, made int64
		if err := rows.Scan(&d.Hook, &d.ID, &d.Event, &d.Body, &d.State, &due, &d.Tries, &d.Fate, &d.Status, &made); err != nil {
			return nil, err
		}
		d.Due, d.Made = time.Unix(due, 0).UTC(), time.Unix(made, 0).UTC()
		list = append(list, d)
	}
	return list, rows.Err()
}

// Last are the last messages to a receiver, the newest first.
func (h *Hooks) Last(ctx context.Context, id string, most int) (list []Delivery, err error) {
	err = h.cfg.DB.View(ctx, func(tx *store.Tx) error {
		list, err = deliveries(ctx, tx, `SELECT `+deliveryColumns+` FROM webhook_delivery WHERE hook = ?1 ORDER BY made DESC, id DESC LIMIT ?2`, id, most)
		return err
	})
	return list, err
}

// position is how far the log was read.
type position struct {
	next         int64 // sequence
	checkpoint   int64 // size of the one that was told last
	checkpointed time.Time
}

func readPosition(ctx context.Context, tx *store.Tx) (p position, known bool, err error) {
	var at int64
	err = tx.QueryRow(ctx, `SELECT next, checkpoint, checkpointed FROM webhook_position WHERE one = 1`).Scan(&p.next, &p.checkpoint, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return p, false, nil
	}
	p.checkpointed = time.Unix(at, 0).UTC()
	return p, true, err
}

func (p position) write(ctx context.Context, tx *store.Tx) error {
	_, err := tx.Exec(ctx, `INSERT INTO webhook_position (one, next, checkpoint, checkpointed) VALUES (1, ?1, ?2, ?3)
		ON CONFLICT (one) DO UPDATE SET next = excluded.next, checkpoint = excluded.checkpoint, checkpointed = excluded.checkpointed`,
		p.next, p.checkpoint, p.checkpointed.Unix())
	return err
}

// wants is the event as which a receiver is told of something that is several, "" where
// it asked for none of them.
func (k Hook) wants(events []Event) Event {
	for _, e := range events {
		if slices.Contains(k.Events, e) {
			return e
		}
	}
	return ""
}
