package tally

import (
	"errors"
	"fmt"
	"math"

	"bayyina/core/group"
)

// ErrNoLogarithm is wrapped where a decrypted value is not a count in the range that is
// possible: something before was wrong.
var ErrNoLogarithm = errors.New("no count of votes in the possible range")

const (
	// maxBabySteps bounds the table: about 40 MB.
	maxBabySteps = 1 << 20
	minBabySteps = 16
	// batch is how many points are made affine with one inversion.
	batch = 1024
)

// logarithms finds r with r·g = M for 0 ≤ r ≤ limit by baby steps and giant steps. A
// table of the multiples of g from −m to m serves a window of 2m + 1 numbers, and each
// giant step moves on by that much. As j·g and −j·g have the same y on the curve, half
// the table is enough there.
type logarithms struct {
	group *group.Group
	limit uint64
	m     uint64
	// baby holds |j| by the digest of j·g. On the curve no two of the first 2^20 are the
	// same; a hit by chance is told from a real one at the end.
	baby map[uint64]uint32
	// giant is (2m + 1)·g.
	giant *group.Element
}

// newLogarithms prepares for finding the given number of values up to limit, with the
// table that makes table and search together cheapest.
func newLogarithms(g *group.Group, limit uint64, values int) *logarithms {
	m := uint64(math.Sqrt(float64(limit) * float64(values) / 2))
	m = max(minBabySteps, min(m, maxBabySteps))
	l := &logarithms{group: g, limit: limit, m: m, baby: make(map[uint64]uint32, m+1)}
	note := func(j, key uint64) bool {
		l.baby[key] = uint32(j)
		return true
	}
	walk(g.Identity(), g.Generator(), m+1, note)
	if g != group.Ed25519 {
		walk(g.Identity(), g.Generator().Neg(), m+1, note)
	}
	l.giant = g.BaseMult(g.NewScalar(2*m + 1))
	return l
}

// walk calls visit with the key of start + i·step for i = 0 … n − 1 until it says false.
func walk(start, step *group.Element, n uint64, visit func(i, key uint64) bool) {
	point := start
	points := make([]*group.Element, 0, batch)
	for i := uint64(0); i < n; i += uint64(len(points)) {
		points = points[:0]
		for uint64(len(points)) < min(batch, n-i) {
			points = append(points, point)
			point = point.Add(step)
		}
		for j, key := range group.Digests(points...) {
			if !visit(i+uint64(j), key) {
				return
			}
		}
	}
}

// find returns the logarithm of a point.
func (l *logarithms) find(point *group.Element) (r uint64, err error) {
	found := false
	window := 2*l.m + 1
	walk(point, l.giant.Neg(), l.limit/window+2, func(i, key uint64) bool {
		j, ok := l.baby[key]
		if !ok {
			return true
		}
		for _, r = range []uint64{i*window + uint64(j), i*window - uint64(j)} {
			if r <= l.limit && l.group.BaseMult(l.group.NewScalar(r)).Equal(point) {
				found = true
				return false
			}
		}
		return true
	})
	if !found {
		return 0, fmt.Errorf("%w: 0 to %d", ErrNoLogarithm, l.limit)
	}
	return r, nil
}
