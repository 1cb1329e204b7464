// Package locale writes for people, in Arabic and in English: messages from the
// catalogues, numbers, dates, durations and sizes.
//
// The catalogues are catalogue/<language>/<name>.toml in the format of
// go-i18n v2, one file per part of the program, embedded. In a message
//
//	{{.Count}}                  stands for the argument Count, formatted for the language;
//	plural forms                are chosen by the argument Count (CLDR: Arabic has six, English two);
//	{{.Ballots.As "n.ballots"}} counts a second thing: the message n.ballots with Count = the argument Ballots.
//
// Arguments are strings, integers, times, durations or read.Bilingual. Strings that read
// in the other direction are isolated (Unicode TR9), so that a name or a hash does
// not turn the sentence around it. A message or an argument that is missing is an error,
// never an empty text.
package locale

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/language"
)

//go:embed catalogue
var catalogues embed.FS

// The languages.
const (
	Arabic  = "ar"
	English = "en"
)

// Locale writes for readers of one language.
type Locale struct {
	lang      string
	messages  *messages
	indic     bool // digits ٠-٩
	localizer *i18n.Localizer
}

// messages are the catalogues of all languages.
type messages struct {
	bundle *i18n.Bundle
	plural map[string]bool // language and id of each message that has plural forms
}

// load reads the embedded catalogues once.
var load = sync.OnceValues(func() (*messages, error) { return loadFrom(catalogues) })

func loadFrom(files fs.FS) (*messages, error) {
	m := &messages{bundle: i18n.NewBundle(language.Arabic), plural: make(map[string]bool)}
	m.bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	seen := make(map[string]string)
	err := fs.WalkDir(files, "catalogue", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		lang := path.Base(path.Dir(name))
		parsed, err := i18n.ParseMessageFileBytes(data, lang+".toml", map[string]i18n.UnmarshalFunc{"toml": toml.Unmarshal})
		if err != nil {
			return fmt.Errorf("catalogue %s: %w", name, err)
		}
		for _, msg := range parsed.Messages {
			key := lang + "/" + msg.ID
			if before, ok := seen[key]; ok {
				return fmt.Errorf("message %q stands in %s and in %s", msg.ID, before, name)
			}
			seen[key] = name
			if msg.Zero+msg.One+msg.Two+msg.Few+msg.Many != "" {
				m.plural[key] = true
			}
		}
		return m.bundle.AddMessages(parsed.Tag, parsed.Messages...)
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// New returns the locale of a language, "ar" or "en", with the digits 0-9.
func New(lang string) (*Locale, error) {
	if lang != Arabic && lang != English {
		return nil, fmt.Errorf("language %q is neither ar nor en", lang)
	}
	m, err := load()
	if err != nil {
		return nil, err
	}
	return &Locale{lang: lang, messages: m, localizer: i18n.NewLocalizer(m.bundle, lang)}, nil
}

// WithArabicIndicDigits returns a copy of the locale that writes the digits ٠-٩.
func (l *Locale) WithArabicIndicDigits() *Locale {
	c := *l
	c.indic = true
	return &c
}

// Lang is "ar" or "en".
func (l *Locale) Lang() string { return l.lang }

// Dir is the direction of the language, as HTML writes it: "rtl" or "ltr".
func (l *Locale) Dir() string {
	if l.lang == Arabic {
		return "rtl"
	}
	return "ltr"
}

// Join puts names into one line, as the language lists them.
func (l *Locale) Join(names []string) string {
	if l.lang == Arabic {
		return strings.Join(names, "، ")
	}
	return strings.Join(names, ", ")
}

// parser refuses a message whose argument is missing.
var parser = &template.TextParser{Option: "missingkey=error"}

// Text returns the message id with its arguments.
func (l *Locale) Text(id string, args map[string]any) (string, error) {
	data := make(map[string]any, len(args))
	for name, arg := range args {
		v, err := l.value(arg)
		if err != nil {
			return "", fmt.Errorf("message %s, argument %s: %w", id, name, err)
		}
		data[name] = v
	}
	config := &i18n.LocalizeConfig{MessageID: id, TemplateData: data, TemplateParser: parser}
	if l.messages.plural[l.lang+"/"+id] {
		count, ok := data["Count"].(value)
		if !ok || !count.counts {
			return "", fmt.Errorf("message %s has plural forms and no argument Count", id)
		}
		config.PluralCount = count.n
	}
	text, tag, err := l.localizer.LocalizeWithTag(config)
	if err != nil {
		return "", fmt.Errorf("message %s: %w", id, err)
	}
	if base, _ := tag.Base(); base.String() != l.lang {
		return "", fmt.Errorf("message %s is not in the catalogue of %s", id, l.lang)
	}
	return strings.TrimSpace(text), nil
}
