package account

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"bayyina/platform/store"
)

// maxPasskeys is how many passkeys a person may have.
const maxPasskeys = 20

// Passkey is a passkey as its owner sees it.
type Passkey struct {
	ID      string // base64url of the SHA-256 of the credential's id
	Label   string
	Created time.Time
	Used    time.Time // zero: never
}

// user is a person as the library knows them.
type user struct {
	id      int64
	handle  []byte
	name    string
	address string
	keys    []webauthn.Credential
}

func (u *user) WebAuthnID() []byte                         { return u.handle }
func (u *user) WebAuthnName() string                       { return u.address }
func (u *user) WebAuthnDisplayName() string                { return u.name }
func (u *user) WebAuthnCredentials() []webauthn.Credential { return u.keys }

// loadUser returns the person whom the condition on account_person finds, if their
// account lasts.
func (a *Accounts) loadUser(ctx context.Context, tx *store.Tx, where string, arg any) (*user, error) {
	u := &user{}
	err := tx.QueryRow(ctx, `SELECT id, handle, name, address FROM account_person WHERE ended IS NULL AND `+where, arg).
		Scan(&u.id, &u.handle, &u.name, &u.address)
	if err != nil {
		return nil, missing(err)
	}
	if u.name, err = a.open(ctx, personField("name", u.handle), u.name); err != nil {
		return nil, err
	}
	if u.address, err = a.open(ctx, personField("address", u.handle), u.address); err != nil {
		return nil, err
	}
	err = each(ctx, tx, func(row scanner) error {
		var record []byte
		if err := row.Scan(&record); err != nil {
			return err
		}
		var c webauthn.Credential
		if err := json.Unmarshal(record, &c); err != nil {
			return fmt.Errorf("a passkey's record: %w", err)
		}
		u.keys = append(u.keys, c)
		return nil
	}, `SELECT record FROM account_passkey WHERE person = ?1 ORDER BY created`, u.id)
	return u, err
}

// BeginSignIn returns what the browser asks authenticators with: JSON of
// PublicKeyCredentialRequestOptions (WebAuthn level 2, section 5.5) under publicKey. It names no
// account: who signs in is told by the answer.
func (a *Accounts) BeginSignIn() ([]byte, error) {
	challenge, err := a.challenges.make(toSignIn, nil, a.cfg.Now())
	if err != nil {
		return nil, fmt.Errorf("begin sign-in: %w", err)
	}
	options, _, err := a.party.BeginDiscoverableLogin(webauthn.WithChallenge(challenge))
	if err != nil {
		return nil, fmt.Errorf("begin sign-in: %w", err)
	}
	return json.Marshal(options)
}

// FinishSignIn checks the authenticator's answer, and returns the sign-in that it
// makes. agent is the browser's own description. Whatever is wrong with the answer is
// [ErrSignIn].
func (a *Accounts) FinishSignIn(ctx context.Context, answer []byte, agent string) (signIn int64, err error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrSignIn, err)
	}
	now := a.cfg.Now()
	given := parsed.Response.CollectedClientData.Challenge
	challenge, err := a.challenges.check(given, toSignIn, nil, now)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrSignIn, err)
	}
	session := webauthn.SessionData{
		Challenge: given, RelyingPartyID: a.party.Config.RPID, UserVerification: protocol.VerificationRequired,
	}
	err = a.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := answered(ctx, tx, challenge, now); err != nil {
			return errors.Join(ErrSignIn, err)
		}
		u, err := a.loadUser(ctx, tx, `handle = ?1`, parsed.Response.UserHandle)
		if errors.Is(err, ErrUnknown) {
			return ErrSignIn
		}
		if err != nil {
			return err
		}
		key, err := a.party.ValidateDiscoverableLogin(func(_, _ []byte) (webauthn.User, error) { return u, nil }, session, parsed)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrSignIn, err)
		}
		if key.Authenticator.CloneWarning {
			return fmt.Errorf("%w: the passkey's counter went back: there is a copy of it", ErrSignIn)
		}
		if err := saveKey(ctx, tx, key, now); err != nil {
			return err
		}
		signIn, err = begin(ctx, tx, u.id, ByPasskey, agent, now)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sign in by passkey: %w", err)
	}
	return signIn, nil
}

