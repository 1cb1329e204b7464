package vote

import (
	"crypto/rand"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
)

// someDistricts draws districts, each near some of those before it.
func someDistricts(t *rapid.T) []PlannedDistrict {
	list := make([]PlannedDistrict, rapid.IntRange(1, 22).Draw(t, "districts"))
	for i := range list {
		name := fmt.Sprintf("d%02d", i)
		list[i].District = evidence.District{Name: read.Bilingual{AR: "د" + name, EN: name}, Voters: rapid.Int64Range(0, 120).Draw(t, "voters")}
		for j := range i {
			if rapid.IntRange(0, 5).Draw(t, "near") == 0 {
				list[i].Near = append(list[i].Near, list[j].Name.EN)
			}
		}
	}
	return list
}

// sets are groups in an order that depends on names alone.
func sets(groups [][]evidence.District) (list []string) {
	for _, g := range groups {
		var names []string
		for _, d := range g {
			names = append(names, d.Name.EN)
		}
		slices.Sort(names)
		list = append(list, strings.Join(names, " "))
	}
	slices.Sort(list)
	return list
}

func TestMergedDistrictsAreNeverTooSmallAndOfNoOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		districts := someDistricts(t)
		least := rapid.Int64Range(1, 200).Draw(t, "least")
		groups, merges := MergeDistricts(least, districts)
		var seen []evidence.District
		for _, g := range groups {
			var voters int64
			for _, d := range g {
				voters += d.Voters
			}
			if voters < least && len(groups) > 1 {
				t.Fatalf("a group of %d voters among %d groups", voters, len(groups))
			}
			seen = append(seen, g...)
		}
		if len(seen) != len(districts) || len(groups)+len(merges) != len(districts) {
			t.Fatalf("%d districts in %d groups after %d merges, of %d", len(seen), len(groups), len(merges), len(districts))
		}
		for _, d := range districts {
			if !slices.Contains(seen, d.District) {
				t.Fatalf("%s is in no group", d.Name.EN)
			}
		}
		for _, m := range merges {
			var voters int64
			for _, d := range m.Districts {
				voters += d.Voters
			}
			if voters >= least {
				t.Fatalf("a group of %d voters was merged", voters)
			}
		}
		again, _ := MergeDistricts(least, rapid.Permutation(districts).Draw(t, "order"))
		if !slices.Equal(sets(groups), sets(again)) {
			t.Fatalf("%v in one order, %v in another", sets(groups), sets(again))
		}
	})
}

func TestASmallDistrictJoinsItsSmallestNeighbour(t *testing.T) {
	d := func(name string, voters int64, near ...string) PlannedDistrict {
		return PlannedDistrict{evidence.District{Name: read.Bilingual{AR: name, EN: name}, Voters: voters}, near}
	}
	for _, c := range []struct {
		districts []PlannedDistrict
		want      []string
	}{
		{[]PlannedDistrict{d("a", 50), d("b", 60)}, []string{"a", "b"}},
		{[]PlannedDistrict{d("a", 49, "c", "d"), d("b", 60), d("c", 90), d("d", 80)}, []string{"a d", "b", "c"}},
		{[]PlannedDistrict{d("a", 49), d("b", 60), d("c", 90, "a")}, []string{"a c", "b"}}, // near is mutual
		{[]PlannedDistrict{d("a", 49), d("b", 60), d("c", 90)}, []string{"a b", "c"}},      // an island
		{[]PlannedDistrict{d("a", 20, "b"), d("b", 20, "c"), d("c", 20), d("d", 90)}, []string{"a b c", "d"}},
		{[]PlannedDistrict{d("a", 20), d("b", 20)}, []string{"a b"}},
		{[]PlannedDistrict{d("a", 20)}, []string{"a"}},
	} {
		groups, _ := MergeDistricts(50, c.districts)
		if got := sets(groups); !slices.Equal(got, c.want) {
			t.Errorf("%v is merged to %v, want %v", c.districts, got, c.want)
		}
	}
}

