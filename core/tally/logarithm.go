package tally

import (
	"encoding/binary"
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

// logarithms finds r with r·g = M for 0 ≤ r ≤ limit by baby steps and giant steps. As j·g
// and −j·g have the same y, a table of m multiples of g serves a window of 2m + 1
// numbers, and each giant step moves on by that much.
type logarithms struct {
	limit uint64
	m     uint64
	// baby holds j by the first eight bytes of y(j·g), for j = 0 … m. No two of the
	// first 2^20 are the same; a hit by chance is told from a real one at the end.
	baby map[uint64]uint32
	// giant is (2m + 1)·g.
	giant *group.Element
}

// newLogarithms prepares for finding the given number of values up to limit, with the
// table that makes table and search together cheapest.
func newLogarithms(limit uint64, values int) *logarithms {
	m := uint64(math.Sqrt(float64(limit) * float64(values) / 2))
	m = max(minBabySteps, min(m, maxBabySteps))
	l := &logarithms{limit: limit, m: m, baby: make(map[uint64]uint32, m+1)}
	walk(group.Identity(), group.Generator(), m+1, func(j, key uint64) bool {
		l.baby[key] = uint32(j)
		return true
	})
	l.giant = group.BaseMult(group.NewScalar(2*m + 1))
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
		for j, enc := range group.Encodings(points...) {
			if !visit(i+uint64(j), binary.LittleEndian.Uint64(enc[:8])) {
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
			if r <= l.limit && group.BaseMult(group.NewScalar(r)).Equal(point) {
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
