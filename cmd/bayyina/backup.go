package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bayyina/cmd/bayyina/config"
	"bayyina/platform/identity"
	"bayyina/platform/ledger"
	"bayyina/platform/store"
)

// What a backup holds: a tar file whose first file describes it.
const (
	backupFormat   = "bayyina.backup/1"
	backupAbout    = "backup.json"
	backupDatabase = "database" // SQLite's file, or pg_dump's
	stagingDir     = "staging"  // attachments that no entry names yet
)

type backupCmd struct {
	Out     string        `required:"" placeholder:"FILE" help:"The new tar file."`
	Timeout time.Duration `default:"2m" placeholder:"DURATION" help:"Wait at most so long for the log to publish what the database knows (${default})."`
	serverFlags
}

func (*backupCmd) Help() string {
	return "Writes the database, the log's public files, attachments that wait, sealed keys, policy and settings into one file, while the " +
		"server runs. The log in it is never behind the database, so that the two fit together. Keys are copied as they lie there, sealed: without the " +
		"passphrase the backup signs nothing. The keys of what is sealed in the database are not in it (bayyina seal backup), nor is the TLS certificate.\n\n" +
		"Example:\n\n    bayyina backup --data server --out /backup/2026-11-26.tar"
}

// backup is the first file of a backup, and the answer of the command.
type backup struct {
	Format   string        `json:"format"`
	Origin   string        `json:"origin"`
	Size     uint64        `json:"size"` // of the log
	Database store.Dialect `json:"database"`
	Made     time.Time     `json:"made"`
	Out      string        `json:"out,omitempty"`
}

func (c *backupCmd) Run(e *env) (err error) {
	dsn, err := c.dsn(e)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(filepath.Dir(c.Out), ".backup-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	copied := filepath.Join(scratch, backupDatabase)
	answer := backup{Format: backupFormat, Made: e.now().UTC().Truncate(time.Second)}
	if answer.Database, err = store.Backup(e.ctx, dsn, copied); err != nil {
		return err
	}
	view, err := c.covering(e)
	if err != nil {
		return err
	}
	answer.Origin, answer.Size = view.Origin(), view.Size()
	file := filepath.Join(scratch, "backup.tar")
	if err := c.write(e, file, copied, answer, view); err != nil {
		return err
	}
	if err := os.Link(file, c.Out); err != nil { // whole or not at all, and nothing is overwritten
		return err
	}
	answer.Out = c.Out
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("%s: backup of %s with %d entries\n", "%s: نسخة احتياطية من %s، عدد القيود %d\n"), answer.Out, answer.Origin, answer.Size)
		return err
	})
}

// covering waits until the published log holds all that the database knows of it.
func (c *backupCmd) covering(e *env) (*ledger.View, error) {
	db, err := c.openDatabase(e)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var known uint64
	if err := db.View(e.ctx, func(tx *store.Tx) (err error) {
		known, err = ledger.Known(e.ctx, tx)
		return err
	}); err != nil {
		return nil, err
	}
	for end := time.Now().Add(c.Timeout); ; {
		view, err := ledger.OpenView(filepath.Join(c.Data, publicDir))
		if err != nil || view.Size() >= known {
			return view, err
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("the log has published %d entries, the database knows %d: is the server running?", view.Size(), known)
		}
		select {
		case <-e.ctx.Done():
			return nil, e.ctx.Err()
		case <-time.After(waitInterval):
		}
	}
}

// write writes the tar file.
func (c *backupCmd) write(e *env, path, database string, about backup, view *ledger.View) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	archive := tar.NewWriter(f)
	text, err := json.Marshal(about)
	if err != nil {
		return err
	}
	if err := addBytes(archive, backupAbout, append(text, '\n')); err != nil {
		return err
	}
	if err := addFile(archive, backupDatabase, database); err != nil {
		return err
	}
	for _, name := range []string{policyName, config.Name} {
		if err := addFile(archive, name, filepath.Join(c.Data, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	keys, err := filepath.Glob(filepath.Join(c.Data, keysDir, "*"))
	if err != nil {
		return err
	}
	for _, key := range keys {
		data, err := identity.Read(key, identity.MaxKeyFile)
		if err != nil {
			return err
		}
		if !identity.IsSealed(data) && !strings.HasSuffix(key, ".pub") {
			return fmt.Errorf("%s is neither a sealed key nor a public one: it does not belong into the folder of keys, and not into a backup", key)
		}
		if err := addBytes(archive, keysDir+"/"+filepath.Base(key), data); err != nil {
			return err
		}
	}
	if err := addFolder(archive, stagingDir, filepath.Join(c.Data, stagingDir)); err != nil {
		return err
	}
	if err := view.AddTo(e.ctx, archive, publicDir+"/"); err != nil {
		return err
	}
	return errors.Join(archive.Close(), f.Sync())
}

func addBytes(archive *tar.Writer, name string, data []byte) error {
	if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(data)), Mode: 0o600}); err != nil {
		return err
	}
	_, err := io.Copy(archive, bytes.NewReader(data))
	return err
}

func addFile(archive *tar.Writer, name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: info.Size(), Mode: 0o600}); err != nil {
		return err
	}
	_, err = io.Copy(archive, f)
	return err
}

// addFolder adds the files of a folder, if it is there. A file may vanish meanwhile:
// the log has it by then.
func addFolder(archive *tar.Writer, name, dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		below, err := filepath.Rel(dir, path)
		if err == nil {
			err = addFile(archive, name+"/"+filepath.ToSlash(below), path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}
