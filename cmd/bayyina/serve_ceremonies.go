package main

import (
	"bayyina/module/vote"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
)

// mountCeremonies adds the ceremonies in which keys and credentials are made.
func (r *running) mountCeremonies(elections *vote.Pages, outlines vote.Outlines, api *board.API) {
	ceremonies := vote.NewCeremonies(r.registrar, r.logKeys)
	ceremonies.Mount(elections, outlines, r.site)
	ceremonies.MountAPI(api, r.site)
}

// logKeys are the keys of the log, as the board recomputed them.
func (r *running) logKeys() (*read.KeyHistory, error) {
	s := r.board.Now()
	if s == nil {
		return nil, vote.ErrNoKeys
	}
	return s.Report.Keys, nil
}
