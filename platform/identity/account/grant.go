package account

import (
	"context"
	"fmt"

	"bayyina/platform/identity/access"
	"bayyina/platform/store"
)

// grantsOf are the roles that a person holds now, the oldest first.
func grantsOf(ctx context.Context, tx *store.Tx, person int64) (all []access.Grant, err error) {
	err = each(ctx, tx, func(row scanner) error {
		var g access.Grant
		if err := row.Scan(&g.Role, &g.Scope.District, &g.Scope.Centre, &g.Scope.Election, &g.Scope.Organisation); err != nil {
			return err
		}
		all = append(all, g)
		return nil
	}, `SELECT role, district, centre, election, organisation FROM account_grant WHERE person = ?1 AND revoked IS NULL ORDER BY id`, person)
	if err != nil {
		return nil, fmt.Errorf("roles of person %d: %w", person, err)
	}
	return all, nil
}

// Grants are the roles that a person holds now, the oldest first.
func (a *Accounts) Grants(ctx context.Context, person int64) (all []access.Grant, err error) {
	err = a.cfg.DB.View(ctx, func(tx *store.Tx) error {
		all, err = grantsOf(ctx, tx, person)
		return err
	})
	return all, err
}

// ApplyGrant gives a person a role, by the decision whose statement has this id.
// A role that the person holds within this scope already is [ErrTaken].
func (a *Accounts) ApplyGrant(ctx context.Context, tx *store.Tx, person int64, g access.Grant, statement string) error {
	if err := a.give(ctx, tx, person, g, &statement); err != nil {
		return fmt.Errorf("give person %d the role %s: %w", person, g.Role, err)
	}
	return nil
}

func (a *Accounts) give(ctx context.Context, tx *store.Tx, person int64, g access.Grant, statement *string) error {
	if err := g.Check(); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var n int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM account_person WHERE id = ?1 AND ended IS NULL`, person).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return ErrUnknown
	}
	held, err := grantsOf(ctx, tx, person)
	if err != nil {
		return err
	}
	for _, h := range held {
		if h == g {
			return ErrTaken
		}
	}
	_, err = tx.Exec(ctx, `INSERT INTO account_grant (person, role, district, centre, election, organisation, statement, granted)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
		person, string(g.Role), g.Scope.District, g.Scope.Centre, g.Scope.Election, g.Scope.Organisation, statement, a.cfg.Now().Unix())
	return err
}

// ApplyRevoke takes a role from a person, by the decision whose statement has this id.
// A role that the person does not hold within this scope is [ErrUnknown].
func (a *Accounts) ApplyRevoke(ctx context.Context, tx *store.Tx, person int64, g access.Grant, statement string) error {
	n, err := tx.Exec(ctx, `UPDATE account_grant SET revoked = ?7, revoked_by = ?8
		WHERE person = ?1 AND role = ?2 AND district = ?3 AND centre = ?4 AND election = ?5 AND organisation = ?6 AND revoked IS NULL`,
		person, string(g.Role), g.Scope.District, g.Scope.Centre, g.Scope.Election, g.Scope.Organisation, a.cfg.Now().Unix(), statement)
	if err == nil && n == 0 {
		err = ErrUnknown
	}
	if err != nil {
		return fmt.Errorf("take the role %s from person %d: %w", g.Role, person, err)
	}
	return nil
}

// Install gives a role without a decision, as somebody who sits at the server's machine
// must for the first people: nobody could decide otherwise. Only officers and operators
// are made so, and pages show that no decision stands behind it.
func (a *Accounts) Install(ctx context.Context, person int64, role access.Role) error {
	if role != access.Officer && role != access.Operator {
		return fmt.Errorf("give person %d the role %.40s at installation: %w", person, role, ErrInstalled)
	}
	return a.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := a.give(ctx, tx, person, access.Grant{Role: role}, nil); err != nil {
			return fmt.Errorf("give person %d the role %s at installation: %w", person, role, err)
		}
		return nil
	})
}