// saveKey keeps what an authenticator told anew about a passkey.
func saveKey(ctx context.Context, tx *store.Tx, key *webauthn.Credential, now time.Time) error {
	record, err := json.Marshal(key)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE account_passkey SET record = ?2, used = ?3 WHERE id = ?1`, key.ID, string(record), now.Unix())
	return err
}

// enroller says who enrols a passkey, and as what: whom its challenge is bound to.
type enroller struct {
	person     int64
	invitation []byte // hash of its secret; nil for whoever is signed in
}

func (e enroller) whom() []byte {
	if e.invitation != nil {
		return append([]byte("invitation "), e.invitation...)
	}
	return fmt.Appendf(nil, "person %d", e.person)
}

// BeginInvited returns what the browser makes a passkey with, for whoever brings the
// secret of an invitation: JSON of PublicKeyCredentialCreationOptions (section 5.4) under
// publicKey.
func (a *Accounts) BeginInvited(ctx context.Context, secret string) (options []byte, err error) {
	err = a.cfg.DB.View(ctx, func(tx *store.Tx) error {
		person, hash, err := a.invited(ctx, tx, secret)
		if err != nil {
			return err
		}
		options, err = a.beginEnrol(ctx, tx, enroller{person, hash})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("begin to take up an invitation: %w", err)
	}
	return options, nil
}

// BeginEnrol is the same for a person who is signed in by passkey.
func (a *Accounts) BeginEnrol(ctx context.Context, v *Visitor) (options []byte, err error) {
	if v.SignIn.Means != ByPasskey {
		return nil, ErrNotByPasskey
	}
	err = a.cfg.DB.View(ctx, func(tx *store.Tx) error {
		options, err = a.beginEnrol(ctx, tx, enroller{person: v.Person.ID})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("begin to add a passkey: %w", err)
	}
	return options, nil
}

func (a *Accounts) beginEnrol(ctx context.Context, tx *store.Tx, e enroller) ([]byte, error) {
	u, err := a.loadUser(ctx, tx, `id = ?1`, e.person)
	if err != nil {
		return nil, err
	}
	challenge, err := a.challenges.make(toEnrol, e.whom(), a.cfg.Now())
	if err != nil {
		return nil, err
	}
	opts := []webauthn.RegistrationOption{func(o *protocol.PublicKeyCredentialCreationOptions) error {
		o.Challenge = challenge
		return nil
	}}
	if e.invitation == nil { // an invitation replaces them, perhaps on the same authenticator
		opts = append(opts, webauthn.WithExclusions(webauthn.Credentials(u.keys).CredentialDescriptors()))
	}
	options, _, err := a.party.BeginRegistration(u, opts...)
	if err != nil {
		return nil, err
	}
	return json.Marshal(options)
}

// FinishInvited takes up an invitation: the passkey that the answer brings replaces
// whatever the person signed in with before, and they are signed in.
func (a *Accounts) FinishInvited(ctx context.Context, secret, label string, answer []byte, agent string) (signIn int64, err error) {
	now := a.cfg.Now()
	err = a.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		person, hash, err := a.invited(ctx, tx, secret)
		if err != nil {
			return err
		}
		if err := disarm(ctx, tx, person, now.Unix()); err != nil { // and voids the invitation
			return err
		}
		if err := a.finishEnrol(ctx, tx, enroller{person, hash}, label, answer, now); err != nil {
			return err
		}
		signIn, err = begin(ctx, tx, person, ByPasskey, agent, now)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("take up an invitation: %w", err)
	}
	return signIn, nil
}

// FinishEnrol adds a passkey for a person who is signed in by passkey.
func (a *Accounts) FinishEnrol(ctx context.Context, v *Visitor, label string, answer []byte) error {
	if v.SignIn.Means != ByPasskey {
		return ErrNotByPasskey
	}
	return a.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := a.finishEnrol(ctx, tx, enroller{person: v.Person.ID}, label, answer, a.cfg.Now()); err != nil {
			return fmt.Errorf("add a passkey: %w", err)
		}
		return nil
	})
}

func (a *Accounts) finishEnrol(ctx context.Context, tx *store.Tx, e enroller, label string, answer []byte, now time.Time) error {
	if err := checkName(label); err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	given := parsed.Response.CollectedClientData.Challenge
	challenge, err := a.challenges.check(given, toEnrol, e.whom(), now)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if err := answered(ctx, tx, challenge, now); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	u, err := a.loadUser(ctx, tx, `id = ?1`, e.person)
	if err != nil {
		return err
	}
	if len(u.keys) >= maxPasskeys {
		return fmt.Errorf("%d passkeys already: %w", len(u.keys), ErrTaken)
	}
	key, err := a.party.CreateCredential(u, webauthn.SessionData{
		Challenge: given, RelyingPartyID: a.party.Config.RPID, UserID: u.handle,
		UserVerification: protocol.VerificationRequired, CredParams: webauthn.CredentialParametersDefault(),
	}, parsed)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	record, err := json.Marshal(key)
	if err != nil {
		return err
	}
	sealed, err := a.sealFor(ctx, tx, e.person, labelField(key.ID), []byte(label))
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `INSERT INTO account_passkey (id, person, label, created, record) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO NOTHING`,
		key.ID, e.person, sealed, now.Unix(), string(record))
	if err == nil && n == 0 {
		err = ErrTaken
	}
	return err
}

// Passkeys are a person's passkeys, the oldest first.
func (a *Accounts) Passkeys(ctx context.Context, person int64) (all []Passkey, err error) {
	err = a.cfg.DB.View(ctx, func(tx *store.Tx) error {
		all = nil
		return each(ctx, tx, func(row scanner) error {
			var id []byte
			var k Passkey
			var created int64
			var used sql.NullInt64
			if err := row.Scan(&id, &k.Label, &created, &used); err != nil {
				return err
			}
			label, err := a.open(ctx, labelField(id), k.Label)
			k.ID, k.Label, k.Created, k.Used = passkeyName(id), label, time.Unix(created, 0).UTC(), moment(used)
			all = append(all, k)
			return err
		}, `SELECT id, label, created, used FROM account_passkey WHERE person = ?1 ORDER BY created, id`, person)
	})
	return all, err
}

func passkeyName(id []byte) string {
	hash := sha256.Sum256(id)
	return base64.RawURLEncoding.EncodeToString(hash[:])
}

// RemovePasskey removes one of a visitor's passkeys, but not the last one.
func (a *Accounts) RemovePasskey(ctx context.Context, v *Visitor, name string) error {
	if v.SignIn.Means != ByPasskey {
		return ErrNotByPasskey
	}
	return a.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		u, err := a.loadUser(ctx, tx, `id = ?1`, v.Person.ID)
		if err != nil {
			return err
		}
		for _, key := range u.keys {
			if passkeyName(key.ID) != name {
				continue
			}
			if len(u.keys) == 1 {
				return ErrLastPasskey
			}
			_, err := tx.Exec(ctx, `DELETE FROM account_passkey WHERE id = ?1 AND person = ?2`, bytes.Clone(key.ID), v.Person.ID)
			return err
		}
		return ErrUnknown
	})
}
