package webhook

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"testing"
)

var addresses = []struct {
	text string
	ok   bool
}{
	{"https://observer.example/hook", true},
	{"https://observer.example:443/hook?token=1", true},
	{"https://OBSERVER.example:8443", true},
	{"https://xn--mgbcd4a2b0d2b.example/", true},
	{"http://observer.example/", false},
	{"https://user:secret@observer.example/", false},
	{"https://observer.example/#part", false},
	{"https://observer.example:22/", false},
	{"https://observer.example:99999/", false},
	{"https://observer.example:/", false},
	{"https://localhost/", false},
	{"https://127.0.0.1/", false},
	{"https://127.1/", false},
	{"https://2130706433/", false},
	{"https://0x7f.0.0.0x1/", false},
	{"https://[::1]/", false},
	{"https://[::ffff:127.0.0.1]/", false},
	{"https://observer.example./", false},
	{"https://observer/", false},
	{"https://-observer.example/", false},
	{"https://observer.example\\@evil.example/", false},
	{"https://مراقب.example/", false},
	{"https:observer.example", false},
	{"https://observer.example/ ", false},
	{"https://observer.example/" + strings.Repeat("x", maxURL), false},
	{"", false},
}

func TestAddressesOfReceiversAreNamesOfTheInternet(t *testing.T) {
	for _, test := range addresses {
		if _, err := parseAddress(test.text, false); (err == nil) != test.ok || err != nil && !errors.Is(err, ErrAddress) {
			t.Errorf("%.60q: %v", test.text, err)
		}
	}
	for _, text := range []string{"https://localhost:4430/", "https://127.0.0.1:4430/"} {
		if _, err := parseAddress(text, true); err != nil {
			t.Errorf("%s in a demonstration: %v", text, err)
		}
	}
}

func TestPublicAddressesArePublic(t *testing.T) {
	for _, text := range []string{"8.8.8.8", "41.208.0.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "2a01:4f8::1"} {
		if !public(netip.MustParseAddr(text)) {
			t.Errorf("%s is not", text)
		}
	}
}

func FuzzAddress(f *testing.F) {
	for _, test := range addresses {
		f.Add(test.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := parseAddress(text, false)
		if err != nil {
			return
		}
		if u.Scheme != "https" || u.User != nil || u.Fragment != "" || !strings.Contains(u.Hostname(), ".") {
			t.Errorf("%q is %+v", text, u)
		}
		if _, err := netip.ParseAddr(u.Hostname()); err == nil {
			t.Errorf("%q names an address", text)
		}
		if port := u.Port(); port != "" {
			if n, err := strconv.Atoi(port); err != nil || n != 443 && n < 1024 {
				t.Errorf("%q has port %s", text, port)
			}
		}
		if again, err := parseAddress(u.String(), false); err == nil && again.Host != u.Host {
			t.Errorf("%q leads to %s, then to %s", text, u.Host, again.Host)
		}
	})
}
