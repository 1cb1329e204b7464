package pdf

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/go-text/typesetting/di"
	gotext "github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/bidi"
)

// Align says where lines begin.
type Align int

// Start is the right edge for Arabic and the left one for English.
const (
	Start Align = iota
	Centre
	End
)

// Style is how text looks.
type Style struct {
	Size    float64 // in points
	Leading float64 // from one line to the next, as a multiple of Size; 0 is 1.5
	Bold    bool
	Mono    bool // for codes: every character as wide as the others
	Grey    float64
	Align   Align
	LTR     bool // reads from left to right whatever its language is
	Lines   int  // at most; 0 for as many as it takes
}

// Block is a paragraph that was set: shaped, and broken into lines.
type Block struct {
	Height float64 // of all lines
	// Cut is the number of characters that did not fit into the lines allowed. What is
	// shown ends with "…" then.
	Cut int
	// Missing are characters that no font has: they are shown as boxes.
	Missing []rune

	style    Style
	width    float64
	rtl      bool
	lines    []shaping.Line
	text     []rune
	baseline float64 // of the first line, from the top
}

// fallback resolves characters to the style's font, or to the next that has them.
type fallback struct {
	faces   []*gotext.Face
	missing *[]rune
}

// ResolveFace is shaping's question for each character.
func (f fallback) ResolveFace(r rune) *gotext.Face {
	for _, face := range f.faces {
		if _, ok := face.NominalGlyph(r); ok {
			return face
		}
	}
	if !invisible(r) && !slices.Contains(*f.missing, r) {
		*f.missing = append(*f.missing, r)
	}
	return f.faces[0]
}

// Set shapes a paragraph in the language ar or en and breaks it into lines of the width. Line breaks and other
// control characters count as spaces. Marks that embed or override a direction (UAX #9) are
// dropped; isolates stay, with which package locale keeps the texts of others apart.
func (w *Writer) Set(lang, text string, width float64, style Style) *Block {
	b := &Block{style: style, width: width, rtl: lang == "ar" && !style.LTR, text: clean(text)}
	faces := []*gotext.Face{w.fonts[regular].face, w.fonts[mono].face}
	switch {
	case style.Mono:
		faces = []*gotext.Face{w.fonts[mono].face, w.fonts[regular].face}
	case style.Bold:
		faces = []*gotext.Face{w.fonts[bold].face, w.fonts[regular].face, w.fonts[mono].face}
	}
	input := shaping.Input{
		Text: b.text, RunEnd: len(b.text), Direction: di.DirectionLTR, Face: faces[0],
		Size: points(style.Size), Language: language.NewLanguage(lang),
	}
	if b.rtl {
		input.Direction = di.DirectionRTL
	}
	var segmenter shaping.Segmenter
	var runs []shaping.Output
	for _, run := range segmenter.Split(input, fallback{faces, &b.Missing}) {
		runs = append(runs, w.shaper.Shape(run))
	}
	config := shaping.WrapConfig{Direction: input.Direction, TruncateAfterLines: style.Lines}
	if style.Lines > 0 {
		more := []rune("…")
		config = config.WithTruncator(&w.shaper, shaping.Input{
			Text: more, RunEnd: len(more), Direction: input.Direction, Face: faces[0], Size: input.Size, Language: input.Language, Script: language.Latin,
		})
	}
	if len(runs) > 0 {
		var wrapper shaping.LineWrapper
		b.lines, b.Cut = wrapper.WrapParagraphF(config, points(width), b.text, shaping.NewSliceIterator(runs))
	}
	leading := cmp.Or(style.Leading, 1.5) * style.Size
	b.Height = leading * float64(len(b.lines))
	b.baseline = leading*0.5 + style.Size*0.3
	return b
}

// clean makes one paragraph of text.
func clean(text string) []rune {
	var runes []rune
	for _, r := range strings.ToValidUTF8(text, "\uFFFD") {
		switch {
		case r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' || r == '\u0085':
			runes = append(runes, ' ')
		case '\u202a' <= r && r <= '\u202e':
		default:
			runes = append(runes, r)
		}
	}
	return runes
}

