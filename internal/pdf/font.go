package pdf

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"

	gotext "github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
)

//go:embed font/*.ttf font/OFL.txt
var fontData embed.FS

// The fonts of all documents, under the SIL Open Font License 1.1 (font/OFL.txt).
const (
	regular = iota
	bold
	mono
)

var fontFiles = []string{regular: "Amiri-Regular", bold: "Amiri-Bold", mono: "IBMPlexMono-Medium"}

// font is one font of a document, with the glyphs that were drawn.
type font struct {
	name   string
	face   *gotext.Face
	tables map[string][]byte
	upem   float64
	drawn  map[uint16]string // the text that each glyph stands for
}

func openFont(name string) (*font, error) {
	data, err := fontData.ReadFile("font/" + name + ".ttf")
	if err != nil {
		return nil, err
	}
	loader, err := opentype.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("font %s: %w", name, err)
	}
	face, err := gotext.NewFont(loader)
	if err != nil {
		return nil, fmt.Errorf("font %s: %w", name, err)
	}
	f := &font{name: name, face: gotext.NewFace(face), tables: make(map[string][]byte), drawn: map[uint16]string{0: ""}}
	f.upem = float64(f.face.Upem())
	for _, tag := range []string{"head", "hhea", "hmtx", "maxp", "loca", "glyf", "prep", "cvt ", "fpgm"} {
		if t := opentype.MustNewTag(tag); loader.HasTable(t) {
			if f.tables[tag], err = loader.RawTable(t); err != nil {
				return nil, fmt.Errorf("font %s, table %s: %w", name, tag, err)
			}
		}
	}
	return f, nil
}

// milli converts font units into thousandths of the font's size.
func (f *font) milli(units float64) float64 { return units * 1000 / f.upem }

// write writes the font's five objects, from the given number on, with the outlines of
// the glyphs that were drawn.
func (f *font) write(w *Writer, number int) error {
	glyphs := slices.Sorted(maps.Keys(f.drawn))
	file, err := f.subset(glyphs)
	if err != nil {
		return err
	}
	name := subsetTag(glyphs) + "+" + f.name
	w.object(number, fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>", name, number+1, number+4))
	var widths strings.Builder
	for _, g := range glyphs {
		fmt.Fprintf(&widths, "%d[%s]", g, num(f.milli(float64(f.face.HorizontalAdvance(gotext.GID(g))))))
	}
	w.object(number+1, fmt.Sprintf("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor %d 0 R/CIDToGIDMap/Identity/DW 0/W[%s]>>",
		name, number+2, widths.String()))
	box := func(at int) string {
		return num(f.milli(float64(int16(binary.BigEndian.Uint16(f.tables["head"][at:])))))
	}
	extents, _ := f.face.FontHExtents()
	w.object(number+2, fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%s %s %s %s]/ItalicAngle 0/Ascent %s/Descent %s/CapHeight %s/StemV 80/FontFile2 %d 0 R>>",
		name, box(36), box(38), box(40), box(42), num(f.milli(float64(extents.Ascender))), num(f.milli(float64(extents.Descender))), num(f.milli(float64(extents.Ascender))), number+3))
	w.stream(number+3, fmt.Sprintf("/Length1 %d", len(file)), file)
	w.stream(number+4, "", f.toUnicode(glyphs))
	return w.err
}

// subsetTag is the tag of six letters that ISO 32000-1 section 9.6.4 asks for.
func subsetTag(glyphs []uint16) string {
	sum := sha256.Sum256(fmt.Append(nil, glyphs))
	tag := sum[:6]
	for i := range tag {
		tag[i] = 'A' + tag[i]%26
	}
	return string(tag)
}

