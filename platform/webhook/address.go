package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	callTimeout = 20 * time.Second // for all of a call
	dialTimeout = 5 * time.Second  // for one address
	maxDials    = 3                // addresses of a host that are tried
	maxAnswer   = 16 << 10         // bytes of an answer's head; its body is not read
)

// host is a name of the internet's DNS, in its ASCII form (RFC 1123 section 2.1) and of two labels at least.
var host = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// ParseAddress reads the address of a receiver: https, a host's name, and no user or
// fragment; the port is 443 or above 1023. The error is ErrAddress. Where the host leads
// is not known here: it is looked at when it is called.
func (h *Hooks) ParseAddress(text string) (*url.URL, error) {
	return parseAddress(text, h.cfg.Loopback)
}

func parseAddress(text string, loopback bool) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxURL || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, fmt.Errorf("%w: it cannot be read", ErrAddress)
	}
	name := strings.ToLower(u.Hostname())
	local := loopback && (name == "localhost" || name == "127.0.0.1")
	switch {
	case u.Scheme != "https" || u.Opaque != "":
		return nil, fmt.Errorf("%w: it does not begin with https://", ErrAddress)
	case u.User != nil || strings.Contains(text, "#"):
		return nil, fmt.Errorf("%w: it names a user or a fragment", ErrAddress)
	case !local && (len(name) > 253 || !host.MatchString(name)):
		return nil, fmt.Errorf("%w: its host is not a name of the internet", ErrAddress)
	}
	if port := u.Port(); port != "" || strings.HasSuffix(u.Host, ":") {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n != 443 && n < 1024 {
			return nil, fmt.Errorf("%w: its port is neither 443 nor above 1023", ErrAddress)
		}
	}
	return u, nil
}

// special are the blocks within what is public by its form that lead elsewhere: the
// registries of special-purpose addresses of IANA (RFC 6890), and addresses that carry
// others in them.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("168.63.129.16/32"),                                  // the host beneath a machine of Azure
	netip.MustParsePrefix("2001::/23"),                                         // Teredo, ORCHID, benchmarks
	netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), // 6to4
	netip.MustParsePrefix("3fff::/20"),
}

// global is the part of IPv6 that is given to the public (RFC 4291 section 2.4, IANA).
var global = netip.MustParsePrefix("2000::/3")

// public tells whether an address is somebody's on the internet: no private or local
// network, none of this machine or its cloud.
func public(a netip.Addr) bool {
	a = a.WithZone("")
	if a.Is4In6() {
		a = a.Unmap()
	}
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Is6() && !global.Contains(a) {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// dial connects to a host as it was resolved just now and checked: what a second look-up
// would say does not matter. One address that is not public spoils all of them.
func (h *Hooks) dial(ctx context.Context, network, address string) (net.Conn, error) {
	name, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	found, err := h.cfg.Resolve(ctx, name)
	if err != nil || len(found) == 0 {
		return nil, errors.Join(fmt.Errorf("%w: its host has no address", ErrAddress), err)
	}
	for _, a := range found {
		if !public(a) && !(h.cfg.Loopback && a.Unmap().IsLoopback()) {
			return nil, fmt.Errorf("%w: its host is none of the internet", ErrAddress)
		}
	}
	dialer := net.Dialer{Timeout: dialTimeout}
	for _, a := range found[:min(len(found), maxDials)] {
		var conn net.Conn
		if conn, err = dialer.DialContext(ctx, network, netip.AddrPortFrom(a.Unmap(), uint16(number)).String()); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// newClient calls receivers: each call on a connection of its own, through no proxy, and
// no further than the address that it was given.
func (h *Hooks) newClient() *http.Client {
	if h.cfg.Resolve == nil {
		h.cfg.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	return &http.Client{
		Timeout:       callTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: h.dial, DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxAnswer,
			TLSClientConfig: &tls.Config{RootCAs: h.cfg.Roots, MinVersion: tls.VersionTLS12},
		},
	}
}
