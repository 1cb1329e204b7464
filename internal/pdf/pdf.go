// Package pdf writes letters and lists for printing: Arabic and Latin text, shaped and
// ordered as it is read, embedded fonts with text that can be searched, lines, boxes and
// QR codes. Pages go to the writer as they are finished, so that a hundred thousand
// letters need no more memory than one; the same calls give the same bytes.
//
// Files follow ISO 32000-1 (PDF 1.7). Lengths are in points from a page's upper left
// corner; [MM] converts.
package pdf

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/go-text/typesetting/shaping"
)

// MM is a millimetre in points.
const MM = 72 / 25.4

// The size of an A4 page.
const (
	Width  = 210 * MM
	Height = 297 * MM
)

// Objects with fixed numbers; those of fonts follow, then those of pages.
const (
	catalog = 1 + iota
	pageTree
	information
	firstFont
)

// objectsPerFont: the font, its descendant, descriptor, file, and the text of its glyphs.
const objectsPerFont = 5

// Writer writes one document.
type Writer struct {
	w       io.Writer
	at      int64
	offsets []int64 // by object number; 0 is unused
	pages   []int
	fonts   []*font
	shaper  shaping.HarfbuzzShaper
	title   string
	lang    string
	err     error
}

// NewWriter begins a document with a title, in the language ar or en.
func NewWriter(w io.Writer, lang, title string) (*Writer, error) {
	out := &Writer{w: w, lang: lang, title: strings.Map(visible, title)}
	for _, name := range fontFiles {
		f, err := openFont(name)
		if err != nil {
			return nil, err
		}
		out.fonts = append(out.fonts, f)
	}
	out.offsets = make([]int64, firstFont+objectsPerFont*len(out.fonts))
	out.print("%%PDF-1.7\n%%\xe2\xe3\xcf\xd3\n")
	return out, out.err
}

// print writes; the first error stays.
func (w *Writer) print(format string, args ...any) {
	if w.err != nil {
		return
	}
	n, err := fmt.Fprintf(w.w, format, args...)
	w.at += int64(n)
	w.err = err
}

// object writes an object under its number.
func (w *Writer) object(number int, body string) {
	w.offsets[number] = w.at
	w.print("%d 0 obj\n%s\nendobj\n", number, body)
}

// stream writes a compressed stream under its number; entries are those of its dictionary
// beside its length and filter.
func (w *Writer) stream(number int, entries string, content []byte) {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = z.Write(content) // a buffer takes everything
	_ = z.Close()
	w.object(number, fmt.Sprintf("<<%s/Filter/FlateDecode/Length %d>>stream\n%s\nendstream", entries, packed.Len(), packed.Bytes()))
}

// Page is one page that is being filled.
type Page struct {
	w       *Writer
	content bytes.Buffer
}

// Page begins a page of A4. It is written by its End.
func (w *Writer) Page() *Page { return &Page{w: w} }

// End writes the page; nothing may be drawn on it afterwards.
func (p *Page) End() error {
	w := p.w
	number := len(w.offsets)
	w.offsets = append(w.offsets, 0, 0)
	w.pages = append(w.pages, number)
	var fonts strings.Builder
	for i := range w.fonts {
		fmt.Fprintf(&fonts, "/F%d %d 0 R", i, firstFont+objectsPerFont*i)
	}
	w.object(number, fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Contents %d 0 R/Resources<</Font<<%s>>>>>>",
		pageTree, num(Width), num(Height), number+1, fonts.String()))
	w.stream(number+1, "", p.content.Bytes())
	return w.err
}

// Rule draws a line of the given width and grey (0 black, 1 white).
func (p *Page) Rule(x1, y1, x2, y2, width, grey float64) {
	fmt.Fprintf(&p.content, "%s G %s w %s %s m %s %s l S\n", num(grey), num(width), num(x1), num(Height-y1), num(x2), num(Height-y2))
}

// Box fills a box with grey.
func (p *Page) Box(x, y, width, height, grey float64) {
	fmt.Fprintf(&p.content, "%s g %s %s %s %s re f\n", num(grey), num(x), num(Height-y-height), num(width), num(height))
}

// Close writes what stands at a document's end: fonts, the list of pages, and where each
// object is.
func (w *Writer) Close() error {
	for i, f := range w.fonts {
		if err := f.write(w, firstFont+objectsPerFont*i); err != nil {
			return err
		}
	}
	var kids strings.Builder
	for _, number := range w.pages {
		fmt.Fprintf(&kids, "%d 0 R ", number)
	}
	direction := "L2R"
	if w.lang == "ar" {
		direction = "R2L"
	}
	w.object(pageTree, fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(w.pages), kids.String()))
	w.object(information, "<</Title "+text16(w.title)+"/Producer(Bayyina)>>")
	w.object(catalog, fmt.Sprintf("<</Type/Catalog/Pages %d 0 R/Lang(%s)/ViewerPreferences<</Direction/%s/DisplayDocTitle true>>>>", pageTree, w.lang, direction))
	start := w.at
	w.print("xref\n0 %d\n0000000000 65535 f \n", len(w.offsets))
	for _, offset := range w.offsets[1:] {
		w.print("%010d 00000 n \n", offset)
	}
	w.print("trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(w.offsets), catalog, information, start)
	return w.err
}

// num writes a number as PDF has it: with two digits, which is a hundredth of a point.
func num(x float64) string {
	s := fmt.Sprintf("%.2f", x)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		return "0"
	}
	return s
}

// visible drops the marks that isolate directions, which have no place in a title.
func visible(r rune) rune {
	if '\u2066' <= r && r <= '\u2069' {
		return -1
	}
	return r
}

// text16 writes text as a string in UTF-16.
func text16(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String() + ">"
}
