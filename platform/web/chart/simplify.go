package chart

import (
	"cmp"
	"container/heap"
	"math"
	"slices"
)

// budget is how many corners a map's outlines may have together: some 25 kB of a page.
const budget = 4000

// simplify leaves corners out of outlines until they are few enough, and always those that no eye
// would miss. Borders between neighbours stay one line: what is simplified is each line between two
// corners at which more than two districts, or a district and the outside, meet, and it is
// simplified the same from both sides. Every district keeps an outline.
func simplify(outlines [][][]point) [][][]point {
	around := neighbours(outlines)
	lines := make([][][]line, len(outlines))
	for i, rings := range outlines {
		for _, ring := range rings {
			if ring = trim(ring); len(ring) >= 3 {
				lines[i] = append(lines[i], split(ring, around))
			}
		}
	}
	// A unit's half is out of sight; what is still too much is made coarser by steps.
	for least := 0.5; ; least *= 1.5 {
		corners := 0
		simple := make([][][]point, len(outlines))
		for i, rings := range lines {
			simple[i] = coarsen(rings, least)
			if len(simple[i]) == 0 {
				simple[i] = [][]point{dot(outlines[i][0][0])}
			}
			for _, ring := range simple[i] {
				corners += len(ring)
			}
		}
		if corners <= budget || least > drawn*drawn {
			return simple
		}
	}
}

// coarsen is a district's rings without corners that weigh less, and without rings that are
// smaller, but for its largest.
func coarsen(rings [][]line, least float64) [][]point {
	var kept [][]point
	var largest []point
	most := 0.0
	for _, ring := range rings {
		var simple []point
		for _, l := range ring {
			simple = append(simple, l.without(least)...)
		}
		size := area(simple)
		if size >= least {
			kept = append(kept, simple)
		}
		if size > most {
			largest, most = simple, size
		}
	}
	if len(kept) == 0 && largest != nil {
		kept = append(kept, largest)
	}
	return kept
}

// dot stands for what is too small to have an outline.
func dot(p point) []point {
	return []point{{p[0] - 1, p[1] - 1}, {p[0] + 1, p[1] - 1}, {p[0] + 1, p[1] + 1}, {p[0] - 1, p[1] + 1}}
}

// trim is a ring in which no corner is followed by itself.
func trim(ring []point) []point {
	ring = slices.Compact(slices.Clone(ring))
	for len(ring) > 1 && ring[0] == ring[len(ring)-1] {
		ring = ring[:len(ring)-1]
	}
	return ring
}

// neighbours are, for each corner, up to three others with which edges join it.
func neighbours(outlines [][][]point) map[point][]point {
	around := make(map[point][]point)
	join := func(p, q point) {
		if list := around[p]; len(list) < 3 && !slices.Contains(list, q) {
			around[p] = append(list, q)
		}
	}
	for _, rings := range outlines {
		for _, ring := range rings {
			ring = trim(ring)
			for i, p := range ring {
				q := ring[(i+1)%len(ring)]
				if p != q {
					join(p, q)
					join(q, p)
				}
			}
		}
	}
	return around
}

// line is a part of a ring between two corners that stay, the second of which belongs to the
// next line. Each corner has a weight, by which it may be left out.
type line struct {
	corners []point
	weights []float64
}

func (l line) without(least float64) []point {
	var kept []point
	for i, p := range l.corners {
		if l.weights[i] >= least {
			kept = append(kept, p)
		}
	}
	return kept
}

// split cuts a ring where lines meet. A ring by itself is cut at its first corner in the order of
// coordinates.
func split(ring []point, around map[point][]point) []line {
	var cuts []int
	for i, p := range ring {
		if len(around[p]) != 2 {
			cuts = append(cuts, i)
		}
	}
	if len(cuts) == 0 {
		first := 0
		for i, p := range ring {
			if before(p, ring[first]) {
				first = i
			}
		}
		cuts = append(cuts, first)
	}
	lines := make([]line, 0, len(cuts))
	for i, from := range cuts {
		n := cuts[(i+1)%len(cuts)] - from
		if n <= 0 {
			n += len(ring)
		}
		corners := make([]point, 0, n+1)
		for j := range n + 1 {
			corners = append(corners, ring[(from+j)%len(ring)])
		}
		lines = append(lines, line{corners[:n], weigh(corners)[:n]})
	}
	return lines
}

