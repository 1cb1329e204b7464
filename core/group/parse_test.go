package group

import (
	"crypto/rand"
	"errors"
	"io"
	"testing"
)

func TestElementsParsedTogetherAreThoseParsedOneByOne(t *testing.T) {
	var texts [][]byte
	for i := range 10 {
		texts = append(texts, Ed25519.BaseMult(Ed25519.NewScalar(uint64(i))).AppendText(nil))
	}
	small := []byte(loadVectors(t).Small[1])
	for workers, random := range map[int]io.Reader{1: rand.Reader, 3: rand.Reader, 20: rand.Reader, 2: nil, 7: nil} {
		for n := range texts {
			elements, err := Ed25519.ParseElements(random, workers, texts[:n])
			if err != nil || len(elements) != n {
				t.Fatalf("%d elements of %d: %v", len(elements), n, err)
			}
			for i, e := range elements {
				if e.String() != string(texts[i]) {
					t.Errorf("%s read as %s", texts[i], e)
				}
			}
			for _, bad := range [][]byte{small, []byte("x")} {
				spoilt := append(append(append([][]byte(nil), texts[:n]...), bad), texts[n:]...)
				_, err := Ed25519.ParseElements(random, workers, spoilt)
				var place *PlaceError
				if !errors.As(err, &place) || place.Place != n || !errors.Is(err, ErrElement) {
					t.Errorf("element %d is wrong: error is %v", n, err)
				}
			}
		}
	}
}
