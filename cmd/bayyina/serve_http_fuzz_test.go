package main

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// FuzzForwardedFor: whatever a proxy tells, a visitor's address is an address; whatever
// anybody else tells, it is where they come from.
func FuzzForwardedFor(f *testing.F) {
	for _, said := range []string{"", "203.0.113.7", "203.0.113.7, 10.0.0.2", "::ffff:192.0.2.1", "fe80::1%eth0", "a,b,,1", "[::1]:80", "10.0.0.1,10.0.0.1"} {
		f.Add(said)
	}
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	var got string
	h := behind(trusted, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr }))
	f.Fuzz(func(t *testing.T, said string) {
		for peer, isTrusted := range map[string]bool{"10.1.2.3:4567": true, "192.0.2.9:4567": false} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = peer
			r.Header.Set("X-Forwarded-For", said)
			h.ServeHTTP(httptest.NewRecorder(), r)
			if !isTrusted && got != peer {
				t.Fatalf("a stranger who says %q is %s", said, got)
			}
			if _, err := netip.ParseAddrPort(got); err != nil {
				t.Fatalf("behind a proxy that says %q: %v", said, err)
			}
		}
	})
}
