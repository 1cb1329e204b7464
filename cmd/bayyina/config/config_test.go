package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// with reads settings from a text and an environment.
func with(t *testing.T, text string, environ ...string) (*Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), Name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Read(path, true, environ)
}

func TestSettingsAreReadAndTheEnvironmentOverrides(t *testing.T) {
	c, err := with(t, `
		[site]
		origin = "https://vote.hnec.example"
		signing = "https://sign.hnec.example"
		[listen]
		site = ":443"
		[map]
		file = "districts.geojson"
		key = "code"
		name_ar = ["الاسم"]
		[publish]
		every = "2s"
	`, "BAYYINA_LISTEN_SITE=0.0.0.0:8443", "BAYYINA_PROXY_TRUSTED=10.0.0.7, 10.1.0.0/16", "BAYYINA_PUBLISH_EVERY=3s", "BAYYINA_MAP_NAME_EN=name, name_alt", "BAYYINA_PEERDATA=/elsewhere", "HOME=/root")
	if err != nil {
		t.Fatal(err)
	}
	prefixes, err := c.Proxy.Prefixes()
	if err != nil {
		t.Fatal(err)
	}
	if c.Site.Origin != "https://vote.hnec.example" || c.Listen.Site != "0.0.0.0:8443" || time.Duration(c.Publish.Every) != 3*time.Second ||
		len(prefixes) != 2 || prefixes[0].String() != "10.0.0.7/32" || len(c.Map.NameEN) != 2 || c.Listen.Metrics != "127.0.0.1:9180" {
		t.Errorf("%+v, %v", c, prefixes)
	}
}

func TestFileThatIsNotThereHasNoSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), Name)
	c, err := Read(path, false, nil)
	if err != nil || c.Site.Origin != "http://localhost:8080" {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := Read(path, true, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that must be there: %v", err)
	}
}

func TestUnknownKeyNamesTheNearestKnownOne(t *testing.T) {
	for text, want := range map[string]string{
		"[site]\norign = 'x'":           `line 2: unknown key "site.orign": the nearest known one is "site.origin"`,
		"[listn]\nsite = 'x'":           `line 1: unknown key "listn": the nearest known one is "listen"`,
		"[tls]\ncertificate.file = 'x'": ``,
	} {
		if _, err := with(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	_, err := with(t, "", "BAYYINA_LISTEN_STIE=:80")
	if !errors.Is(err, ErrUnknownKey) || !strings.Contains(err.Error(), `"BAYYINA_LISTEN_SITE"`) {
		t.Errorf("variable: %v", err)
	}
}

func TestSettingsThatCannotBeUsedAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"[listen]\nsite = 'nonsense'":                                       `listen: "nonsense" is no host:port`,
		"[listen]\nsite = ':443'":                                           "site.origin is missing",
		"[site]\norigin = 'vote.hnec.example'":                              "is no origin",
		"[site]\norigin = 'https://vote.hnec.example/'":                     "is no origin",
		"[site]\norigin = 'http://vote.hnec.example'":                       "must begin with https://",
		"[site]\norigin = 'https://a.example'\nsigning='https://a.example'": "a host of their own",
		"[site]\nname_ar = 'انتخابات'":                                      "in both languages",
		"[site]\nzone = 'Africa/Tripolis'":                                  `"Africa/Tripolis" is no time zone`,
		"[tls]\nkey = 'k.pem'":                                              "certificate and key belong together",
		"[map]\nfile = 'districts.geojson'":                                 "file, and key",
		"[map]\nname_ar = 'name'":                                           "line 2",
		"[proxy]\ntrusted = ['everybody']":                                  "neither an address nor a prefix",
		"[database]\nurl = 'mysql://x'":                                     "must be a URL postgres://",
		"[database]\nurl = 'postgres://u:secret@h/d'":                       "must not hold a password",
		"[publish]\nevery = 'often'":                                        "line 2",
		"[publish]\nevery = '0s'":                                           "publish.every is zero",
		"[process]\nlog = 'loud'":                                           "none of debug, info, warn, error",
		"[site":                                                             "line 1",
	} {
		_, err := with(t, text)
		if !errors.Is(err, ErrSetting) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the password is repeated: %v", err)
		}
	}
}

func FuzzSettings(f *testing.F) {
	f.Add("[site]\norigin = 'https://vote.hnec.example'")
	f.Add("[listen]\nsite = ':443'\n[proxy]\ntrusted = ['10.0.0.0/24']")
	f.Fuzz(func(t *testing.T, text string) {
		c := Default()
		if c.parse([]byte(text)) == nil && c.check() == nil && checkOrigin(c.Site.Origin) != nil {
			t.Errorf("%q gives the origin %q", text, c.Site.Origin)
		}
	})
}
