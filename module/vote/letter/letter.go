// Package letter prints the letters that bring voters their credentials: one page of A4 for
// each, in the voter's language, for envelopes with a window.
//
// The page is folded in three (DIN 5008 form B: at 105 and 210 mm). What is secret stands
// below the first fold and looks inwards when the page is folded like a Z. Text of others,
// such as a voter's name, is given the room that the form has for it: what does not fit is cut
// visibly, and told to the printer's caller.
package letter

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"time"

	"bayyina/internal/pdf"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
	"bayyina/platform/message"
)

// Election is what all letters of an election say.
type Election struct {
	UUID          string
	Commission    read.Bilingual
	Authority     read.Bilingual // who made the credentials
	Title         read.Bilingual
	Opens, Closes time.Time      // in the zone of the voters' clocks
	Zone          read.Bilingual // whose time that is, such as "Libyan time"
	Booth         string         // its address, such as https://vote.hnec.example/booth/
	Contact       read.Bilingual // who helps, such as a telephone number
	// Code is by which channel the server sends a one-time code when casting; "" where it asks for none.
	Code      message.Channel
	Rehearsal bool // nothing of it is a real election, and every page says so
}

// Letter is one voter's.
type Letter struct {
	Number     int // of the letter, from 1
	Language   string
	Name       string
	Address    []string // its lines, at most four
	Voter      string   // the number that the server asks for
	Credential string   // as it is typed
}

// link opens the booth with the credential, which stands in the fragment that browsers send nobody.
func (e *Election) link(v Letter) string { return e.Booth + "#" + e.UUID + ":" + v.Credential }

// Mark is what the small square of a letter holds: the election's name and the letter's number.
func Mark(uuid string, number int) string { return fmt.Sprintf("%s/%d", uuid, number) }

// Limits of a voter's data.
const (
	maxAddress = 4
	maxText    = 1000 // characters of a name or an address line
)

// Trouble is why a letter must be looked at before it is sent: it was printed all the same.
type Trouble struct {
	Number  int
	Cut     bool   // a name or an address did not fit
	Missing string // characters that cannot be printed
}

// The form, in millimetres.
const (
	margin    = 20 * pdf.MM
	textWidth = pdf.Width - 2*margin
	window    = 45 * pdf.MM // top of the address
	mark      = 14 * pdf.MM // side of the square with the letter's number
	toName    = 68 * pdf.MM // room for the address beside it
	firstFold = 105 * pdf.MM
	lastFold  = 210 * pdf.MM
)

// Printer prints letters into one document.
type Printer struct {
	election Election
	out      *pdf.Writer
	locales  map[string]*locale.Locale
	troubles []Trouble
	same     map[paragraph]*pdf.Block // what all letters of a language say, set once
}

// paragraph is a text with its place.
type paragraph struct {
	lang, text string
	width      float64
	style      pdf.Style
}

// NewPrinter begins a document. Its own language is that of its title and of the order of
// pages for readers; each letter has its voter's.
func NewPrinter(w io.Writer, lang string, e Election) (*Printer, error) {
	p := &Printer{election: e, locales: make(map[string]*locale.Locale), same: make(map[paragraph]*pdf.Block)}
	for _, l := range []string{locale.Arabic, locale.English} {
		var err error
		if p.locales[l], err = locale.New(l); err != nil {
			return nil, err
		}
	}
	l := p.locales[lang]
	if l == nil {
		return nil, fmt.Errorf("letters in %q: languages are ar and en", lang)
	}
	title, err := l.Text("letter.file", map[string]any{"Title": e.Title})
	if err != nil {
		return nil, err
	}
	p.out, err = pdf.NewWriter(w, lang, title)
	return p, err
}

