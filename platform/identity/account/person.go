package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
)

// Limits of what people type.
const (
	maxName    = 100 // letters
	maxAddress = 254 // bytes, as e-mail addresses
)

// Kind is the kind of an organisation.
type Kind string

// The kinds of the mission.
const (
	Commission    Kind = "commission"
	CivilRegistry Kind = "civil-registry"
	Information   Kind = "information-authority"
	Interior      Kind = "interior-ministry"
	Committee     Kind = "committee"
	TrusteeBody   Kind = "trustee"
	ObserverBody  Kind = "observer"
	Platform      Kind = "platform"
)

// Kinds are all kinds of organisations.
var Kinds = []Kind{Commission, CivilRegistry, Information, Interior, Committee, TrusteeBody, ObserverBody, Platform}

// Organisation is a body that people belong to.
type Organisation struct {
	Code string
	Kind Kind
	Name read.Bilingual
}

var organisationCode = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func (o Organisation) check() error {
	known := false
	for _, k := range Kinds {
		known = known || k == o.Kind
	}
	if !known || !organisationCode.MatchString(o.Code) {
		return fmt.Errorf("organisation %.40q of the kind %.40q: %w", o.Code, o.Kind, ErrMalformed)
	}
	return errors.Join(checkName(o.Name.AR), checkName(o.Name.EN))
}

// checkName refuses a name that is empty, too long, or has characters that are not printed.
func checkName(name string) error {
	if name == "" || strings.TrimSpace(name) != name || utf8.RuneCountInString(name) > maxName || !utf8.ValidString(name) ||
		strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("a name: %w", ErrMalformed)
	}
	return nil
}

// foldAddress returns an address as it is compared: without the space around it, in
// small letters. It refuses what has spaces or control characters within.
func foldAddress(address string) (string, error) {
	folded := strings.ToLower(strings.TrimSpace(address))
	if folded == "" || len(folded) > maxAddress || !utf8.ValidString(folded) ||
		strings.ContainsFunc(folded, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return "", fmt.Errorf("an address: %w", ErrMalformed)
	}
	return folded, nil
}

// AddOrganisation adds a body. [ErrTaken] is returned where its code is in use.
func (a *Accounts) AddOrganisation(ctx context.Context, o Organisation) error {
	if err := o.check(); err != nil {
		return err
	}
	return a.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, `INSERT INTO account_organisation (code, kind, name_ar, name_en) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (code) DO NOTHING`,
			o.Code, string(o.Kind), o.Name.AR, o.Name.EN)
		if err == nil && n == 0 {
			err = ErrTaken
		}
		if err != nil {
			return fmt.Errorf("add the organisation %s: %w", o.Code, err)
		}
		return nil
	})
}

// Organisations are all bodies, by code.
func (a *Accounts) Organisations(ctx context.Context) (all []Organisation, err error) {
	err = a.cfg.DB.View(ctx, func(tx *store.Tx) error {
		return each(ctx, tx, func(row scanner) error {
			var o Organisation
			if err := row.Scan(&o.Code, &o.Kind, &o.Name.AR, &o.Name.EN); err != nil {
				return err
			}
			all = append(all, o)
			return nil
		}, `SELECT code, kind, name_ar, name_en FROM account_organisation ORDER BY code`)
	})
	return all, err
}

// Member is a person as lists of people show them.
type Member struct {
	access.Person
	Address  string
	Created  time.Time
	Ended    time.Time // zero while the account lasts
	Erased   bool      // name and address are gone
	Passkeys int       // 0: the invitation was not taken up yet
}

const memberColumns = `SELECT p.id, p.organisation, p.handle, p.name, p.address, p.created, p.ended,
	(SELECT count(*) FROM account_passkey k WHERE k.person = p.id) FROM account_person p`

func (a *Accounts) scanMember(ctx context.Context, row scanner) (m Member, err error) {
	var created int64
	var ended sql.NullInt64
	var handle []byte
	if err := row.Scan(&m.ID, &m.Organisation, &handle, &m.Name, &m.Address, &created, &ended, &m.Passkeys); err != nil {
		return m, err
	}
	m.Created, m.Ended = time.Unix(created, 0).UTC(), moment(ended)
	if m.Name, err = a.open(ctx, personField("name", handle), m.Name); err == nil {
		m.Address, err = a.open(ctx, personField("address", handle), m.Address)
	}
	if errors.Is(err, seal.ErrErased) {
		m.Name, m.Address, m.Erased, err = "", "", true, nil
	}
	return m, err
}

