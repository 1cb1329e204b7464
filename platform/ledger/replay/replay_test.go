package replay_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"bayyina/platform/ledger"
	"bayyina/platform/ledger/replay"
)

// contents are n files of some size.
func contents(n int) [][]byte {
	var list [][]byte
	for i := range n {
		list = append(list, bytes.Repeat(fmt.Appendf(nil, "file %d ", i), 100))
	}
	return list
}

func TestHonestLogIsTrueInEveryClaim(t *testing.T) {
	r := newRig(t, 2)
	r.add(t, 3)
	r.add(t, 100, contents(80)...)
	r.add(t, 90, contents(90)[80:]...)
	r.add(t, 300, contents(93)[90:]...)

	tar := filepath.Join(t.TempDir(), "log.tar")
	f, err := os.Create(tar)
	if err != nil {
		t.Fatal(err)
	}
	v, err := ledger.OpenView(r.public())
	if err != nil {
		t.Fatal(err)
	}
	if err := v.ExportTar(ctx, f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(r.public())))
	t.Cleanup(server.Close)

	for _, location := range []string{r.public(), tar, server.URL} {
		judge := &counter{}
		var last replay.Progress
		report := run(t, location, r.policy(t), replay.Options{Progress: func(p replay.Progress) { last = p }}, judge)
		allTrue(t, report)
		if report.Size != 587 || report.Replayed != 587 || report.AsOf.IsZero() || !report.Rehearsal || report.Name.EN != "A test" {
			t.Errorf("%s: %d of %d entries, as of %v", location, report.Replayed, report.Size, report.AsOf)
		}
		want := replay.Progress{Entries: 587, Of: 587, Attachments: 93, AttachmentBytes: 93*700 + 83*100}
		if last != want {
			t.Errorf("%s: progress %+v, want %+v", location, last, want)
		}
		if len(judge.Seen) != 586 || judge.bad != nil || judge.Bytes != want.AttachmentBytes+93*700 {
			t.Errorf("%s: the judge saw %d entries and %d bytes, faults %v", location, len(judge.Seen), judge.Bytes, judge.bad)
		}
	}
}
