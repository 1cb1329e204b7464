package decide

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// linkAge is how long a way into the signing host is open.
const linkAge = 10 * time.Minute

// link is a way into the signing host: it names one person, and one proposal to sign or a key to
// make. Whoever holds it can do nothing without that person's authenticator.
type link struct {
	hash      string
	person    int64
	proposal  string // empty: to make a key
	challenge []byte // to make a key
}

// OpenLink opens a way for a person to sign a proposal, or with an empty one to make a
// deciding key. It returns what the address of the page ends with: 256 random bits, of which the
// database keeps the hash.
func (d *Decisions) OpenLink(ctx context.Context, person int64, proposal string) (token string, err error) {
	var secret [32]byte
	if _, err := io.ReadFull(d.cfg.Random, secret[:]); err != nil {
		return "", fmt.Errorf("open link: %w", err)
	}
	token = base64.RawURLEncoding.EncodeToString(secret[:])
	err = d.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM decide_link WHERE expires < ?1`, d.clock().Unix()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO decide_link (hash, person, proposal, expires) VALUES (?1, ?2, ?3, ?4)`,
			hashOf(token), person, sql.NullString{String: proposal, Valid: proposal != ""}, d.clock().Add(linkAge).Unix())
		return err
	})
	if err != nil {
		return "", fmt.Errorf("open link: %w", err)
	}
	return token, nil
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// follow returns the link of a token that is still good.
func (d *Decisions) follow(ctx context.Context, tx *store.Tx, token string) (link, error) {
	l := link{hash: hashOf(token)}
	var proposal sql.NullString
	err := tx.QueryRow(ctx, `SELECT person, proposal, challenge FROM decide_link WHERE hash = ?1 AND used = 0 AND expires >= ?2`, l.hash, d.clock().Unix()).
		Scan(&l.person, &proposal, &l.challenge)
	if errors.Is(err, sql.ErrNoRows) {
		return l, ErrLink
	}
	l.proposal = proposal.String
	return l, err
}

// use uses a link up.
func (l link) use(ctx context.Context, tx *store.Tx) error {
	n, err := tx.Exec(ctx, `UPDATE decide_link SET used = 1 WHERE hash = ?1 AND used = 0`, l.hash)
	if err == nil && n == 0 {
		err = ErrLink
	}
	return err
}

// signByLink takes an assertion from the signing page.
func (d *Decisions) signByLink(ctx context.Context, token string, a Assertion) (proposal string, err error) {
	signature, err := a.encode()
	if err != nil {
		return "", err
	}
	h, err := d.now(ctx)
	if err != nil {
		return "", err
	}
	err = d.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		l, err := d.follow(ctx, tx, token)
		if err != nil {
			return err
		}
		if l.proposal == "" {
			return ErrLink
		}
		proposal = l.proposal
		if err := l.use(ctx, tx); err != nil {
			return err
		}
		return d.signIn(ctx, tx, h, l.person, l.proposal, func(read.Key, []byte) ([]byte, error) { return signature, nil })
	})
	if err != nil {
		return "", fmt.Errorf("sign by link: %w", err)
	}
	return proposal, nil
}

// party is the relying party of the log's deciding keys, on the signing host.
func (d *Decisions) party(h *read.KeyHistory) (*webauthn.WebAuthn, error) {
	required := true
	return webauthn.New(&webauthn.Config{
		RPID: h.Passkeys().RPID, RPDisplayName: h.Genesis().Name.AR, RPOrigins: []string{d.cfg.Signing},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: &required,
			UserVerification: protocol.VerificationRequired,
		},
	})
}

// holder is a person as the library knows those who make a deciding key.
type holder struct {
	id   int64
	name string
}

func (u holder) WebAuthnID() []byte                         { return fmt.Appendf(nil, "decide-%d", u.id) }
func (u holder) WebAuthnName() string                       { return u.name }
func (u holder) WebAuthnDisplayName() string                { return u.name }
func (u holder) WebAuthnCredentials() []webauthn.Credential { return nil }

