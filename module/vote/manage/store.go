package manage

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"

	"bayyina/core/canon"
	"bayyina/module/vote"
	"bayyina/platform/identity/access"
	"bayyina/platform/store"
	"bayyina/platform/web"
)

//go:embed migrations
var migrations embed.FS

// Limits of what is kept.
const (
	maxOutlines = 1000
	maxVersions = 1000 // of one outline
)

var (
	// ErrUnknown: there is no such outline, or no such version of it.
	ErrUnknown = errors.New("there is no such outline")
	// ErrBegun: something was begun of an outline's elections, and it does not change any more.
	ErrBegun = errors.New("what was made of this outline has begun: it does not change any more")
	// ErrFull: no more outlines or versions are kept.
	ErrFull = errors.New("no more outlines, or versions of one, are kept")
)

// Conflict means that somebody else changed the same part of an outline meanwhile. Nothing was written.
type Conflict struct{ Now Version }

func (c *Conflict) Error() string {
	return fmt.Sprintf("version %d was written meanwhile", c.Now.Number)
}

// Version is an outline as somebody wrote it.
type Version struct {
	ID      string
	Number  int
	Name    string // of who wrote it
	Time    time.Time
	Outline *Outline
}

// Config is what outlines are kept with.
type Config struct {
	DB     *store.DB
	Now    func() time.Time
	Random io.Reader
	// Rehearsals is the folder of what came out of rehearsals.
	Rehearsals string
	// Elections tells how far those have come that were made of outlines.
	Elections interface {
		Standings(v *web.Visit, uuids []string) ([]vote.Standing, error)
	}
}

// Outlines are those that are being written on this server.
type Outlines struct{ cfg Config }

// New opens the outlines of a server.
func New(ctx context.Context, cfg Config) (*Outlines, error) {
	if err := cfg.DB.Migrate(ctx, "manage", store.Migrations{FS: migrations, Dir: "migrations"}); err != nil {
		return nil, err
	}
	return &Outlines{cfg}, nil
}

// Create keeps a new outline and returns its id.
func (s *Outlines) Create(ctx context.Context, by *access.Person, o *Outline) (string, error) {
	id, err := vote.NewUUID(s.cfg.Random)
	if err != nil {
		return "", err
	}
	return id, s.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(DISTINCT id) FROM manage_outline`).Scan(&n); err != nil {
			return err
		}
		if n >= maxOutlines {
			return ErrFull
		}
		return s.write(ctx, tx, id, 1, by, o)
	})
}

func (s *Outlines) write(ctx context.Context, tx *store.Tx, id string, number int, by *access.Person, o *Outline) error {
	text, err := o.Bytes()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO manage_outline (id, version, content, person, name, written) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
		id, number, string(text), by.ID, by.Name, s.cfg.Now().Unix())
	return err
}

// Outline returns the newest version of an outline, or with a number that one.
func (s *Outlines) Outline(ctx context.Context, id string, number int) (v Version, err error) {
	err = s.cfg.DB.View(ctx, func(tx *store.Tx) error {
		v, err = readVersion(ctx, tx, id, number)
		return err
	})
	return v, err
}

func readVersion(ctx context.Context, tx *store.Tx, id string, number int) (Version, error) {
	v := Version{ID: id}
	var text string
	var at int64
	err := tx.QueryRow(ctx, `SELECT version, content, name, written FROM manage_outline WHERE id = ?1 AND (?2 = 0 OR version = ?2)
		ORDER BY version DESC LIMIT 1`, id, number).Scan(&v.Number, &text, &v.Name, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return v, fmt.Errorf("%w: %.40s", ErrUnknown, id)
	}
	if err == nil {
		v.Time = time.Unix(at, 0).UTC()
		v.Outline, err = Parse([]byte(text))
	}
	if err != nil {
		return v, fmt.Errorf("read outline %s: %w", id, err)
	}
	return v, nil
}

// Change writes a new version. What edit changes was seen in version base; if another version was written
// meanwhile, the edit is made on that one, unless the part that it changes is not what it was: then the
// error is a *Conflict. An edit that changes nothing makes no version. The error is ErrBegun where
// something was begun of what was made of the outline.
func (s *Outlines) Change(ctx context.Context, by *access.Person, id string, base int, part func(*Outline) *Outline, edit func(*Outline) error) error {
	return s.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		now, err := readVersion(ctx, tx, id, 0)
		if err != nil {
			return err
		}
		switch begun, err := begun(ctx, tx, id); {
		case err != nil:
			return err
		case begun:
			return ErrBegun
		}
		before := now
		if base != now.Number {
			if before, err = readVersion(ctx, tx, id, base); err != nil {
				return err
			}
			if !reflect.DeepEqual(part(before.Outline), part(now.Outline)) {
				return &Conflict{now}
			}
		}
		was, err := now.Outline.Bytes()
		if err != nil {
			return err
		}
		if err := edit(now.Outline); err != nil {
			return err
		}
		if is, err := now.Outline.Bytes(); err != nil || string(is) == string(was) {
			return err
		}
		if now.Number >= maxVersions {
			return ErrFull
		}
		return s.write(ctx, tx, id, now.Number+1, by, now.Outline)
	})
}

// List returns the newest versions of all outlines, the last changed first.
func (s *Outlines) List(ctx context.Context) ([]Version, error) {
	return s.versions(ctx, `SELECT o.id, o.version, o.name, o.written, o.content FROM manage_outline o
		JOIN (SELECT id, max(version) AS newest FROM manage_outline GROUP BY id) n ON n.id = o.id AND n.newest = o.version
		ORDER BY o.written DESC, o.id`)
}

// History returns all versions of an outline, the newest first.
func (s *Outlines) History(ctx context.Context, id string) ([]Version, error) {
	return s.versions(ctx, `SELECT id, version, name, written, content FROM manage_outline WHERE id = ?1 ORDER BY version DESC`, id)
}

func (s *Outlines) versions(ctx context.Context, query string, args ...any) (list []Version, err error) {
	err = s.cfg.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var v Version
			var text string
			var at int64
			if err := rows.Scan(&v.ID, &v.Number, &v.Name, &at, &text); err != nil {
				return err
			}
			v.Time = time.Unix(at, 0).UTC()
			if v.Outline, err = Parse([]byte(text)); err != nil {
				return fmt.Errorf("read outline %s: %w", v.ID, err)
			}
			list = append(list, v)
		}
		return rows.Err()
	})
	return list, err
}

// Keep keeps a picture and returns its name.
func (s *Outlines) Keep(ctx context.Context, picture []byte) (string, error) {
	hash := canon.Hex(picture)
	return hash, s.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO manage_photo (hash, content) VALUES (?1, ?2) ON CONFLICT DO NOTHING`, hash, picture)
		return err
	})
}

// Photo returns a picture by its name.
func (s *Outlines) Photo(ctx context.Context, hash string) (picture []byte, err error) {
	err = s.cfg.DB.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT content FROM manage_photo WHERE hash = ?1`, hash).Scan(&picture)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: picture %.64s", ErrUnknown, hash)
	}
	return picture, err
}
