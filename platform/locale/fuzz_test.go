package locale_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"bayyina/platform/locale"
)

// FuzzASCIIDigits: Arabic-Indic and Persian digits become ASCII ones, and nothing else
// changes.
func FuzzASCIIDigits(f *testing.F) {
	f.Add("١٢٣٤٥٦٧٨٩٠ ۱۲۳ 45")
	f.Add("\xd9")
	digits := strings.NewReplacer("٠", "0", "١", "1", "٢", "2", "٣", "3", "٤", "4", "٥", "5", "٦", "6", "٧", "7", "٨", "8", "٩", "9",
		"۰", "0", "۱", "1", "۲", "2", "۳", "3", "۴", "4", "۵", "5", "۶", "6", "۷", "7", "۸", "8", "۹", "9")
	f.Fuzz(func(t *testing.T, typed string) {
		got := locale.ASCIIDigits(typed)
		if utf8.ValidString(typed) && got != digits.Replace(typed) {
			t.Fatalf("%q became %q", typed, got)
		}
		if locale.ASCIIDigits(got) != got {
			t.Fatalf("%q changes again", got)
		}
	})
}
