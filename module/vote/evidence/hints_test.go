package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"io/fs"
	"reflect"
	"testing"

	"bayyina/core/hint"
	"bayyina/platform/ledger/read"
)

// Hints beside a log save time and change no claim, whatever is in them.
func TestHintsBesideALogChangeNoClaim(t *testing.T) {
	const ballots = 12
	c := manyBallots(ballots)
	var right bytes.Buffer
	w, err := hint.NewWriter(&right)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range c.entries {
		var b Ballot
		if entry.Statement.Kind != KindBallot || read.DecodeBody(entry.Statement.Body, &b) != nil {
			continue
		}
		text := c.files[b.Ballot.SHA256]
		hints, err := c.election.Hints(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(sha256.Sum256(text), hints); err != nil {
			t.Fatal(err)
		}
	}
	judge := func(file []byte) *Judge {
		j := NewJudge()
		j.UseHints(func(path string) (io.ReadCloser, error) {
			if path != "hints/"+uuid || file == nil {
				return nil, fs.ErrNotExist
			}
			return io.NopCloser(bytes.NewReader(file)), nil
		})
		defer j.Close()
		if err := j.Entries(context.Background(), c, c.entries); err != nil {
			t.Fatal(err)
		}
		return j
	}
	want := judge(nil)
	for name, test := range map[string]struct {
		file   []byte
		hinted int64
	}{
		"right": {right.Bytes(), ballots}, "none": {nil, 0}, "cut off": {right.Bytes()[:right.Len()-1], ballots - 1}, "something else": {[]byte("hints"), 0},
	} {
		j := judge(test.file)
		if got := j.Checked(); got.Ballots != ballots || got.Hinted != test.hinted || got.Proofs != want.Checked().Proofs {
			t.Errorf("%s: %+v", name, got)
		}
		if !reflect.DeepEqual(j.Claims(), want.Claims()) {
			t.Errorf("%s: other claims", name)
		}
	}
}
