package locale

import (
	"io/fs"
	"path"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/pelletier/go-toml/v2"
)

// Texts returns the messages of one catalogue file of a language as they are written, by id
// and plural form: for a program that runs where this package does not.
func Texts(lang, name string) (map[string]map[string]string, error) {
	data, err := fs.ReadFile(catalogues, path.Join("catalogue", lang, name+".toml"))
	if err != nil {
		return nil, err
	}
	parsed, err := i18n.ParseMessageFileBytes(data, lang+".toml", map[string]i18n.UnmarshalFunc{"toml": toml.Unmarshal})
	if err != nil {
		return nil, err
	}
	texts := make(map[string]map[string]string)
	for _, m := range parsed.Messages {
		forms := make(map[string]string)
		for form, text := range map[string]string{"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few, "many": m.Many, "other": m.Other} {
			if text != "" {
				forms[form] = text
			}
		}
		texts[m.ID] = forms
	}
	return texts, nil
}
