package chart

import (
	"slices"

	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
)

// Atlas is the shapes of districts, each with its key and its names.
type Atlas struct {
	Tiles bool // squares instead of outlines, which carry their names

	box    string // the drawing's viewBox
	shapes []shape
	keys   map[string]int    // shapes by their keys
	names  map[string]int    // shapes by their folded names; -1 for a name that two have
	given  map[string]string // keys by the folded names of districts, as somebody has said
}

// shape is one district's outline, or its tile.
type shape struct {
	key  string
	name read.Bilingual
	path string
	x, y int // the middle of a tile
}

func newAtlas() *Atlas {
	return &Atlas{keys: make(map[string]int), names: make(map[string]int), given: make(map[string]string)}
}

// add adds a shape, which is found by the names, too.
func (a *Atlas) add(s shape, names ...string) {
	at := len(a.shapes)
	a.shapes = append(a.shapes, s)
	a.keys[s.key] = at
	for _, name := range names {
		name = locale.FoldName(name)
		if other, taken := a.names[name]; taken && other != at {
			at = -1
		}
		a.names[name], at = at, len(a.shapes)-1
	}
}

// Find returns the key of a district's shape: the one that was said to be its own, or else the one
// whose key is the district's name, or whose name in Arabic or English is a spelling of it.
func (a *Atlas) Find(district read.Bilingual) (key string, ok bool) {
	for _, name := range []string{district.AR, district.EN} {
		if key, ok := a.given[locale.FoldName(name)]; ok {
			return key, true
		}
	}
	for _, name := range []string{district.AR, district.EN} {
		if _, ok := a.keys[name]; ok {
			return name, true
		}
	}
	for _, name := range []string{district.AR, district.EN} {
		if at, ok := a.names[locale.FoldName(name)]; ok && at >= 0 && name != "" {
			return a.shapes[at].key, true
		}
	}
	return "", false
}

// Match returns the keys of districts in their order, "" for one that the atlas does not have, or
// that was found before.
func (a *Atlas) Match(districts []read.Bilingual) []string {
	keys := make([]string, len(districts))
	for i, d := range districts {
		if key, ok := a.Find(d); ok && !slices.Contains(keys[:i], key) {
			keys[i] = key
		}
	}
	return keys
}
