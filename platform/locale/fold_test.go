package locale

import "testing"

func TestSpellingsOfOnePlaceFoldToOneName(t *testing.T) {
	for _, same := range [][]string{
		{"الجبل الأخضر", "الجبل الاخضر", "اَلْجَبَل الأَخْضَر", "الجبـل  الأخضر"},
		{"مصراتة", "مصراته"},
		{"مُرزُق", "مرزق"},
		{"درنة", "درنه "},
		{"Al Jufrah", "Jufra", "al-Jufra", "AL JUFRAH", "El Jufra"},
		{"Ash Shati'", "ash-Shati", "Shati"},
		{"An Nuqat al Khams", "Nuqat al Khams", "an-Nuqāt al-Khams"},
		{"Misratah", "Misrata"},
	} {
		for _, name := range same[1:] {
			if got, want := FoldName(name), FoldName(same[0]); got != want || got == "" {
				t.Errorf("%q folds to %q, %q to %q", name, got, same[0], want)
			}
		}
	}
	for _, two := range [][2]string{{"الجفرة", "الجفارة"}, {"درنة", "درج"}, {"Jufra", "Jafara"}, {"غات", "غدامس"}} {
		if FoldName(two[0]) == FoldName(two[1]) {
			t.Errorf("%q and %q are two places", two[0], two[1])
		}
	}
}
