package evidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"bayyina/platform/ledger/read"
)

var boothFiles = map[string]string{"booth.js": "script", "index.html": "page", "fonts/a.woff2": ""}

func boothManifest() []byte {
	var files []BoothFile
	for path, content := range boothFiles {
		files = append(files, NewBoothFile(path, []byte(content)))
	}
	return BoothManifest(files)
}

// decideBooth says that a manifest is the booth's.
func (c *chapter) decideBooth(manifest []byte) *read.Entry {
	return c.say(KindBooth, Booth{c.attach(manifest)}, "officer/1", "officer/2", "root")
}

var boothLies = []lie{
	{"a booth that is no manifest", func(c *chapter) { c.decideBooth([]byte("bayyina.booth/1\n")) }, only(claimBooth, "booth-manifest")},
	{"a booth withheld", func(c *chapter) {
		c.say(KindBooth, Booth{read.Attachment{SHA256: strings.Repeat("0", 64), Size: 3}}, "officer/1", "officer/2", "root")
	}, only(claimBooth, "vote-attachment")},
	{"a booth that nobody decided", func(c *chapter) {
		e := c.decideBooth(boothManifest())
		e.Faults = append(e.Faults, read.Fault{Code: envelopeFault, Says: read.Message{ID: "fault." + envelopeFault}, Sequence: e.Sequence, Kind: KindBooth})
	}, only(claimBooth, envelopeFault)},
	{"a wrong booth before a right one", func(c *chapter) {
		c.decideBooth([]byte("no manifest"))
		c.decideBooth(boothManifest())
	}, only(claimBooth, "booth-manifest")},
}

func TestTheNewestBoothIsTheOneInTheLog(t *testing.T) {
	c := honest()
	c.decideBooth(BoothManifest([]BoothFile{NewBoothFile("old.js", nil)}))
	c.decideBooth(boothManifest())
	c.renumber()
	j := NewJudge()
	if err := j.Entries(context.Background(), c, c.entries); err != nil {
		t.Fatal(err)
	}
	state, err := j.State()
	if err != nil {
		t.Fatal(err)
	}
	j = NewJudge()
	if err := j.Restore(state); err != nil {
		t.Fatal(err)
	}
	claims := j.Claims()
	claim := claims[len(claims)-1]
	hasValues(t, claim.Says, claim.How, claim.Belief)
	if claim.ID != claimBooth || claim.Verdict != read.True || claim.How.Args["Count"] != int64(3) {
		t.Fatalf("%+v", claim)
	}

	for _, k := range []struct {
		name    string
		change  func(files map[string]string)
		verdict read.Verdict
		code    string
	}{
		{"as it is", func(map[string]string) {}, read.True, ""},
		{"one byte changed", func(f map[string]string) { f["booth.js"] = "scripT" }, read.False, "booth-differs booth.js"},
		{"one byte more", func(f map[string]string) { f["index.html"] += "\n" }, read.False, "booth-differs index.html"},
		{"a file gone", func(f map[string]string) { delete(f, "fonts/a.woff2") }, read.False, "booth-missing fonts/a.woff2"},
	} {
		t.Run(k.name, func(t *testing.T) {
			files := make(map[string]string)
			for path, content := range boothFiles {
				files[path] = content
			}
			k.change(files)
			claim, err := j.CheckBooth(context.Background(), "https://booth.example/", func(_ context.Context, path string) (io.ReadCloser, error) {
				content, ok := files[path]
				if !ok {
					return nil, fmt.Errorf("%s: %w", path, read.ErrMissing)
				}
				return io.NopCloser(strings.NewReader(content)), nil
			})
			if err != nil {
				t.Fatal(err)
			}
			hasValues(t, claim.Says, claim.How, claim.Belief)
			found := ""
			for _, f := range claim.Faults {
				hasValues(t, f.Says)
				found += f.Code + " " + f.Says.Args["Path"].(string)
			}
			if claim.Verdict != k.verdict || found != k.code {
				t.Errorf("%s: %s", claim.Verdict, found)
			}
		})
	}
	unreachable := errors.New("no network")
	if _, err := j.CheckBooth(context.Background(), "", func(context.Context, string) (io.ReadCloser, error) { return nil, unreachable }); !errors.Is(err, unreachable) {
		t.Errorf("a booth that is not reached: %v", err)
	}
}

func TestABoothIsNotShownWhereTheLogNamesNone(t *testing.T) {
	claim, err := NewJudge().CheckBooth(context.Background(), "https://booth.example/", nil)
	if err != nil || claim.Verdict != read.NotShown {
		t.Errorf("%+v, %v", claim, err)
	}
	hasValues(t, claim.Says, claim.How)
}

func TestMalformedManifestsOfBoothsAreRefused(t *testing.T) {
	good := string(boothManifest())
	for name, text := range map[string]string{
		"another header":     strings.Replace(good, "/1", "/2", 1),
		"no end of line":     strings.TrimSuffix(good, "\n"),
		"an empty line":      good + "\n",
		"files out of order": strings.Replace(good, "booth.js", "z.js", 1),
		"a file twice":       good + good[strings.LastIndex(strings.TrimSuffix(good, "\n"), "\n")+1:],
		"a path upwards":     strings.Replace(good, "fonts/a", "fonts/../a", 1),
		"a path from above":  strings.Replace(good, "booth.js", "/booth.js", 1),
		"two spaces":         strings.Replace(good, " 6 ", "  6 ", 1),
		"another size":       strings.Replace(good, " 6 ", " 06 ", 1),
		"a size below zero":  strings.Replace(good, " 6 ", " -6 ", 1),
		"a large file":       strings.Replace(good, " 6 ", " 99999999 ", 1),
		"capitals":           strings.ToUpper(good[:20]) + good[20:],
		"nothing":            "",
		"too long":           good + strings.Repeat(" ", MaxManifest),
	} {
		if files, err := ParseBoothManifest([]byte(text)); !errors.Is(err, ErrBoothManifest) {
			t.Errorf("%s: %v, %v", name, files, err)
		}
	}
}

func FuzzBoothManifest(f *testing.F) {
	f.Add(boothManifest())
	f.Fuzz(func(t *testing.T, text []byte) {
		files, err := ParseBoothManifest(text)
		if err == nil && !bytes.Equal(BoothManifest(files), text) {
			t.Errorf("%q is written again as %q", text, BoothManifest(files))
		}
	})
}
