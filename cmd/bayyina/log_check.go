package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
)

// admission judges statements before they enter a log, by the keys and rules in
// force there. What has entered cannot be taken back: a statement without the
// necessary signatures would stand in the log as a fault for ever.
type admission struct {
	e       *env
	history *read.KeyHistory
}

// newAdmission reads the history of the keys from a data folder's log.
func newAdmission(e *env, data string) (*admission, error) {
	src, err := read.OpenSource(e.ctx, filepath.Join(data, publicDir))
	if err != nil {
		return nil, err
	}
	defer src.Close() // a folder
	c, err := read.Newest(e.ctx, src)
	if err != nil {
		return nil, err
	}
	if c.Size == 0 {
		return nil, fmt.Errorf("the log in %s has not begun: see bayyina log init --help", data)
	}
	a := &admission{e, read.NewKeyHistory(c.Origin)}
	for n := range read.Bundles(c.Size) {
		bundle, err := read.ReadBundle(e.ctx, src, n, c.Size)
		if err != nil {
			return nil, err
		}
		for i, raw := range bundle {
			entry := new(read.Entry) // one that changes no key and no rule need not be read
			if bytes.HasPrefix(kindLine(raw), []byte("log.")) {
				if entry, err = read.ParseEntry(raw); err != nil {
					return nil, fmt.Errorf("entry %d: %w", n*read.TileWidth+int64(i), err)
				}
			}
			a.history.Enter(entry, read.Checked{})
		}
	}
	return a, nil
}

// kindLine is the line of an entry that holds its statement's kind: the third
// after the envelope's five and the empty one.
func kindLine(entry []byte) []byte {
	lines := bytes.SplitN(entry, []byte("\n"), 10)
	if len(lines) < 10 {
		return nil
	}
	return lines[8]
}

// judge refuses a statement that would be a fault in the log.
func (a *admission) judge(signed []byte) error {
	s, err := read.ParseStatement(signed)
	if err != nil {
		return err
	}
	return a.refuse(s, read.EntrySignature) // the server signs the entry later
}

// refuse enters a statement into the history, and tells what is wrong with it but
// for the violations that are to be expected.
func (a *admission) refuse(s read.Statement, expected ...string) error {
	l, err := locale.New(a.e.lang)
	if err != nil {
		return err
	}
	var why []string
	for _, v := range a.history.Enter(&read.Entry{Statement: s}, read.Checked{}) {
		if slices.Contains(expected, v.Code) {
			continue
		}
		says, err := l.Text("fault."+v.Code, v.Args)
		if err != nil {
			return err
		}
		why = append(why, fmt.Sprintf("%s (%s)", says, v.Error()))
	}
	if len(why) > 0 {
		return fmt.Errorf("%s %s", a.e.tr("it may not enter the log.", "لا يجوز إدخاله في السجل."), strings.Join(why, " "))
	}
	return nil
}
