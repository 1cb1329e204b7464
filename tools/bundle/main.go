// Bundle makes one script for browsers of each TypeScript file SCRIPTS/NAME.ts, with
// all that it imports: OUT/NAME.js. What it makes is committed, and left readable, so that
// whoever reviews the pages needs no tools; a test bundles again and compares.
//
//	go run ./bundle SCRIPTS OUT
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
	if len(os.Args) != 3 {
		log.Fatal("usage: bundle SCRIPTS OUT")
	}
	if err := bundle(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

// bundle writes the scripts; files whose names begin with an underscore are only imported.
func bundle(scripts, out string) error {
	entries, err := filepath.Glob(filepath.Join(scripts, "[^_]*.ts"))
	if err != nil {
		return err
	}
	entries = slices.DeleteFunc(entries, func(name string) bool {
		ok, _ := filepath.Match("*.d.ts", filepath.Base(name))
		return ok
	})
	if len(entries) == 0 {
		return fmt.Errorf("no scripts in %s", scripts)
	}
	result := api.Build(api.BuildOptions{
		EntryPoints: entries, Outdir: out, Bundle: true, Write: true,
		Format: api.FormatESModule, Platform: api.PlatformBrowser, Target: api.ES2022,
		Charset: api.CharsetUTF8, LegalComments: api.LegalCommentsNone, LogLevel: api.LogLevelWarning,
	})
	if n := len(result.Errors); n > 0 {
		return fmt.Errorf("%d errors", n)
	}
	return nil
}
