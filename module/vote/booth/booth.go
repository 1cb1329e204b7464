// Package booth is the voting booth that runs in voters' browsers: its files, the manifest
// that names them all by their hashes, and the handler that serves them.
//
// The files are the same for all elections of a server, and any host may serve them: the
// page itself says what it may load and whom it may ask, and names each file by its hash.
// The hash of the manifest stands in the log (vote.booth/1, docs/PROTOCOL.md section 9).
package booth

import (
	"bytes"
	"crypto/sha512"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
	"bayyina/platform/locale"
	"bayyina/platform/web/font"
)

// The scripts are written in TypeScript and bundled; what is served is committed.
//
//go:generate go -C ../../../tools run ./bundle ../module/vote/booth/script ../module/vote/booth/static ../.cache/npm/node_modules

//go:embed static
var static embed.FS

//go:embed index.html
var page string

// fonts are those that the booth brings along; Latin letters are the device's own.
var fonts = []string{"plex-arabic-400.woff2", "plex-arabic-600.woff2"}

// Settings are what a booth knows of its server. They are a file of the booth: booth.json.
type Settings struct {
	Server  string `json:"server"`  // origin, such as https://vote.hnec.example
	Log     string `json:"log"`     // origin of the log, as its checkpoints name it
	Receipt string `json:"receipt"` // verifier key that signs promises
}

// File is one file of the booth.
type File struct {
	Path    string
	Content []byte
}

// Booth is the files of a server's booth. It never changes.
type Booth struct {
	settings Settings
	files    []File // by path
	manifest []byte
	policy   string
}

// New makes the booth of a server.
func New(s Settings) (*Booth, error) {
	b := &Booth{settings: s, policy: "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' blob:; " +
		"connect-src 'self' " + s.Server + "; worker-src blob:; form-action 'none'; base-uri 'none'; " +
		"require-trusted-types-for 'script'; trusted-types booth"}
	if err := b.addStatic(); err != nil {
		return nil, err
	}
	texts := make(map[string]any)
	for _, lang := range []string{locale.Arabic, locale.English} {
		words, err := locale.Texts(lang, "booth")
		if err != nil {
			return nil, err
		}
		texts[lang] = words
	}
	for name, content := range map[string]any{"booth.json": s, "texts.json": texts} {
		encoded, err := json.Marshal(content)
		if err != nil {
			return nil, fmt.Errorf("booth: %s: %w", name, err)
		}
		b.files = append(b.files, File{name, encoded})
	}
	if err := b.addPage(); err != nil {
		return nil, err
	}
	slices.SortFunc(b.files, func(a, b File) int { return bytes.Compare([]byte(a.Path), []byte(b.Path)) })
	listed := make([]evidence.BoothFile, len(b.files))
	for i, f := range b.files {
		listed[i] = evidence.NewBoothFile(f.Path, f.Content)
	}
	b.manifest = evidence.BoothManifest(listed)
	return b, nil
}

// addStatic adds what is the same for all servers.
func (b *Booth) addStatic() error {
	entries, err := static.ReadDir("static")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		content, err := fs.ReadFile(static, "static/"+entry.Name())
		if err != nil {
			return err
		}
		if entry.Name() == "booth.css" {
			content = append([]byte(font.CSS(func(f font.Face) string { return f.File }, fonts...)), content...)
		}
		b.files = append(b.files, File{entry.Name(), content})
	}
	for _, name := range append([]string{"OFL.txt"}, fonts...) {
		content, err := font.Files.ReadFile(name)
		if err != nil {
			return err
		}
		b.files = append(b.files, File{name, content})
	}
	return nil
}

// addPage adds the page, which names the others by their hashes.
func (b *Booth) addPage() error {
	t, err := template.New("index").Funcs(template.FuncMap{"integrity": func(path string) (string, error) {
		content, ok := b.File(path)
		if !ok {
			return "", fmt.Errorf("the booth has no file %s", path)
		}
		sum := sha512.Sum384(content)
		return "sha384-" + base64.StdEncoding.EncodeToString(sum[:]), nil
	}}).Parse(page)
	if err != nil {
		return fmt.Errorf("booth: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, struct{ Policy string }{b.policy}); err != nil {
		return fmt.Errorf("booth: %w", err)
	}
	b.files = append(b.files, File{"index.html", out.Bytes()})
	return nil
}

// Settings are what the booth knows of its server.
func (b *Booth) Settings() Settings { return b.settings }

// Files returns all files by their paths. They must not be changed.
func (b *Booth) Files() []File { return b.files }

// File returns the content of one file.
func (b *Booth) File(path string) (content []byte, ok bool) {
	for _, f := range b.files {
		if f.Path == path {
			return f.Content, true
		}
	}
	return nil, false
}

// Manifest names all files by their hashes. It must not be changed.
func (b *Booth) Manifest() []byte { return b.manifest }

// Write writes the booth into a new folder, which any host may serve.
func (b *Booth) Write(dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for _, f := range b.files {
		if err := identity.Create(filepath.Join(dir, f.Path), f.Content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
