// Package config reads the settings of an installation: one TOML file, each of
// whose keys may be overridden by an environment variable.
//
// It is strict: an unknown key is an error that names the nearest known one, and
// what is set is checked before anything is opened.
package config

import (
	"encoding"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"time"
	_ "time/tzdata" // zones are known on every machine

	"github.com/pelletier/go-toml/v2"
)

// Name is the settings file's name in the data folder.
const Name = "bayyina.toml"

// Prefix begins the names of the environment variables: site.origin is overridden
// by BAYYINA_SITE_ORIGIN. Lists are separated by commas.
const Prefix = "BAYYINA_"

// maxFile bounds the settings file in bytes.
const maxFile = 64 << 10

// ErrUnknownKey reports a key that is no setting.
var ErrUnknownKey = errors.New("unknown key")

// ErrSetting reports a setting that cannot be used.
var ErrSetting = errors.New("wrong setting")

// Config is the settings of an installation.
type Config struct {
	Site     Site     `toml:"site"`
	Map      Map      `toml:"map"`
	Listen   Listen   `toml:"listen"`
	TLS      TLS      `toml:"tls"`
	Proxy    Proxy    `toml:"proxy"`
	Database Database `toml:"database"`
	Keys     Keys     `toml:"keys"`
	Publish  Publish  `toml:"publish"`
	Process  Process  `toml:"process"`
	Backup   Backup   `toml:"backup"`
	Mail     Mail     `toml:"mail"`
	Kannel   Kannel   `toml:"kannel"`
}

// Site is what the public sees.
type Site struct {
	Origin  string `toml:"origin"`  // of the pages: "https://vote.hnec.example"
	Signing string `toml:"signing"` // of the page on which decisions are signed: "https://sign.hnec.example"
	NameAR  string `toml:"name_ar"` // in the masthead; the log's own name where both are empty
	NameEN  string `toml:"name_en"`
	Zone    Zone   `toml:"zone"` // of the times on forms: "Africa/Tripoli"; that of the machine where it is empty
}

// Map is a map of the country's districts; without one, the tiles of Libya are drawn.
type Map struct {
	File   string   `toml:"file"`    // GeoJSON
	Key    string   `toml:"key"`     // the property with each district's own key
	NameAR []string `toml:"name_ar"` // the properties with its names
	NameEN []string `toml:"name_en"`
	// Districts are those whose names the file spells otherwise: "طرابلس = LBY-2978".
	Districts []string `toml:"districts"`
}

// Listen says on which addresses, host:port, the server listens.
type Listen struct {
	Site    string `toml:"site"`
	Metrics string `toml:"metrics"` // none where empty
}

// TLS names the files of the certificate; without them a proxy in front speaks TLS.
type TLS struct {
	Certificate string `toml:"certificate"` // PEM, with the chain
	Key         string `toml:"key"`         // PEM
}

// Proxy names who is believed about the address of a visitor.
type Proxy struct {
	Trusted []string `toml:"trusted"` // addresses or prefixes: "10.0.0.7", "10.0.0.0/24"
}

// Database is a PostgreSQL database instead of the data folder's own file.
type Database struct {
	URL string `toml:"url"` // postgres://…, without a password
}

// Keys say how the server's sealed keys are opened, and what is sealed in the database.
type Keys struct {
	PassphraseFile string `toml:"passphrase_file"`
	IdentityFile   string `toml:"identity_file"`
	SealFile       string `toml:"seal_file"` // the installation key; by default seal/installation.key in the data folder
}

// Publish is how the log is published.
type Publish struct {
	Every Duration `toml:"every"` // a checkpoint so often, when anything entered
}

// Process is about the process itself.
type Process struct {
	Log string `toml:"log"` // least level that is told: debug, info, warn or error
}

// Backup is where backups are kept, so that their age can be watched.
type Backup struct {
	Dir    string   `toml:"dir"`
	MaxAge Duration `toml:"max_age"`
}

// Mail is the mail server through which e-mail is sent.
type Mail struct {
	Server       string `toml:"server"` // host:port; no e-mail is sent where it is empty
	TLS          string `toml:"tls"`    // starttls, tls, or none for a server on this machine
	User         string `toml:"user"`   // none where the server asks for none
	PasswordFile string `toml:"password_file"`
	From         string `toml:"from"` // "HNEC <vote@hnec.example>"
}

// Kannel brings texts to phones.
type Kannel struct {
	URL          string `toml:"url"` // of sendsms; no texts are sent where it is empty
	User         string `toml:"user"`
	PasswordFile string `toml:"password_file"`
	From         string `toml:"from"`     // the sender that phones show
	Receipts     string `toml:"receipts"` // where Kannel reaches this site, such as http://127.0.0.1:8080; no receipts where it is empty
}

// Duration is a time.Duration as text, such as "5s".
type Duration time.Duration

