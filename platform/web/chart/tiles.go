package chart

import (
	"fmt"
	"sync"

	"bayyina/platform/ledger/read"
)

// A tile's side, and what lies between two.
const (
	side = 48
	gap  = 4
)

// libya are its 22 districts by their codes in ISO 3166-2:LY, each about where it lies: column
// from the west, row from the north. Where a tile has room for a part of the name only, the whole
// one follows.
var libya = []struct {
	code, ar, en string
	column, row  int
	also         []string
}{
	{"NQ", "النقاط", "Nuqat", 0, 0, []string{"النقاط الخمس", "Nuqat al Khams"}},
	{"ZA", "الزاوية", "Zawiya", 1, 0, nil},
	{"TB", "طرابلس", "Tripoli", 2, 0, nil},
	{"MB", "المرقب", "Murqub", 3, 0, nil},
	{"MI", "مصراتة", "Misrata", 4, 0, nil},
	{"MJ", "المرج", "Marj", 6, 0, nil},
	{"JA", "الأخضر", "Akhdar", 7, 0, []string{"الجبل الأخضر", "Jabal al Akhdar"}},
	{"DR", "درنة", "Derna", 8, 0, nil},
	{"NL", "نالوت", "Nalut", 0, 1, nil},
	{"JG", "الغربي", "Gharbi", 1, 1, []string{"الجبل الغربي", "Jabal al Gharbi"}},
	{"JI", "الجفارة", "Jafara", 2, 1, nil},
	{"SR", "سرت", "Sirte", 4, 1, nil},
	{"BA", "بنغازي", "Benghazi", 6, 1, nil},
	{"BU", "البطنان", "Butnan", 8, 1, nil},
	{"WS", "الشاطئ", "Shati", 1, 2, []string{"وادي الشاطئ", "Wadi al Shatii"}},
	{"JU", "الجفرة", "Jufra", 3, 2, nil},
	{"WA", "الواحات", "Wahat", 6, 2, nil},
	{"GT", "غات", "Ghat", 0, 3, nil},
	{"WD", "الحياة", "Hayat", 1, 3, []string{"وادي الحياة", "Wadi al Hayaa"}},
	{"SB", "سبها", "Sabha", 2, 3, nil},
	{"MQ", "مرزق", "Murzuq", 2, 4, nil},
	{"KF", "الكفرة", "Kufra", 7, 4, nil},
}

// LibyaTiles is a map for installations without a geographic one: a square per district,
// with its short name. Keys are the codes of ISO 3166-2:LY without the country.
var LibyaTiles = sync.OnceValue(func() *Atlas {
	a := newAtlas()
	a.Tiles, a.box = true, fmt.Sprintf("-1 -1 %d %d", 9*(side+gap)-gap+2, 5*(side+gap)-gap+2)
	for _, d := range libya {
		x, y := d.column*(side+gap), d.row*(side+gap)
		a.add(shape{
			key: d.code, name: read.Bilingual{AR: d.ar, EN: d.en}, x: x + side/2, y: y + side/2,
			path: fmt.Sprintf("M%d %dh%dv%dh-%dz", x, y, side, side, side),
		}, append(d.also, d.ar, d.en)...)
	}
	return a
})
