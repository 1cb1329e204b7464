package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/scs/v2"

	"bayyina/platform/identity/access"
	"bayyina/platform/store"
)

// How long a sign-in lasts: idle, and at most.
const (
	idleAge    = 30 * time.Minute
	sessionAge = 12 * time.Hour
	// seenEvery is how precisely the last use of a sign-in is noted.
	seenEvery = time.Minute
	maxAgent  = 200 // bytes of a browser's description
)

// Means is how somebody signed in.
type Means string

// The means. Only the first may enrol passkeys and make codes; the second changes nothing
// of anybody's account.
const (
	ByPasskey Means = "passkey"
	ByCodes   Means = "codes"
	ByDemo    Means = "demo" // without credentials, in the demonstration
)

// SignIn is one of a person's sessions.
type SignIn struct {
	ID      int64
	Means   Means
	Agent   string // the browser's own description
	Started time.Time
	Seen    time.Time // to the minute
}

// Visitor is a person with the sign-in by which they are here.
type Visitor struct {
	Person access.Person
	SignIn SignIn
}

// signInKey is where a session names its sign-in.
const signInKey = "sign-in"

// newSessions makes the manager of the cookie: it leads to a sign-in, which holds the rest.
// A session is only made for whoever signs in, under a new token each time, so
// that nobody can be given one beforehand.
func (a *Accounts) newSessions(secure bool) *scs.SessionManager {
	m := scs.New()
	m.Store = sessionStore{a}
	m.HashTokenInStore = true
	m.Lifetime = sessionAge
	m.Cookie.Name = "session"
	if secure {
		m.Cookie.Name = "__Host-session"
		m.Cookie.Secure = true
	}
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Persist = false
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		a.cfg.Log.ErrorContext(r.Context(), "sessions", "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
	return m
}

// Handler wraps the site, so that it knows sessions.
func (a *Accounts) Handler(next http.Handler) http.Handler { return a.sessions.LoadAndSave(next) }

// SignedIn is who makes the request; nil for nobody. The site asks it of every visitor.
func (a *Accounts) SignedIn(r *http.Request) (*access.Person, error) {
	v, err := a.visitor(r.Context())
	if v == nil || err != nil {
		return nil, err
	}
	return &v.Person, nil
}

// visitor is who makes the request with this context, nil for nobody.
func (a *Accounts) visitor(ctx context.Context) (*Visitor, error) {
	id := a.sessions.GetInt64(ctx, signInKey)
	if id == 0 {
		return nil, nil
	}
	now := a.cfg.Now()
	var v *Visitor
	err := a.cfg.DB.View(ctx, func(tx *store.Tx) (err error) {
		v, err = a.loadVisitor(ctx, tx, id, now)
		return err
	})
	if errors.Is(err, ErrUnknown) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("who is signed in: %w", err)
	}
	if now.Sub(v.SignIn.Seen) >= seenEvery {
		err := a.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE account_signin SET seen = ?2 WHERE id = ?1 AND ended IS NULL AND seen < ?2`, id, now.Unix())
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("who is signed in: %w", err)
		}
	}
	return v, nil
}

// lasting is the condition on account_signin s for a sign-in that lasts, at time ?1.
var lasting = fmt.Sprintf(`s.ended IS NULL AND s.seen > ?1 - %d AND s.started > ?1 - %d`, int(idleAge.Seconds()), int(sessionAge.Seconds()))

func (a *Accounts) loadVisitor(ctx context.Context, tx *store.Tx, id int64, now time.Time) (*Visitor, error) {
	var v Visitor
	var handle []byte
	var started, seen int64
	err := tx.QueryRow(ctx, `SELECT p.id, p.handle, p.name, p.organisation, s.id, s.means, s.agent, s.started, s.seen
		FROM account_signin s JOIN account_person p ON p.id = s.person WHERE s.id = ?2 AND p.ended IS NULL AND `+lasting, now.Unix(), id).
		Scan(&v.Person.ID, &handle, &v.Person.Name, &v.Person.Organisation, &v.SignIn.ID, &v.SignIn.Means, &v.SignIn.Agent, &started, &seen)
	if err != nil {
		return nil, missing(err)
	}
	v.SignIn.Started, v.SignIn.Seen = time.Unix(started, 0).UTC(), time.Unix(seen, 0).UTC()
	if v.Person.Name, err = a.open(ctx, personField("name", handle), v.Person.Name); err != nil {
		return nil, err
	}
	v.Person.Grants, err = grantsOf(ctx, tx, v.Person.ID)
	return &v, err
}

// begin makes a sign-in.
func begin(ctx context.Context, tx *store.Tx, person int64, means Means, agent string, now time.Time) (id int64, err error) {
	for len(agent) > maxAgent || !utf8.ValidString(agent) {
		agent = agent[:min(maxAgent, len(agent)-1)]
	}
	err = tx.QueryRow(ctx, `INSERT INTO account_signin (person, means, agent, started, seen) VALUES (?1, ?2, ?3, ?4, ?4) RETURNING id`,
		person, string(means), agent, now.Unix()).Scan(&id)
	return id, err
}

// enter makes the request's session lead to a sign-in, under a new token.
func (a *Accounts) enter(ctx context.Context, signIn int64) error {
	if err := a.sessions.RenewToken(ctx); err != nil {
		return fmt.Errorf("begin the session: %w", err)
	}
	a.sessions.Put(ctx, signInKey, signIn)
	return nil
}

// leave ends the request's session and its sign-in.
func (a *Accounts) leave(ctx context.Context, v *Visitor) error {
	if err := a.EndSignIn(ctx, v.Person.ID, v.SignIn.ID); err != nil && !errors.Is(err, ErrUnknown) {
		return err
	}
	if err := a.sessions.Destroy(ctx); err != nil {
		return fmt.Errorf("end the session: %w", err)
	}
	return nil
}

// SignIns are a person's sign-ins that last, the newest first.
func (a *Accounts) SignIns(ctx context.Context, person int64) (all []SignIn, err error) {
	err = a.cfg.DB.View(ctx, func(tx *store.Tx) error {
		all = nil
		return each(ctx, tx, func(row scanner) error {
			var s SignIn
			var started, seen int64
			if err := row.Scan(&s.ID, &s.Means, &s.Agent, &started, &seen); err != nil {
				return err
			}
			s.Started, s.Seen = time.Unix(started, 0).UTC(), time.Unix(seen, 0).UTC()
			all = append(all, s)
			return nil
		}, `SELECT s.id, s.means, s.agent, s.started, s.seen FROM account_signin s WHERE s.person = ?2 AND `+lasting+` ORDER BY s.id DESC`,
			a.cfg.Now().Unix(), person)
	})
	return all, err
}

// EndSignIn ends one of a person's sign-ins.
func (a *Accounts) EndSignIn(ctx context.Context, person, id int64) error {
	return a.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE account_signin SET ended = ?3 WHERE id = ?1 AND person = ?2 AND ended IS NULL`, id, person, a.cfg.Now().Unix())
		if err == nil && n == 0 {
			err = ErrUnknown
		}
		if err != nil {
			return fmt.Errorf("end sign-in %d: %w", id, err)
		}
		return nil
	})
}

// sessionStore keeps sessions in the database, as scs asks for it.
type sessionStore struct{ a *Accounts }

func (s sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s sessionStore) Commit(token string, b []byte, expires time.Time) error {
	return s.CommitCtx(context.Background(), token, b, expires)
}

func (s sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

func (s sessionStore) FindCtx(ctx context.Context, token string) (b []byte, found bool, err error) {
	err = s.a.cfg.DB.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT data FROM account_session WHERE token = ?1 AND expires > ?2`, token, s.a.cfg.Now().Unix()).Scan(&b)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return b, err == nil, err
}

func (s sessionStore) CommitCtx(ctx context.Context, token string, b []byte, expires time.Time) error {
	return s.a.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM account_session WHERE expires <= ?1`, s.a.cfg.Now().Unix()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO account_session (token, data, expires) VALUES (?1, ?2, ?3)
			ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires = excluded.expires`, token, b, expires.Unix())
		return err
	})
}

func (s sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return s.a.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM account_session WHERE token = ?1`, token)
		return err
	})
}
