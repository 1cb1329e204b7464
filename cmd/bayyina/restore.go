package main

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"bayyina/cmd/bayyina/config"
	"bayyina/platform/ledger"
	"bayyina/platform/store"
)

type restoreCmd struct {
	File     string `arg:"" help:"The backup."`
	Data     string `required:"" placeholder:"DIR" help:"A new folder, which becomes the server's data folder."`
	Database string `placeholder:"URL" help:"The empty PostgreSQL database for a backup of one."`
}

func (*restoreCmd) Help() string {
	return "Unpacks a backup into a new data folder, and compares every file of its log with what it must be. Where the log has grown since the " +
		"backup was made, the server refuses to write: lay the newer files of the log, from the old disk or from a mirror, over DIR/log, and run " +
		"bayyina log reconcile. bayyina doctor says what is to be done.\n\n" +
		"Example:\n\n    bayyina restore /backup/2026-11-26.tar --data server"
}

func (c *restoreCmd) Run(e *env) error {
	if there, err := os.ReadDir(c.Data); err == nil && len(there) > 0 {
		return fmt.Errorf("%s is not empty: nothing is overwritten: %w", c.Data, fs.ErrExist)
	}
	if err := config.CheckDatabase(c.Database); err != nil {
		return usageError("--database " + err.Error())
	}
	if c.Database != "" {
		if err := store.CheckEmptyPostgres(e.ctx, c.Database); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	about, err := c.unpack()
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	if about.Database == store.Postgres {
		dump := filepath.Join(c.Data, databaseName)
		if err := store.RestorePostgres(e.ctx, c.Database, dump); err != nil {
			return err
		}
		if err := os.Remove(dump); err != nil {
			return err
		}
	}
	view, err := ledger.OpenView(filepath.Join(c.Data, publicDir))
	if err != nil {
		return err
	}
	report, err := view.Fsck(e.ctx)
	if err != nil {
		return err
	}
	if n := len(report.Problems); n > 0 || view.Size() != about.Size || view.Origin() != about.Origin {
		return fmt.Errorf("%s: the log in it is damaged (problems found: %d, the first: %v)", c.File, n, report.Problems)
	}
	return e.answer(about, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("%s: restored %s with %d entries, as of %s. Now run bayyina doctor --data %s\n",
			"%s: استُعيد %s، عدد القيود %d، كما كان في %s. شغّل الآن bayyina doctor --data %s\n"),
			c.Data, about.Origin, about.Size, about.Made.Format(protocolTime), c.Data)
		return errors.Join(err, c.mind(e, w))
	})
}

// mind says where the settings of the backup name another database than the new one.
func (c *restoreCmd) mind(e *env, w io.Writer) error {
	path := filepath.Join(c.Data, config.Name)
	settings, err := config.Read(path, false, e.environ)
	if err == nil && settings.Database.URL == c.Database {
		return nil
	}
	_, err = fmt.Fprintf(w, e.tr("The settings in %s do not name this database: set database.url to %q before you start the server.\n",
		"الإعدادات في %s لا تسمّي قاعدة البيانات هذه: اجعل database.url هكذا %q قبل تشغيل الخادم.\n"), path, c.Database)
	return err
}

// errBackup reports a file that is no backup.
var errBackup = errors.New("this is no backup of bayyina backup")

// unpack lays the backup's files into the data folder.
func (c *restoreCmd) unpack() (about backup, err error) {
	f, err := os.Open(c.File)
	if err != nil {
		return about, err
	}
	defer f.Close()
	root, err := os.OpenRoot(c.Data) // no name leads out of it
	if err != nil {
		return about, err
	}
	defer root.Close()
	archive := tar.NewReader(f)
	for first := true; ; first = false {
		head, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF) && !first:
			return about, nil
		case err != nil:
			return about, fmt.Errorf("%w: %w", errBackup, err)
		case first:
			if head.Name != backupAbout || json.NewDecoder(io.LimitReader(archive, 1<<16)).Decode(&about) != nil || about.Format != backupFormat {
				return about, errBackup
			}
			if err := c.fits(about.Database); err != nil {
				return about, err
			}
			continue
		}
		name, mode := head.Name, fs.FileMode(0o600)
		folder, _, nested := strings.Cut(name, "/")
		switch {
		case head.Typeflag != tar.TypeReg || !fs.ValidPath(name):
			return about, fmt.Errorf("%w: it holds %q", errBackup, name)
		case nested && folder == publicDir:
			mode = 0o644
		case nested && (folder == keysDir || folder == stagingDir), name == policyName, name == config.Name:
		case name == backupDatabase:
			name = databaseName
		default:
			return about, fmt.Errorf("%w: it holds %q", errBackup, name)
		}
		if err := lay(root, name, mode, archive); err != nil {
			return about, err
		}
	}
}

// fits refuses a database of another kind than the backup's.
func (c *restoreCmd) fits(made store.Dialect) error {
	switch {
	case made == store.Postgres && c.Database == "":
		return usageError("this is a backup of a PostgreSQL database: name an empty one with --database postgres://…")
	case made != store.Postgres && c.Database != "":
		return usageError("this is a backup of an SQLite database, which is restored as one: leave --database away. " +
			"An installation moves to PostgreSQL by closing its log and starting a successor there")
	}
	return nil
}

// lay writes a new file below root.
func lay(root *os.Root, name string, mode fs.FileMode, content io.Reader) error {
	folders := fs.FileMode(0o700)
	if strings.HasPrefix(name, publicDir+"/") {
		folders = 0o755
	}
	if err := root.MkdirAll(path.Dir(name), folders); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Sync(), f.Close())
}
