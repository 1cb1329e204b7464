package local

import (
	"context"
	"errors"
	"sync"
)

// ErrBusy: something is being done already.
var ErrBusy = errors.New("something else is being done at this moment: wait for its end")

// Work is one long thing at a time that goes on behind the pages. Its zero value does nothing.
type Work struct {
	mu     sync.Mutex
	state  Doing
	cancel context.CancelFunc
	ended  chan struct{}
}

// Doing is how far a work has come.
type Doing struct {
	Name        string // what is, or was last, being done
	Running     bool
	Done, Total int64 // Total is 0 while it is not known
	Err         error // of the last end; context.Canceled where it was stopped
}

// Start begins something in the background, unless something is being done. It tells its progress
// by calling tell, and ends when its context does.
func (w *Work) Start(ctx context.Context, name string, do func(ctx context.Context, tell func(done, total int64)) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state.Running {
		return ErrBusy
	}
	ctx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
	w.state, w.ended = Doing{Name: name, Running: true}, make(chan struct{})
	go func(ended chan struct{}) {
		err := do(ctx, w.tell)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.cancel()
		w.state.Running, w.state.Err = false, err
		close(ended)
	}(w.ended)
	return nil
}

// tell is called by several goroutines, of which a late one must not set the progress back.
func (w *Work) tell(done, total int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if total != w.state.Total || done > w.state.Done {
		w.state.Done, w.state.Total = done, total
	}
}

// Now tells how far it has come.
func (w *Work) Now() Doing {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// Stop asks what is being done to end, and waits until it has.
func (w *Work) Stop() {
	w.mu.Lock()
	cancel, ended := w.cancel, w.ended
	w.mu.Unlock()
	if cancel != nil {
		cancel()
		<-ended
	}
}
