package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"

	"bayyina/cmd/bayyina/config"
	"bayyina/platform/identity"
	"bayyina/platform/ledger"
	"bayyina/platform/store"
)

// Names in the server's data folder.
const (
	keysDir      = "keys" // checkpoint.key, entry.key, receipt.key, each with its .pub
	publicDir    = "log"  // the log's public files
	databaseName = "bayyina.db"
	policyName   = "policy.txt" // what is handed out; optional
	boardDir     = "board"      // how far the board came
)

// serverFlags say where the server keeps its keys, its log and its database.
// Commands that write a log embed them.
type serverFlags struct {
	Data     string `required:"" placeholder:"DIR" help:"The server's data folder: keys in keys, the public files in log, the database bayyina.db."`
	Database string `placeholder:"URL" help:"Use this PostgreSQL database (postgres://…), whatever the settings in the data folder say; its password is read as libpq does, for instance from ~/.pgpass."`
	unlockFlags

	settings *config.Config // where they were read already
}

// server is the writing side, open.
type server struct {
	Log     *ledger.Log
	DB      *store.DB
	Receipt *identity.Key
	Config  ledger.Config // with which Log was opened

	keys []*identity.Key
}

// open opens keys, database and log. The log must have been made before.
func (f *serverFlags) open(e *env) (*server, error) {
	if _, err := os.Stat(filepath.Join(f.Data, publicDir, "checkpoint")); err != nil {
		return nil, fmt.Errorf("there is no log in %s (bayyina log init makes one): %w", f.Data, err)
	}
	s, err := f.prepare(e)
	if err != nil {
		return nil, err
	}
	if s.Log, err = ledger.Open(e.ctx, s.Config); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// prepare opens keys and database, and leaves the log alone.
func (f *serverFlags) prepare(e *env) (*server, error) {
	s := &server{}
	if err := f.prepareInto(e, s); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (f *serverFlags) prepareInto(e *env, s *server) error {
	for _, role := range []string{"checkpoint", "entry", "receipt"} {
		key, err := f.openKey(e, filepath.Join(f.Data, keysDir, role+".key"))
		if err != nil {
			return err
		}
		s.keys = append(s.keys, key)
	}
	var err error
	if s.DB, err = f.openDatabase(e); err != nil {
		return err
	}
	s.Receipt = s.keys[2]
	s.Config = ledger.Config{
		Dir: f.Data, DB: s.DB, Checkpoint: s.keys[0], Entry: s.keys[1],
		Now: e.now, Client: http.DefaultClient,
		Log: slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: e.level})),
	}
	return nil
}

// openDatabase opens the database and leaves the keys alone.
func (f *serverFlags) openDatabase(e *env) (*store.DB, error) {
	dsn, err := f.dsn(e)
	if err != nil {
		return nil, err
	}
	return store.Open(e.ctx, dsn)
}

// dsn names the database that the flags or the settings name. A password on the
// command line could be read by everybody on the machine, so it is refused.
func (f *serverFlags) dsn(e *env) (string, error) {
	if f.Database != "" {
		if err := config.CheckDatabase(f.Database); err != nil {
			return "", usageError("--database " + err.Error())
		}
		return f.Database, nil
	}
	settings := f.settings
	if settings == nil {
		var err error
		if settings, err = config.Read(filepath.Join(f.Data, config.Name), false, e.environ); err != nil {
			return "", err
		}
	}
	return cmp.Or(settings.Database.URL, "sqlite:"+filepath.Join(f.Data, databaseName)), nil
}

// Close gives the log and the database back, and forgets the keys.
func (s *server) Close() error {
	var errs []error
	if s.Log != nil {
		errs = append(errs, s.Log.Close())
	}
	if s.DB != nil {
		errs = append(errs, s.DB.Close())
	}
	for _, key := range s.keys {
		key.Destroy()
	}
	return errors.Join(errs...)
}
