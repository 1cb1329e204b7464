package account

import (
	"net/netip"
	"sync"
	"time"
)

// How many attempts with codes may fail within failureAge: for one account from one
// network, and for all accounts from one network. Attempts are never counted for an
// account alone: whoever knows an address could then lock its owner out. Passkeys
// are not counted, since nobody guesses one.
const (
	failureAge   = 15 * time.Minute
	pairLimit    = 5
	networkLimit = 100
	// throttleSize bounds what is remembered; beyond it, what is oldest is forgotten.
	throttleSize = 1 << 16
)

// attempt is what failed attempts are counted by.
type attempt struct {
	network netip.Prefix
	address string // "" for all accounts
}

type failures struct {
	n     int
	since time.Time
}

// throttle counts failed attempts.
type throttle struct {
	now func() time.Time

	mu     sync.Mutex
	failed map[attempt]failures
	order  []attempt // as they were first counted
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, failed: make(map[attempt]failures)}
}

// network is what counts as one place on the internet: an IPv4 address, or the /64 that a
// single customer has in IPv6.
func network(a netip.Addr) netip.Prefix {
	bits := 32
	if a = a.Unmap().WithZone(""); a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // an unknown place is one place
	}
	return p
}

// allow says whether another attempt for the account may be made from there.
func (t *throttle) allow(from netip.Prefix, address string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.count(attempt{from, address}) < pairLimit && t.count(attempt{network: from}) < networkLimit
}

func (t *throttle) count(a attempt) int {
	f := t.failed[a]
	if t.now().Sub(f.since) >= failureAge {
		return 0
	}
	return f.n
}

// fail counts an attempt that failed.
func (t *throttle) fail(from netip.Prefix, address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range []attempt{{from, address}, {network: from}} {
		n := t.count(a)
		f, known := t.failed[a]
		if n == 0 {
			f = failures{since: t.now()}
		}
		f.n = n + 1
		if !known {
			if len(t.order) == throttleSize {
				delete(t.failed, t.order[0])
				t.order = t.order[1:]
			}
			t.order = append(t.order, a)
		}
		t.failed[a] = f
	}
}
