package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bayyina/platform/identity/access"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
)

// Departed returns who has a number and an account that has ended, with their name: somebody
// who can be erased. It is nil where there is no such person, or they were erased.
func (a *Accounts) Departed(ctx context.Context, tx *store.Tx, id int64) (*access.Person, error) {
	m, err := a.scanMember(ctx, tx.QueryRow(ctx, memberColumns+` WHERE p.id = ?1`, id))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	case m.Erased || m.Ended.IsZero():
		return nil, nil
	}
	return &m.Person, nil
}

// ApplyErase gives up a person's data key, as a decision wants: name, address and the
// openings of their name in the log are gone once [Accounts.DestroyErased] has run after
// the transaction. Their number, the roles they held and the register of reads stay.
// Whoever is not departed is [ErrUnknown].
func (a *Accounts) ApplyErase(ctx context.Context, tx *store.Tx, person int64) error {
	who, err := a.Departed(ctx, tx, person)
	if err == nil && who == nil {
		err = ErrUnknown
	}
	if err == nil {
		err = a.forget(ctx, tx, person)
	}
	if err != nil {
		return fmt.Errorf("erase person %d: %w", person, err)
	}
	return nil
}

// forget empties the rows that tell of a person.
func (a *Accounts) forget(ctx context.Context, tx *store.Tx, person int64) error {
	now := a.cfg.Now().Unix()
	if _, err := tx.Exec(ctx, `UPDATE account_person SET name = '', address = '', address_digest = ?3, erased = ?2, ended = COALESCE(ended, ?2) WHERE id = ?1`,
		person, now, fmt.Sprintf("erased %d", person)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE account_signin SET agent = '' WHERE person = ?1`, person); err != nil {
		return err
	}
	return disarm(ctx, tx, person, now)
}

// DestroyErased destroys the data keys of those who were erased. It may be repeated, and
// is at every start: the server may have been stopped in between, or the key store
// restored from before.
func (a *Accounts) DestroyErased(ctx context.Context) error {
	keys, err := a.sealKeys(ctx, `erased IS NOT NULL`)
	if err == nil && len(keys) > 0 {
		err = a.cfg.Keys.Destroy(ctx, keys...)
	}
	return err
}

func (a *Accounts) sealKeys(ctx context.Context, where string) (keys []seal.KeyID, err error) {
	err = a.cfg.DB.View(ctx, func(tx *store.Tx) error {
		keys = nil
		return each(ctx, tx, func(row scanner) error {
			var key seal.KeyID
			err := row.Scan(&key)
			keys = append(keys, key)
			return err
		}, `SELECT seal_key FROM account_person WHERE `+where)
	})
	return keys, err
}

// settleErased brings database and key store to the same, whichever of them was restored
// from before somebody was erased, and makes sure that the keys of all others are there.
func (a *Accounts) settleErased(ctx context.Context) error {
	if err := a.DestroyErased(ctx); err != nil {
		return err
	}
	gone, err := a.cfg.Keys.Destroyed(ctx)
	if err != nil {
		return err
	}
	for _, key := range gone {
		err := a.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
			var person int64
			err := tx.QueryRow(ctx, `SELECT id FROM account_person WHERE seal_key = ?1 AND erased IS NULL`, string(key)).Scan(&person)
			if errors.Is(err, sql.ErrNoRows) {
				return nil
			}
			if err != nil {
				return err
			}
			return a.forget(ctx, tx, person)
		})
		if err != nil {
			return err
		}
	}
	keys, err := a.sealKeys(ctx, `erased IS NULL`)
	if err != nil {
		return err
	}
	return a.cfg.Keys.Check(ctx, keys...)
}

// Named returns the numbers of all people by name, erased ones left out.
func (a *Accounts) Named(ctx context.Context) (map[string][]int64, error) {
	named := make(map[string][]int64)
	for last := int64(0); ; {
		members, err := a.Members(ctx, "", last, pageSize)
		if err != nil || len(members) == 0 {
			return named, err
		}
		for _, m := range members {
			if last = m.ID; !m.Erased {
				named[m.Name] = append(named[m.Name], m.ID)
			}
		}
	}
}
