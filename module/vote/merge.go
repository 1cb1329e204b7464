package vote

import (
	"cmp"
	"slices"
	"strings"

	"bayyina/module/vote/evidence"
)

// PlannedDistrict is a district with those that it can be merged with first.
type PlannedDistrict struct {
	evidence.District
	Near []string `json:"near,omitempty"` // English names; it is enough that one of two names the other
}

// Merge tells that one group of districts joined another because it was too small.
type Merge struct {
	Districts []evidence.District `json:"districts"`
	Into      []evidence.District `json:"into"`
}

// MergeDistricts puts districts into groups whose results are computed together, so that
// no result tells how a few people voted: while a group has fewer voters than least, the
// group with the fewest joins the smallest of those near it, or, where none is, the
// smallest of all. Equal numbers are ordered by name. In the end each group has least
// voters, or there is only one. What comes out does not depend on the order of the
// districts, whose English names must differ; groups and their members are in that order.
func MergeDistricts(least int64, districts []PlannedDistrict) (groups [][]evidence.District, merges []Merge) {
	var list []merging
	for i, d := range districts {
		list = append(list, merging{[]int{i}, d.Voters, d.Name.EN})
	}
	for {
		slices.SortFunc(list, func(a, b merging) int {
			return cmp.Or(cmp.Compare(a.voters, b.voters), strings.Compare(a.name, b.name))
		})
		if len(list) < 2 || list[0].voters >= least {
			break
		}
		small, others := list[0], list[1:]
		at := max(0, slices.IndexFunc(others, func(m merging) bool { return adjoin(districts, small, m) }))
		merges = append(merges, Merge{small.of(districts), others[at].of(districts)})
		others[at] = small.with(others[at])
		list = others
	}
	slices.SortFunc(list, func(a, b merging) int { return cmp.Compare(a.members[0], b.members[0]) })
	for _, m := range list {
		groups = append(groups, m.of(districts))
	}
	return groups, merges
}

// merging is a group on its way.
type merging struct {
	members []int // ascending
	voters  int64
	name    string // the first by letters
}

func (m merging) with(other merging) merging {
	members := slices.Concat(m.members, other.members)
	slices.Sort(members)
	return merging{members, m.voters + other.voters, min(m.name, other.name)}
}

func (m merging) of(districts []PlannedDistrict) []evidence.District {
	list := make([]evidence.District, len(m.members))
	for i, at := range m.members {
		list[i] = districts[at].District
	}
	return list
}

// adjoin says whether a district of one group is near one of the other.
func adjoin(districts []PlannedDistrict, a, b merging) bool {
	for _, i := range a.members {
		for _, j := range b.members {
			if slices.Contains(districts[i].Near, districts[j].Name.EN) || slices.Contains(districts[j].Near, districts[i].Name.EN) {
				return true
			}
		}
	}
	return false
}
