package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"bayyina/platform/ledger/read"
)

// admission judges statements before they enter a log, by the keys and rules in
// force there. What has entered cannot be taken back: a statement without the
// necessary signatures would stand in the log as a fault for ever.
type admission struct{ history *read.KeyHistory }

// newAdmission reads the history of the keys from a data folder's log.
func newAdmission(ctx context.Context, data string) (*admission, error) {
	src, err := read.OpenSource(ctx, filepath.Join(data, publicDir))
	if err != nil {
		return nil, err
	}
	defer src.Close() // a folder
	c, err := read.Newest(ctx, src)
	if err != nil {
		return nil, err
	}
	a := &admission{read.NewKeyHistory(c.Origin)}
	for n := range read.Bundles(c.Size) {
		bundle, err := read.ReadBundle(ctx, src, n, c.Size)
		if err != nil {
			return nil, err
		}
		for i, raw := range bundle {
			e, err := read.ParseEntry(raw)
			if err != nil {
				return nil, fmt.Errorf("entry %d: %w", n*read.TileWidth+int64(i), err)
			}
			if !strings.HasPrefix(e.Statement.Kind, "log.") {
				// It changes no key and no rule: its signatures need not be verified here.
				e = &read.Entry{Statement: read.Statement{Kind: e.Statement.Kind}}
			}
			a.history.Enter(e, read.Checked{})
		}
	}
	return a, nil
}

// refusal is a statement that may not enter, with every reason.
type refusal struct {
	violations []*read.Violation
}

func (r *refusal) Error() string {
	texts := make([]string, len(r.violations))
	for i, v := range r.violations {
		texts[i] = v.Error()
	}
	return "it may not enter the log: " + strings.Join(texts, "; ")
}

// judge refuses a statement that would be a fault in the log.
func (a *admission) judge(signed []byte) error {
	s, err := read.ParseStatement(signed)
	if err != nil {
		return err
	}
	var found []*read.Violation
	for _, v := range a.history.Enter(&read.Entry{Statement: s}, read.Checked{}) {
		if v.Code != read.EntrySignature { // the server signs the entry later
			found = append(found, v)
		}
	}
	if len(found) > 0 {
		return &refusal{found}
	}
	return nil
}
