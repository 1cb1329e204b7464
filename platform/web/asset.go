package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"bayyina/platform/web/font"
	"bayyina/platform/web/token"
)

//go:embed static
var static embed.FS

// sheet is the style sheet, which names other files; fonts and tokens are put before it.
const sheet = "bayyina.css"

// kinds are the types of the files that pages load, and whether gzip makes them smaller.
var kinds = map[string]struct {
	mime string
	text bool
}{
	".css":   {"text/css; charset=utf-8", true},
	".js":    {"text/javascript; charset=utf-8", true},
	".svg":   {"image/svg+xml", true},
	".woff2": {"font/woff2", false},
}

// asset is a file that pages load. Its name holds its content's hash, so that it can be
// kept for ever.
type asset struct {
	path      string
	kind      string
	integrity string // Subresource Integrity (W3C)
	plain     []byte
	zipped    []byte // nil where it would be no smaller
}

// assets are all of them by their names, and by the names in their paths.
var assets, assetsByPath = func() (byName, byPath map[string]*asset) {
	byName, byPath = make(map[string]*asset), make(map[string]*asset)
	add := func(name string, content []byte, err error) string {
		if err != nil {
			panic(err) // they are part of the program
		}
		ext := path.Ext(name)
		sum, long := sha256.Sum256(content), sha512.Sum384(content)
		hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
		a := &asset{
			path: "/static/" + hashed, kind: kinds[ext].mime, plain: content,
			integrity: "sha384-" + base64.StdEncoding.EncodeToString(long[:]),
		}
		if kinds[ext].text {
			a.zipped = zip(content)
		}
		byName[name], byPath[hashed] = a, a
		return hashed
	}
	faces := font.CSS(func(f font.Face) string {
		content, err := font.Files.ReadFile(f.File)
		return add(f.File, content, err)
	})
	files, err := static.ReadDir("static")
	if err != nil {
		panic(err)
	}
	var names []string // of other files by their hashes, for the style sheet
	for _, f := range files {
		if f.Name() != sheet {
			content, err := fs.ReadFile(static, path.Join("static", f.Name()))
			names = append(names, `url("`+f.Name()+`")`, `url("`+add(f.Name(), content, err)+`")`)
		}
	}
	css, err := fs.ReadFile(static, path.Join("static", sheet))
	add(sheet, []byte(faces+token.CSS+strings.NewReplacer(names...).Replace(string(css))), err)
	return byName, byPath
}()

// zip compresses a text as well as it can.
func zip(content []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // there is such a level
	_, _ = w.Write(content)                               // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

func findAsset(name string) (*asset, error) {
	a := assets[name]
	if a == nil {
		return nil, fmt.Errorf("there is no asset %q", name)
	}
	return a, nil
}

func assetPath(name string) (string, error) {
	a, err := findAsset(name)
	if err != nil {
		return "", err
	}
	return a.path, nil
}

func assetIntegrity(name string) (string, error) {
	a, err := findAsset(name)
	if err != nil {
		return "", err
	}
	return a.integrity, nil
}

func serveAsset(w http.ResponseWriter, r *http.Request) {
	a := assetsByPath[r.PathValue("name")]
	if a == nil {
		http.NotFound(w, r)
		return
	}
	h, body := w.Header(), a.plain
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if a.zipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			h.Set("Content-Encoding", "gzip")
			body = a.zipped
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // a reader who is gone is nobody's fault
}

// acceptsGzip says whether a browser takes what is compressed. That it takes it with no
// weight at all, which no browser says, is not looked for.
func acceptsGzip(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
}
