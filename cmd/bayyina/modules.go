package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
	"bayyina/platform/identity/access"
	"bayyina/platform/identity/account"
	decisions "bayyina/platform/identity/evidence"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// judges are those of all modules, which have seen nothing; the one of elections is
// given.
func judges(elections *evidence.Judge) []read.Judge {
	return []read.Judge{elections, decisions.NewJudge()}
}

// mount makes the site, and adds what each module shows.
func (r *running) mount() (*web.Site, error) {
	genesis, err := r.genesis()
	if err != nil {
		return nil, err
	}
	name := read.Bilingual{AR: r.settings.Site.NameAR, EN: r.settings.Site.NameEN}
	if name.AR == "" {
		name = read.Bilingual(genesis.Name)
	}
	if r.board, err = r.newBoard(); err != nil {
		return nil, err
	}
	r.accounts, err = account.New(r.ctx, account.Config{
		DB: r.DB, Name: name, Origin: r.settings.Site.Origin, Demo: r.demo != nil, Now: r.now, Random: r.rand, Log: r.log,
	})
	if err != nil {
		return nil, err
	}
	if r.demo != nil {
		if err := r.accounts.FoundDemo(r.ctx); err != nil {
			return nil, err
		}
	}
	site, err := web.New(web.Config{
		Name: name, Rehearsal: genesis.Rehearsal, Origin: r.settings.Site.Origin,
		Visitor: r.accounts.SignedIn, Version: r.board.Version, Log: r.log,
	})
	if err != nil {
		return nil, err
	}
	r.accounts.Mount(site)
	files, err := ledger.Public(r.Config.Dir)
	if err != nil {
		return nil, err
	}
	site.Serve(http.MethodGet, "/log/{path...}", access.Public, http.StripPrefix("/log", files))
	pages, err := board.NewPages(r.board, r.settings.Site.Origin+"/log")
	if err != nil {
		return nil, err
	}
	elections, err := vote.NewPages(pages, filepath.Join(r.Config.Dir, boardDir))
	if err != nil {
		return nil, err
	}
	elections.Mount(site)
	pages.Mount(site)
	api, err := pages.NewAPI(site)
	if err != nil {
		return nil, err
	}
	elections.MountAPI(api)
	site.Serve(http.MethodGet, "/healthz", access.Public, http.HandlerFunc(healthy))
	site.Serve(http.MethodGet, "/readyz", access.Public, http.HandlerFunc(r.ready))
	return site, nil
}

// genesis is how the log began.
func (r *running) genesis() (g ledger.Genesis, err error) {
	raw, err := r.Log.Entry(r.ctx, 0)
	if err != nil {
		return g, err
	}
	entry, err := read.ParseEntry(raw)
	if err != nil {
		return g, err
	}
	if err := json.Unmarshal(entry.Statement.Body, &g); err != nil {
		return g, fmt.Errorf("genesis: %w", err)
	}
	return g, nil
}

// newBoard follows the log's public files as a stranger would, with the policy that
// is handed out.
func (r *running) newBoard() (*board.Board, error) {
	cfg := board.Config{
		Judges: func() []read.Judge { return judges(evidence.NewJudge()) },
		Dir:    filepath.Join(r.Config.Dir, boardDir), Log: r.log,
	}
	path := filepath.Join(r.Config.Dir, policyName)
	if _, err := os.Stat(path); err == nil {
		text, err := identity.Read(path, read.MaxPolicy)
		if err != nil {
			return nil, err
		}
		if cfg.Policy, err = read.ParsePolicy(text); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	} else {
		r.log.Warn("there is no policy in the data folder: the board cannot show who wrote and witnessed the log", "file", path)
	}
	var err error
	if cfg.Source, err = read.OpenSource(r.ctx, filepath.Join(r.Config.Dir, publicDir)); err != nil {
		return nil, err
	}
	return board.New(cfg)
}
