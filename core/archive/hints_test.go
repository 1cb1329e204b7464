package archive

import (
	"bytes"
	"errors"
	"testing"

	"bayyina/core/ballot"
	"bayyina/core/hint"
)

func TestAnArchiveGetsTheSameReportWithAnyHints(t *testing.T) {
	other := hintsOf(t, "17-big-500x20")
	for _, name := range []string{"06-two-questions", "10-revotes", "12-everything"} {
		bel := peer(t, name)
		hints := hintsOf(t, name)
		want, err := verify(bel, Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		for kind, file := range map[string][]byte{
			"right": hints, "of another archive": other, "cut off": hints[:len(hints)*2/3], "no hints at all": []byte("something else"),
		} {
			got, err := verify(bel, Options{Hints: hint.NewReader(bytes.NewReader(file))})
			if err != nil {
				t.Errorf("%s, hints %s: %v", name, kind, err)
				continue
			}
			if used := got.Hinted == got.Ballots; used != (kind == "right") {
				t.Errorf("%s, hints %s: used for %d of %d ballots", name, kind, got.Hinted, got.Ballots)
			}
			if got.Ballots != want.Ballots || got.Proofs != want.Proofs || !bytes.Equal(got.Result.Bytes(), want.Result.Bytes()) || got.Last != want.Last {
				t.Errorf("%s, hints %s: another report", name, kind)
			}
		}
	}
}

func hintsOf(t *testing.T, name string) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := WriteHints(&b, bytes.NewReader(peer(t, name))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestArchivesInFieldsHaveNoHints(t *testing.T) {
	if n, err := WriteHints(new(bytes.Buffer), bytes.NewReader(peer(t, "14-field-belenios"))); n != 0 || !errors.Is(err, ballot.ErrNoHints) {
		t.Errorf("%d hints, error %v", n, err)
	}
}