// Member returns a person, with the roles that they hold.
func (a *Accounts) Member(ctx context.Context, id int64) (m Member, err error) {
	err = a.cfg.DB.View(ctx, func(tx *store.Tx) error {
		if m, err = a.scanMember(ctx, tx.QueryRow(ctx, memberColumns+` WHERE p.id = ?1`, id)); err != nil {
			return missing(err)
		}
		m.Grants, err = grantsOf(ctx, tx, id)
		return err
	})
	return m, err
}

// Who returns who has a number and an account that lasts, with the roles that they
// hold, as the transaction sees it.
func (a *Accounts) Who(ctx context.Context, tx *store.Tx, id int64) (*access.Person, error) {
	m, err := a.scanMember(ctx, tx.QueryRow(ctx, memberColumns+` WHERE p.id = ?1 AND p.ended IS NULL`, id))
	if err != nil {
		return nil, missing(err)
	}
	m.Grants, err = grantsOf(ctx, tx, id)
	return &m.Person, err
}

// Members are up to limit people of an organisation with larger numbers than after, by
// number, with their roles; of all organisations where it is "".
func (a *Accounts) Members(ctx context.Context, organisation string, after int64, limit int) (all []Member, err error) {
	err = a.cfg.DB.View(ctx, func(tx *store.Tx) error {
		all = nil
		if err := each(ctx, tx, func(row scanner) error {
			m, err := a.scanMember(ctx, row)
			all = append(all, m)
			return err
		}, memberColumns+` WHERE (?1 = '' OR p.organisation = ?1) AND p.id > ?2 ORDER BY p.id LIMIT ?3`, organisation, after, limit); err != nil {
			return err
		}
		for i := range all {
			if all[i].Grants, err = grantsOf(ctx, tx, all[i].ID); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// End ends a person's account, as somebody else wants (nil: on the server's machine):
// passkeys, codes and invitations are gone, whoever is signed in is signed out. The
// person stays in the register, and in the log.
func (a *Accounts) End(ctx context.Context, by *Visitor, id int64) error {
	if err := by.manages(id); err != nil {
		return err
	}
	now := a.cfg.Now().Unix()
	return a.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE account_person SET ended = ?2 WHERE id = ?1 AND ended IS NULL`, id, now)
		if err == nil && n == 0 {
			err = ErrUnknown
		}
		if err == nil {
			err = disarm(ctx, tx, id, now)
		}
		if err != nil {
			return fmt.Errorf("end the account of person %d: %w", id, err)
		}
		return nil
	})
}

// manages refuses whoever signed in with codes, who could make themselves a passkey through
// an accomplice, and whoever means themselves. Whether v has the right is the page's to ask.
func (v *Visitor) manages(person int64) error {
	switch {
	case v == nil: // on the server's machine
	case v.SignIn.Means == ByCodes:
		return ErrNotByPasskey
	case v.Person.ID == person:
		return ErrOneself
	}
	return nil
}

// disarm takes from a person all ways of signing in, and signs them out.
func disarm(ctx context.Context, tx *store.Tx, id, now int64) error {
	for _, table := range []string{"account_passkey", "account_generator", "account_recovery"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE person = ?1`, id); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE account_invitation SET used = ?2 WHERE person = ?1 AND used IS NULL`, id, now); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE account_signin SET ended = ?2 WHERE person = ?1 AND ended IS NULL`, id, now)
	return err
}

// scanner is a row of an answer.
type scanner interface{ Scan(into ...any) error }

// each calls fn with each row of a query.
func each(ctx context.Context, tx *store.Tx, fn func(scanner) error, query string, args ...any) error {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// missing turns the absence of a row into [ErrUnknown].
func missing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrUnknown
	}
	return err
}

// moment is a time that may be missing.
func moment(seconds sql.NullInt64) time.Time {
	if !seconds.Valid {
		return time.Time{}
	}
	return time.Unix(seconds.Int64, 0).UTC()
}

// State is the message id of where an account stands.
func (m Member) State() string {
	switch {
	case m.Erased:
		return "account.state-erased"
	case !m.Ended.IsZero():
		return "account.state-ended"
	case m.Passkeys == 0:
		return "account.state-invited"
	}
	return "account.state-active"
}

// Message is the message id of the kind in words.
func (k Kind) Message() string { return "account.kind-" + string(k) }
