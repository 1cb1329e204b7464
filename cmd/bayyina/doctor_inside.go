package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"bayyina/platform/identity"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

func (d *doctor) path(name string) string { return filepath.Join(d.dir, name) }

// files looks at who may read what is secret.
func (d *doctor) files() {
	secret := []string{d.dir, d.path(keysDir), d.path(databaseName)}
	keys, _ := filepath.Glob(d.path(keysDir + "/*.key"))
	for _, path := range append(secret, keys...) {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) && path == d.path(databaseName) {
			continue
		}
		switch {
		case err != nil:
			d.ill("files", reason{"لا يُقرأ " + path, err.Error()},
				reason{"تأكد من المسار ومن الحساب الذي يعمل به الخادم", "Check the path, and the account that the server runs as"})
		case info.Mode().Perm()&0o007 != 0 || path != d.dir && info.Mode().Perm()&0o077 != 0:
			d.ill("files", reason{"يستطيع غير الخادم قراءة " + path, fmt.Sprintf("others than the server may read %s (%v)", path, info.Mode().Perm())},
				reason{"شغّل chmod go-rwx " + path, "Run chmod go-rwx " + path})
		}
	}
	if !slices.ContainsFunc(d.findings, func(f finding) bool { return f.Place == "files" }) {
		d.well("files", "لا يقرأ الأسرار إلا الخادم", "nobody but the server may read what is secret")
	}
}

// keys compares the server's public keys with those that the log has now.
func (d *doctor) keys() {
	history, err := d.history()
	if err != nil {
		d.ill("log", reason{"لا يُقرأ السجل: " + err.Error(), err.Error()},
			reason{"أنشئ السجل بالأمر bayyina log init، أو استعد ملفاته من مرآة", "Make the log with bayyina log init, or restore its files from a mirror"})
		return
	}
	for _, role := range []string{"checkpoint", "entry", "receipt"} {
		path := d.path(keysDir + "/" + role + ".key.pub")
		public, err := identity.Read(path, identity.MaxKeyFile)
		if err == nil {
			var key publicKey
			if key, err = parsePublic(public); err == nil {
				m := history.Member(key.Name)
				if m == nil || m.Key.String() != key.VerifierKey || m.Role != role {
					err = fmt.Errorf("the log knows no such key of the role %s", role)
				}
			}
		}
		if err != nil {
			d.ill("keys", reason{path + ": ليس المفتاح الذي يعرفه السجل", path + ": " + err.Error()},
				reason{"ضع في المجلد keys المفاتيح التي سُمّيت في أول السجل أو في قرار لاحق", "Put into the folder keys those that the genesis, or a later decision, names"})
			return
		}
	}
	d.well("keys", "مفاتيح الخادم هي التي يعرفها السجل", "the server's keys are those that the log knows")
}

func (d *doctor) history() (*read.KeyHistory, error) {
	source, err := read.OpenSource(d.ctx, d.path(publicDir))
	if err != nil {
		return nil, err
	}
	defer source.Close()
	newest, err := read.Newest(d.ctx, source)
	if err != nil {
		return nil, err
	}
	h := read.NewKeyHistory(newest.Origin)
	d.size = newest.Size
	return h, h.Follow(d.ctx, source)
}

// database looks at the database's version, and compares it with the log.
func (d *doctor) database() {
	flags := serverFlags{Data: d.dir, settings: d.settings}
	if _, err := os.Stat(d.path(databaseName)); flags.Database == "" && err != nil {
		d.ill("database", reason{"لا قاعدة بيانات في المجلد", "there is no database in the folder"},
			reason{"أنشئ السجل بالأمر bayyina log init، أو استعد نسخة احتياطية", "Make the log with bayyina log init, or restore a backup"})
		return
	}
	db, err := flags.openDatabase(d.env)
	if err != nil {
		d.ill("database", reason{"لا تُفتح قاعدة البيانات: " + err.Error(), err.Error()}, orElse(explain(err), reason{
			"تأكد من أن قاعدة البيانات تعمل ومن صلاحيات الحساب", "Check that the database runs, and what the account may do in it",
		}))
		return
	}
	defer db.Close()
	var known uint64
	var waiting, refused int64
	err = db.View(d.ctx, func(tx *store.Tx) (err error) {
		if known, err = ledger.Known(d.ctx, tx); err == nil {
			waiting, refused, err = ledger.Queue(d.ctx, tx)
		}
		return err
	})
	if err != nil {
		d.ill("database", reason{"لا تُقرأ قاعدة البيانات: " + err.Error(), err.Error()}, orElse(explain(err), reason{}))
		return
	}
	view, err := ledger.OpenView(d.path(publicDir))
	switch {
	case err != nil: // told with the log
	case view.Size() > known:
		d.ill("database", reason{
			fmt.Sprintf("قاعدة البيانات تعرف %d من قيود السجل، وفيه %d: استُعيدت نسخة قديمة", known, view.Size()),
			fmt.Sprintf("the database knows %d entries of the log, which has %d: an old copy was restored", known, view.Size()),
		}, reason{"أوقف الخادم وشغّل bayyina log reconcile --data " + d.dir, "Stop the server, and run bayyina log reconcile --data " + d.dir})
	case refused > 0:
		d.ill("database", reason{fmt.Sprintf("إفادات لن تدخل السجل أبدا: %d", refused), fmt.Sprintf("statements that can never enter the log: %d", refused)},
			reason{"راجع سجل العملية لمعرفة السبب", "The process log says why"})
	default:
		d.well("database", fmt.Sprintf("قاعدة البيانات تعرف السجل كله (%d)، والمنتظر %d", known, waiting),
			fmt.Sprintf("the database knows the whole log (%d entries; %d statements wait)", known, waiting))
	}
}

func orElse(r *reason, other reason) reason {
	if r != nil {
		return *r
	}
	return other
}
