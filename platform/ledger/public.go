package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
)

// Public serves the public files of the log in a data folder (docs/PROTOCOL.md section
// 1) to whoever asks, as any web server could: whole or in ranges. The request's path
// is the file's. Folders, and the tile library's own files, are not shown.
//
// What is written once is cached for ever, the newest checkpoint and hints never
// without asking. Pages of other sites may read all of it. The files hold bytes of
// others, so that browsers are told to show none of them as a page.
func Public(dir string) (http.Handler, error) {
	root, err := os.OpenRoot(path.Join(dir, logDir))
	if err != nil {
		return nil, fmt.Errorf("serve log: %w", err)
	}
	return public{root}, nil
}

type public struct{ root *os.Root }

func (p public) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	head := w.Header()
	head.Set("Access-Control-Allow-Origin", "*")
	head.Set("Cross-Origin-Resource-Policy", "cross-origin")
	head.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Cache-Control", "no-cache")
	f, info, err := p.open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		http.Error(w, "there is no such file in this log", http.StatusNotFound)
		return
	case err != nil:
		http.Error(w, "the file cannot be read now", http.StatusInternalServerError)
		return
	}
	defer f.Close()
	head.Set("Content-Type", "application/octet-stream")
	if name == checkpointName || strings.HasPrefix(name, "checkpoints/") {
		head.Set("Content-Type", "text/plain; charset=utf-8")
	}
	if name != checkpointName && !strings.HasPrefix(name, "hints/") {
		head.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(w, r, "", info.ModTime(), f)
}

// open opens a public file; anything else is not there.
func (p public) open(name string) (*os.File, fs.FileInfo, error) {
	if !fs.ValidPath(name) || name == "." || strings.HasPrefix(name, ".") || strings.Contains(name, "/.") {
		return nil, nil, fs.ErrNotExist
	}
	// Asked before opening: opening a pipe would wait for its writer.
	info, err := p.root.Stat(name)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), "not a directory") {
			err = fs.ErrNotExist
		}
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fs.ErrNotExist
	}
	f, err := p.root.Open(name)
	return f, info, err
}
