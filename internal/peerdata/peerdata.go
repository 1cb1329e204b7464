// Package peerdata finds the files of other tools that tests check against:
// real archives, vectors and schemas, kept outside the repository with their
// origin and licence.
package peerdata

import (
	"os"
	"path/filepath"
	"testing"
)

// Dir returns the folder elem below the peer data. The root is the environment
// variable BAYYINA_PEERDATA, by default ../shared/data, relative to the repository.
// Where the folder is absent the test is skipped, and says so.
func Dir(tb testing.TB, elem ...string) string {
	tb.Helper()
	root := os.Getenv("BAYYINA_PEERDATA")
	if root == "" {
		root = filepath.Join("..", "shared", "data")
	}
	if !filepath.IsAbs(root) {
		root = filepath.Join(moduleRoot(tb), root)
	}
	dir := filepath.Join(append([]string{root}, elem...)...)
	if _, err := os.Stat(dir); err != nil {
		tb.Skipf("SKIPPED, NOT CHECKED: no peer data at %s (set BAYYINA_PEERDATA)", dir)
	}
	return dir
}

// moduleRoot walks up from the package under test to the folder of go.mod.
func moduleRoot(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			tb.Fatal("no go.mod above the test's folder")
		}
		dir = parent
	}
}
