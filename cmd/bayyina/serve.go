package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"bayyina/cmd/bayyina/config"
	"bayyina/internal/demo"
	"bayyina/module/vote"
	"bayyina/module/vote/manage"
	"bayyina/platform/identity/account"
	"bayyina/platform/identity/decide"
	"bayyina/platform/job"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/board"
	"bayyina/platform/message"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
	"bayyina/platform/web"
	"bayyina/platform/web/chart"
	"bayyina/platform/webhook"
)

const (
	// drainTimeout is how long requests may take to end when the server stops.
	drainTimeout = 15 * time.Second
	// finishTimeout is how long the last checkpoint may take.
	finishTimeout = 30 * time.Second
	// boardInterval is how often the board looks for a new checkpoint.
	boardInterval = time.Second
	// decideInterval is how often decisions are looked for that are due.
	decideInterval = time.Second
)

type serveCmd struct {
	Data     string `placeholder:"DIR" help:"The server's data folder: keys, log, database, settings. With --demo it is the folder demo, if it is not given."`
	Demo     bool   `help:"Serve the country of bayyina demo, whose election is held first if that was not done, on this machine only: who visits may sign in as anybody."`
	Listen   string `placeholder:"ADDR" help:"Listen on this host:port, whatever the settings say."`
	Database string `placeholder:"URL" help:"Use this PostgreSQL database (postgres://…), whatever the settings say."`
	Config   string `placeholder:"FILE" help:"The settings; by default bayyina.toml in the data folder, if it is there."`
	unlockFlags

	until  func(context.Context, *running) error // serve until it returns; nil: until the program is stopped
	voters int                                   // that the demonstration's country has if it is held first; 0: demoVoters
}

func (*serveCmd) Help() string {
	return "Runs the server: it writes the log and publishes it with its witnesses, enters the ballots of open elections batch by batch, " +
		"closes and counts them when their time is over, and serves the pages, the public files of the log below /log/, /healthz and /readyz. Stop it with an interrupt: it ends the requests " +
		"that run, enters what is queued, and publishes a last checkpoint.\n\n" +
		"Settings are in one file, DIR/bayyina.toml, and each may be overridden by a variable such as BAYYINA_LISTEN_SITE. " +
		"The operator's guide lists them; bayyina doctor checks them.\n\n" +
		"Examples:\n\n    bayyina serve --data server --passphrase-file passphrase\n    bayyina serve --demo"
}

// settings reads the settings; address is where the server listens already, if it does.
func (c *serveCmd) settings(e *env, address string) (*config.Config, error) {
	environ := slices.Clone(e.environ)
	if address != "" {
		environ = append(environ, config.Prefix+"LISTEN_SITE="+address)
	}
	if c.Database != "" {
		environ = append(environ, config.Prefix+"DATABASE_URL="+c.Database)
	}
	path := c.Config
	if path == "" {
		path = filepath.Join(c.Data, config.Name)
	}
	cfg, err := config.Read(path, c.Config != "", environ)
	if err != nil {
		return nil, err
	}
	if c.PassphraseFile == "" {
		c.PassphraseFile = cfg.Keys.PassphraseFile
	}
	if cfg.Keys.IdentityFile != "" {
		c.IdentityFile = append(c.IdentityFile, cfg.Keys.IdentityFile)
	}
	return cfg, nil
}

func (c *serveCmd) Run(e *env) (err error) {
	switch {
	case c.Data == "" && c.Demo:
		c.Data = "demo"
	case c.Data == "":
		return usageError("--data is missing: the server's data folder")
	}
	listener, cfg, err := c.listen(e)
	if err != nil {
		return err
	}
	defer listener.Close() // the server has closed it already, most times
	r := &running{env: e, settings: cfg, until: c.until, chunk: chunkTime}
	if c.Demo {
		if r.demo, err = c.wakeDemo(e, cfg, listener); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, r.demo.Close()) }()
	}
	if e.level, err = cfg.Process.Level(); err != nil {
		return err
	}
	flags := serverFlags{Data: c.Data, settings: cfg, unlockFlags: c.unlockFlags}
	if r.server, err = flags.open(e); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	r.log = r.Config.Log
	return r.run(listener)
}

// listen reads the settings and opens the address. With --listen the system may
// choose the port, which the settings then know.
func (c *serveCmd) listen(e *env) (net.Listener, *config.Config, error) {
	if c.Listen == "" {
		cfg, err := c.settings(e, "")
		if err != nil {
			return nil, nil, err
		}
		listener, err := net.Listen("tcp", cfg.Listen.Site)
		return listener, cfg, err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, nil, err
	}
	cfg, err := c.settings(e, listener.Addr().String())
	if err != nil {
		return nil, nil, errors.Join(err, listener.Close())
	}
	return listener, cfg, nil
}