func before(p, q point) bool { return cmp.Or(cmp.Compare(p[0], q[0]), cmp.Compare(p[1], q[1])) < 0 }

// weigh gives each corner of a line the area that is lost when it is left out after those that
// weigh less (M. Visvalingam and J. D. Whyatt, Line generalisation by repeated elimination of points,
// The Cartographic Journal 30, 1993). The ends stay; so does the last corner of all between
// them, and the last two of a line that ends where it begins, so that two lines between the
// same ends do not fall together. A line weighs the same in both directions.
func weigh(corners []point) []float64 {
	n := len(corners)
	weights := make([]float64, n)
	weights[0], weights[n-1] = math.Inf(1), math.Inf(1)
	turned := before(corners[n-1], corners[0]) || corners[0] == corners[n-1] && n > 2 && before(corners[n-2], corners[1])
	if turned {
		corners = slices.Clone(corners)
		slices.Reverse(corners)
	}
	keep := 1
	if corners[0] == corners[n-1] {
		keep = 2
	}
	q := &queue{left: make([]int, n), right: make([]int, n), area: make([]float64, n), at: make([]int, n)}
	for i := 1; i < n-1; i++ {
		q.left[i], q.right[i], q.area[i], q.at[i] = i-1, i+1, triangle(corners[i-1], corners[i], corners[i+1]), i-1
		q.order = append(q.order, i)
	}
	heap.Init(q)
	reached := 0.0
	for q.Len() > 0 {
		i, _ := heap.Pop(q).(int)
		reached = max(reached, q.area[i])
		weights[i] = reached
		if q.Len() < keep {
			weights[i] = math.Inf(1)
		}
		left, right := q.left[i], q.right[i]
		if left > 0 {
			q.right[left] = right
			q.area[left] = triangle(corners[q.left[left]], corners[left], corners[right])
			heap.Fix(q, q.at[left])
		}
		if right < n-1 {
			q.left[right] = left
			q.area[right] = triangle(corners[left], corners[right], corners[q.right[right]])
			heap.Fix(q, q.at[right])
		}
	}
	if turned {
		slices.Reverse(weights)
	}
	return weights
}

// queue is the corners that are not left out yet, the lightest first, and of equals the first.
type queue struct {
	order       []int     // a heap of corners
	at          []int     // where in it a corner is
	left, right []int     // the corners beside one
	area        []float64 // of the triangle with them
}

func (q *queue) Len() int { return len(q.order) }

func (q *queue) Less(i, j int) bool {
	a, b := q.order[i], q.order[j]
	return cmp.Or(cmp.Compare(q.area[a], q.area[b]), cmp.Compare(a, b)) < 0
}

func (q *queue) Swap(i, j int) {
	q.order[i], q.order[j] = q.order[j], q.order[i]
	q.at[q.order[i]], q.at[q.order[j]] = i, j
}

func (q *queue) Push(any) {} // corners are only taken

func (q *queue) Pop() any {
	last := q.order[len(q.order)-1]
	q.order = q.order[:len(q.order)-1]
	return last
}

// triangle is the area between three corners.
func triangle(a, b, c point) float64 {
	return math.Abs(float64((b[0]-a[0])*(c[1]-a[1])-(c[0]-a[0])*(b[1]-a[1]))) / 2
}

// area is what a ring encloses.
func area(ring []point) float64 {
	twice := 0
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		twice += p[0]*q[1] - q[0]*p[1]
	}
	return math.Abs(float64(twice)) / 2
}