// Print adds a letter.
func (p *Printer) Print(v Letter) error {
	l := p.locales[v.Language]
	switch {
	case l == nil:
		return fmt.Errorf("letter %d: languages are ar and en, not %q", v.Number, v.Language)
	case len(v.Address) > maxAddress:
		return fmt.Errorf("letter %d: an address of %d lines: %d have room", v.Number, len(v.Address), maxAddress)
	case v.Credential == "" || v.Voter == "":
		return fmt.Errorf("letter %d: no credential, or no number of the voter", v.Number)
	}
	for _, text := range append([]string{v.Name, v.Voter}, v.Address...) {
		if len([]rune(text)) > maxText {
			return fmt.Errorf("letter %d: a text of more than %d characters", v.Number, maxText)
		}
	}
	s := &sheet{Page: p.out.Page(), p: p, l: l, v: v, trouble: Trouble{Number: v.Number}}
	s.fill()
	if s.err != nil {
		return fmt.Errorf("letter %d: %w", v.Number, s.err)
	}
	if s.trouble.Cut || s.trouble.Missing != "" {
		p.troubles = append(p.troubles, s.trouble)
	}
	return s.End()
}

// Close ends the document, and tells which letters must be looked at.
func (p *Printer) Close() ([]Trouble, error) { return p.troubles, p.out.Close() }

// sheet is a letter that is being written; its first error stays.
type sheet struct {
	*pdf.Page
	p       *Printer
	l       *locale.Locale
	v       Letter
	trouble Trouble
	err     error
}

// say is a message in the letter's language.
func (s *sheet) say(id string, args map[string]any) string {
	text, err := s.l.Text(id, args)
	s.err = cmp.Or(s.err, err)
	return text
}

// keep puts what all letters say: it is set once for all of a language.
func (s *sheet) keep(text string, x, y, width float64, style pdf.Style) float64 {
	key := paragraph{s.l.Lang(), text, width, style}
	if s.p.same[key] == nil {
		s.p.same[key] = s.p.out.Set(key.lang, text, width, style)
	}
	return s.draw(s.p.same[key], x, y)
}

// put sets and draws a paragraph, and returns where it ends below.
func (s *sheet) put(text string, x, y, width float64, style pdf.Style) float64 {
	return s.draw(s.p.out.Set(s.l.Lang(), text, width, style), x, y)
}

func (s *sheet) draw(b *pdf.Block, x, y float64) float64 {
	if b.Cut > 0 {
		s.trouble.Cut = true
	}
	s.trouble.Missing += string(b.Missing)
	return s.Draw(b, x, y)
}

// fill writes the letter from top to bottom.
func (s *sheet) fill() {
	e := s.p.election
	if e.Rehearsal {
		s.Box(margin, 5*pdf.MM, textWidth, 8*pdf.MM, 0.85)
		s.keep(s.say("letter.rehearsal", nil), margin, 6*pdf.MM, textWidth, pdf.Style{Size: 12, Bold: true, Align: pdf.Centre, Lines: 1})
	}
	s.keep(s.l.Pick(e.Commission), margin, 14*pdf.MM, textWidth, pdf.Style{Size: 17, Bold: true, Lines: 1})
	s.Rule(margin, 26*pdf.MM, pdf.Width-margin, 26*pdf.MM, 1.2, 0)
	s.keep(s.say("letter.made-by", map[string]any{"Authority": e.Authority}), margin, 27*pdf.MM, textWidth, pdf.Style{Size: 9, Grey: 0.3, Lines: 1})

	// The address, in the window at the left whatever the language, and the letter's number for a
	// scanner: whoever hands closed envelopes out marks them by it.
	y := s.put(s.v.Name, margin, window, toName, pdf.Style{Size: 12, Bold: true, Leading: 1.4, Lines: 2})
	for _, line := range s.v.Address {
		y = s.put(line, margin, y, toName, pdf.Style{Size: 11.5, Leading: 1.4, Lines: 1})
	}
	s.err = errors.Join(s.err, s.QR(Mark(e.UUID, s.v.Number), margin+toName+3*pdf.MM, window, mark))
	s.put(s.say("letter.number", map[string]any{"Number": int64(s.v.Number)}), margin, 92*pdf.MM, textWidth, pdf.Style{Size: 9, Grey: 0.3, Lines: 1})
	for _, fold := range []float64{firstFold, lastFold} {
		s.Rule(4*pdf.MM, fold, 9*pdf.MM, fold, 0.4, 0.5)
	}

	y = s.keep(s.say("letter.subject", map[string]any{"Title": e.Title}), margin, 103*pdf.MM, textWidth, pdf.Style{Size: 15, Bold: true, Leading: 1.4, Lines: 2})
	y = s.put(s.say("letter.greeting", map[string]any{"Name": s.v.Name}), margin, y+4, textWidth, pdf.Style{Size: 12, Lines: 1})
	y = s.keep(s.say("letter.what", map[string]any{
		"Opens": s.l.WallTime(e.Opens), "Closes": s.l.WallTime(e.Closes), "Zone": e.Zone,
	}), margin, y, textWidth, pdf.Style{Size: 12, Leading: 1.45, Lines: 3})
	s.steps(y + 4)
	s.secret()
	s.notes()
}

