package tally

import (
	"testing"

	"bayyina/core/group"
)

// The first powers of 2, the generator of one field, have hardly any bits.
func TestSmallCountsAreFoundInEveryGroup(t *testing.T) {
	const limit = 3000
	for _, g := range group.Groups() {
		l := newLogarithms(g, limit, limit)
		for r := uint64(0); r <= limit; r += 97 {
			if got, err := l.find(g.BaseMult(g.NewScalar(r))); err != nil || got != r {
				t.Errorf("%s: %d found as %d: %v", g, r, got, err)
			}
		}
	}
}
