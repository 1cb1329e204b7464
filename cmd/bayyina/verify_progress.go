package main

import (
	"fmt"
	"io"
	"time"

	"bayyina/platform/locale"
)

// progress tells on a terminal how far the work is, ten times a second at most.
type progress struct {
	w     io.Writer // nil where there is no terminal
	l     *locale.Locale
	now   func() time.Time
	start time.Time
	last  time.Time
}

// newProgress shows nothing where standard error is no terminal, or the answer is
// for machines.
func newProgress(e *env) (*progress, error) {
	p := &progress{now: e.now, start: e.now()}
	if _, ok := terminal(e.stderr); !ok || e.json {
		return p, nil
	}
	l, err := locale.New(e.lang)
	p.w, p.l = e.stderr, l
	return p, err
}

// tell shows a message on the things done so far, with how many were done in a
// second as its argument Rate.
func (p *progress) tell(id string, done int64, values map[string]any) {
	now := p.now()
	if p.w == nil || now.Sub(p.last) < 100*time.Millisecond {
		return
	}
	p.last = now
	values["Count"] = done
	values["Rate"] = int64(float64(done) / max(now.Sub(p.start).Seconds(), 0.1))
	line, err := p.l.Text(id, values)
	if err != nil {
		line = err.Error()
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", line)
}

// clear takes the line away.
func (p *progress) clear() {
	if p.w != nil && !p.last.IsZero() {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
