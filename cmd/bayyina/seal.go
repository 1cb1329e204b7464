package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"bayyina/cmd/bayyina/config"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
)

// sealDir is the folder of the key store in the data folder. No backup has it.
const sealDir = "seal"

// sealConfig says where the keys of what is sealed in a database lie.
func sealConfig(e *env, db *store.DB, data string, settings *config.Config, mayMake bool) seal.Config {
	return seal.Config{
		DB: db, Dir: filepath.Join(data, sealDir), KeyFile: settings.Keys.SealFile, Random: e.rand, Now: e.now, Make: mayMake,
	}
}

type sealCmd struct {
	Backup sealBackupCmd `cmd:"" help:"Copy the key store, while the server runs."`
	Rotate sealRotateCmd `cmd:"" help:"Put a new installation key in the place of the present one."`
}

type sealBackupCmd struct {
	Data string `required:"" placeholder:"DIR" help:"The server's data folder."`
	Out  string `required:"" placeholder:"FILE" help:"The new file."`
}

func (*sealBackupCmd) Help() string {
	return "Copies seal/keys.db, without which names, addresses and secrets in a backup of the database are unreadable. Keep it away from those " +
		"backups, and only as long as you must: whoever was erased is erased once no copy from before is left. The installation key is not in it: it is a file " +
		"of one line, which you copy by hand to a third place.\n\n" +
		"Example:\n\n    bayyina seal backup --data server --out /keys/2026-11-26.keys"
}

func (c *sealBackupCmd) Run(e *env) error {
	if _, err := os.Stat(c.Out); err == nil {
		return fmt.Errorf("%s exists already: nothing is overwritten", c.Out)
	}
	if err := seal.Backup(e.ctx, filepath.Join(c.Data, sealDir), c.Out); err != nil {
		return err
	}
	return e.answer(map[string]string{"out": c.Out}, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("%s: copy of the key store. The installation key is not in it.\n", "%s: نسخة من مخزن المفاتيح. ليس فيها مفتاح التثبيت.\n"), c.Out)
		return err
	})
}

type sealRotateCmd struct {
	Data   string `required:"" placeholder:"DIR" help:"The server's data folder."`
	Config string `placeholder:"FILE" help:"The settings; by default bayyina.toml in the data folder, if it is there."`
}

func (*sealRotateCmd) Help() string {
	return "Makes a new installation key and wraps all data keys by it, while the server runs. Interrupted, it goes on when it is run again: until then the " +
		"file of the key holds both. Do it when somebody who could read the key leaves, and after an erasure: what the disk may still hold of destroyed keys " +
		"is unreadable then. Copies of the key store from before need the old key.\n\n" +
		"Example:\n\n    bayyina seal rotate --data server"
}

func (c *sealRotateCmd) Run(e *env) (err error) {
	path := c.Config
	if path == "" {
		path = filepath.Join(c.Data, config.Name)
	}
	settings, err := config.Read(path, c.Config != "", e.environ)
	if err != nil {
		return err
	}
	if _, err := os.Stat(c.Data); err != nil {
		return err
	}
	db, err := (&serverFlags{Data: c.Data, Database: settings.Database.URL}).openDatabase(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	keys, err := seal.Open(e.ctx, sealConfig(e, db, c.Data, settings, false))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, keys.Close()) }()
	wrapped := 0
	if err := keys.Rotate(e.ctx, func(n int) { wrapped = n }); err != nil {
		return err
	}
	return e.answer(map[string]int{"wrapped": wrapped}, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("A new installation key wraps the data keys (%d). Copy its file to its safe place.\n",
			"صار مفتاح تثبيت جديد يغلّف مفاتيح البيانات (%d). انسخ ملفه إلى مكانه الآمن.\n"), wrapped)
		return err
	})
}
