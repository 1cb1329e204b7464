package letter

import (
	"cmp"
	"errors"
	"io"

	"golang.org/x/text/unicode/bidi"

	"bayyina/internal/pdf"
	"bayyina/platform/locale"
)

// Line is one letter on the list on which those who take letters over sign.
type Line struct {
	Number int // of the letter
	Name   string
	Voter  string // the number that the server asks for
}

// The list, in millimetres.
const (
	listTop   = 52 * pdf.MM // of the head of the table
	rowHeight = 11 * pdf.MM
	perPage   = 20
)

// columns are those of the list in the order in which they are read, and how wide.
var columns = []struct {
	id    string
	width float64
}{{"letter.list-number", 16 * pdf.MM}, {"letter.list-name", 66 * pdf.MM}, {"letter.list-voter", 32 * pdf.MM}, {"letter.list-date", 22 * pdf.MM}, {"letter.list-signature", 34 * pdf.MM}}

// WriteList writes the list for signatures of one district, "" for voters without one, in the language
// ar or en. It tells which lines have a name that was cut, or that cannot be printed whole.
func WriteList(to io.Writer, lang string, e Election, district string, lines []Line) ([]Trouble, error) {
	l, err := locale.New(lang)
	if err != nil {
		return nil, err
	}
	w := &list{l: l, e: e, district: district, pages: (len(lines) + perPage - 1) / perPage}
	if w.out, err = pdf.NewWriter(to, lang, w.say("letter.list", nil)); err != nil {
		return nil, err
	}
	for number := range w.pages {
		w.page(number+1, lines[number*perPage:min(len(lines), (number+1)*perPage)])
	}
	return w.troubles, errors.Join(w.err, w.out.Close())
}

// list is a list that is being written; its first error stays.
type list struct {
	out      *pdf.Writer
	l        *locale.Locale
	e        Election
	district string
	pages    int
	troubles []Trouble
	err      error
}

func (w *list) say(id string, args map[string]any) string {
	text, err := w.l.Text(id, args)
	w.err = cmp.Or(w.err, err)
	return text
}

func (w *list) page(number int, lines []Line) {
	p := w.out.Page()
	put := func(text string, y float64, style pdf.Style) {
		p.Draw(w.out.Set(w.l.Lang(), text, textWidth, style), margin, y)
	}
	if w.e.Rehearsal {
		p.Box(margin, 5*pdf.MM, textWidth, 8*pdf.MM, 0.85)
		put(w.say("letter.rehearsal", nil), 6*pdf.MM, pdf.Style{Size: 12, Bold: true, Align: pdf.Centre, Lines: 1})
	}
	put(w.say("letter.list", nil), 16*pdf.MM, pdf.Style{Size: 17, Bold: true, Lines: 1})
	put(w.l.Pick(w.e.Title), 26*pdf.MM, pdf.Style{Size: 13, Lines: 1})
	if w.district != "" {
		put(w.say("letter.list-district", map[string]any{"District": w.district}), 34*pdf.MM, pdf.Style{Size: 12, Lines: 1})
	}
	put(w.say("letter.list-sign", nil), 42*pdf.MM, pdf.Style{Size: 10.5, Grey: 0.3, Lines: 1})
	var head []string
	for _, c := range columns {
		head = append(head, w.say(c.id, nil))
	}
	p.Box(margin, listTop, textWidth, rowHeight, 0.92)
	w.row(p, listTop, pdf.Style{Size: 10.5, Bold: true, Lines: 1}, head)
	for i, line := range lines {
		y := listTop + float64(i+1)*rowHeight
		trouble := w.row(p, y, pdf.Style{Size: 11.5, Lines: 1}, []string{w.l.Integer(int64(line.Number)), line.Name, line.Voter})
		if trouble.Cut || trouble.Missing != "" {
			trouble.Number = line.Number
			w.troubles = append(w.troubles, trouble)
		}
	}
	bottom := listTop + float64(len(lines)+1)*rowHeight
	x := float64(margin)
	for i := range columns {
		p.Rule(x, listTop, x, bottom, 0.4, 0.5)
		x += w.width(i)
	}
	p.Rule(x, listTop, x, bottom, 0.4, 0.5)
	put(w.say("letter.list-page", map[string]any{"Page": int64(number), "Pages": int64(w.pages)}), 285*pdf.MM, pdf.Style{Size: 9, Grey: 0.3, Align: pdf.Centre, Lines: 1})
	w.err = cmp.Or(w.err, p.End())
}

// width is that of a column by its place from the left.
func (w *list) width(i int) float64 {
	if w.l.Lang() == locale.Arabic {
		i = len(columns) - 1 - i
	}
	return columns[i].width
}

// row writes a row with its lower rule; texts are in the order in which they are read.
func (w *list) row(p *pdf.Page, y float64, style pdf.Style, texts []string) (t Trouble) {
	const pad = 2 * pdf.MM
	at := 0.0 // from where the row begins
	for i, text := range texts {
		x := margin + at
		if w.l.Lang() == locale.Arabic {
			x = pdf.Width - margin - at - columns[i].width
		}
		lang, style := w.l.Lang(), style
		if own := langOf(text); own != "" && own != lang { // a name of the other direction is read in its own
			lang, style.Align = own, pdf.End
		}
		b := w.out.Set(lang, text, columns[i].width-2*pad, style)
		p.Draw(b, x+pad, y+8)
		t.Cut, t.Missing = t.Cut || b.Cut > 0, t.Missing+string(b.Missing)
		at += columns[i].width
	}
	p.Rule(margin, y+rowHeight, pdf.Width-margin, y+rowHeight, 0.4, 0.5)
	return t
}

// langOf is the language in whose direction a text is read: that of its first letter; "" without one.
func langOf(text string) string {
	for _, r := range text {
		switch p, _ := bidi.LookupRune(r); p.Class() {
		case bidi.R, bidi.AL:
			return locale.Arabic
		case bidi.L:
			return locale.English
		}
	}
	return ""
}
