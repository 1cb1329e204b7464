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
	at := l.full[key]
	if at.Before(now) {
		at = now
	}
	at = at.Add(l.interval)
	if wait := at.Sub(now) - time.Duration(l.burst)*l.interval; wait > 0 {
		return wait
	}
	l.full[key] = at
	return 0
}