// UnmarshalText reads a duration that is not negative.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err == nil && v < 0 {
		err = fmt.Errorf("%s is negative", text)
	}
	*d = Duration(v)
	return err
}

// Zone is a time zone by its name, such as "Africa/Tripoli" (https://www.iana.org/time-zones).
type Zone struct{ *time.Location }

// UnmarshalText reads a zone's name.
func (z *Zone) UnmarshalText(text []byte) error {
	zone, err := time.LoadLocation(string(text))
	if err != nil {
		return fmt.Errorf("%q is no time zone: its name is needed, such as Africa/Tripoli", text)
	}
	z.Location = zone
	return nil
}

// Default is what holds where nothing is set.
func Default() *Config {
	return &Config{
		Site:    Site{Zone: Zone{time.Local}},
		Listen:  Listen{Site: "127.0.0.1:8080", Metrics: "127.0.0.1:9180"},
		Publish: Publish{Every: Duration(5 * time.Second)},
		Process: Process{Log: "info"},
		Backup:  Backup{MaxAge: Duration(24 * time.Hour)},
		Mail:    Mail{TLS: "starttls"},
	}
}

// Read reads the settings file at path and then the environment (as os.Environ
// gives it). A file that is not there has no settings, unless it must be there.
//
// The errors are ErrUnknownKey, ErrSetting, and those of reading the file.
func Read(path string, must bool, environ []string) (*Config, error) {
	c := Default()
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !must {
		text, err = nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("settings %s: %w: the file has more than %d bytes", path, ErrSetting, maxFile)
	}
	if err := c.parse(text); err != nil {
		return nil, fmt.Errorf("settings %s: %w", path, err)
	}
	if err := c.override(environ); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("settings: %w: %w", ErrSetting, err)
	}
	return c, nil
}

// parse reads a settings file over what is set already.
func (c *Config) parse(text []byte) error {
	err := toml.NewDecoder(strings.NewReader(string(text))).DisallowUnknownFields().Decode(c)
	if strict, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		first := strict.Errors[0]
		line, _ := first.Position()
		return fmt.Errorf("line %d: %w", line, unknown(strings.Join(first.Key(), "."), keys()))
	}
	if decode, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, _ := decode.Position()
		return fmt.Errorf("line %d: %w: %w", line, ErrSetting, err)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSetting, err)
	}
	return nil
}

// override sets what the environment says.
func (c *Config) override(environ []string) error {
	settings := make(map[string]reflect.Value)
	sections := make(map[string]bool)
	each(c, func(section, key string, v reflect.Value) {
		settings[variable(section+"."+key)] = v
		sections[variable(section)] = true
	})
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		if !strings.HasPrefix(name, Prefix) {
			continue
		}
		v, known := settings[name]
		if !known {
			section, _, _ := strings.Cut(strings.TrimPrefix(name, Prefix), "_")
			if !sections[Prefix+section] {
				continue // another program's, or a test's
			}
			return unknown(name, variables())
		}
		if err := set(v, value); err != nil {
			return fmt.Errorf("%s: %w: %w", name, ErrSetting, err)
		}
	}
	return nil
}

// set gives a setting the value that a variable has.
func set(v reflect.Value, value string) error {
	if reads, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return reads.UnmarshalText([]byte(value))
	}
	if v.Kind() == reflect.Slice {
		var list []string
		for part := range strings.SplitSeq(value, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
		v.Set(reflect.ValueOf(list))
		return nil
	}
	v.SetString(value)
	return nil
}

// each calls do for every setting.
func each(c *Config, do func(section, key string, v reflect.Value)) {
	all := reflect.ValueOf(c).Elem()
	for i := range all.NumField() {
		section := all.Field(i)
		for j := range section.NumField() {
			do(all.Type().Field(i).Tag.Get("toml"), section.Type().Field(j).Tag.Get("toml"), section.Field(j))
		}
	}
}

// keys are the names of all settings and sections.
func keys() (list []string) {
	last := ""
	each(new(Config), func(section, key string, _ reflect.Value) {
		if section != last {
			list = append(list, section)
			last = section
		}
		list = append(list, section+"."+key)
	})
	return list
}

// variables are the names of all settings in the environment.
func variables() (list []string) {
	each(new(Config), func(section, key string, _ reflect.Value) { list = append(list, variable(section+"."+key)) })
	return list
}

// variable is the name of a setting in the environment.
func variable(key string) string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// unknown tells of a key that is none of those known, and the nearest of them.
func unknown(key string, known []string) error {
	best, least := "", -1
	for _, k := range known {
		if d := distance(key, k); least < 0 || d < least {
			best, least = k, d
		}
	}
	return fmt.Errorf("%w %q: the nearest known one is %q", ErrUnknownKey, key, best)
}

// distance is the number of bytes to insert, drop or change until a is b
// (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
