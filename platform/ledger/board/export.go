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

// Exporter writes what a site shows as files that need no server: every page in Arabic
// and English that can be reached from the first one, and whatever it loads or gives
// away. Links are relative, so that the folder can lie anywhere, on a disk or behind any
// web server. Forms and scripts, which need a server, are left out.
type Exporter struct {
	site  http.Handler
	dir   string
	skip  func(path string) bool
	paths []string // in the order in which they are written
	next  int      // of them
	seen  map[string]bool
}

// NewExporter returns an exporter of a site into a folder, which begins with the first
// page. skip names paths that are not written; links to them lead nowhere.
func NewExporter(site http.Handler, dir string, skip func(path string) bool) *Exporter {
	e := &Exporter{site: site, dir: dir, skip: skip, seen: make(map[string]bool)}
	e.want("/ar/")
	e.want("/en/")
	return e
}

// ExportState is how far an export of one version of a site came.
type ExportState struct {
	Paths []string `json:"paths"`
	Next  int      `json:"next"`
}

// State returns how far the export came.
func (e *Exporter) State() ExportState { return ExportState{e.paths, e.next} }

// Restore goes on from where another exporter of the same site and folder was.
func (e *Exporter) Restore(s ExportState) {
	e.paths, e.next = s.Paths, s.Next
	for _, path := range s.Paths {
		e.seen[path] = true
	}
}

// first sends whoever opens the folder to a language.
const first = `<!doctype html><html lang="ar" dir="rtl"><meta charset="utf-8"><title>بيّنة · Bayyina</title>` +
	`<p><a href="ar/index.html">العربية</a> · <a href="en/index.html" lang="en" dir="ltr">English</a></p></html>` + "\n"

// Step writes the next file, and tells whether there was one: with the last one the
// export is whole.
func (e *Exporter) Step(ctx context.Context) (more bool, err error) {
	if e.next == len(e.paths) {
		return false, e.write("index.html", []byte(first))
	}
	path := e.paths[e.next]
	if err := e.export(ctx, path); err != nil {
		return false, fmt.Errorf("export %s: %w", path, err)
	}
	e.next++
	return true, nil
}

// Export writes all files that are left, and returns how many the export has.
func (e *Exporter) Export(ctx context.Context) (files int, err error) {
	for more := true; more; {
		if more, err = e.Step(ctx); err != nil {
			return e.next, err
		}
	}
	return len(e.paths) + 1, nil // and the first one
}

// want puts a path of the site on the list; whether it will be written is the answer.
func (e *Exporter) want(path string) bool {
	if e.skip(path) || strings.HasPrefix(path, "/ar-u-nu-arab/") {
		return false
	}
	if !e.seen[path] {
		e.seen[path] = true
		e.paths = append(e.paths, path)
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

func (e *Exporter) export(ctx context.Context, address string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://export.invalid"+(&url.URL{Path: address}).EscapedPath(), nil)
	if err != nil {
		return err
	}
	w := httptest.NewRecorder()
	e.site.ServeHTTP(w, r)
	if err := ctx.Err(); err != nil {
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

func (e *Exporter) write(name string, content []byte) error {
	if !filepath.IsLocal(name) {
		return fmt.Errorf("%q is no name of a file here", name)
	}
	file := filepath.Join(e.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}

// relative is the link from one file of the export to a path of the site; nothing where
// that is not written.
func (e *Exporter) relative(from, link string) (string, bool) {
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
func (e *Exporter) relink(address string, page []byte) ([]byte, error) {
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
func (e *Exporter) relinkTag(address string, t *html.Token) (changed, dead bool) {
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
func (e *Exporter) restyle(address string, style []byte) ([]byte, error) {
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
