package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrations is the schema of one module: goose SQL files in the folders
// sqlite and postgres below Dir, which must yield the same tables and columns.
type Migrations struct {
	FS  fs.FS
	Dir string
}

var (
	//go:embed migrations
	embedded embed.FS

	migrations = Migrations{FS: embedded, Dir: "migrations"}
)

var moduleName = regexp.MustCompile(`^[a-z]{1,32}$`)

// Migrate brings the tables of one module up to date. Each module has its own
// numbering, kept in the table goose_<module>. A module calls it once, when it
// is made.
func (db *DB) Migrate(ctx context.Context, module string, set Migrations) (err error) {
	if !moduleName.MatchString(module) {
		return fmt.Errorf("migrate: %q is no module name (lower-case letters)", module)
	}
	files, err := fs.Sub(set.FS, path.Join(set.Dir, string(db.dialect)))
	if err != nil {
		return fmt.Errorf("migrate %s: %w", module, err)
	}
	opts := []goose.ProviderOption{goose.WithTableName("goose_" + module), goose.WithDisableGlobalRegistry(true)}
	dialect := goose.DialectSQLite3
	if db.dialect == Postgres {
		dialect = goose.DialectPostgres
		// Two servers that start at once must not migrate at once.
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return fmt.Errorf("migrate %s: %w", module, err)
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, db.write, files, opts...)
	if err != nil {
		return fmt.Errorf("migrate %s: %w", module, err)
	}
	// The provider's Close would close the database, which is not its own.
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate %s: %w", module, err)
	}
	have, want, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("migrate %s: %w", module, err)
	}
	if have > want {
		return fmt.Errorf("migrate %s: %w: schema version %d, this program knows %d", module, ErrNewerSchema, have, want)
	}
	return nil
}

// ErrNewerSchema reports a database that a newer program has migrated.
var ErrNewerSchema = errors.New("the database belongs to a newer version of the program")
