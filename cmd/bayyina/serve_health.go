package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"bayyina/platform/store"
)

const (
	// readyTimeout bounds the time that the checks of /readyz take.
	readyTimeout = 5 * time.Second
	// freshness is how old the witnesses' last word may be: they are asked every ten minutes.
	freshness = 25 * time.Minute
)

// healthy answers that the process is alive.
func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("alive\n")) // the visitor has gone otherwise
}

// check is a condition for being ready.
type check struct {
	name string
	ask  func(context.Context) error
}

// checks are what must hold for the server to be of use.
func (r *running) checks() []check {
	return []check{
		{"database", func(ctx context.Context) error {
			return r.DB.View(ctx, func(tx *store.Tx) error {
				var one int
				return tx.QueryRow(ctx, `SELECT 1`).Scan(&one)
			})
		}},
		{"lock", r.Log.Held},
		{"witnesses", func(context.Context) error {
			p, at := r.Log.Newest()
			switch {
			case p == nil:
				return errors.New("the witnesses have not confirmed the log yet")
			case r.now().Sub(at) > freshness:
				return errors.New("the witnesses have not confirmed the log for too long")
			}
			return nil
		}},
		{"board", func(context.Context) error {
			if r.board.Now() == nil {
				return errors.New("the board has not recomputed the log yet")
			}
			return r.board.Standing().Trouble
		}},
	}
}

// awaitReady waits until the server is of use.
func (r *running) awaitReady(ctx context.Context) error {
	for {
		var err error
		for _, c := range r.checks() {
			err = errors.Join(err, c.ask(ctx))
		}
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// ready answers whether the server is of use, and what it lacks. Why is told in the
// process log alone.
func (r *running) ready(w http.ResponseWriter, req *http.Request) {
	ctx, cancel := context.WithTimeout(req.Context(), readyTimeout)
	defer cancel()
	status, answer := http.StatusOK, make(map[string]bool)
	for _, c := range r.checks() {
		err := c.ask(ctx)
		answer[c.name] = err == nil
		if err != nil {
			status = http.StatusServiceUnavailable
			r.log.Warn("not ready", "check", c.name, "error", err)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the visitor has gone otherwise
}