// parameters are the algorithms of deciding keys (docs/PROTOCOL.md section 2).
var parameters = []protocol.CredentialParameter{
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgEdDSA},
}

// beginKey returns what the browser makes a deciding key with: JSON of
// PublicKeyCredentialCreationOptions (WebAuthn level 2, section 5.4).
func (d *Decisions) beginKey(ctx context.Context, token string) (options []byte, err error) {
	h, err := d.now(ctx)
	if err != nil {
		return nil, err
	}
	party, err := d.party(h)
	if err != nil {
		return nil, err
	}
	err = d.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		l, err := d.follow(ctx, tx, token)
		if err == nil && l.proposal != "" {
			err = ErrLink
		}
		if err != nil {
			return err
		}
		who, err := d.cfg.People.Who(ctx, tx, l.person)
		if err != nil {
			return err
		}
		creation, session, err := party.BeginRegistration(holder{who.ID, who.Name}, webauthn.WithCredentialParameters(parameters))
		if err != nil {
			return err
		}
		if options, err = json.Marshal(creation.Response); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE decide_link SET challenge = ?2 WHERE hash = ?1`, l.hash, []byte(session.Challenge))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("begin to make a deciding key: %w", err)
	}
	return options, nil
}

// finishKey checks the authenticator's answer, and keeps the key that it made for the
// person. It is none of the log's before a decision lets it enter.
func (d *Decisions) finishKey(ctx context.Context, token string, answer []byte) (name string, err error) {
	h, err := d.now(ctx)
	if err != nil {
		return "", err
	}
	party, err := d.party(h)
	if err != nil {
		return "", err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrSignature, err)
	}
	err = d.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		l, err := d.follow(ctx, tx, token)
		if err == nil && (l.proposal != "" || len(l.challenge) == 0) {
			err = ErrLink
		}
		if err != nil {
			return err
		}
		if err := l.use(ctx, tx); err != nil {
			return err
		}
		who, err := d.cfg.People.Who(ctx, tx, l.person)
		if err != nil {
			return err
		}
		u := holder{who.ID, who.Name}
		made, err := party.CreateCredential(u, webauthn.SessionData{
			Challenge: string(l.challenge), RelyingPartyID: h.Passkeys().RPID, UserID: u.WebAuthnID(),
			UserVerification: protocol.VerificationRequired, CredParams: parameters,
		}, parsed)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrSignature, err)
		}
		if name, err = d.keyName(l.person); err != nil {
			return err
		}
		text, err := passkeyText(name, made.PublicKey)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrSignature, err)
		}
		return addKey(ctx, tx, Key{Name: name, Person: l.person, Public: text, Credential: made.ID, Made: d.clock()})
	})
	if err != nil {
		return "", fmt.Errorf("make a deciding key: %w", err)
	}
	return name, nil
}

// keyName names a new key after the signing host and the person's number; names are
// unique in a log for ever.
func (d *Decisions) keyName(person int64) (string, error) {
	u, err := url.Parse(d.cfg.Signing)
	if err != nil {
		return "", err
	}
	var random [4]byte
	if _, err := io.ReadFull(d.cfg.Random, random[:]); err != nil {
		return "", fmt.Errorf("name a key: %w", err)
	}
	return fmt.Sprintf("%s/%d-%x", u.Hostname(), person, random), nil
}

// passkeyText writes a COSE key (RFC 9053) as a verifier key.
func passkeyText(name string, cose []byte) (string, error) {
	parsed, err := webauthncose.ParsePublicKey(cose)
	if err != nil {
		return "", err
	}
	switch k := parsed.(type) {
	case webauthncose.EC2PublicKeyData:
		if len(k.XCoord) != 32 || len(k.YCoord) != 32 {
			return "", errors.New("not a point of P-256")
		}
		return read.PasskeyText(name, read.PasskeyES256, append(append([]byte{4}, k.XCoord...), k.YCoord...))
	case webauthncose.OKPPublicKeyData:
		return read.PasskeyText(name, read.PasskeyEdDSA, k.XCoord)
	}
	return "", fmt.Errorf("a key of type %T", parsed)
}
