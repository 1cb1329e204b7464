package web

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed static
var static embed.FS

// asset is a file that pages load. Its name holds its content's hash, so that it can be
// kept for ever.
type asset struct {
	path      string
	kind      string
	integrity string // Subresource Integrity (W3C)
	content   []byte
}

// assets are all of them by their names, and by the names in their paths.
var assets, assetsByPath = func() (byName, byPath map[string]*asset) {
	byName, byPath = make(map[string]*asset), make(map[string]*asset)
	files, err := static.ReadDir("static")
	if err != nil {
		panic(err) // they are part of the program
	}
	for _, f := range files {
		content, err := fs.ReadFile(static, path.Join("static", f.Name()))
		if err != nil {
			panic(err)
		}
		sum, long := sha256.Sum256(content), sha512.Sum384(content)
		ext := path.Ext(f.Name())
		hashed := strings.TrimSuffix(f.Name(), ext) + "." + hex.EncodeToString(sum[:6]) + ext
		a := &asset{
			path: "/static/" + hashed, kind: mime.TypeByExtension(ext), content: content,
			integrity: "sha384-" + base64.StdEncoding.EncodeToString(long[:]),
		}
		byName[f.Name()], byPath[hashed] = a, a
	}
	return byName, byPath
}()

func assetPath(name string) (string, error) {
	a := assets[name]
	if a == nil {
		return "", fmt.Errorf("there is no asset %q", name)
	}
	return a.path, nil
}

func assetIntegrity(name string) (string, error) {
	a := assets[name]
	if a == nil {
		return "", fmt.Errorf("there is no asset %q", name)
	}
	return a.integrity, nil
}

func serveAsset(w http.ResponseWriter, r *http.Request) {
	a := assetsByPath[r.PathValue("name")]
	if a == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.content))
}