// aCountry is a plan of 22 districts, of which the last has 30 voters, and two contests.
func aCountry() string {
	var districts []string
	for i := range 22 {
		districts = append(districts, fmt.Sprintf(`{"name":{"ar":"د%d","en":"D%d"},"voters":%d,"near":["D%d"]}`, i+1, i+1, 240-10*i, max(i, 1)))
	}
	const questions = `"description":"","questions":[{"question":"?","answers":["a","b"],"min":1,"max":1}]`
	const others = `"description":"","questions":[{"question":"?","answers":["c","d"],"min":1,"max":1}]`
	return `{"merge_below":50,"districts":[` + strings.Join(districts, ",") + `],"contests":[
		{"title":{"ar":"الرئاسة","en":"President"},"ballots":[{` + questions + `}]},
		{"title":{"ar":"المجلس","en":"Council"},"ballots":[{"districts":["D22"],` + questions + `},{"districts":["D1","D2"],` + others + `}]}]}`
}

func TestAPlanMakesOneElectionForEachContestAndMergedDistrict(t *testing.T) {
	p, err := ParsePlan([]byte(aCountry()))
	if err != nil {
		t.Fatal(err)
	}
	list, err := p.Elections(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	// D22 has 30 voters, D21 40 and D20 50: the first two are merged, and no more.
	if len(list) != 21+3 {
		t.Fatalf("%d elections, want 24", len(list))
	}
	names := make(map[string]bool)
	for _, e := range list {
		names[e.Election] = true
		if e.Draft.UUID != e.Election || e.Draft.check() != nil {
			t.Errorf("the draft of %s is not in order", e.Draft.Title.EN)
		}
	}
	if len(names) != len(list) {
		t.Error("two elections have one name")
	}
	merged, alone := list[20], list[21]
	if merged.Draft.Title.EN != "President · D21, D22" || merged.Voters() != 70 || len(merged.Merges) != 1 || len(list[19].Merges) != 0 {
		t.Errorf("merged: %+v", merged)
	}
	// Nobody shares the council's ballot of D22.
	if alone.Draft.Title.AR != "المجلس · د22" || alone.Voters() != 30 || len(alone.Merges) != 0 {
		t.Errorf("alone: %+v", alone)
	}
}

func TestPlansThatAreNotInOrderAreRefused(t *testing.T) {
	for change, want := range map[[2]string]string{
		{`"merge_below":50`, `"merge_below":0`}:                                                       "merge_below",
		{`"merge_below":50`, `"merge_under":50`}:                                                      "unknown field",
		{`"en":"D2"}`, `"en":"D1"}`}:                                                                  "district 2 has the name",
		{`"near":["D1"]`, `"near":["D99"]`}:                                                           "is no district",
		{`"districts":["D22"]`, `"districts":["D1"]`}:                                                 "two ballots",
		{`"districts":["D22"]`, `"districts":["D23"]`}:                                                "no district",
		{`"districts":["D22"]`, `"districts":["D22"],"name":"x"`}:                                     "given by the plan",
		{`{"ar":"المجلس","en":"Council"}`, `{"ar":"الرئاسة","en":"President"}`}:                       "title of another",
		{`"answers":["a","b"],"min":1`, `"answers":["a","b"],"min":3`}:                                "ballot 1",
		{`"answers":["c","d"]`, `"answers":["a","b"]`}:                                                "same questions",
		{`"voters":240`, `"voters":-1`}:                                                               "number of voters",
		{`"title":{"ar":"الرئاسة","en":"President"},"ballots"`, `"title":{"ar":"الرئاسة"},"ballots"`}: "no title",
	} {
		text := strings.Replace(aCountry(), change[0], change[1], 1)
		if text == aCountry() {
			t.Fatalf("%s is not in the plan", change[0])
		}
		if _, err := ParsePlan([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("with %s: error is %v, want %q", change[1], err, want)
		}
	}
	if _, err := ParsePlan([]byte(aCountry() + "x")); err == nil {
		t.Error("what follows a plan is accepted")
	}
}

func FuzzPlan(f *testing.F) {
	f.Add([]byte(aCountry()))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePlan(data)
		if err != nil {
			return
		}
		list, err := p.Elections(rand.Reader)
		if err != nil {
			return
		}
		again, err := p.Elections(rand.Reader)
		if err != nil || len(again) != len(list) {
			t.Fatalf("%d elections, then %d: %v", len(list), len(again), err)
		}
		for i := range list {
			if !reflect.DeepEqual(list[i].Districts, again[i].Districts) {
				t.Fatalf("election %d has other districts", i)
			}
		}
	})
}
