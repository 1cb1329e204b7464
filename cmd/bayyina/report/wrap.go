package report

import (
	"strings"

	"github.com/mattn/go-runewidth"

	"bayyina/platform/locale"
)

// wrap breaks a paragraph at spaces into lines of at most so many columns. Words
// longer than a line, such as hashes, stand on a line of their own and are not cut,
// so that they can be copied. An isolate that a break would cut is closed at the end of
// the line and opened again on the next.
func wrap(paragraph string, columns int) []string {
	var lines []string
	line, width, open := "", 0, ""
	for _, w := range strings.Fields(visible(paragraph)) {
		n := runewidth.StringWidth(w)
		closing := 0 // a terminal may show the mark that ends an isolate
		if isolate(open, w) != "" {
			closing = runewidth.StringWidth(locale.PDI)
		}
		if width > 0 && width+1+n+closing > columns {
			if open != "" {
				line += locale.PDI
			}
			lines, line, width = append(lines, line), open, 0
		}
		if width > 0 {
			line, width = line+" ", width+1
		}
		line, width = line+w, width+n
		open = isolate(open, w)
	}
	return append(lines, line)
}

// isolate returns the mark of the isolate that is open after a word.
func isolate(open, word string) string {
	for _, r := range word {
		switch mark := string(r); mark {
		case locale.LRI, locale.FSI:
			open = mark
		case locale.PDI:
			open = ""
		}
	}
	return open
}

// visible replaces control characters, which could rule the terminal, by spaces.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || 0x7f <= r && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}
