package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bayyina/platform/store"
)

const (
	// pollInterval is how often the outbox is looked at without a [Log.Wake].
	pollInterval = 100 * time.Millisecond
	// refreshInterval is how often the witnesses are asked when nothing enters,
	// so that the log is known to be fresh.
	refreshInterval = 10 * time.Minute
	// retryInterval is the pause after a failure.
	retryInterval = time.Second
)

// Create makes a new log of one entry, the signed genesis, and publishes its
// first checkpoint. When the witnesses could not be reached it may be called
// again with the same genesis.
func Create(ctx context.Context, cfg Config, genesis []byte) (*Published, error) {
	s, _, err := ParseStatement(genesis)
	if err != nil {
		return nil, fmt.Errorf("create log: genesis: %w", err)
	}
	if s.Kind != kindGenesis {
		return nil, fmt.Errorf("create log: %s is no %s", s.Kind, kindGenesis)
	}
	if err := checkGenesis(s, cfg); err != nil {
		return nil, fmt.Errorf("create log: %w", err)
	}
	l, err := Open(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("create log: %w", err)
	}
	p, err := l.create(ctx, s.ID, genesis)
	return p, errors.Join(err, l.Close())
}

func (l *Log) create(ctx context.Context, id string, genesis []byte) (*Published, error) {
	if size, published := l.Size(); size > 1 || published > 0 {
		return nil, errors.New("create log: there is a log in this folder already")
	}
	err := l.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		_, err := Lookup(ctx, tx, id)
		if errors.Is(err, ErrUnknown) {
			return Enqueue(ctx, tx, l.cfg.Now(), Item{Statement: genesis})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("create log: %w", err)
	}
	return l.Drain(ctx)
}

// Drain appends everything that is queued and publishes a checkpoint over it.
// It returns nil where nothing was to be done.
func (l *Log) Drain(ctx context.Context) (*Published, error) {
	var last *Published
	for {
		n, err := l.Sequence(ctx)
		switch {
		case err != nil:
			return nil, err
		case n > 0: // there may be more
		case l.grown():
			if last, err = l.Publish(ctx); err != nil {
				return nil, err
			}
		default:
			return last, nil
		}
	}
}

// Run appends what is queued as it comes and publishes a checkpoint every
// interval when the log grew. It goes on after failures that may pass (a full
// disk, witnesses that do not answer), telling them, until ctx ends or the log
// can be written no more; then it returns why.
//
// Nothing is appended before a quorum of witnesses has confirmed the log as it
// stands: a log restored from an old copy must not grow a second history.
func (l *Log) Run(ctx context.Context, interval time.Duration) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if size, _ := l.Size(); size > 0 {
		if err := l.awaitWitnesses(ctx, interval); err != nil {
			return err
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.loop(ctx, cancel, interval, nil, func() (bool, error) {
			if !l.due(refreshInterval) {
				return false, nil
			}
			p, err := l.Publish(ctx)
			if errors.Is(err, ErrPartOfBatch) {
				return false, nil
			}
			if err == nil {
				l.tell(p.Answers)
			}
			return false, err
		})
	}()
	l.loop(ctx, cancel, pollInterval, l.wake, func() (bool, error) {
		n, err := l.Sequence(ctx)
		return n > 0, err
	})
	<-done
	return context.Cause(ctx)
}

// awaitWitnesses asks the witnesses to confirm what is there, as often as it
// takes.
func (l *Log) awaitWitnesses(ctx context.Context, interval time.Duration) error {
	for {
		p, err := l.confirm(ctx)
		if err == nil {
			l.tell(p.Answers)
			return nil
		}
		if final(err) {
			return err
		}
		l.cfg.Log.Error("the witnesses do not confirm the log; nothing is appended", "error", err)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(max(interval, retryInterval)):
		}
	}
}

// loop calls step until ctx ends: at once while it does more, else after the
// interval or a wake, after a failure later.
func (l *Log) loop(ctx context.Context, cancel context.CancelCauseFunc, interval time.Duration, wake <-chan struct{}, step func() (more bool, err error)) {
	for ctx.Err() == nil {
		more, err := step()
		if err == nil && more {
			continue
		}
		pause := interval
		if err != nil && ctx.Err() == nil {
			if final(err) {
				cancel(err)
				return
			}
			l.cfg.Log.Error("the log cannot go on yet", "error", err)
			pause = max(interval, retryInterval)
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-time.After(pause):
		}
	}
}

// tell passes on the answers of witnesses that did not cosign.
func (l *Log) tell(answers []Answer) {
	for _, a := range answers {
		switch {
		case errors.Is(a.Err, ErrForked), errors.Is(a.Err, ErrBehindWitness):
			l.cfg.Log.Error("ALARM: a witness refuses this log", "witness", a.Witness, "error", a.Err)
		case a.Err != nil:
			l.cfg.Log.Warn("a witness did not cosign", "witness", a.Witness, "error", a.Err)
		}
	}
}

// final tells whether a failure cannot pass by waiting.
func final(err error) bool {
	for _, end := range []error{errOrder, ErrDatabaseBehind, ErrLogBehind, ErrBehindWitness, ErrForked, store.ErrLockLost} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}
