package account

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"
	"time"

	"bayyina/platform/store"
)

// invitationAge is how long an invitation may be taken up.
const invitationAge = 72 * time.Hour

// invitationSize is the number of random bytes of its secret.
const invitationSize = 32

// Newcomer is somebody who is invited.
type Newcomer struct {
	Name         string
	Address      string // an e-mail address, or a staff number: by it they sign in with codes
	Organisation string
}

// Invite makes a person, and an invitation for them. secret is what the link leads
// with; it is shown once, and only its hash is kept. by is who invites, nil on the
// server's machine. [ErrTaken] is returned where somebody has the address already.
func (a *Accounts) Invite(ctx context.Context, by *Visitor, n Newcomer) (person int64, secret string, err error) {
	if err := by.manages(0); err != nil {
		return 0, "", err
	}
	address, err := foldAddress(n.Address)
	if err != nil {
		return 0, "", fmt.Errorf("invite: %w", err)
	}
	if err := checkName(n.Name); err != nil {
		return 0, "", fmt.Errorf("invite: %w", err)
	}
	handle, err := a.secret(32)
	if err != nil {
		return 0, "", fmt.Errorf("invite: %w", err)
	}
	token, err := a.secret(invitationSize)
	if err != nil {
		return 0, "", fmt.Errorf("invite: %w", err)
	}
	sealed, err := a.sealPerson(ctx, handle, n.Name, address)
	if err != nil {
		return 0, "", fmt.Errorf("invite: %w", err)
	}
	err = a.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		var known int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM account_organisation WHERE code = ?1`, n.Organisation).Scan(&known); err != nil {
			return err
		}
		if known == 0 {
			return fmt.Errorf("organisation %.40q: %w", n.Organisation, ErrUnknown)
		}
		err := tx.QueryRow(ctx, `INSERT INTO account_person (organisation, name, address, address_digest, seal_key, handle, created)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (address_digest) DO NOTHING RETURNING id`,
			n.Organisation, sealed.name, sealed.address, sealed.digest, string(sealed.key), handle, a.cfg.Now().Unix()).Scan(&person)
		if err == sql.ErrNoRows {
			return ErrTaken
		}
		if err != nil {
			return err
		}
		return a.invite(ctx, tx, by, person, token)
	})
	if err != nil {
		return 0, "", fmt.Errorf("invite: %w", err)
	}
	return person, base64.RawURLEncoding.EncodeToString(token), nil
}

// InviteAgain makes a new invitation for a person whose passkeys are lost. When it
// is taken up, all that they signed in with before is gone. Invitations made
// before are void.
func (a *Accounts) InviteAgain(ctx context.Context, by *Visitor, person int64) (secret string, err error) {
	if err := by.manages(person); err != nil {
		return "", err
	}
	token, err := a.secret(invitationSize)
	if err != nil {
		return "", fmt.Errorf("invite again: %w", err)
	}
	err = a.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM account_person WHERE id = ?1 AND ended IS NULL`, person).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return ErrUnknown
		}
		return a.invite(ctx, tx, by, person, token)
	})
	if err != nil {
		return "", fmt.Errorf("invite person %d again: %w", person, err)
	}
	return base64.RawURLEncoding.EncodeToString(token), nil
}

func (a *Accounts) invite(ctx context.Context, tx *store.Tx, by *Visitor, person int64, token []byte) error {
	now := a.cfg.Now()
	var inviter sql.NullInt64
	if by != nil {
		inviter = sql.NullInt64{Int64: by.Person.ID, Valid: true}
	}
	if _, err := tx.Exec(ctx, `UPDATE account_invitation SET used = ?2 WHERE person = ?1 AND used IS NULL`, person, now.Unix()); err != nil {
		return err
	}
	hash := sha256.Sum256(token)
	_, err := tx.Exec(ctx, `INSERT INTO account_invitation (secret, person, invited_by, made, expires) VALUES (?1, ?2, ?3, ?4, ?5)`,
		hash[:], person, inviter, now.Unix(), now.Add(invitationAge).Unix())
	return err
}

// invited returns the person whom an invitation is for, and its hash; [ErrInvitation]
// where it cannot be taken up.
func (a *Accounts) invited(ctx context.Context, tx *store.Tx, secret string) (person int64, hash []byte, err error) {
	token, err := base64.RawURLEncoding.Strict().DecodeString(secret)
	if err != nil || len(token) != invitationSize {
		return 0, nil, ErrInvitation
	}
	sum := sha256.Sum256(token)
	err = tx.QueryRow(ctx, `SELECT person FROM account_invitation WHERE secret = ?1 AND used IS NULL AND expires >= ?2`,
		sum[:], a.cfg.Now().Unix()).Scan(&person)
	if err == sql.ErrNoRows {
		return 0, nil, ErrInvitation
	}
	return person, sum[:], err
}
