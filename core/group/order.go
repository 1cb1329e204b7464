package group

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
)

// subsets is how many random subsets are summed to test elements together: of one that
// has a component of small order, each sum shows it with probability 1/2 at least.
const subsets = 128

// InSubgroup says whether all points are in the subgroup of prime order, by so many
// workers. It is wrong with probability 2^−128 for points that do not depend on random.
//
// The sum of a random subset of points is in the subgroup if all are; if one is not,
// then of the two sums with and without it at most one is. The points are sorted into
// buckets by as many coins as fit, from which the sums for each coin follow.
func InSubgroup(random io.Reader, workers int, points []*Element) (bool, error) {
	coins := make([]byte, subsets/8*len(points))
	if _, err := io.ReadFull(random, coins); err != nil {
		return false, fmt.Errorf("read randomness for subsets of elements: %w", err)
	}
	const w = 8 // coins at once: one byte
	all := make([]affineNiels, len(points))
	for i, e := range points {
		all[i].setElement(e)
	}
	var next atomic.Int64
	var bad atomic.Bool
	var running sync.WaitGroup
	for range min(workers, subsets/w) {
		running.Go(func() {
			var buckets [1 << w]extended
			for at := int(next.Add(1)) - 1; at < subsets/w && !bad.Load(); at = int(next.Add(1)) - 1 {
				for b := range buckets {
					buckets[b] = *newExtended()
				}
				for i := range all {
					buckets[coins[i*subsets/8+at]].add(&all[i])
				}
				if !subsetsInSubgroup(buckets[:]) {
					bad.Store(true)
				}
			}
		})
	}
	running.Wait()
	return !bad.Load(), nil
}

// subsetsInSubgroup tests, for each bit of the buckets' numbers, the sum of those that
// have it. It changes the buckets.
func subsetsInSubgroup(buckets []extended) bool {
	for half := len(buckets) / 2; half > 0; half /= 2 {
		sum := newExtended()
		for b := range half {
			sum.addExtended(&buckets[half+b])
			buckets[b].addExtended(&buckets[half+b]) // the highest bit counts no more
		}
		if !inSubgroup(sum.element().p) {
			return false
		}
	}
	return true
}
