package web

import (
	"net/http"
	"net/url"
	"strings"

	"bayyina/platform/locale"

	xlanguage "golang.org/x/text/language"
)

// language is one of those in which every page can be read. Its tag is what addresses
// begin with (BCP 47).
type language struct {
	tag    string
	name   string // in itself
	digits string // what its readers call its digits, if that is what another one differs in
	locale *locale.Locale
}

// labelIn is how a page in another language names this one.
func (l language) labelIn(lang string) string {
	if lang == l.locale.Lang() {
		return l.digits
	}
	return l.name
}

// languages are all of them, the first one for whoever asks for none.
var languages = func() []language {
	open := func(lang string) *locale.Locale {
		l, err := locale.New(lang)
		if err != nil {
			panic(err) // the catalogues are part of the program
		}
		return l
	}
	arabic := open(locale.Arabic)
	return []language{
		{"ar", "العربية", "أرقام 123", arabic},
		{"en", "English", "", open(locale.English)},
		{"ar-u-nu-arab", "العربية ١٢٣", "أرقام ١٢٣", arabic.WithArabicIndicDigits()},
	}
}()

// languageOf is the language that an address begins with, or the preferred one.
func languageOf(r *http.Request) language {
	tag, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	for _, l := range languages {
		if l.tag == tag {
			return l
		}
	}
	return preferred(r)
}

var matcher = xlanguage.NewMatcher([]xlanguage.Tag{xlanguage.Arabic, xlanguage.English})

// preferred is the language that a browser asks for: Arabic or English.
func preferred(r *http.Request) language {
	wanted, _, err := xlanguage.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(wanted) == 0 {
		return languages[0]
	}
	_, at, _ := matcher.Match(wanted...)
	return languages[at]
}

// inLanguage is the address of this page in another language, with what it was asked.
func (v *Visit) inLanguage(tag string) string {
	u := url.URL{Path: "/" + tag + strings.TrimPrefix(v.URL.Path, "/"+v.Lang), RawQuery: v.URL.RawQuery}
	return u.RequestURI()
}
