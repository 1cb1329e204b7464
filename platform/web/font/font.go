// Package font holds the typeface of all pages: IBM Plex Sans Arabic in two weights,
// Arabic and Latin letters apart so that a reader loads what a page needs. It is under the
// SIL Open Font License 1.1 (OFL.txt), unchanged as npm's @fontsource/ibm-plex-sans-arabic
// packs it.
package font

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

// Files are the fonts, as WOFF2.
//
//go:embed *.woff2 OFL.txt
var Files embed.FS

// Family is the name that style sheets call it by.
const Family = "Plex"

// Face is one font: its file, weight and letters (a CSS unicode-range).
type Face struct {
	File    string
	Weight  int
	Letters string
}

const (
	arabic = "U+0600-06FF,U+0750-077F,U+08E3-08FF,U+200C-200E,U+2010-2011,U+FB50-FDFF,U+FE70-FEFC"
	latin  = "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,U+20AC,U+2122,U+2212"
)

// Faces are all of them.
var Faces = []Face{
	{"plex-arabic-400.woff2", 400, arabic},
	{"plex-arabic-600.woff2", 600, arabic},
	{"plex-latin-400.woff2", 400, latin},
	{"plex-latin-600.woff2", 600, latin},
}

// CSS is the rules that make them known to a style sheet. Text is shown at once, in the
// device's own font until they have come. The address of each file is the caller's to say.
// With files, only those are told.
func CSS(address func(Face) string, files ...string) string {
	var b strings.Builder
	for _, f := range Faces {
		if len(files) > 0 && !slices.Contains(files, f.File) {
			continue
		}
		fmt.Fprintf(&b, "@font-face{font-family:%s;font-weight:%d;font-display:swap;src:url(%s) format(\"woff2\");unicode-range:%s}\n",
			Family, f.Weight, address(f), f.Letters)
	}
	return b.String()
}
