package web_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestScriptsAreWhatTheirSourcesBundleTo(t *testing.T) {
	out := t.TempDir()
	sources, err := filepath.Abs("script")
	if err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command("go", "-C", "../../tools", "run", "./bundle", sources, out).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	made, err := filepath.Glob(filepath.Join(out, "*.js"))
	if err != nil || len(made) == 0 {
		t.Fatalf("nothing was bundled: %v", err)
	}
	committed, err := filepath.Glob("static/*.js")
	if err != nil || len(committed) != len(made) {
		t.Errorf("%d scripts are bundled, but %d are committed (%v)", len(made), len(committed), err)
	}
	for _, path := range made {
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("static", filepath.Base(path)))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("static/%s is not what its source makes (%v): run go generate ./platform/web", filepath.Base(path), err)
		}
	}
}