// steps are what the voter does, beside the QR code.
func (s *sheet) steps(y float64) {
	e := s.p.election
	const size = 42 * pdf.MM
	link := e.link(s.v)
	x, qr := float64(margin), pdf.Width-margin-size
	if s.l.Lang() == locale.Arabic {
		x, qr = margin+size+6*pdf.MM, margin
	}
	s.err = errors.Join(s.err, s.QR(link, qr, y, size))
	s.keep(e.Booth, qr-4*pdf.MM, y+size, size+8*pdf.MM, pdf.Style{Size: 9, LTR: true, Align: pdf.Centre, Lines: 2, Leading: 1.3})
	ids := []string{"letter.step-1", "letter.step-2", "letter.step-4"}
	if e.Code != "" {
		ids = []string{"letter.step-1", "letter.step-2", "letter.step-3-" + string(e.Code), "letter.step-4"}
	}
	const number = 8 * pdf.MM
	width := textWidth - size - 6*pdf.MM
	for i, id := range ids {
		at, text := x, x+number
		if s.l.Lang() == locale.Arabic {
			at, text = x+width-number, x
		}
		s.keep(s.l.Integer(int64(i+1)), at, y-2, number, pdf.Style{Size: 15, Bold: true, Leading: 1.2})
		y = s.keep(s.say(id, nil), text, y, width-number, pdf.Style{Size: 11.5, Leading: 1.4, Lines: 4}) + 5
	}
}

// secret is the box with the credential, in the last third of the page.
func (s *sheet) secret() {
	const top, height = lastFold + 4*pdf.MM, 30 * pdf.MM
	s.Box(margin, top, textWidth, height, 0.94)
	const pad = 5 * pdf.MM
	inner := textWidth - 2*pad
	label := pdf.Style{Size: 10.5, Grey: 0.25, Lines: 1, Align: pdf.Start}
	half := inner / 3
	s.keep(s.say("letter.credential", nil), margin+pad, top+6, inner, label)
	s.put(s.v.Credential, margin+pad, top+20, inner, pdf.Style{Size: 20, Mono: true, LTR: true, Align: pdf.Centre, Lines: 1})
	x := margin + pad
	if s.l.Lang() == locale.Arabic {
		x += inner - half
	}
	s.keep(s.say("letter.voter", nil), x, top+50, half, label)
	s.put(s.v.Voter, margin+pad, top+50, inner, pdf.Style{Size: 14, Mono: true, LTR: true, Align: pdf.Centre, Lines: 1})
}

// notes are what else the voter must know.
func (s *sheet) notes() {
	y := float64(248 * pdf.MM)
	if s.p.election.Rehearsal {
		y = s.keep(s.say("letter.rehearsal", nil), margin, y, textWidth, pdf.Style{Size: 12, Bold: true, Leading: 1.4, Lines: 1})
	}
	for _, line := range []string{
		s.say("letter.secret", nil), s.say("letter.again", nil), s.say("letter.check", nil),
		s.say("letter.opened", map[string]any{"Contact": s.p.election.Contact}),
	} {
		y = s.keep(line, margin, y, textWidth, pdf.Style{Size: 10.5, Leading: 1.4, Lines: 2}) + 2
	}
}
