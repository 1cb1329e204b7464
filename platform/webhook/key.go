package webhook

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bayyina/platform/store"
	"bayyina/platform/store/seal"
)

var keyPlace = seal.Place{Table: "webhook_key", Column: "seed", Row: "1"}

// loadKey reads the key that signs messages, which is drawn at the first start.
func (h *Hooks) loadKey(ctx context.Context) (ed25519.PrivateKey, error) {
	sealed, err := h.readKey(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		if err = h.drawKey(ctx); err == nil {
			sealed, err = h.readKey(ctx)
		}
	}
	var seed []byte
	if err == nil {
		seed, err = h.cfg.Keys.Open(ctx, keyPlace, sealed)
	}
	if err == nil && len(seed) != ed25519.SeedSize {
		err = seal.ErrForm
	}
	if err != nil {
		return nil, fmt.Errorf("key of webhooks: %w", err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

func (h *Hooks) readKey(ctx context.Context) (sealed string, err error) {
	err = h.cfg.DB.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT seed FROM webhook_key WHERE one = 1`).Scan(&sealed)
	})
	return sealed, err
}

func (h *Hooks) drawKey(ctx context.Context) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	id, err := h.cfg.Keys.NewKey(ctx)
	if err != nil {
		return err
	}
	sealed, err := h.cfg.Keys.Seal(ctx, id, keyPlace, key.Seed())
	if err != nil {
		return err
	}
	return h.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO webhook_key (one, seed) VALUES (1, ?1) ON CONFLICT (one) DO NOTHING`, sealed)
		return err
	})
}

// PublicKey is the key by which messages are checked, as Standard Webhooks writes one.
func (h *Hooks) PublicKey() string {
	public := h.key.Public().(ed25519.PublicKey) //nolint:errcheck // it is no other
	return "whpk_" + base64.StdEncoding.EncodeToString(public)
}

// Voucher is the word of the server's receipt key, which the log knows, that the public key
// is this log's: a signed note (docs/PROTOCOL.md section 10a).
func (h *Hooks) Voucher() ([]byte, error) {
	text := "bayyina.webhook/1\n" + h.cfg.Origin + "\n" + h.PublicKey() + "\n"
	return note.Sign(&note.Note{Text: text}, h.cfg.Receipt)
}

// signature is the value of webhook-signature (section "Signature scheme").
func (h *Hooks) signature(id string, at time.Time, body []byte) string {
	signed := append([]byte(id+"."+strconv.FormatInt(at.Unix(), 10)+"."), body...)
	return "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(h.key, signed))
}
