// Bundle makes one script for browsers of each TypeScript file SCRIPTS/NAME.ts, with
// all that it imports: OUT/NAME.js; and of each style sheet SCRIPTS/NAME.css. What it makes is
// committed, and left readable, so that whoever reviews the pages needs no tools; a test
// bundles again and compares.
//
//	go run ./bundle SCRIPTS OUT [PACKAGES]
//
// PACKAGES is a folder with what scripts import of others, which scripts/setup.sh fetches.
// Where it is not there, nothing is made, and that is said.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("bundle: ")
	if len(os.Args) < 3 || len(os.Args) > 4 {
		log.Fatal("usage: bundle SCRIPTS OUT [PACKAGES]")
	}
	var packages []string
	if len(os.Args) == 4 {
		dir, err := filepath.Abs(os.Args[3])
		if err != nil {
			log.Fatal(err)
		}
		if _, err := os.Stat(dir); err != nil {
			log.Printf("%s: the packages that these scripts import are missing (make setup fetches them): what is in %s is NOT CHECKED", os.Args[1], os.Args[2])
			return
		}
		packages = append(packages, dir)
	}
	if err := bundle(os.Args[1], os.Args[2], packages); err != nil {
		log.Fatal(err)
	}
}

// bundle writes the scripts; files whose names begin with an underscore are only imported.
func bundle(scripts, out string, packages []string) error {
	entries, err := filepath.Glob(filepath.Join(scripts, "[^_]*.ts"))
	if err != nil {
		return err
	}
	sheets, err := filepath.Glob(filepath.Join(scripts, "[^_]*.css"))
	if err != nil {
		return err
	}
	entries = append(entries, sheets...)
	entries = slices.DeleteFunc(entries, func(name string) bool {
		ok, _ := filepath.Match("*.d.ts", filepath.Base(name))
		return ok
	})
	if len(entries) == 0 {
		return fmt.Errorf("no scripts in %s", scripts)
	}
	result := api.Build(api.BuildOptions{
		EntryPoints: entries, Outdir: out, Bundle: true, Write: true, NodePaths: packages,
		AssetNames: "[name]", Loader: map[string]api.Loader{".svg": api.LoaderFile},
		Format: api.FormatESModule, Platform: api.PlatformBrowser, Target: api.ES2022,
		Charset: api.CharsetUTF8, LegalComments: api.LegalCommentsEndOfFile, LogLevel: api.LogLevelWarning,
	})
	if n := len(result.Errors); n > 0 {
		return fmt.Errorf("%d errors", n)
	}
	return nil
}
