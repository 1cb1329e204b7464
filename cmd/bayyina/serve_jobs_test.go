package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/job"
)

// exportInPieces makes an export a page at a time, and returns the archive. After each
// chunk the process is another one, if it crashes.
func exportInPieces(t *testing.T, r *running, crash bool) []byte {
	t.Helper()
	r.chunk = time.Nanosecond
	defer func() { r.chunk = chunkTime }()
	var state json.RawMessage
	last := int64(0)
	for n := 0; ; n++ {
		p, err := r.exportBoard(t.Context(), job.Chunk{Subject: wholeBoard, State: state})
		if err != nil {
			t.Fatal(err)
		}
		if p.Done < last || p.Done > p.Total {
			t.Fatalf("chunk %d: %d of %d done, before it %d", n, p.Done, p.Total, last)
		}
		last = p.Done
		if p.Finished {
			break
		}
		if state, err = json.Marshal(p.State); err != nil {
			t.Fatal(err)
		}
		if crash && n == 1 || n == 100 {
			r.exporting = nil
		}
	}
	archive, err := os.ReadFile(r.exportsFile())
	if err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(filepath.Dir(r.exportsFile()))
	if err != nil || len(left) != 1 {
		t.Errorf("%v stays beside the archive, %v", left, err)
	}
	return archive
}

func TestAnExportThatIsInterruptedGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("SKIPPED in short runs: it holds an election")
	}
	rehearsal(t, "", func(r *running) {
		version := r.board.Version()
		whole, pieces := exportInPieces(t, r, false), exportInPieces(t, r, true)
		if !bytes.Equal(whole, pieces) && r.board.Version() == version {
			t.Errorf("another archive: %s", difference(t, whole, pieces))
		}
	})
}

// difference tells the first file in which two archives differ.
func difference(t *testing.T, a, b []byte) string {
	t.Helper()
	x, err := zip.NewReader(bytes.NewReader(a), int64(len(a)))
	if err != nil {
		t.Fatal(err)
	}
	y, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range x.File {
		if i >= len(y.File) || f.Name != y.File[i].Name || f.CRC32 != y.File[i].CRC32 {
			return f.Name
		}
	}
	return "more files"
}

var fileLink = regexp.MustCompile(`href="(/jobs/[0-9]+/file)"`)

func TestAnOperatorStartsAnExportAndTakesItAway(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("SKIPPED in short runs: it holds an election")
	}
	rehearsal(t, "", func(r *running) {
		var operator visitor
		for _, v := range visitors(t, r) {
			if v.person.MayAnywhere(access.SystemOperate) {
				operator = v
			}
		}
		get := func(path string) (*http.Response, []byte) {
			resp, err := operator.client.Get(r.local + path)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			return resp, body
		}
		for kind, want := range map[string]int{jobExport: http.StatusSeeOther, jobHints: http.StatusNotFound, "": http.StatusNotFound} {
			resp, err := operator.client.PostForm(r.local+"/en/jobs/start", url.Values{"kind": {kind}})
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != want {
				t.Errorf("start %q: %s", kind, resp.Status)
			}
		}
		var link []byte
		for begun := time.Now(); link == nil; time.Sleep(100 * time.Millisecond) {
			_, page := get("/en/jobs")
			if found := fileLink.FindSubmatch(page); found != nil {
				link = found[1]
			}
			if time.Since(begun) > 5*time.Minute {
				t.Fatalf("no file:\n%s", page)
			}
		}
		resp, file := get(string(link))
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Disposition") != `attachment; filename="board.zip"` {
			t.Errorf("%s, %v", resp.Status, resp.Header)
		}
		archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		names := make(map[string]bool)
		for _, f := range archive.File {
			names[f.Name] = true
			if strings.Contains(f.Name, "/jobs") {
				t.Errorf("the archive has %s", f.Name)
			}
		}
		for _, name := range []string{"board/index.html", "board/ar/index.html", "board/en/elections/index.html", "board/log/checkpoint", "board/policy.txt"} {
			if !names[name] {
				t.Errorf("the archive lacks %s", name)
			}
		}
	})
}

func TestHintsThatAreLostAreMadeAgainTheSame(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("SKIPPED in short runs: it holds an election")
	}
	rehearsal(t, "", func(r *running) {
		closed, err := r.registrar.Closed(t.Context())
		if err != nil || len(closed) == 0 {
			t.Fatalf("%v, %v", closed, err)
		}
		path := r.hintsFile(closed[0])
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		r.chunk = time.Nanosecond
		var p job.Progress
		var state json.RawMessage
		for !p.Finished {
			// What a process that was killed wrote behind its last word counts for nothing.
			part := filepath.Join(filepath.Dir(path), "."+closed[0])
			if f, err := os.OpenFile(part, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600); err == nil {
				_, err := f.WriteString("what was half written")
				if err := errors.Join(err, f.Close()); err != nil {
					t.Fatal(err)
				}
			}
			if p, err = r.makeHints(t.Context(), job.Chunk{Subject: closed[0], State: state}); err != nil {
				t.Fatal(err)
			}
			if state, err = json.Marshal(p.State); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes, not the %d there were: %v", len(got), len(want), err)
		}
		if p.Done == 0 || p.Done != p.Total {
			t.Errorf("hints of %d ballots of %d", p.Done, p.Total)
		}
	})
}
