package account

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"bayyina/platform/locale"
	"bayyina/platform/store"
)

// The fallback for signing in asks for two things: one of the recovery codes on the
// person's sheet, and the code that their generator shows now. A recovery code has 80
// random bits and is good once, so that no number of attempts finds one, from however
// many networks; the generator's code makes a stolen sheet useless.
const (
	recoveryCodes = 10
	recoverySize  = 10 // bytes
	// recoveryFailures is how many wrong codes of the generator may come with one recovery
	// code before it is void: only whoever has the sheet can spend them.
	recoveryFailures = 5

	generatorSize   = 20 // bytes, RFC 4226 section 4
	generatorPeriod = 30 // seconds
)

var (
	base32Code = base32.StdEncoding.WithPadding(base32.NoPadding)
	hotpForm   = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}
)

// BeginCodes makes a new secret for a visitor's code generator, which is good once
// [Accounts.ConfirmCodes] has seen a code of it. It returns the secret as generators take it
// (base32). Only a passkey may do so; recovery codes made before are void.
func (a *Accounts) BeginCodes(ctx context.Context, v *Visitor) (secret string, err error) {
	if v.SignIn.Means != ByPasskey {
		return "", ErrNotByPasskey
	}
	b, err := a.secret(generatorSize)
	if err != nil {
		return "", fmt.Errorf("make codes: %w", err)
	}
	err = a.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM account_recovery WHERE person = ?1`, v.Person.ID); err != nil {
			return err
		}
		sealed, err := a.sealFor(ctx, tx, v.Person.ID, generatorField(v.Person.ID), b)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO account_generator (person, secret) VALUES (?1, ?2)
			ON CONFLICT (person) DO UPDATE SET secret = excluded.secret, confirmed = 0, step = 0`, v.Person.ID, []byte(sealed))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("make codes: %w", err)
	}
	return base32Code.EncodeToString(b), nil
}

// ConfirmCodes checks the first code of a visitor's generator, and returns their new recovery
// codes, which are shown once. A wrong code is [ErrCode].
func (a *Accounts) ConfirmCodes(ctx context.Context, v *Visitor, code string) (recovery []string, err error) {
	if v.SignIn.Means != ByPasskey {
		return nil, ErrNotByPasskey
	}
	for range recoveryCodes {
		b, err := a.secret(recoverySize)
		if err != nil {
			return nil, fmt.Errorf("make codes: %w", err)
		}
		recovery = append(recovery, spell(b))
	}
	err = a.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		g, err := a.loadGenerator(ctx, tx, v.Person.ID)
		if err != nil {
			return err
		}
		step, err := g.match(code, a.cfg.Now())
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE account_generator SET confirmed = 1, step = ?2 WHERE person = ?1`, v.Person.ID, step); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM account_recovery WHERE person = ?1`, v.Person.ID); err != nil {
			return err
		}
		for _, r := range recovery {
			hash, err := recoveryHash(r)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `INSERT INTO account_recovery (hash, person) VALUES (?1, ?2)`, hash, v.Person.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("confirm codes: %w", err)
	}
	return recovery, nil
}

// pendingCodes returns the secret of a generator that was not confirmed yet, [ErrUnknown]
// where there is none.
func (a *Accounts) pendingCodes(ctx context.Context, v *Visitor) (secret string, err error) {
	err = a.cfg.DB.View(ctx, func(tx *store.Tx) error {
		g, err := a.loadGenerator(ctx, tx, v.Person.ID)
		if err == nil && g.confirmed {
			err = ErrUnknown
		}
		secret = base32Code.EncodeToString(g.secret)
		return err
	})
	return secret, err
}

