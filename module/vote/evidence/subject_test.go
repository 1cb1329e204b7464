package evidence

import (
	"errors"
	"testing"
)

// FuzzSubject: a subject is read as it is written, and nothing else is one.
func FuzzSubject(f *testing.F) {
	for _, text := range []string{"0", "2", "2.1", "2.1.3", "", ".", "2.", "02", "+2", "-1", "2.1.3.4", "2.1.0", "٢", "99999999999999999999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSubject(text)
		if err != nil {
			if !errors.Is(err, ErrSubject) || s != (Subject{}) {
				t.Errorf("%q: %v, %v", text, s, err)
			}
			return
		}
		if s.String() != text {
			t.Errorf("%q is read as %v", text, s)
		}
	})
}

func TestSubjectsAreNamedByTheirNumbers(t *testing.T) {
	for text, want := range map[string]Subject{"0": {}, "2": {Question: 2}, "2.1": {Question: 2, Answer: 1}, "2.1.3": {2, 1, 3}} {
		if got, err := ParseSubject(text); got != want || err != nil || want.String() != text {
			t.Errorf("%s: %v, %v; written %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "2.x", "2.1.3.4", "2.", "-1", "2.1.0"} {
		if s, err := ParseSubject(text); !errors.Is(err, ErrSubject) {
			t.Errorf("%q is %v", text, s)
		}
	}
}
