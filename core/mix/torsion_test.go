package mix

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"filippo.io/edwards25519"

	"bayyina/core/group"
)

// smallOrder returns points of order 2, 4 and 8: what is left of a point of the curve
// when it is multiplied by q.
func smallOrder() (points []*edwards25519.Point) {
	q := must(new(edwards25519.Scalar).SetCanonicalBytes(minusOne()))
	for {
		var enc [32]byte
		rand.Read(enc[:])
		p, err := new(edwards25519.Point).SetBytes(enc[:])
		if err != nil {
			continue
		}
		eighth := new(edwards25519.Point).ScalarMult(q, p)
		eighth.Add(eighth, p)
		quarter := new(edwards25519.Point).Double(eighth)
		half := new(edwards25519.Point).Double(quarter)
		if half.Equal(edwards25519.NewIdentityPoint()) == 0 {
			return []*edwards25519.Point{half, quarter, eighth}
		}
	}
}

// minusOne is the encoding of q − 1.
func minusOne() []byte {
	s := must(new(edwards25519.Scalar).SetCanonicalBytes(append([]byte{1}, make([]byte, 31)...)))
	return s.Negate(s).Bytes()
}

// moved returns the text of an element with a point added.
func moved(text []byte, by *edwards25519.Point) []byte {
	enc := must(hex.DecodeString(string(text)))
	slices.Reverse(enc)
	p := must(new(edwards25519.Point).SetBytes(enc))
	enc = p.Add(p, by).Bytes()
	slices.Reverse(enc)
	return []byte(hex.EncodeToString(enc))
}

var elementText = regexp.MustCompile(`"[0-9a-f]{64}"`)

// Components of order 2, 4 and 8 are found wherever they are, alone and in pairs that
// cancel each other in a sum: equations would not always see them.
func TestElementsOutsideTheSubgroupAreRefused(t *testing.T) {
	f := newFixture(3)
	text := must(f.net.Shuffle(rand.Reader, f.input)).Bytes()
	places := elementText.FindAllIndex(text, -1)
	if len(places) != 2*3+5+3*3 {
		t.Fatalf("%d elements", len(places))
	}
	change := func(text []byte, place int, by *edwards25519.Point) {
		at := text[places[place][0]+1 : places[place][1]-1]
		copy(at, moved(at, by))
	}
	named := slices.Clone(text)
	change(named, len(places)-2, smallOrder()[0])
	if _, err := f.net.Parse(rand.Reader, f.input, named); err == nil || !strings.HasPrefix(err.Error(), "read shuffle: list 1: ĉ 2: ") {
		t.Errorf("error is %v", err)
	}
	for order, point := range smallOrder() {
		for i := range places {
			alone := slices.Clone(text)
			change(alone, i, point)
			if _, err := f.net.Parse(rand.Reader, f.input, alone); !errors.Is(err, group.ErrElement) {
				t.Errorf("order %d in element %d: error is %v", 2<<order, i, err)
			}
			for range 3 { // again: a test by random sums could miss it at times
				pair := slices.Clone(alone)
				change(pair, (i+1)%len(places), new(edwards25519.Point).Negate(point))
				if _, err := f.net.Parse(rand.Reader, f.input, pair); !errors.Is(err, group.ErrElement) {
					t.Errorf("order %d in elements %d and the next: error is %v", 2<<order, i, err)
				}
			}
		}
	}
}
