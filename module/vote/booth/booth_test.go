package booth_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bayyina/module/vote/booth"
	"bayyina/module/vote/evidence"
)

func newBooth(t *testing.T) *booth.Booth {
	t.Helper()
	b, err := booth.New(booth.Settings{Server: "https://vote.test", Log: "log.hnec.example/2026", Receipt: "log.hnec.example/2026/receipt+00000000+AQ"})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheScriptsServedAreThoseOfTheSources(t *testing.T) {
	const packages = "../../../.cache/npm/node_modules"
	if _, err := os.Stat(packages); err != nil {
		t.Skip("SKIPPED, NOT CHECKED: no npm packages in .cache/npm (make setup fetches them)")
	}
	out := t.TempDir()
	bundle := exec.Command("go", "-C", "../../../tools", "run", "./bundle", "../module/vote/booth/script", out, "../.cache/npm/node_modules")
	if said, err := bundle.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	for _, name := range []string{"booth.js", "worker.js", "booth.css", "frieze.svg"} {
		made, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(filepath.Join("static", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(made, kept) {
			t.Errorf("static/%s is not what its source makes: go generate ./module/vote/booth", name)
		}
	}
}

func TestTheManifestNamesEachFileOfTheBooth(t *testing.T) {
	b := newBooth(t)
	listed, err := evidence.ParseBoothManifest(b.Manifest())
	if err != nil {
		t.Fatal(err)
	}
	if len(listed) != len(b.Files()) {
		t.Fatalf("%d files are listed of %d", len(listed), len(b.Files()))
	}
	for _, f := range listed {
		content, ok := b.File(f.Path)
		if !ok || evidence.NewBoothFile(f.Path, content) != f {
			t.Errorf("%+v is not what the booth has", f)
		}
	}
	dir := filepath.Join(t.TempDir(), "booth")
	if err := b.Write(dir); err != nil {
		t.Fatal(err)
	}
	written, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(written) != len(listed) {
		t.Errorf("%v, %v are written", written, err)
	}
}

// A phone on a slow network loads the scripts, the page and the fonts before it shows it.
func TestTheBoothIsSmall(t *testing.T) {
	const script, page = 60_000, 150_000
	var scripts, all int
	for _, f := range newBooth(t).Files() {
		n := len(f.Content)
		if filepath.Ext(f.Path) != ".woff2" {
			var out bytes.Buffer
			w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
			w.Write(f.Content)
			w.Close()
			n = out.Len()
		}
		if strings.HasSuffix(f.Path, ".js") {
			scripts += n
		}
		if filepath.Ext(f.Path) != ".txt" { // licences, which nobody's phone loads
			all += n
		}
	}
	t.Logf("scripts %d bytes, everything %d", scripts, all)
	if scripts > script {
		t.Errorf("the scripts have %d bytes, more than %d", scripts, script)
	}
	if all > page {
		t.Errorf("the booth has %d bytes, more than %d", all, page)
	}
}