// toUnicode tells which text each glyph stands for (ISO 32000-1 section 9.10.3).
func (f *font) toUnicode(glyphs []uint16) []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def" +
		"/CMapName/Adobe-Identity-UCS def/CMapType 2 def 1 begincodespacerange<0000><FFFF>endcodespacerange\n")
	glyphs = slices.DeleteFunc(slices.Clone(glyphs), func(g uint16) bool { return f.drawn[g] == "" })
	for some := range slices.Chunk(glyphs, 100) {
		fmt.Fprintf(&b, "%d beginbfchar\n", len(some))
		for _, g := range some {
			fmt.Fprintf(&b, "<%04X><", g)
			for _, u := range utf16.Encode([]rune(f.drawn[g])) {
				fmt.Fprintf(&b, "%04X", u)
			}
			b.WriteString(">\n")
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap CMapName currentdict/CMap defineresource pop end end\n")
	return b.Bytes()
}

// subset returns the font with the outlines of the given glyphs only, and of those that
// they are composed of. Glyphs keep their numbers.
func (f *font) subset(glyphs []uint16) ([]byte, error) {
	keep := make(map[uint16]bool)
	for todo := slices.Clone(glyphs); len(todo) > 0; {
		g := todo[0]
		todo = todo[1:]
		if !keep[g] {
			keep[g] = true
			todo = append(todo, components(f.outline(g))...)
		}
	}
	n := int(binary.BigEndian.Uint16(f.tables["maxp"][4:]))
	var glyf, loca []byte
	for g := range n {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		if keep[uint16(g)] {
			glyf = append(glyf, f.outline(uint16(g))...)
			glyf = append(glyf, make([]byte, -len(glyf)&3)...)
		}
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	tables := maps.Clone(f.tables)
	tables["glyf"], tables["loca"] = glyf, loca
	tables["head"] = slices.Clone(f.tables["head"])
	binary.BigEndian.PutUint32(tables["head"][8:], 0)  // the whole file's sum, which nobody reads of a part
	binary.BigEndian.PutUint16(tables["head"][50:], 1) // long offsets
	return sfnt(tables), nil
}

// outline is the description of a glyph in the font; empty for one without ink.
func (f *font) outline(g uint16) []byte {
	loca := f.tables["loca"]
	var from, to uint32
	if binary.BigEndian.Uint16(f.tables["head"][50:]) == 0 {
		from, to = 2*uint32(binary.BigEndian.Uint16(loca[2*int(g):])), 2*uint32(binary.BigEndian.Uint16(loca[2*int(g)+2:]))
	} else {
		from, to = binary.BigEndian.Uint32(loca[4*int(g):]), binary.BigEndian.Uint32(loca[4*int(g)+4:])
	}
	return f.tables["glyf"][from:to]
}

// components are the glyphs that a composite glyph consists of (OpenType, table glyf).
func components(outline []byte) (list []uint16) {
	const (
		wordArguments = 0x1
		scale         = 0x8
		more          = 0x20
		scaleXY       = 0x40
		matrix        = 0x80
	)
	if len(outline) < 10 || int16(binary.BigEndian.Uint16(outline)) >= 0 {
		return nil
	}
	for rest := outline[10:]; len(rest) >= 4; {
		flags := binary.BigEndian.Uint16(rest)
		list = append(list, binary.BigEndian.Uint16(rest[2:]))
		size := 6
		if flags&wordArguments != 0 {
			size = 8
		}
		switch {
		case flags&scale != 0:
			size += 2
		case flags&scaleXY != 0:
			size += 4
		case flags&matrix != 0:
			size += 8
		}
		if flags&more == 0 || len(rest) < size {
			break
		}
		rest = rest[size:]
	}
	return list
}

// sfnt packs tables into a font file.
func sfnt(tables map[string][]byte) []byte {
	tags := slices.Sorted(maps.Keys(tables))
	n := len(tags)
	log := 0
	for 2<<log <= n {
		log++
	}
	head := []byte{0, 1, 0, 0}
	for _, v := range []int{n, 16 << log, log, 16*n - 16<<log} {
		head = binary.BigEndian.AppendUint16(head, uint16(v))
	}
	var body []byte
	for _, tag := range tags {
		t := tables[tag]
		padded := append(slices.Clone(t), make([]byte, -len(t)&3)...)
		var sum uint32
		for i := 0; i < len(padded); i += 4 {
			sum += binary.BigEndian.Uint32(padded[i:])
		}
		head = append(head, tag...)
		for _, v := range []uint32{sum, uint32(12 + 16*n + len(body)), uint32(len(t))} {
			head = binary.BigEndian.AppendUint32(head, v)
		}
		body = append(body, padded...)
	}
	return append(head, body...)
}
