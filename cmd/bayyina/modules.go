package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"bayyina/cmd/bayyina/config"
	"bayyina/module/vote"
	"bayyina/module/vote/booth"
	"bayyina/module/vote/evidence"
	"bayyina/module/vote/manage"
	"bayyina/platform/identity"
	"bayyina/platform/identity/access"
	"bayyina/platform/identity/account"
	"bayyina/platform/identity/decide"
	decisions "bayyina/platform/identity/evidence"
	"bayyina/platform/identity/softkey"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
	"bayyina/platform/web/chart"
)

// judges are those of all modules, which have seen nothing; the one of elections is
// given.
func judges(elections *evidence.Judge) []read.Judge {
	return []read.Judge{elections, decisions.NewJudge()}
}

// mount makes the site, and adds what each module shows.
func (r *running) mount() (http.Handler, error) {
	genesis, err := r.genesis()
	if err != nil {
		return nil, err
	}
	shell := web.Config{
		Name:      read.Bilingual{AR: r.settings.Site.NameAR, EN: r.settings.Site.NameEN},
		Rehearsal: genesis.Rehearsal, Origin: r.settings.Site.Origin, Zone: r.settings.Site.Zone.Location, Log: r.log,
	}
	if shell.Name.AR == "" {
		shell.Name = read.Bilingual(genesis.Name)
	}
	if r.board, err = r.newBoard(); err != nil {
		return nil, err
	}
	if r.accounts, err = r.newAccounts(shell.Name); err != nil {
		return nil, err
	}
	if r.decisions, err = r.newDecisions(genesis.Passkeys.Origins); err != nil {
		return nil, err
	}
	signing, err := r.signingHost(shell)
	if err != nil {
		return nil, err
	}

	shell.Visitor, shell.Version = r.accounts.SignedIn, r.board.Version
	if r.site, err = web.New(shell); err != nil {
		return nil, err
	}
	if err := r.mountFiles(); err != nil {
		return nil, err
	}
	pages, err := board.NewPages(r.board, r.settings.Site.Origin+"/log")
	if err != nil {
		return nil, err
	}
	if r.atlas, err = atlasOf(r.settings.Map); err != nil { // no election stops for want of a map
		r.log.Warn("the map of districts cannot be used, and tiles are drawn instead", "error", err)
		r.atlas = chart.LibyaTiles()
	}
	elections, err := vote.NewPages(pages, r.atlas, filepath.Join(r.Config.Dir, boardDir))
	if err != nil {
		return nil, err
	}
	elections.Mount(r.site)
	pages.Mount(r.site)
	api, err := pages.NewAPI(r.site)
	if err != nil {
		return nil, err
	}
	elections.MountAPI(api)
	if r.outbox, err = newOutbox(r.env, r.settings, r.DB, r.keys, r.log); err != nil {
		return nil, err
	}
	r.mountReceipts()
	r.casting = vote.NewCasting(vote.CastingConfig{Registrar: r.registrar, DB: r.DB, Keys: r.keys, Outbox: r.outbox})
	r.casting.MountAPI(api)
	if err := r.mountBooth(elections); err != nil {
		return nil, err
	}
	vote.NewVotersPages(elections, r.casting, r.accounts).Mount(r.site)
	vote.NewComplaintPages(elections, vote.NewComplaints(r.registrar, r.keys), r.accounts, r.decisions).Mount(r.site)
	proposing := vote.NewProposing(elections, r.registrar, r.decisions)
	outlines, err := manage.New(r.ctx, manage.Config{
		DB: r.DB, Now: r.now, Random: r.rand, Elections: proposing, Rehearsals: filepath.Join(r.Config.Dir, rehearsalsDir),
	})
	if err != nil {
		return nil, err
	}
	proposing.Mount(r.site, outlines)
	r.mountCeremonies(elections, outlines, api)
	r.outlines = outlines
	if err := outlines.Mount(r.site); err != nil {
		return nil, err
	}
	if err := r.mountWebhooks(api); err != nil {
		return nil, err
	}
	r.accounts.Mount(r.site)
	if err := r.decisions.Mount(r.site); err != nil {
		return nil, err
	}
	if r.jobs, err = r.newJobs(); err != nil {
		return nil, err
	}
	if err := r.jobs.Mount(r.site); err != nil {
		return nil, err
	}
	return signing(r.accounts.Handler(r.site.Handler())), nil
}

