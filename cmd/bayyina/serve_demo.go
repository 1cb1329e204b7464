package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"bayyina/cmd/bayyina/config"
	"bayyina/internal/demo"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
)

// wakeDemo brings the demonstration's country to work again, after holding its
// election where there was none. Everybody who reaches it may sign in as anybody: so
// nobody but this machine may.
func (c *serveCmd) wakeDemo(e *env, cfg *config.Config, listener net.Listener) (*demo.Actors, error) {
	for _, address := range []string{listener.Addr().String(), cfg.Listen.Metrics} {
		if address != "" && !config.Loopback(address) {
			return nil, usageError("the demonstration signs people in without asking who they are: it is served on this machine only, not on " + address)
		}
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, err
	}
	cfg.Site.Origin = "http://localhost:" + port // passkeys know names only
	cfg.Site.Signing = demo.Signing
	country := demoCmd{Voters: cmp.Or(c.voters, demoVoters), Out: c.Data, Database: cfg.Database.URL}
	if _, err := os.Stat(filepath.Join(c.Data, publicDir, "checkpoint")); errors.Is(err, os.ErrNotExist) {
		l, err := locale.New(e.lang)
		if err != nil {
			return nil, err
		}
		if _, err := country.hold(&story{env: e, l: l}); err != nil {
			return nil, err
		}
	}
	witness, err := country.witness()
	if err != nil {
		return nil, err
	}
	c.PassphraseFile = filepath.Join(c.Data, demo.PassphraseName)
	return demo.Wake(e.ctx, c.Data, witness)
}

// mountVisitors adds the page on which visitors of the demonstration vote, in the booth whose manifest
// is given.
func (r *running) mountVisitors(booth []byte) error {
	visitors, err := r.demo.Visitors(demo.VisitorsConfig{
		Dir: r.Config.Dir, Registrar: r.registrar, Now: r.now, Random: r.rand, Booth: booth, Decided: r.decidedBooth, Wake: r.Log.Wake,
	})
	if err != nil {
		return err
	}
	return visitors.Mount(r.site)
}

// decidedBooth is the manifest of the booth in the log, as the board has it; empty where the log names
// none.
func (r *running) decidedBooth() (read.Attachment, error) {
	s := r.board.Now()
	if s == nil {
		return read.Attachment{}, errors.New("the board has not read the log yet")
	}
	for _, j := range s.Judges {
		if elections, ok := j.(*evidence.Judge); ok {
			decided, _ := elections.Booth()
			return decided.Manifest, nil
		}
	}
	return read.Attachment{}, nil
}

// show serves the country that was held: until somebody presses Enter, or where
// nobody is there to, until its pages were looked at once.
func (c *demoCmd) show(s *story) error {
	serve := &serveCmd{Data: c.Out, Demo: true, Listen: c.Listen, Database: c.Database}
	serve.until = func(ctx context.Context, r *running) error {
		address := r.settings.Site.Origin
		if _, ok := terminal(s.stdout); !ok {
			return r.lookAround(ctx, s)
		}
		if err := s.tell(read.Message{ID: "serve.demo", Args: map[string]any{"Address": address}}); err != nil {
			return err
		}
		return enter(ctx, s.env)
	}
	return serve.Run(s.env)
}

// enter returns when somebody presses Enter, or ctx ends.
func enter(ctx context.Context, e *env) error {
	pressed := make(chan struct{})
	go func() {
		defer close(pressed)
		_, _ = bufio.NewReader(e.stdin).ReadString('\n') // the input's end is an answer, too
	}()
	select {
	case <-pressed:
	case <-ctx.Done():
	}
	return nil
}

// lookAround asks for every page that anybody may read and that needs no more than
// its address, and has the log verified by its address.
func (r *running) lookAround(ctx context.Context, s *story) error {
	if err := r.awaitReady(ctx); err != nil {
		return err
	}
	pages := 0
	for _, route := range r.site.Routes() {
		if !route.Page || route.Method != http.MethodGet || route.Right != access.Public || strings.Contains(route.Path, "{") {
			continue
		}
		for _, lang := range []string{"ar", "en", "ar-u-nu-arab"} {
			if err := ask(ctx, r.local+"/"+lang+route.Path); err != nil {
				return err
			}
			pages++
		}
	}
	v := verifyCmd{Location: r.local, Policy: filepath.Join(r.Config.Dir, policyName)}
	report, err := v.check(s.env)
	if err != nil {
		return err
	}
	if n := report.Count(read.False); n > 0 {
		return fmt.Errorf("%d claims on the served log are false", n)
	}
	return s.tell(read.Message{ID: "serve.looked-around", Args: map[string]any{
		"Address": r.settings.Site.Origin, "Count": pages, "Claims": report.Count(read.True),
	}})
}

// ask asks for a page, which must be there.
func ask(ctx context.Context, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	if err := resp.Body.Close(); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", address, resp.Status)
	}
	return nil
}
