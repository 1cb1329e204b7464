package board

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// Export writes what a site shows as files that need no server: every page in Arabic and
// English that can be reached from the first one, and whatever it loads or gives away.
// Links are relative, so that the folder can lie anywhere, on a disk or behind any web
// server. Forms and scripts, which need a server, are left out. skip names paths that are
// not written; links to them lead nowhere. It returns how many files it wrote.
func Export(ctx context.Context, site http.Handler, dir string, skip func(path string) bool) (int, error) {
	e := &exporter{ctx: ctx, site: site, dir: dir, skip: skip, seen: make(map[string]bool)}
	first := `<!doctype html><html lang="ar" dir="rtl"><meta charset="utf-8"><title>بيّنة · Bayyina</title>` +
		`<p><a href="ar/index.html">العربية</a> · <a href="en/index.html" lang="en" dir="ltr">English</a></p></html>` + "\n"
	if err := e.write("index.html", []byte(first)); err != nil {
		return 0, err
	}
	e.want("/ar/")
	e.want("/en/")
	for ; len(e.queue) > 0; e.queue = e.queue[1:] {
		if err := e.export(e.queue[0]); err != nil {
			return e.files, fmt.Errorf("export %s: %w", e.queue[0], err)
		}
	}
	return e.files, nil
}

// exporter is an export on its way.
type exporter struct {
	ctx   context.Context
	site  http.Handler
	dir   string
	skip  func(path string) bool
	queue []string // paths that are to be written
	seen  map[string]bool
	files int
}

// want puts a path of the site on the list; whether it will be written is the answer.
func (e *exporter) want(path string) bool {
	if e.skip(path) || strings.HasPrefix(path, "/ar-u-nu-arab/") {
		return false
	}
	if !e.seen[path] {
		e.seen[path] = true
		e.queue = append(e.queue, path)
	}
	return true
}

// inPages is what stands under a language: pages, of which each is a folder's index.
var inPages = regexp.MustCompile(`^/(ar|en)(/|$)`)

// fileOf is where a path of the site is written, below the export's folder.
func fileOf(address string) string {
	name := strings.TrimPrefix(path.Clean(address), "/")
	if inPages.MatchString(address) {
		return path.Join(name, "index.html")
	}
	return name
}

func (e *exporter) export(address string) error {
	r, err := http.NewRequestWithContext(e.ctx, http.MethodGet, "http://export.invalid"+(&url.URL{Path: address}).EscapedPath(), nil)
	if err != nil {
		return err
	}
	w := httptest.NewRecorder()
	e.site.ServeHTTP(w, r)
	if err := e.ctx.Err(); err != nil {
		return err
	}
	if w.Code != http.StatusOK {
		return fmt.Errorf("the site answers %d", w.Code)
	}
	content := w.Body.Bytes()
	kind, _, err := mime.ParseMediaType(w.Header().Get("Content-Type"))
	if err != nil {
		return err
	}
	switch kind {
	case "text/html":
		content, err = e.relink(address, content)
	case "text/css":
		content, err = e.restyle(address, content)
	}
	if err != nil {
		return err
	}
	return e.write(fileOf(address), content)
}

func (e *exporter) write(name string, content []byte) error {
	if !filepath.IsLocal(name) {
		return fmt.Errorf("%q is no name of a file here", name)
	}
	file := filepath.Join(e.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	e.files++
	return os.WriteFile(file, content, 0o644)
}

// relative is the link from one file of the export to a path of the site; nothing where
// that is not written.
func (e *exporter) relative(from, link string) (string, bool) {
	u, err := url.Parse(link)
	if err != nil || u.Host != "" || u.Scheme != "" {
		return "", false
	}
	if u.Path == "" { // a place on the same page
		return link, true
	}
	if !strings.HasPrefix(u.Path, "/") {
		u.Path = path.Join(path.Dir(from), u.Path)
	}
	if !e.want(u.Path) {
		return "", false
	}
	up := strings.Repeat("../", strings.Count(fileOf(from), "/"))
	to := &url.URL{Path: up + fileOf(u.Path), Fragment: u.Fragment}
	return to.String(), true
}

// relink makes a page's links relative, and leaves out what needs a server.
func (e *exporter) relink(address string, page []byte) ([]byte, error) {
	var out bytes.Buffer
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			if err := z.Err(); err != io.EOF {
				return nil, err
			}
			return out.Bytes(), nil
		}
		raw := bytes.Clone(z.Raw())
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			out.Write(raw)
			continue
		}
		t := z.Token()
		if t.Data == "form" || t.Data == "script" {
			if err := skipElement(z, t.Data); err != nil {
				return nil, err
			}
			continue
		}
		changed, dead := e.relinkTag(address, &t)
		switch {
		case dead && t.Data == "link":
		case changed:
			out.WriteString(t.String())
		default:
			out.Write(raw)
		}
	}
}

// skipElement reads over the rest of an element.
func skipElement(z *html.Tokenizer, name string) error {
	for {
		switch z.Next() {
		case html.ErrorToken:
			return z.Err()
		case html.EndTagToken:
			if tag, _ := z.TagName(); string(tag) == name {
				return nil
			}
		}
	}
}

// relinkTag makes the links of one tag relative. It is dead where one leads nowhere.
func (e *exporter) relinkTag(address string, t *html.Token) (changed, dead bool) {
	var kept []html.Attribute
	for _, a := range t.Attr {
		switch a.Key {
		case "href", "src":
			link, ok := e.relative(address, a.Val)
			if changed = true; !ok {
				dead = true
				continue
			}
			a.Val = link
		case "integrity", "crossorigin": // files have no origin
			changed = true
			continue
		}
		kept = append(kept, a)
	}
	t.Attr = kept
	return changed, dead
}

// inStyles is a file that a style sheet loads.
var inStyles = regexp.MustCompile(`url\("?([^)"]*)"?\)`)

// restyle makes the links of a style sheet relative.
func (e *exporter) restyle(address string, style []byte) ([]byte, error) {
	return inStyles.ReplaceAllFunc(style, func(found []byte) []byte {
		link := string(inStyles.FindSubmatch(found)[1])
		if strings.HasPrefix(link, "data:") || strings.HasPrefix(link, "#") {
			return found
		}
		to, ok := e.relative(address, link)
		if !ok {
			return []byte(`url("")`)
		}
		return []byte(`url("` + to + `")`)
	}), nil
}
