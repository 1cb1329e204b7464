package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
)

// check tells what cannot be used, and fills in what follows from the rest.
func (c *Config) check() error {
	for _, address := range []string{c.Listen.Site, c.Listen.Metrics} {
		if address == "" && address != c.Listen.Site {
			continue
		}
		if _, _, err := net.SplitHostPort(address); err != nil {
			return fmt.Errorf("listen: %q is no host:port", address)
		}
	}
	if (c.TLS.Certificate == "") != (c.TLS.Key == "") {
		return errors.New("tls: certificate and key belong together")
	}
	if c.Site.Origin == "" {
		if !Loopback(c.Listen.Site) {
			return errors.New("site.origin is missing: the address that people type, such as https://vote.hnec.example")
		}
		_, port, _ := net.SplitHostPort(c.Listen.Site)      // as it was above
		c.Site.Origin = c.scheme() + "://localhost:" + port // passkeys know names only
	}
	for key, origin := range map[string]string{"site.origin": c.Site.Origin, "site.signing": c.Site.Signing} {
		if err := checkOrigin(origin); err != nil && (origin != "" || key == "site.origin") {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	if c.Site.Signing == c.Site.Origin {
		return errors.New("site.signing: decisions are signed on a host of their own, not on that of site.origin")
	}
	if (c.Site.NameAR == "") != (c.Site.NameEN == "") {
		return errors.New("site: a name is given in both languages, name_ar and name_en")
	}
	if (c.Map.File == "") != (c.Map.Key == "") {
		return errors.New("map: file, and key, the property with each district's own key, belong together")
	}
	if _, err := c.Proxy.Prefixes(); err != nil {
		return err
	}
	if err := CheckDatabase(c.Database.URL); err != nil {
		return fmt.Errorf("database.url %w", err)
	}
	if c.Publish.Every == 0 {
		return errors.New("publish.every is zero")
	}
	if _, err := c.Process.Level(); err != nil {
		return err
	}
	return errors.Join(c.Mail.check(), c.Kannel.check())
}

func (m Mail) check() error {
	if m.Server == "" {
		return nil
	}
	if _, _, err := net.SplitHostPort(m.Server); err != nil {
		return fmt.Errorf("mail.server: %q is no host:port", m.Server)
	}
	switch {
	case m.TLS != "starttls" && m.TLS != "tls" && m.TLS != "none":
		return fmt.Errorf("mail.tls: %q is none of starttls, tls, none", m.TLS)
	case m.TLS == "none" && !Loopback(m.Server):
		return errors.New("mail.tls: codes would go over the network in the clear")
	case (m.User == "") != (m.PasswordFile == ""):
		return errors.New("mail: user and password_file belong together")
	}
	if _, err := mail.ParseAddress(m.From); err != nil {
		return fmt.Errorf("mail.from: %q is no address such as HNEC <vote@hnec.example>", m.From)
	}
	return nil
}

func (k Kannel) check() error {
	if k.URL == "" {
		return nil
	}
	u, err := url.Parse(k.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.User != nil:
		return errors.New("kannel.url is no address such as http://127.0.0.1:13013/cgi-bin/sendsms")
	case u.Scheme == "http" && !localName(u.Hostname()):
		return errors.New("kannel.url: codes would go over the network in the clear: use https, or Kannel on this machine")
	case k.User == "" || k.PasswordFile == "" || k.From == "":
		return errors.New("kannel: user, password_file and from are missing")
	}
	if k.Receipts != "" {
		if u, err := url.Parse(k.Receipts); err != nil || u.Host == "" || u.Scheme+"://"+u.Host != k.Receipts {
			return fmt.Errorf("kannel.receipts: %q is no origin, such as http://127.0.0.1:8080", k.Receipts)
		}
	}
	return nil
}

func (c *Config) scheme() string {
	if c.TLS.Certificate != "" {
		return "https"
	}
	return "http"
}

// checkOrigin refuses what a browser would not send as an origin, and what it would
// not keep secrets for.
func checkOrigin(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != text {
		return fmt.Errorf("%q is no origin, such as https://vote.hnec.example", text)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !localName(u.Hostname())) {
		return fmt.Errorf("%q must begin with https://", text)
	}
	return nil
}

// localName tells whether a host is this machine by its name alone.
func localName(host string) bool {
	const local = ".localhost"
	if host == "localhost" || len(host) > len(local) && host[len(host)-len(local):] == local {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// Loopback tells whether only this machine reaches the address host:port.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && localName(host)
}

// CheckDatabase refuses what names no PostgreSQL database, and a password that stands
// where others read it. The text itself is not repeated: it may hold one.
func CheckDatabase(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return errors.New("must be a URL postgres://…")
	}
	if _, secret := u.User.Password(); secret || u.Query().Has("password") {
		return errors.New("must not hold a password: put it into ~/.pgpass")
	}
	return nil
}

// Prefixes are the networks of the proxies that are trusted.
func (p Proxy) Prefixes() ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, text := range p.Trusted {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			ip, err := netip.ParseAddr(text)
			if err != nil {
				return nil, fmt.Errorf("proxy.trusted: %q is neither an address nor a prefix such as 10.0.0.0/24", text)
			}
			prefix = netip.PrefixFrom(ip, ip.BitLen())
		}
		list = append(list, prefix)
	}
	return list, nil
}

// Level is the least level of what the process tells.
func (p Process) Level() (slog.Level, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(p.Log)); err != nil {
		return 0, fmt.Errorf("process.log: %q is none of debug, info, warn, error", p.Log)
	}
	return level, nil
}