// CodesLeft is how many recovery codes a person still has.
func (a *Accounts) CodesLeft(ctx context.Context, person int64) (n int, err error) {
	err = a.cfg.DB.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT count(*) FROM account_recovery WHERE person = ?1 AND used IS NULL AND failures < ?2`,
			person, recoveryFailures).Scan(&n)
	})
	return n, err
}

// CodesSignIn signs in with a recovery code and the generator's. Nothing tells whether
// there is an account of that address: whatever is wrong is [ErrSignIn], and one query
// answers for those that exist and those that do not. After too many failures from
// a network it is [ErrTooMany].
func (a *Accounts) CodesSignIn(ctx context.Context, address, recovery, code, agent string, from netip.Addr) (signIn int64, err error) {
	place := network(from)
	folded, err := foldAddress(address)
	if err != nil {
		folded = "" // nobody's
	}
	if !a.throttle.allow(place, folded) {
		return 0, ErrTooMany
	}
	address, err = a.addressDigest(ctx, folded)
	if err != nil {
		return 0, fmt.Errorf("sign in by codes: %w", err)
	}
	hash, err := recoveryHash(recovery)
	if err != nil {
		hash = make([]byte, sha256.Size) // nobody's
	}
	wrong := false
	err = a.cfg.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		wrong = false
		signIn, err = a.codesSignIn(ctx, tx, address, hash, code, agent)
		if errors.Is(err, ErrSignIn) {
			wrong = true // and what it counted is kept
			return nil
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sign in by codes: %w", err)
	}
	if wrong {
		a.throttle.fail(place, folded)
		return 0, ErrSignIn
	}
	return signIn, nil
}

func (a *Accounts) codesSignIn(ctx context.Context, tx *store.Tx, address string, hash []byte, code, agent string) (int64, error) {
	now := a.cfg.Now()
	var person int64
	err := tx.QueryRow(ctx, `SELECT p.id FROM account_recovery r JOIN account_person p ON p.id = r.person
		WHERE r.hash = ?1 AND p.address_digest = ?2 AND p.ended IS NULL AND r.used IS NULL AND r.failures < ?3`,
		hash, address, recoveryFailures).Scan(&person)
	if err == sql.ErrNoRows {
		return 0, ErrSignIn
	}
	if err != nil {
		return 0, err
	}
	g, err := a.loadGenerator(ctx, tx, person)
	if err != nil {
		return 0, err
	}
	step, err := g.match(code, now)
	if err != nil || !g.confirmed {
		if _, err := tx.Exec(ctx, `UPDATE account_recovery SET failures = failures + 1 WHERE hash = ?1`, hash); err != nil {
			return 0, err
		}
		return 0, ErrSignIn
	}
	n, err := tx.Exec(ctx, `UPDATE account_recovery SET used = ?2 WHERE hash = ?1 AND used IS NULL`, hash, now.Unix())
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, ErrSignIn
	}
	if _, err := tx.Exec(ctx, `UPDATE account_generator SET step = ?2 WHERE person = ?1`, person, step); err != nil {
		return 0, err
	}
	return begin(ctx, tx, person, ByCodes, agent, now)
}

// generator is the secret of a person's code generator.
type generator struct {
	secret    []byte
	confirmed bool
	step      int64 // the last one whose code was taken
}

func (a *Accounts) loadGenerator(ctx context.Context, tx *store.Tx, person int64) (g generator, err error) {
	var confirmed int
	var sealed []byte
	err = tx.QueryRow(ctx, `SELECT secret, confirmed, step FROM account_generator WHERE person = ?1`, person).Scan(&sealed, &confirmed, &g.step)
	if err != nil {
		return g, missing(err)
	}
	g.confirmed = confirmed == 1
	g.secret, err = a.cfg.Keys.Open(ctx, generatorField(person), string(sealed))
	return g, err
}

// match returns the time step of a code, now or one step away, if it is later than
// the last one taken (RFC 6238 section 5.2).
func (g generator) match(code string, now time.Time) (step int64, err error) {
	code = strings.ReplaceAll(locale.ASCIIDigits(code), " ", "")
	at := now.Unix() / generatorPeriod
	for _, step := range []int64{at, at - 1, at + 1} {
		if step <= g.step {
			continue
		}
		ok, err := hotp.ValidateCustom(code, uint64(step), base32Code.EncodeToString(g.secret), hotpForm)
		if err != nil {
			return 0, ErrCode // malformed
		}
		if ok {
			return step, nil
		}
	}
	return 0, ErrCode
}

// spell writes a recovery code: base32 (RFC 4648) in groups of four.
func spell(b []byte) string { return inGroups(base32Code.EncodeToString(b), "-") }

// inGroups writes a text in groups of four characters.
func inGroups(text, between string) string {
	var groups []string
	for group := range slices.Chunk([]byte(text), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, between)
}

// recoveryHash is what is kept of a recovery code, however it was typed.
func recoveryHash(code string) ([]byte, error) {
	plain := strings.NewReplacer("-", "", " ", "").Replace(strings.ToUpper(locale.ASCIIDigits(code)))
	b, err := base32Code.DecodeString(plain)
	if err != nil || len(b) != recoverySize {
		return nil, ErrCode
	}
	hash := sha256.Sum256(append([]byte("bayyina.recovery/1 "), b...))
	return hash[:], nil
}
