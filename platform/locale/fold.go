package locale

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// folded are letters of Arabic that are written for one another.
var folded = strings.NewReplacer("ٱ", "ا", "ى", "ي", "ة", "ه", "ء", "", "ـ", "")

// articles are how the Arabic article is spelled in Latin letters, before sun letters too.
var articles = map[string]bool{
	"al": true, "el": true, "ad": true, "an": true, "ar": true, "as": true, "ash": true, "at": true, "az": true,
}

// FoldName is the form in which names of places are compared: without vowel marks, hamzas, accents,
// punctuation and case; in Latin letters also without the Arabic article and the silent h that ends
// some spellings. Names that fold to the same are spellings of one name.
func FoldName(name string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(name) { // hamzas and vowels become marks of their own
		switch {
		case unicode.Is(unicode.Mn, r), strings.ContainsRune("'`’‘ʼʿʾ", r):
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteByte(' ')
		}
	}
	var words []string
	for _, word := range strings.Fields(folded.Replace(b.String())) {
		if articles[word] {
			continue
		}
		if strings.HasSuffix(word, "ah") {
			word = strings.TrimSuffix(word, "h")
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}
