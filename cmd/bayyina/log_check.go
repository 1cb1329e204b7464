package main

import (
	"fmt"
	"path/filepath"
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
	if err := a.history.Follow(e.ctx, src); err != nil {
		return nil, err
	}
	return a, nil
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
	after, bad := a.history.After(s, expected...)
	a.history = after
	for _, v := range bad {
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
