package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"bayyina/platform/store"
)

// pauses are those between the attempts, as the specification proposes them (section
// "Deliverability and reliability"). After the last attempt the receiver is switched off.
var pauses = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// maxPatience is the longest pause that a receiver may ask for by Retry-After.
const maxPatience = 24 * time.Hour

// Step sends the oldest message that is due to each of some receivers, side by side, and
// returns how many it tried. Receivers that answer come before those that fail.
func (h *Hooks) Step(ctx context.Context) (n int, err error) {
	now := h.cfg.Now()
	var list []Delivery
	err = h.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM webhook_delivery WHERE made < ?1 AND state <> 'waiting'`, now.Add(-keepFor).Unix()); err != nil {
			return err
		}
		list, err = deliveries(ctx, tx, `SELECT `+deliveryColumns+` FROM
			(SELECT d.*, row_number() OVER (PARTITION BY hook ORDER BY due, id) AS place FROM webhook_delivery d WHERE state = 'waiting' AND due <= ?1) oldest
			WHERE place = 1 ORDER BY tries, due, hook LIMIT ?2`, now.Unix(), atOnce)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("webhooks: %w", err)
	}
	var sending sync.WaitGroup
	errs := make([]error, len(list))
	for i, d := range list {
		sending.Go(func() { errs[i] = h.send(ctx, d) })
	}
	sending.Wait()
	return len(list), errors.Join(errs...)
}

// send makes one attempt, and notes what came of it.
func (h *Hooks) send(ctx context.Context, d Delivery) error {
	var on []Hook
	err := h.cfg.DB.View(ctx, func(tx *store.Tx) (err error) {
		on, err = h.allowed(ctx, tx, `WHERE id = ?1`, d.Hook)
		return err
	})
	if err != nil {
		return fmt.Errorf("webhooks: %w", err)
	}
	if len(on) == 0 { // removed meanwhile, or its owner may have it no more
		d.Tries = len(pauses)
		return h.note(ctx, d, Gone, 0, 0)
	}
	k := on[0]
	if err := h.open(ctx, &k); err != nil {
		return fmt.Errorf("webhooks: %w", err)
	}
	fate, status, wait := h.call(ctx, k.URL, d)
	if ctx.Err() != nil {
		return ctx.Err() // the program stops: it is tried when it starts again
	}
	return h.note(ctx, d, fate, status, wait)
}

// call posts a message. wait is how long the receiver asks to be left alone.
func (h *Hooks) call(ctx context.Context, address string, d Delivery) (fate Fate, status int, wait time.Duration) {
	if _, err := h.ParseAddress(address); err != nil {
		return NoAddress, 0, 0
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader([]byte(d.Body)))
	if err != nil {
		return NoAddress, 0, 0
	}
	now := h.cfg.Now()
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Bayyina/1 (+"+h.cfg.Site+"/en/webhooks/key)")
	r.Header.Set("Webhook-Id", d.ID)
	r.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	r.Header.Set("Webhook-Signature", h.signature(d.ID, now, []byte(d.Body)))
	resp, err := h.client.Do(r)
	if err != nil {
		return why(err), 0, 0
	}
	_ = resp.Body.Close() // nothing that it says matters
	seconds, err := strconv.ParseUint(resp.Header.Get("Retry-After"), 10, 32)
	if err == nil {
		wait = min(time.Duration(seconds)*time.Second, maxPatience)
	}
	switch {
	case resp.StatusCode >= 200 && resp.StatusCode < 300:
		return Taken, resp.StatusCode, 0
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return Redirects, resp.StatusCode, wait
	case resp.StatusCode == http.StatusGone:
		return Gone, resp.StatusCode, 0
	}
	return Answered, resp.StatusCode, wait
}

// why puts an error of a call into one word. More is not told, so that nobody learns by
// receivers what this server's network looks like.
func why(err error) Fate {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return NoTLS
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return NoTLS
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return Late
	}
	if errors.Is(err, ErrAddress) {
		return NoAddress
	}
	return NoAnswer
}

// note writes what came of an attempt, and when there is another.
func (h *Hooks) note(ctx context.Context, d Delivery, fate Fate, status int, wait time.Duration) error {
	now := h.cfg.Now()
	state, due, off := "waiting", now, Fate("")
	switch {
	case fate == Taken:
		state = "delivered"
	case d.Event == tested: // whoever tests looks on
		state = "failed"
	case fate == Gone || d.Tries >= len(pauses):
		state, off = "failed", fate
	default:
		due = now.Add(max(pauses[d.Tries], wait))
	}
	err := h.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE webhook_delivery SET state = ?3, due = ?4, tries = tries + 1, fate = ?5, status = ?6 WHERE hook = ?1 AND id = ?2`,
			d.Hook, d.ID, state, due.Unix(), string(fate), status); err != nil {
			return err
		}
		if off == "" {
			return nil
		}
		return switchOff(ctx, tx, d.Hook, off)
	})
	if err != nil {
		return fmt.Errorf("webhooks: %w", err)
	}
	return nil
}
