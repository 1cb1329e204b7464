package webhook

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/identity/account"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// message is what receivers get: "thin", as the specification calls it.
type message struct {
	id        string    // of the message; the same at each attempt, and without a full stop
	Type      Event     `json:"type"`
	Timestamp time.Time `json:"timestamp"` // of what happened, as the log says
	Data      data      `json:"data"`
}

// data points to what the log says.
type data struct {
	Log        string     `json:"log"`                // its origin
	Kind       string     `json:"kind,omitempty"`     // of the entry
	Sequence   *int64     `json:"sequence,omitempty"` // of the entry
	Checkpoint checkpoint `json:"checkpoint"`         // under which the board had recomputed it
	URL        string     `json:"url"`                // where it can be read
}

type checkpoint struct {
	Size int64  `json:"size"`
	Root string `json:"root"` // base64
}

func (m *message) body() ([]byte, error) { return json.Marshal(m) }

// about is a message on the log as a snapshot shows it.
func (h *Hooks) about(s *board.Snapshot, id string, event Event, at time.Time) *message {
	root := s.Report.Root
	return &message{
		id: id, Type: event, Timestamp: at,
		Data: data{
			Log: h.cfg.Origin, Checkpoint: checkpoint{s.Checkpoint.Size, base64.StdEncoding.EncodeToString(root[:])}, URL: h.cfg.Site + "/api/v1/log",
		},
	}
}

// entered is a message on an entry.
func (h *Hooks) entered(s *board.Snapshot, e *read.Entry, event Event) *message {
	m := h.about(s, "entry-"+strconv.FormatInt(e.Sequence, 10), event, e.Time)
	m.Data.Kind, m.Data.Sequence = e.Statement.Kind, &e.Sequence
	m.Data.URL += "/entries/" + strconv.FormatInt(e.Sequence, 10)
	return m
}

// eventsOf are what an entry of a kind is to those who follow, the most telling first.
func (h *Hooks) eventsOf(s *board.Snapshot, kind string) (events []Event) {
	for _, k := range h.cfg.Kinds {
		if k.Entry == kind {
			events = append(events, k.Event)
		}
	}
	if s.IsDecision(kind) {
		events = append(events, Decided)
	}
	return events
}

// Feed queues messages on what the board has recomputed since it was last asked, and tells
// whether there may be more. What entered before the first call is told to nobody.
func (h *Hooks) Feed(ctx context.Context) (more bool, err error) {
	s := h.cfg.Board.Now()
	if s == nil {
		return false, nil
	}
	now := h.cfg.Now()
	var at position
	var known bool
	if err := h.cfg.DB.View(ctx, func(tx *store.Tx) error {
		at, known, err = readPosition(ctx, tx)
		return err
	}); err != nil {
		return false, fmt.Errorf("webhooks: %w", err)
	}
	if !known {
		at = position{s.Size(), s.Checkpoint.Size, now}
	}
	entries, next, err := s.After(ctx, at.next, perRound, func(kind string) bool { return len(h.eventsOf(s, kind)) > 0 })
	if err != nil {
		return false, fmt.Errorf("webhooks: %w", err)
	}
	grown := s.Checkpoint.Size > at.checkpoint && !now.Before(at.checkpointed.Add(checkpointInterval))
	if known && next == at.next && !grown {
		return false, nil
	}
	at.next = next
	if grown {
		at.checkpoint, at.checkpointed = s.Checkpoint.Size, now
	}
	err = h.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		all, err := h.allowed(ctx, tx, `WHERE off = '' ORDER BY id`)
		if err != nil {
			return err
		}
		for _, k := range all {
			for _, e := range entries {
				if event := k.wants(h.eventsOf(s, e.Statement.Kind)); event != "" {
					if err := enqueue(ctx, tx, k.ID, h.entered(s, e, event), now); err != nil {
						return err
					}
				}
			}
			if grown && k.wants([]Event{Checkpointed}) != "" {
				if err := enqueue(ctx, tx, k.ID, h.about(s, "checkpoint-"+strconv.FormatInt(at.checkpoint, 10), Checkpointed, s.Report.AsOf), now); err != nil {
					return err
				}
			}
		}
		return at.write(ctx, tx)
	})
	if err != nil {
		return false, fmt.Errorf("webhooks: %w", err)
	}
	return len(entries) == perRound, nil
}

// allowed are the receivers that a condition chooses whose owners still may have them.
func (h *Hooks) allowed(ctx context.Context, tx *store.Tx, where string, args ...any) (on []Hook, err error) {
	all, err := hooks(ctx, tx, where, args...)
	if err != nil {
		return nil, err
	}
	may := make(map[int64]bool)
	for _, k := range all {
		if _, asked := may[k.Person]; !asked {
			p, err := h.cfg.Accounts.Who(ctx, tx, k.Person)
			if err != nil && !errors.Is(err, account.ErrUnknown) {
				return nil, err
			}
			may[k.Person] = err == nil && p.MayAnywhere(access.WebhookKeep)
		}
		if may[k.Person] {
			on = append(on, k)
		}
	}
	return on, nil
}

// Test queues a message that says nothing but that it is one, with the log as it is. The
// error may be ErrUnknown or ErrTooSoon.
func (h *Hooks) Test(ctx context.Context, person int64, id string) error {
	s := h.cfg.Board.Now()
	if s == nil {
		return ErrTooSoon
	}
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return err
	}
	now := h.cfg.Now()
	err := h.change(ctx, person, id, func(tx *store.Tx) error {
		var recent int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM webhook_delivery WHERE hook = ?1 AND event = ?2 AND made > ?3`, id, string(tested), now.Add(-testInterval).Unix()).
			Scan(&recent); err != nil {
			return err
		}
		if recent > 0 {
			return ErrTooSoon
		}
		return enqueue(ctx, tx, id, h.about(s, "test-"+hex.EncodeToString(random[:]), tested, now.UTC().Truncate(time.Second)), now)
	})
	if err == nil {
		h.wakeUp()
	}
	return err
}

func (h *Hooks) wakeUp() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}
