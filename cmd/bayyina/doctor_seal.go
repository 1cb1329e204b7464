package main

import (
	"errors"
	"os"
	"syscall"

	"bayyina/platform/store/seal"
)

// sealing looks at the keys of what is sealed in the database. What is wrong with the
// database itself is told there.
func (d *doctor) sealing() {
	flags := serverFlags{Data: d.dir, Database: d.settings.Database.URL}
	if _, err := os.Stat(d.path(databaseName)); flags.Database == "" && err != nil {
		return
	}
	db, err := flags.openDatabase(d.env)
	if err != nil {
		return
	}
	defer db.Close()
	cfg := sealConfig(d.env, db, d.dir, d.settings, false)
	keys, err := seal.Open(d.ctx, cfg)
	if errors.Is(err, seal.ErrNotMade) {
		d.well("seal", "يُصنع مخزن مفاتيح المختوم عند أول تشغيل", "the key store of what is sealed is made at the first start")
		return
	}
	if err == nil {
		err = keys.Close()
	}
	if err != nil {
		d.ill("seal", reason{"لا يُفتح ما هو مختوم في قاعدة البيانات: " + err.Error(), err.Error()}, orElse(explain(err), reason{
			"تأكد من ملفات المجلد seal ومن الحساب الذي يعمل به الخادم", "Check the files in the folder seal, and the account that the server runs as",
		}))
		return
	}
	file := cfg.KeyPath()
	if cfg.KeyFile == "" && owner(file) != owner(d.dir) {
		d.ill("seal", reason{"مفتاح التثبيت ليس ملكًا للحساب الذي يعمل به الخادم: " + file, "the installation key belongs to another account than the data folder: " + file},
			reason{"شغّل chown --reference=" + d.dir + " " + file, "Run chown --reference=" + d.dir + " " + file})
		return
	}
	d.well("seal", "مفتاح التثبيت يفتح ما هو مختوم في قاعدة البيانات، ولا يقرؤه إلا الخادم",
		"the installation key opens what is sealed in the database, and nobody but the server reads it")
}

// owner is the number of the account that a file belongs to, -1 where it is not known.
func owner(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return -1
	}
	status, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return -1
	}
	return int64(status.Uid)
}
