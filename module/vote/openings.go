package vote

import (
	"bytes"
	"sync"
	"time"
)

const (
	// openingAge is how long an opened ballot is kept.
	openingAge = time.Hour
	// openingBytes bounds all of them together: the oldest make room.
	openingBytes = 64 << 20
)

// openings are opened ballots on their way from the booth to the device that checks
// them. They hold votes that nobody casts, and are in memory only.
type openings struct {
	now func() time.Time

	mu    sync.Mutex
	by    map[string]opening
	order []string // as they came
	size  int
}

type opening struct {
	text  []byte
	since time.Time
}

func newOpenings(now func() time.Time) *openings {
	return &openings{now: now, by: make(map[string]opening)}
}

func (o *openings) keep(name string, text []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, again := o.by[name]; again {
		return
	}
	o.by[name] = opening{bytes.Clone(text), o.now()} // the caller's buffer is used again
	o.order = append(o.order, name)
	o.size += len(text)
	for o.size > openingBytes || o.old(o.by[o.order[0]]) {
		o.size -= len(o.by[o.order[0]].text)
		delete(o.by, o.order[0])
		o.order = o.order[1:]
	}
}

func (o *openings) find(name string) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	if found := o.by[name]; !o.old(found) {
		return found.text
	}
	return nil
}

func (o *openings) old(one opening) bool { return o.now().Sub(one.since) > openingAge }
