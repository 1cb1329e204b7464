package locale

import (
	"strings"
	"unicode"

	"bayyina/platform/ledger/read"

	"golang.org/x/text/unicode/bidi"
)

// Directional isolates (Unicode TR9): what stands between one of the first two and
// PDI is ordered by itself and does not disturb the text around it.
const (
	LRI = "\u2066" // left to right: hashes, codes, commands
	FSI = "\u2068" // the direction of its first letter: names, titles
	PDI = "\u2069"
)

// Code isolates what is always read from left to right: a hash, a key, a command.
// In a left-to-right text without Arabic letters nothing needs to be isolated.
func (l *Locale) Code(s string) string {
	if l.lang == English && !hasLetters(s, true) {
		return s
	}
	return LRI + bare(s) + PDI
}

// Isolate isolates a text that somebody else wrote, if letters of the other direction
// stand in it.
func (l *Locale) Isolate(s string) string {
	if !hasLetters(s, l.lang == English) {
		return s
	}
	return FSI + bare(s) + PDI
}

// bare takes away the marks that could end an isolate or reorder what follows.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if ('\u202a' <= r && r <= '\u202e') || ('\u2066' <= r && r <= '\u2069') {
			return -1
		}
		return r
	}, s)
}

// hasLetters says whether letters of right-to-left (or left-to-right) scripts, or marks that
// set a direction, stand in s.
func hasLetters(s string, rightToLeft bool) bool {
	for _, r := range s {
		p, _ := bidi.LookupRune(r)
		switch p.Class() {
		case bidi.R, bidi.AL:
			if rightToLeft {
				return true
			}
		case bidi.L:
			if !rightToLeft {
				return true
			}
		case bidi.LRE, bidi.RLE, bidi.LRO, bidi.RLO, bidi.PDF, bidi.LRI, bidi.RLI, bidi.FSI, bidi.PDI:
			return true
		}
	}
	return false
}

// Half is the reader's half of a text that stands in both languages with a middle dot
// between, as questions and answers of this house do; any other text is whole.
func (l *Locale) Half(text string) string {
	ar, en, two := strings.Cut(text, " · ")
	if !two || strings.Contains(en, " · ") {
		return text
	}
	if !hasScript(unicode.Arabic, ar) {
		ar, en = en, ar
	}
	if !hasScript(unicode.Arabic, ar) || hasScript(unicode.Arabic, en) || !hasScript(unicode.Latin, en) || hasScript(unicode.Latin, ar) {
		return text
	}
	return l.Pick(read.Bilingual{AR: ar, EN: en})
}

func hasScript(script *unicode.RangeTable, text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(script, r) })
}
