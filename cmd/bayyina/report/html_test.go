package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var pages = flag.String("pages", "", "write the pages of the samples to this folder, to be looked at")

func TestPagesAreWritten(t *testing.T) {
	for name, r := range map[string]*Report{"council": council(), "lies": lies(), "country": country()} {
		var b bytes.Buffer
		if err := r.WriteHTML(&b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if *pages != "" {
			if err := os.WriteFile(filepath.Join(*pages, name+".html"), b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