// mountBooth adds the booth for voters' browsers, the page on which it is decided, and the page
// that checks what it made.
func (r *running) mountBooth(elections *vote.Pages) error {
	b, err := booth.New(booth.Settings{Server: r.settings.Site.Origin, Log: r.Log.Origin(), Receipt: r.Receipt.VerifierKey()})
	if err != nil {
		return err
	}
	b.Mount(r.site)
	vote.NewProposingBooth(elections, r.decisions, b).Mount(r.site)
	checker, err := vote.NewChecker(r.casting)
	if err == nil {
		checker.Mount(r.site)
	}
	if err == nil && r.demo != nil {
		err = r.mountVisitors(b.Manifest())
	}
	return err
}

// mountFiles adds the public files of the log, and what machines ask for.
func (r *running) mountFiles() error {
	files, err := ledger.Public(r.Config.Dir)
	if err != nil {
		return err
	}
	r.site.Serve(http.MethodGet, "/log/{path...}", access.Public, http.StripPrefix("/log", files))
	r.site.Serve(http.MethodGet, "/healthz", access.Public, http.HandlerFunc(healthy))
	r.site.Serve(http.MethodGet, "/readyz", access.Public, http.HandlerFunc(r.ready))
	return nil
}

func (r *running) newAccounts(name read.Bilingual) (*account.Accounts, error) {
	accounts, err := account.New(r.ctx, account.Config{
		DB: r.DB, Keys: r.keys, Name: name, Origin: r.settings.Site.Origin, Home: "/my-elections", Demo: r.demo != nil, Now: r.now, Random: r.rand, Log: r.log,
	})
	if err == nil && r.demo != nil {
		err = accounts.FoundDemo(r.ctx)
	}
	return accounts, err
}

// newDecisions signs where the log says that decisions are signed.
func (r *running) newDecisions(origins []string) (*decide.Decisions, error) {
	cfg := decide.Config{
		DB: r.DB, Keys: r.keys, Dir: r.Config.Dir, Public: filepath.Join(r.Config.Dir, publicDir), Receipt: r.Receipt, People: r.accounts,
		Now: r.now, Random: r.rand, Site: r.settings.Site.Origin, Signing: r.settings.Site.Signing,
	}
	if cfg.Signing != "" && !slices.Contains(origins, cfg.Signing) {
		return nil, fmt.Errorf("%w: site.signing is %s, and the log says that decisions are signed at %q", config.ErrSetting, cfg.Signing, origins)
	}
	if r.demo != nil {
		cfg.Software = make(map[int64]*softkey.Key)
		for i, key := range r.demo.Officers {
			cfg.Software[int64(i+1)] = key // the first people of the demonstration
		}
	}
	d, err := decide.New(r.ctx, cfg)
	if err != nil {
		return nil, err
	}
	for kind, effect := range r.registrar.Decisions() {
		d.Register(kind, effect)
	}
	if cfg.Software == nil {
		return d, nil
	}
	bound, err := d.Keys(r.ctx)
	if err != nil || len(bound) > 0 {
		return d, err
	}
	for person, key := range cfg.Software {
		if err := d.Bind(r.ctx, person, key.VerifierKey(), true); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// signingHost serves the page on which decisions are signed on a host of its own,
// which has no sessions, in front of everything else.
func (r *running) signingHost(shell web.Config) (func(http.Handler) http.Handler, error) {
	if r.settings.Site.Signing == "" {
		return func(h http.Handler) http.Handler { return h }, nil
	}
	u, err := url.Parse(r.settings.Site.Signing)
	if err != nil {
		return nil, err
	}
	shell.Origin = r.settings.Site.Signing
	site, err := web.New(shell)
	if err != nil {
		return nil, err
	}
	if err := r.decisions.MountSigning(site); err != nil {
		return nil, err
	}
	own := site.Handler()
	return func(others http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if host, _, _ := strings.Cut(req.Host, ":"); strings.EqualFold(host, u.Hostname()) {
				own.ServeHTTP(w, req)
				return
			}
			others.ServeHTTP(w, req)
		})
	}, nil
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
