package vote_test

import (
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"bayyina/platform/ledger/board"
	"bayyina/platform/store"
	"bayyina/platform/web/webtest"
)

// counted is a world with a counted election, and its board.
func counted(tb testing.TB) *shown {
	tb.Helper()
	w := newWorld(tb, store.SQLite)
	s := show(w)
	w.open()
	for voter := range voters {
		w.cast(w.ballot(voter, voter%3))
	}
	w.tick(batch)
	w.cast(w.ballot(1, 0))
	w.tick(batch)
	w.at(closes)
	must(w.reg.Close(ctx, w.uuid))
	w.drain()
	w.count(1, 2)
	check(tb, s.board.Refresh(ctx))
	return s
}

func export(tb testing.TB, s *shown, skip func(string) bool) string {
	tb.Helper()
	dir := tb.TempDir()
	if n, err := board.NewExporter(s.site, dir, skip).Export(ctx); err != nil || n < 100 {
		tb.Fatalf("%d files, %v", n, err)
	}
	return dir
}

var anyLink = regexp.MustCompile(`(?:href|src)="([^"]*)"`)

func TestAnExportedBoardHasNoBrokenLinkWhereverItLies(t *testing.T) {
	slow(t)
	s := counted(t)
	dir := export(t, s, func(path string) bool {
		return strings.HasPrefix(path, "/log/") || strings.Contains(path, "/entries/9")
	})
	pages := 0
	check(t, filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".html") {
			return err
		}
		pages++
		page := string(must(os.ReadFile(file)))
		for _, forbidden := range []string{"<form", "<script", "/ar-u-nu-arab", "integrity="} {
			if strings.Contains(page, forbidden) {
				t.Errorf("%s holds %s", file, forbidden)
			}
		}
		for _, m := range anyLink.FindAllStringSubmatch(page, -1) {
			u := must(url.Parse(m[1]))
			if u.IsAbs() || strings.HasPrefix(u.Path, "/") {
				t.Errorf("%s links to %s", file, m[1])
				continue
			}
			if u.Path == "" {
				continue
			}
			if _, err := os.Stat(path.Join(filepath.Dir(file), u.Path)); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
		return nil
	}))
	if pages < 60 {
		t.Errorf("%d pages", pages)
	}
	for _, gone := range []string{"ar/log/entries/9/index.html", "entries/9"} {
		if _, err := os.Stat(filepath.Join(dir, gone)); err == nil {
			t.Errorf("%s was to be left out", gone)
		}
	}
}

func TestAnExportedBoardIsReadFromADisk(t *testing.T) {
	dir := export(t, counted(t), func(string) bool { return false })
	b := webtest.Open(t, nil)
	b.Page(t, "file://"+dir+"/index.html")
	b.Follow(t, `a[href="ar/index.html"]`)
	b.Follow(t, `a[href$="elections/index.html"]`)
	if text := b.Text(t, "h1"); text != "الانتخابات" {
		t.Errorf("the page is called %q", text)
	}
	b.Width(t, webtest.Phone)
	b.Fits(t)
	if color := webtest.Ask[string](t, b, `getComputedStyle(document.querySelector('.masthead')).backgroundColor`); color == "rgba(0, 0, 0, 0)" {
		t.Error("the pages have lost their style")
	}
	for _, complaint := range b.Complaints() { // files of the export are no other host
		if !strings.Contains(complaint, "asks for file://"+dir+"/static/") {
			t.Error(complaint)
		}
	}
}
