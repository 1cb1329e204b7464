package vote

import "testing"

// Each of the six orders of three ballots comes as often as the others: 1,000 times in
// 6,000, and farther than 180 from that once in a billion runs.
func TestEachOrderOfABatchIsAsLikely(t *testing.T) {
	counts := make(map[string]int)
	for range 6000 {
		list := []waiting{{tracker: "a"}, {tracker: "b"}, {tracker: "c"}}
		if err := shuffle(list); err != nil {
			t.Fatal(err)
		}
		counts[list[0].tracker+list[1].tracker+list[2].tracker]++
	}
	if len(counts) != 6 {
		t.Errorf("%d orders", len(counts))
	}
	for order, n := range counts {
		if n < 820 || n > 1180 {
			t.Errorf("order %s came %d times", order, n)
		}
	}
}
