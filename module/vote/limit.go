package vote

import (
	"sync"
	"time"
)

// limit lets something happen so often for each key: burst times at once, and once more
// every interval afterwards (the generic cell rate algorithm, ITU-T I.371). What is used
// up for one key is none of another's concern.
type limit struct {
	interval time.Duration
	burst    int

	mu   sync.Mutex
	full map[string]time.Time // when all of the burst is there again, where it is not
	next time.Time            // when full is tidied
}

func newLimit(interval time.Duration, burst int) *limit {
	return &limit{interval: interval, burst: burst, full: make(map[string]time.Time)}
}

// take uses one up, or tells how long to wait.
func (l *limit) take(now time.Time, key string) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.After(l.next) {
		for k, at := range l.full {
			if at.Before(now) {
				delete(l.full, k)
			}
		}
		l.next = now.Add(time.Duration(l.burst) * l.interval)
	}
	at, wait := l.after(now, key)
	if wait == 0 {
		l.full[key] = at
	}
	return wait
}

// look tells how long take would have one wait, and uses up nothing.
func (l *limit) look(now time.Time, key string) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, wait = l.after(now, key)
	return wait
}

// after tells when all of the burst is there again once one more is used up, or how long
// there is none.
func (l *limit) after(now time.Time, key string) (full time.Time, wait time.Duration) {
	full = l.full[key]
	if full.Before(now) {
		full = now
	}
	full = full.Add(l.interval)
	return full, max(0, full.Sub(now)-time.Duration(l.burst)*l.interval)
}