// invisible tells characters that need no glyph.
func invisible(r rune) bool {
	p, _ := bidi.LookupRune(r)
	switch p.Class() {
	case bidi.BN, bidi.B, bidi.S, bidi.WS:
		return true
	}
	return r == '\u200e' || r == '\u200f' || r == '\u061c' || '\u2066' <= r && r <= '\u2069'
}

// Draw puts a block on the page, its upper left corner at x, y, and returns where it ends
// below.
func (p *Page) Draw(b *Block, x, y float64) float64 {
	leading := cmp.Or(b.style.Leading, 1.5) * b.style.Size
	for i, line := range b.lines {
		var width fixed.Int26_6
		for _, run := range line {
			width += run.Advance
		}
		spare := b.width - float64(width)/64
		at := x
		switch {
		case b.style.Align == Centre:
			at += spare / 2
		case (b.style.Align == Start) == b.rtl:
			at += spare
		}
		p.line(b, line, at, y+b.baseline+leading*float64(i))
	}
	return y + b.Height
}

// line draws the runs of a line, from left to right.
func (p *Page) line(b *Block, line shaping.Line, x, y float64) {
	ordered := slices.SortedFunc(slices.Values(line), func(a, b shaping.Output) int { return cmp.Compare(a.VisualIndex, b.VisualIndex) })
	fmt.Fprintf(&p.content, "BT %s g\n", num(b.style.Grey))
	for _, run := range ordered {
		i := slices.IndexFunc(p.w.fonts, func(f *font) bool { return f.face == run.Face })
		f := p.w.fonts[i]
		fmt.Fprintf(&p.content, "/F%d %s Tf\n", i, num(b.style.Size))
		f.remember(run, b.text)
		// Glyphs that stand where their widths put them share one string.
		var same strings.Builder
		var from, next float64
		var height float64
		flush := func() {
			if same.Len() > 0 {
				fmt.Fprintf(&p.content, "1 0 0 1 %s %s Tm <%s> Tj\n", num(from), num(Height-y+height), same.String())
				same.Reset()
			}
		}
		for _, g := range run.Glyphs {
			gx, gy := x+float64(g.XOffset)/64, float64(g.YOffset)/64
			if d := gx - next; same.Len() == 0 || d > 0.02 || d < -0.02 || gy != height {
				flush()
				from, next, height = gx, gx, gy
			}
			fmt.Fprintf(&same, "%04X", g.GlyphID)
			next += float64(f.face.HorizontalAdvance(g.GlyphID)) * b.style.Size / f.upem
			x += float64(g.Advance) / 64
		}
		flush()
	}
	p.content.WriteString("ET\n")
}

// remember notes the glyphs of a run, and the text that each stands for: where a cluster
// has several glyphs they share its characters in their order, and the last takes what is
// left.
func (f *font) remember(run shaping.Output, text []rune) {
	glyphs := run.Glyphs
	if more, ok := f.face.NominalGlyph('…'); ok && len(glyphs) == 1 && glyphs[0].GlyphID == more {
		f.drawn[uint16(more)] = "…" // perhaps the mark of something cut off, which is not in the text
		return
	}
	for len(glyphs) > 0 {
		n := 1
		for n < len(glyphs) && glyphs[n].TextIndex() == glyphs[0].TextIndex() {
			n++
		}
		cluster := slices.Clone(glyphs[:n])
		glyphs = glyphs[n:]
		if run.Direction == di.DirectionRTL {
			slices.Reverse(cluster)
		}
		from := cluster[0].TextIndex()
		runes := text[from : from+cluster[0].RunesCount()]
		for i, g := range cluster {
			share := runes[min(i, len(runes)):min(i+1, len(runes))]
			if i == n-1 {
				share = runes[min(i, len(runes)):]
			}
			if id := uint16(g.GlyphID); f.drawn[id] == "" {
				f.drawn[id] = string(share)
			}
		}
	}
}

func points(x float64) fixed.Int26_6 { return fixed.Int26_6(x * 64) }
