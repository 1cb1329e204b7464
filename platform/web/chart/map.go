package chart

import (
	"fmt"
	"slices"
	"strings"
)

// Atlas is the shapes of districts, by their codes.
type Atlas struct {
	Box    string // the drawing's viewBox
	shapes []shape
	tiles  bool
}

// shape is one district's outline, or its tile.
type shape struct {
	code  string
	path  string
	x, y  int    // the middle of a tile
	short string // what is written on it
}

// Map shows a value for each district by a class of colour and pattern: never by colour
// alone. A district of the atlas without a value is drawn as such.
type Map struct {
	Title, Note string
	Heads       [2]string // of the table: district, number
	Table       string
	Atlas       *Atlas
	Areas       []Area
	// Bounds are where the classes after the first begin, rising; there are six classes
	// at most. Says is what the legend calls each of them.
	Bounds []float64
	Says   []string
}

// Area is a district's value. Label and Number are written for the reader.
type Area struct {
	Code, Label, Number string
	Value               float64
}

// Drawn is a district as the template draws it.
type Drawn struct {
	Area
	Path  string
	Class int
	Known bool // there is a value
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
func (m Map) Box() string { return m.Atlas.Box }

// Tiles says whether the map is one of tiles, which carry their names.
func (m Map) Tiles() bool { return m.Atlas.tiles }

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

// Drawn is the districts in the order of their values' list, and after them those without
// a value.
func (m Map) Drawn() ([]Drawn, error) {
	if len(m.Bounds) >= len(patterns) {
		return nil, fmt.Errorf("map: %d classes, more than %d", len(m.Bounds)+1, len(patterns))
	}
	byCode := make(map[string]shape, len(m.Atlas.shapes))
	for _, s := range m.Atlas.shapes {
		byCode[s.code] = s
	}
	var all []Drawn
	for _, a := range m.Areas {
		s, ok := byCode[a.Code]
		if !ok {
			return nil, fmt.Errorf("map: no district %q in the atlas", a.Code)
		}
		delete(byCode, a.Code)
		class := 0
		for class < len(m.Bounds) && a.Value >= m.Bounds[class] {
			class++
		}
		all = append(all, Drawn{a, s.path, class, true, s.x, s.y, s.short})
	}
	for _, s := range m.Atlas.shapes {
		if _, ok := byCode[s.code]; ok {
			label := s.short
			if label == "" {
				label = s.code
			}
			all = append(all, Drawn{Area: Area{Code: s.code, Label: label}, Path: s.path, X: s.x, Y: s.y, Short: s.short})
		}
	}
	return all, nil
}

// side is a tile's side, and gap what lies between two.
const (
	side = 48
	gap  = 4
)

// libya are its 22 districts by their codes in ISO 3166-2:LY, each about where it lies: column
// from the west, row from the north.
var libya = []struct {
	code, ar, en string
	column, row  int
}{
	{"NQ", "النقاط", "Nuqat", 0, 0},
	{"ZA", "الزاوية", "Zawiya", 1, 0},
	{"TB", "طرابلس", "Tripoli", 2, 0},
	{"MB", "المرقب", "Murqub", 3, 0},
	{"MI", "مصراتة", "Misrata", 4, 0},
	{"MJ", "المرج", "Marj", 6, 0},
	{"JA", "الأخضر", "Akhdar", 7, 0},
	{"DR", "درنة", "Derna", 8, 0},
	{"NL", "نالوت", "Nalut", 0, 1},
	{"JG", "الغربي", "Gharbi", 1, 1},
	{"JI", "الجفارة", "Jafara", 2, 1},
	{"SR", "سرت", "Sirte", 4, 1},
	{"BA", "بنغازي", "Benghazi", 6, 1},
	{"BU", "البطنان", "Butnan", 8, 1},
	{"WS", "الشاطئ", "Shati", 1, 2},
	{"JU", "الجفرة", "Jufra", 3, 2},
	{"WA", "الواحات", "Wahat", 6, 2},
	{"GT", "غات", "Ghat", 0, 3},
	{"WD", "الحياة", "Hayat", 1, 3},
	{"SB", "سبها", "Sabha", 2, 3},
	{"MQ", "مرزق", "Murzuq", 2, 4},
	{"KF", "الكفرة", "Kufra", 7, 4},
}

// LibyaTiles is a map for installations without a geographic one: a square per district,
// with its short name in Arabic or English. Codes are those of ISO 3166-2:LY without the
// country.
func LibyaTiles(arabic bool) *Atlas {
	a := &Atlas{Box: fmt.Sprintf("-1 -1 %d %d", 9*(side+gap)-gap+2, 5*(side+gap)-gap+2), tiles: true}
	for _, d := range libya {
		x, y, short := d.column*(side+gap), d.row*(side+gap), d.en
		if arabic {
			short = d.ar
		}
		a.shapes = append(a.shapes, shape{d.code, fmt.Sprintf("M%d %dh%dv%dh-%dz", x, y, side, side, side), x + side/2, y + side/2, strings.TrimSpace(short)})
	}
	return a
}

// LibyaCodes returns the codes of districts by their Arabic names, each of which holds the
// short name of one tile; nil unless all are districts of Libya, and no two the same.
func LibyaCodes(names []string) []string {
	codes := make([]string, 0, len(names))
	for _, name := range names {
		found := ""
		for _, d := range libya {
			if !strings.Contains(name, d.ar) {
				continue
			}
			if found != "" {
				return nil
			}
			found = d.code
		}
		if found == "" || slices.Contains(codes, found) {
			return nil
		}
		codes = append(codes, found)
	}
	return codes
}
