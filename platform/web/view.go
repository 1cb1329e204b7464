package web

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
	"bayyina/platform/web/chart"
)

//go:embed layout
var layouts embed.FS

// Views are the pages of one package, parsed once for each language. In a template
//
//	{{text "vote.title" "Count" .Ballots}}   is a message of the catalogues with its arguments;
//	{{message .Says}}                        is a read.Message;
//	{{number .N}} {{percent .Share 1}}       are numbers, {{date .T}} {{time .T}} {{hijri .T}} times;
//	{{code .Hash}}                           is what is read from left to right;
//	{{pick .Title}}                          is the half of a read.Bilingual;
//	{{verdict .Verdict}}                     is true, false or unshown;
//	{{link "/elections"}}                    is a page of this language;
//	{{asset "bayyina.css"}}                  is a file of the shell by its content's hash;
//	{{script "passkey.js"}}                  is the element that loads a script, for a block "head";
//	{{args "Label" x "Name" y}}              is a map, what components are given;
//	{{field "Name" x "Label" y}}             is a Field, and so are choice, crumb, step and progress;
//	{{list x y}}                             is a list.
type Views struct {
	pages map[string]*template.Template // by language tag and name
}

// ParseViews parses the pages dir/NAME.html, each of which defines "content". Files whose
// name begins with an underscore are parts that all pages of the folder share.
func ParseViews(files fs.FS, dir string) (*Views, error) {
	names, err := fs.Glob(files, path.Join(dir, "*.html"))
	if err != nil {
		return nil, err
	}
	var parts, pages []string
	for _, name := range names {
		if strings.HasPrefix(path.Base(name), "_") {
			parts = append(parts, name)
		} else {
			pages = append(pages, name)
		}
	}
	v := &Views{pages: make(map[string]*template.Template)}
	for _, l := range languages {
		shell, err := template.New("layout.html").Option("missingkey=error").Funcs(functions(l)).ParseFS(layouts, "layout/*.html")
		if err == nil {
			shell, err = shell.ParseFS(chart.Files, "*.html")
		}
		if err != nil {
			return nil, fmt.Errorf("parse layout: %w", err)
		}
		for _, page := range pages {
			t, err := shell.Clone()
			if err == nil {
				t, err = t.ParseFS(files, slices.Concat(parts, []string{page})...)
			}
			if err != nil {
				return nil, fmt.Errorf("parse page %s: %w", page, err)
			}
			v.pages[l.tag+"/"+strings.TrimSuffix(path.Base(page), ".html")] = t
		}
	}
	return v, nil
}

// execute writes a page in a language.
func (v *Views) execute(w io.Writer, tag, name string, f frame) error {
	t := v.pages[tag+"/"+name]
	if t == nil {
		return fmt.Errorf("there is no page %q", name)
	}
	return t.ExecuteTemplate(w, "layout.html", f)
}

// functions are what templates can call, bound to a language.
func functions(l language) template.FuncMap {
	return template.FuncMap{
		"text": func(id string, pairs ...any) (string, error) {
			values, err := pairUp(pairs...)
			if err != nil {
				return "", fmt.Errorf("message %s: %w", id, err)
			}
			return l.locale.Text(id, values)
		},
		"message":   l.locale.Message,
		"number":    func(n int64) string { return l.locale.Integer(n) },
		"percent":   l.locale.Percent,
		"decimal":   l.locale.Decimal,
		"date":      l.locale.Date,
		"time":      l.locale.Time,
		"hijri":     l.locale.Hijri,
		"size":      l.locale.Size,
		"code":      l.locale.Code,
		"pick":      func(b read.Bilingual) string { return l.locale.Pick(b) },
		"verdict":   verdictWord,
		"link":      func(path string) string { return "/" + l.tag + path },
		"lang":      func() string { return l.locale.Lang() },
		"arabic":    func() bool { return l.locale.Lang() == locale.Arabic },
		"asset":     assetPath,
		"integrity": assetIntegrity,
		"script":    script,
		"args":      pairUp,
		"field":     fill[Field],
		"choice":    fill[Choice],
		"crumb":     fill[Crumb],
		"step":      fill[Step],
		"progress":  fill[Progress],
		"list":      func(items ...any) []any { return items },
	}
}

// pairUp makes a map of names and values by turns.
func pairUp(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("names and values must come in pairs")
	}
	values := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("%v is no name", pairs[i])
		}
		values[name] = pairs[i+1]
	}
	return values, nil
}
