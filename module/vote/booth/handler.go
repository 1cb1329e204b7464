package booth

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"path"
	"strconv"
	"strings"

	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/access"
	"bayyina/platform/web"
)

var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".json": "application/json", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8",
}

// served is a file as it goes over the network.
type served struct {
	kind, tag     string
	plain, zipped []byte
}

// Mount serves the booth below /booth/, with its manifest.
func (b *Booth) Mount(site *web.Site) {
	site.Serve(http.MethodGet, "/booth/{path...}", access.Public, b.handler())
}

// manifestName is where the manifest is served beside the files that it names.
const manifestName = "manifest.txt"

func (b *Booth) handler() http.Handler {
	files := make(map[string]served)
	for _, f := range append([]File{{manifestName, b.manifest}}, b.files...) {
		s := served{kind: kinds[path.Ext(f.Path)], tag: `"` + evidence.NewBoothFile(f.Path, f.Content).SHA256 + `"`, plain: f.Content}
		if path.Ext(f.Path) != ".woff2" {
			s.zipped = zip(f.Content)
		}
		files[f.Path] = s
	}
	files[""] = files["index.html"]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := files[r.PathValue("path")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", b.policy+"; frame-ancestors 'none'")
		h.Set("Content-Type", f.kind)
		h.Set("Cache-Control", "no-cache")
		h.Set("Vary", "Accept-Encoding")
		h.Set("ETag", f.tag)
		if r.Header.Get("If-None-Match") == f.tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		body := f.plain
		if f.zipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = f.zipped
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body) // a reader who is gone is nobody's fault
	})
}

func zip(content []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // there is such a level
	_, _ = w.Write(content)                                 // a buffer takes everything
	_ = w.Close()
	return out.Bytes()
}
