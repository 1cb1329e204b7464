// Package account knows people: the bodies they belong to, how they sign in, and the
// roles they hold.
//
// Somebody enters by an invitation, in which they make a passkey (W3C WebAuthn level 2).
// A passkey signs in; where none is at hand, a recovery code together with the code of
// a generator (RFC 6238) signs in instead, but enrols nothing. Neither approves anything:
// decisions are signed by other passkeys, of another relying party (package decide).
// The relying party here is the site's own host, challenges are of another length than a
// decision's hash, and each is answered once.
//
// A role is given and taken by decisions of others ([Accounts.ApplyGrant]); the only ones
// without a decision are those of the installation ([Accounts.Install]), and pages say so.
// Who reads somebody's personal data is written into a register first ([Accounts.NoteReading]).
//
// What the database holds of secrets is hashed. Names, addresses, labels of passkeys and
// the generators' secrets, which must be computed with, are sealed under a data key of
// their person (package seal): who has the database alone reads none of them, and whoever is
// erased ([Accounts.ApplyErase]) is erased in every copy of it.
package account

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
	"bayyina/platform/web"
)

var (
	//go:embed migrations
	migrations embed.FS
	//go:embed pages/*.html
	pages embed.FS
)

// Reasons for which something is refused.
var (
	ErrSignIn       = errors.New("nobody can be signed in with this")
	ErrTooMany      = errors.New("too many attempts failed from here")
	ErrInvitation   = errors.New("the invitation is not valid, was used, or has expired")
	ErrNotByPasskey = errors.New("only whoever signed in with a passkey may do this")
	ErrLastPasskey  = errors.New("the last passkey cannot be removed")
	ErrCode         = errors.New("the code of the generator is not right")
	ErrUnknown      = errors.New("there is no such person or thing of theirs")
	ErrTaken        = errors.New("it exists already")
	ErrMalformed    = errors.New("malformed")
	ErrOneself      = errors.New("nobody does this to themselves")
	ErrInstalled    = errors.New("such a role is given by a decision only")
)

// Config is what accounts work with.
type Config struct {
	DB     *store.DB
	Keys   *seal.Keys     // seal what tells of people
	Name   read.Bilingual // of the site; authenticators show the Arabic name
	Origin string         // of the site, "https://vote.hnec.example": its host is the relying party
	Home   string         // path to which whoever signs in is led; their account where empty
	Demo   bool           // people of the demonstration are signed in without credentials
	Now    func() time.Time
	Random io.Reader
	Log    *slog.Logger
}

// Accounts are the people of one server. Their methods may be called by several
// goroutines at once.
type Accounts struct {
	cfg        Config
	party      *webauthn.WebAuthn
	challenges *challenges
	throttle   *throttle
	sessions   *scs.SessionManager
	views      *web.Views
}

// New brings the tables up to date. The origin's host must be a name: passkeys know no
// addresses, "localhost" being a name.
func New(ctx context.Context, cfg Config) (*Accounts, error) {
	u, err := url.Parse(cfg.Origin)
	if err != nil {
		return nil, fmt.Errorf("accounts: origin: %w", err)
	}
	required := true
	party, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: cfg.Name.AR, RPOrigins: []string{cfg.Origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: &required,
			UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	if err := protocol.ValidateRPID(u.Hostname()); err != nil {
		return nil, fmt.Errorf("accounts: passkeys need a host name, %q is none: %w", u.Hostname(), err)
	}
	challenges, err := newChallenges(cfg.Random)
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	if err := cfg.DB.Migrate(ctx, "account", store.Migrations{FS: migrations, Dir: "migrations"}); err != nil {
		return nil, err
	}
	a := &Accounts{cfg: cfg, party: party, challenges: challenges, throttle: newThrottle(cfg.Now)}
	if err := a.sealClear(ctx); err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	if err := a.settleErased(ctx); err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	a.sessions = a.newSessions(u.Scheme == "https")
	if a.views, err = web.ParseViews(pages, "pages"); err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	return a, nil
}

// secret draws a secret of size bytes.
func (a *Accounts) secret(size int) ([]byte, error) {
	b := make([]byte, size)
	if _, err := io.ReadFull(a.cfg.Random, b); err != nil {
		return nil, fmt.Errorf("read randomness: %w", err)
	}
	return b, nil
}
