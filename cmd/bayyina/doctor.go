package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"bayyina/cmd/bayyina/config"
)

type doctorCmd struct {
	Data   string `required:"" placeholder:"DIR" help:"The server's data folder."`
	Config string `placeholder:"FILE" help:"The settings; by default bayyina.toml in the data folder, if it is there."`
}

func (*doctorCmd) Help() string {
	return "Looks at an installation, running or not, and says what is to be done: settings; files and who may read them; keys and log; " +
		"database and log; free disk; the clock; witnesses; certificate; ports; names; the booth that voters are given; the map of districts; backups. It opens no sealed key, and changes nothing " +
		"but the database's tables, which it brings up to date.\n\n" +
		"Exit codes: 0 nothing is to be done · 2 something is.\n\n" +
		"Example:\n\n    bayyina doctor --data server"
}

// finding is what the doctor found at one place.
type finding struct {
	Place string `json:"place"` // such as "database"
	Well  bool   `json:"well"`
	Found reason `json:"found"`
	Do    reason `json:"do,omitzero"` // where it is not well
}

// doctor examines an installation.
type doctor struct {
	*env
	dir      string
	settings *config.Config
	size     int64 // of the log, once it was read
	findings []finding
}

func (d *doctor) well(place, ar, en string) {
	d.findings = append(d.findings, finding{Place: place, Well: true, Found: reason{ar, en}})
}

func (d *doctor) ill(place string, found, do reason) {
	d.findings = append(d.findings, finding{Place: place, Found: found, Do: do})
}

func (c *doctorCmd) Run(e *env) error {
	d := &doctor{env: e, dir: c.Data}
	path, must := c.Config, c.Config != ""
	if !must {
		path = filepath.Join(c.Data, config.Name)
	}
	var err error
	if d.settings, err = config.Read(path, must, e.environ); err != nil {
		d.ill("settings", reason{"الإعدادات لا تُقرأ: " + err.Error(), err.Error()}, reason{"صحّح " + path, "Correct " + path})
		d.settings = config.Default()
	} else {
		d.well("settings", "الإعدادات سليمة", "the settings are in order")
	}
	for _, examine := range []func(){d.files, d.keys, d.database, d.sealing, d.disk, d.witnesses, d.certificate, d.ports, d.names, d.booth, d.districts, d.backups, d.messages} {
		examine()
	}
	if err := e.answer(d.findings, d.tell); err != nil {
		return err
	}
	if slices.ContainsFunc(d.findings, func(f finding) bool { return !f.Well }) {
		return errUndecided // told already
	}
	return nil
}

func (d *doctor) tell(w io.Writer) error {
	for _, f := range d.findings {
		mark := "✓"
		if !f.Well {
			mark = "✗"
		}
		if _, err := fmt.Fprintf(w, "%s %s: %s\n", mark, f.Place, d.tr(f.Found.EN, f.Found.AR)); err != nil {
			return err
		}
		if !f.Well {
			if _, err := fmt.Fprintf(w, "    → %s\n", d.tr(f.Do.EN, f.Do.AR)); err != nil {
				return err
			}
		}
	}
	return nil
}
