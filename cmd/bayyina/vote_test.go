package main

import (
	"slices"
	"testing"

	"bayyina/core/ballot"
)

var blankable = ballot.Homomorphic{Answers: []string{"a", "b", "c"}, Min: 1, Max: 2, Blank: true}

func TestNumbersOfAnswersAreReadAsPeopleTypeThem(t *testing.T) {
	plain := ballot.Homomorphic{Answers: []string{"a", "b", "c"}, Min: 0, Max: 2}
	for _, c := range []struct {
		q     ballot.Homomorphic
		typed string
		want  []int
	}{
		{plain, "1 3", []int{1, 0, 1}},
		{plain, " 3,1 ", []int{1, 0, 1}},
		{plain, "٢، ٣", []int{0, 1, 1}},
		{plain, "۲", []int{0, 1, 0}},
		{plain, "", []int{0, 0, 0}},
		{blankable, "0", []int{1, 0, 0, 0}},
		{blankable, "2", []int{0, 0, 1, 0}},
	} {
		got, wrong := parseNumbers(&env{}, c.q, numbersTyped(c.typed))
		if wrong != "" || !slices.Equal(got, c.want) {
			t.Errorf("%q: %v %s, want %v", c.typed, got, wrong, c.want)
		}
	}
}

func TestNumbersThatDoNotCountAreToldOf(t *testing.T) {
	for _, typed := range []string{"", "4", "-1", "1 1", "0 1", "1 2 3", "one", "1.5", "99999999999999999999"} {
		for _, lang := range []string{"en", "ar"} {
			if got, wrong := parseNumbers(&env{lang: lang}, blankable, numbersTyped(typed)); wrong == "" {
				t.Errorf("%q is read as %v", typed, got)
			}
		}
	}
}

func TestNumbersForRanksAndListsAreReadAsPeopleTypeThem(t *testing.T) {
	ranked := ballot.NonHomomorphic{Answers: []string{"a", "b", "c"}}
	lists := ballot.Lists{Lists: []ballot.List{{Name: "A", Candidates: []string{"a", "b"}}, {Name: "B", Candidates: []string{"c"}}}}
	for typed, want := range map[string][]int{"2 1 3": {2, 1, 3}, "٠، ٢٥٥، ٧": {0, 255, 7}, "1 2": nil, "1 2 256": nil, "1 2 -1": nil, "": nil} {
		if got, _ := parseRanks(&env{}, ranked, numbersTyped(typed)); !slices.Equal(got, want) {
			t.Errorf("%q is read as %v, want %v", typed, got, want)
		}
	}
	for typed, want := range map[string][]int{"1": {1, 1, 0, 0, 0}, "٢ ١": {1, 1, 1, 0, 0}, "3": {0, 0, 0, 1, 1}, "1 3": nil, "": nil, "4": nil, "0": nil, "1 1": nil} {
		if got, _ := parseCandidates(&env{}, lists, numbersTyped(typed)); !slices.Equal(got, want) {
			t.Errorf("%q is read as %v, want %v", typed, got, want)
		}
	}
}

func FuzzNumbers(f *testing.F) {
	f.Add("1 3")
	f.Add("٠")
	f.Fuzz(func(t *testing.T, typed string) {
		chosen, wrong := parseNumbers(&env{}, blankable, numbersTyped(typed))
		if wrong != "" {
			return
		}
		sum := 0
		for _, c := range chosen {
			sum += c
		}
		if len(chosen) != 4 || sum < 1 || sum > 2 || chosen[0] == 1 && sum != 1 {
			t.Errorf("%q is read as %v", typed, chosen)
		}
	})
}

func FuzzTracker(f *testing.F) {
	f.Add("HpPr34mAGEToGfwqVQ8KbE96kpjNxYcrVyi79Wy9bUk")
	f.Fuzz(func(t *testing.T, tracker string) {
		if hash, err := hexTracker(tracker); err == nil && len(hash) != 64 {
			t.Errorf("%q is read as %q", tracker, hash)
		}
	})
}
