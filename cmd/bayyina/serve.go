package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"bayyina/cmd/bayyina/config"
	"bayyina/module/vote"
	"bayyina/platform/ledger/board"
)

const (
	// drainTimeout is how long requests may take to end when the server stops.
	drainTimeout = 15 * time.Second
	// finishTimeout is how long the last checkpoint may take.
	finishTimeout = 30 * time.Second
	// boardInterval is how often the board looks for a new checkpoint.
	boardInterval = time.Second
)

type serveCmd struct {
	Data   string `required:"" placeholder:"DIR" help:"The server's data folder: keys, log, database, settings."`
	Listen string `placeholder:"ADDR" help:"Listen on this host:port, whatever the settings say."`
	Config string `placeholder:"FILE" help:"The settings; by default bayyina.toml in the data folder, if it is there."`
	unlockFlags
}

func (*serveCmd) Help() string {
	return "Runs the server: it writes the log and publishes it with its witnesses, enters the ballots of open elections batch by batch, and " +
		"serves the pages, the public files of the log below /log/, /healthz and /readyz. Stop it with an interrupt: it ends the requests " +
		"that run, enters what is queued, and publishes a last checkpoint.\n\n" +
		"Settings are in one file, DIR/bayyina.toml, and each may be overridden by a variable such as BAYYINA_LISTEN_SITE. " +
		"The operator's guide lists them; bayyina doctor checks them.\n\n" +
		"Example:\n\n    bayyina serve --data server --passphrase-file passphrase"
}

// settings reads the settings; address is where the server listens already, if it does.
func (c *serveCmd) settings(address string) (*config.Config, error) {
	environ := os.Environ()
	if address != "" {
		environ = append(environ, config.Prefix+"LISTEN_SITE="+address)
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
	var listener net.Listener
	var cfg *config.Config
	if c.Listen != "" { // the port may be chosen by the system
		if listener, err = net.Listen("tcp", c.Listen); err != nil {
			return err
		}
		defer listener.Close()
		cfg, err = c.settings(listener.Addr().String())
	} else if cfg, err = c.settings(""); err == nil {
		if listener, err = net.Listen("tcp", cfg.Listen.Site); err == nil {
			defer listener.Close()
		}
	}
	if err != nil {
		return err
	}
	if e.level, err = cfg.Process.Level(); err != nil {
		return err
	}
	flags := serverFlags{Data: c.Data, Database: cfg.Database.URL, unlockFlags: c.unlockFlags}
	s, err := flags.open(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	r := &running{env: e, server: s, settings: cfg, log: s.Config.Log}
	return r.run(listener)
}

// running is a server with all that it does at once.
type running struct {
	*env
	*server
	settings  *config.Config
	registrar *vote.Registrar
	log       *slog.Logger
	board     *board.Board
	metrics   *metrics
}

// run serves until the program is asked to stop, or cannot go on.
func (r *running) run(listener net.Listener) error {
	var err error
	if r.registrar, err = r.server.registrar(r.env); err != nil {
		return err
	}
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
	writing, stopWriting := context.WithCancel(context.WithoutCancel(r.ctx))
	defer stopWriting()
	g, serving := errgroup.WithContext(r.ctx)
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
		func(ctx context.Context) error { return r.board.Follow(ctx, boardInterval) },
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
	err = g.Wait()
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
	_, err := r.Log.Confirm(ctx)
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
	site, err := r.mount()
	if err != nil {
		return nil, err
	}
	proxies, err := r.settings.Proxy.Prefixes()
	if err != nil {
		return nil, err
	}
	return r.watched(behind(proxies, site.Handler())), nil
}
