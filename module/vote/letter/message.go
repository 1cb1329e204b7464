package letter

import (
	"strings"

	"bayyina/platform/locale"
	"bayyina/platform/message"
)

// Message is what brings a voter the credential by e-mail or SMS. Credential and link stand on lines
// of their own with nothing else on them, not even a mark of direction, so that they can be copied.
func Message(e Election, v Letter, c message.Channel, to string) (message.Message, error) {
	l, err := locale.New(v.Language)
	if err != nil {
		return message.Message{}, err
	}
	w := &writing{l: l}
	m := message.Message{Channel: c, To: to, Until: e.Closes}
	if e.Rehearsal {
		w.say("letter.rehearsal", nil)
	}
	if c == message.Email {
		w.email(e, v)
		m.Subject = w.text("letter.mail-subject", nil)
		if e.Rehearsal {
			m.Subject = w.text("letter.rehearsal-subject", nil) + " " + m.Subject
		}
	} else {
		w.sms(e, v)
	}
	m.Text = strings.Join(w.lines, "\n") + "\n"
	return m, w.err
}

// writing is a message that is being written; its first error stays.
type writing struct {
	l     *locale.Locale
	lines []string
	err   error
}

func (w *writing) text(id string, args map[string]any) string {
	text, err := w.l.Text(id, args)
	if w.err == nil {
		w.err = err
	}
	return text
}

func (w *writing) say(id string, args map[string]any) { w.lines = append(w.lines, w.text(id, args)) }

// give writes a label, and below it what is copied.
func (w *writing) give(id, what string) {
	w.say(id, nil)
	w.lines = append(w.lines, what, "")
}

func (w *writing) email(e Election, v Letter) {
	w.say("letter.greeting", map[string]any{"Name": v.Name})
	w.say("letter.mail-what", map[string]any{
		"Title": e.Title, "Opens": w.l.WallTime(e.Opens), "Closes": w.l.WallTime(e.Closes), "Zone": e.Zone,
	})
	w.lines = append(w.lines, "")
	w.give("letter.mail-credential", v.Credential)
	w.give("letter.mail-link", e.link(v))
	if e.Code != "" {
		w.give("letter.mail-voter-"+string(e.Code), v.Voter)
	}
	w.say("letter.mail-secret", nil)
	w.say("letter.again", nil)
	w.say("letter.mail-help", map[string]any{"Contact": e.Contact})
}

// sms is short, for each part of it is paid, and without isolates, which the phones' own alphabet lacks.
func (w *writing) sms(e Election, v Letter) {
	w.lines = append(w.lines, strings.Map(func(r rune) rune {
		if '\u2066' <= r && r <= '\u2069' {
			return -1
		}
		return r
	}, w.text("letter.sms-title", map[string]any{"Title": e.Title})))
	w.give("letter.sms-credential", v.Credential)
	w.give("letter.sms-link", e.link(v))
	if e.Code != "" {
		w.give("letter.sms-voter", v.Voter)
	}
	w.say("letter.sms-secret", nil)
}
