package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"bayyina/module/vote"
	"bayyina/module/vote/manage"
	"bayyina/platform/identity"
	"bayyina/platform/locale"
)

// isOutline says whether a file is named as outlines of elections are.
func isOutline(path string) bool { return strings.EqualFold(filepath.Ext(path), ".toml") }

// readOutline makes the elections of an outline, as the server's pages do.
func readOutline(e *env, path string) ([]vote.Election, error) {
	data, err := identity.Read(path, manage.MaxOutline)
	if err != nil {
		return nil, err
	}
	o, err := manage.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	l, err := locale.New(e.lang)
	if err != nil {
		return nil, err
	}
	for _, a := range o.Check() {
		if !a.Wrong {
			continue
		}
		says, err := l.Message(a.Says)
		if err != nil {
			return nil, err
		}
		if a.Question > 0 {
			says = fmt.Sprintf(e.tr("question %d: ", "السؤال %d: "), a.Question) + says
		}
		return nil, fmt.Errorf("%s: %w: %s", path, manage.ErrOutline, says)
	}
	list, err := o.Elections(e.rand)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}
