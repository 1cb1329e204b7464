package demo

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func TestDistrictSharesAddUpAndLeaveNobodyOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(22, 3_000_000).Draw(t, "voters")
		sum := 0
		for i, share := range votersPerDistrict(n) {
			if share < 1 && n >= 100 {
				t.Fatalf("district %s of %d voters has none", districts[i].name.EN, n)
			}
			sum += share
		}
		if sum != n {
			t.Fatalf("shares add up to %d, want %d", sum, n)
		}
	})
}

func TestRollHasTheNumberAskedFor(t *testing.T) {
	voters := roll(2000, rand.New(rand.NewPCG(1, 2)))
	if len(voters) != 2000 || voters[1999].number != 2000 {
		t.Fatalf("roll of %d voters, the last is number %d", len(voters), voters[len(voters)-1].number)
	}
}
