package chart

import (
	"fmt"
	"slices"
	"strings"

	"bayyina/platform/locale"
)

// Map shows a value for each district by a class of colour and pattern: never by colour
// alone. A district of the atlas without a value is drawn as such.
type Map struct {
	Name        string // tells this map's patterns from those of another on the page
	Title, Note string
	Heads       [2]string // of the table: district, number
	Table       string    // what the table is called; none where it is empty
	Atlas       *Atlas
	Lang        string // of the names on tiles
	Areas       []Area
	// Bounds are where the classes after the first begin, rising; there are six classes
	// at most. Says is what the legend calls each of them, and None districts without a value.
	Bounds []float64
	Says   []string
	None   string
}

// Area is a district's value. Label and Number are written for the reader. One without a key
// stands in the table only.
type Area struct {
	Key, Label, Number string
	Href               string // of the page on it
	Value              float64
	Unknown            bool // there is no value
}

// Drawn is a district as the template draws it.
type Drawn struct {
	Area
	Path  string
	Class int
	X, Y  int
	Short string
}

// Key is a line of the legend.
type Key struct {
	Class int
	Says  string
}

// Pattern is what tells a class apart where colours do not: more ink for more.
type Pattern struct {
	Class int
	Marks string // a path within a square of 8
}

var patterns = []Pattern{
	{0, ""},
	{1, "M3 3h1v1h-1z"},
	{2, "M1 1h1v1h-1zM5 5h1v1h-1z"},
	{3, "M-1 1l2-2M0 8L8 0M7 9l2-2"},
	{4, "M-1 1l2-2M0 8L8 0M7 9l2-2M-2 6L6-2M2 10l8-8"},
	{5, "M-1 1l2-2M0 8L8 0M7 9l2-2M-1 7l2 2M0 0l8 8M7-1l2 2"},
}

// Box is the drawing's viewBox.
func (m Map) Box() string { return m.Atlas.box }

// Tiles says whether the map is one of tiles, which carry their names.
func (m Map) Tiles() bool { return m.Atlas.Tiles }

// Linked says whether districts lead to pages.
func (m Map) Linked() bool {
	return slices.ContainsFunc(m.Areas, func(a Area) bool { return a.Href != "" })
}

// Patterns are those of the classes in use.
func (m Map) Patterns() []Pattern { return patterns[:min(len(m.Bounds)+1, len(patterns))] }

// Legend says what each class means.
func (m Map) Legend() []Key {
	keys := make([]Key, 0, len(m.Says))
	for i, says := range m.Says {
		keys = append(keys, Key{i, says})
	}
	return keys
}

// Drawn is the districts in the order of their values' list, and before them those that are not in
// it, so that no border of theirs lies over one of a district that has a value.
func (m Map) Drawn() ([]Drawn, error) {
	if len(m.Bounds) >= len(patterns) {
		return nil, fmt.Errorf("map: %d classes, more than %d", len(m.Bounds)+1, len(patterns))
	}
	var others, all []Drawn
	listed := make(map[string]bool)
	for _, a := range m.Areas {
		if a.Key == "" {
			continue
		}
		at, ok := m.Atlas.keys[a.Key]
		if !ok || listed[a.Key] {
			return nil, fmt.Errorf("map: no district %q of its own in the atlas", a.Key)
		}
		listed[a.Key] = true
		all = append(all, m.draw(m.Atlas.shapes[at], a))
	}
	for _, s := range m.Atlas.shapes {
		if !listed[s.key] {
			others = append(others, m.draw(s, Area{Key: s.key, Label: s.in(m.Lang), Unknown: true}))
		}
	}
	return append(others, all...), nil
}

func (m Map) draw(s shape, a Area) Drawn {
	d := Drawn{Area: a, Path: s.path, X: s.x, Y: s.y}
	if m.Atlas.Tiles {
		d.Short = s.in(m.Lang)
	}
	for !a.Unknown && d.Class < len(m.Bounds) && a.Value >= m.Bounds[d.Class] {
		d.Class++
	}
	return d
}

// Says tells the district and its value. What is written on a tile is in it, for whoever asks for a
// link by what they see (WCAG 2.2, success criterion 2.5.3).
func (d Drawn) Says() string {
	says := d.Label
	if !strings.Contains(says, d.Short) {
		says = d.Short + " – " + says
	}
	if d.Number != "" {
		says += ": " + d.Number
	}
	return says
}

// in is a shape's name in a language.
func (s shape) in(lang string) string {
	if lang == locale.Arabic {
		return s.name.AR
	}
	return s.name.EN
}