// running is a server with all that it does at once.
type running struct {
	*env
	*server
	settings  *config.Config
	registrar *vote.Registrar
	log       *slog.Logger
	board     *board.Board
	atlas     *chart.Atlas // of the country's districts
	metrics   *metrics
	keys      *seal.Keys
	accounts  *account.Accounts
	decisions *decide.Decisions
	outbox    *message.Outbox
	casting   *vote.Casting
	jobs      *job.Workers
	hooks     *webhook.Hooks
	chunk     time.Duration // about how long a chunk of a job takes
	exporting *exportRun    // nil but while the worker writes its pages
	outlines  *manage.Outlines
	rehearsal *rehearsing // nil but while the worker holds it
	site      *web.Site
	local     string       // where this machine reaches the site
	demo      *demo.Actors // nil but in the demonstration
	until     func(context.Context, *running) error
}

// run serves until the program is asked to stop, or cannot go on.
func (r *running) run(listener net.Listener) (err error) {
	if r.registrar, err = r.server.registrar(r.env); err != nil {
		return err
	}
	if r.keys, err = seal.Open(r.ctx, sealConfig(r.env, r.DB, r.Config.Dir, r.settings, true)); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.keys.Close()) }()
	r.metrics = newMetrics(r)
	handler, err := r.handler()
	if err != nil {
		return err
	}
	fronts, err := r.fronts(listener, handler)
	if err != nil {
		return err
	}

	// Who asks is served first of all to the end, then the log is.
	r.local = "http://" + listener.Addr().String()
	writing, stopWriting := context.WithCancel(context.WithoutCancel(r.ctx))
	defer stopWriting()
	asked, stop := context.WithCancel(r.ctx)
	defer stop()
	g, serving := errgroup.WithContext(asked)
	if r.until != nil {
		g.Go(func() error {
			defer stop()
			return r.until(serving, r)
		})
	}
	g.Go(func() error {
		defer stopWriting()
		<-serving.Done()
		return shutdown(fronts)
	})
	for _, f := range fronts {
		g.Go(f.serve)
	}
	for _, work := range []func(context.Context) error{
		func(ctx context.Context) error { return r.Log.Run(ctx, time.Duration(r.settings.Publish.Every)) },
		func(ctx context.Context) error { return r.registrar.Run(ctx, r.log, r.Log.Wake) },
		func(ctx context.Context) error { return r.registrar.Conclude(ctx, r.log, r.Log.Wake) },
		func(ctx context.Context) error { return r.board.Follow(ctx, boardInterval) },
		func(ctx context.Context) error { return r.accounts.Run(ctx, r.Log.Origin(), r.Receipt) },
		func(ctx context.Context) error {
			r.decisions.Run(ctx, decideInterval, func(err error) { r.log.Error("decisions", "error", err) })
			return nil
		},
		r.outbox.Run,
		func(ctx context.Context) error { return r.casting.Run(ctx, r.log) },
		r.wantHints,
		r.jobs.Run,
		r.hooks.Run,
	} {
		g.Go(func() error {
			err := work(writing)
			if writing.Err() != nil {
				return nil // stopped, as asked
			}
			return err
		})
	}
	r.log.Info("serving", "origin", r.settings.Site.Origin, "address", listener.Addr().String(), "log", r.Log.Origin())
	err = errors.Join(g.Wait(), r.rehearsal.close())
	if err == nil {
		err = r.finish()
	}
	r.log.Info("stopped")
	return err
}

// finish enters what is queued and publishes a last checkpoint. Nothing is appended
// unless the witnesses confirm the log: a copy of it may be written elsewhere.
func (r *running) finish() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), finishTimeout)
	defer cancel()
	var waiting int64
	err := r.DB.View(ctx, func(tx *store.Tx) (err error) {
		waiting, _, err = ledger.Queue(ctx, tx)
		return err
	})
	if size, published := r.Log.Size(); err == nil && waiting == 0 && size == published {
		return nil
	}
	if err == nil {
		_, err = r.Log.Confirm(ctx)
	}
	if err == nil {
		_, err = r.Log.Drain(ctx)
	}
	if err != nil {
		return fmt.Errorf("the last checkpoint is not published (what is queued stays queued): %w", err)
	}
	return nil
}

// shutdown lets the requests that run end, for a while.
func shutdown(fronts []*front) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	var errs []error
	for _, f := range fronts {
		err := f.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = f.Close() // whoever is not done now asks again elsewhere
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// handler is all that the server answers on its public address.
func (r *running) handler() (http.Handler, error) {
	proxies, err := r.settings.Proxy.Prefixes()
	if err != nil {
		return nil, err
	}
	site, err := r.mount()
	if err != nil {
		return nil, err
	}
	return r.watched(behind(proxies, site)), nil
}
