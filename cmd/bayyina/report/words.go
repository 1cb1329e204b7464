package report

import (
	"strconv"
	"strings"
	"time"

	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
)

type args = map[string]any

// words looks texts up in one language, and remembers the first error, so that a
// whole report can be written before asking.
type words struct {
	l   *locale.Locale
	err error
}

// text is the message report.<id>.
func (w *words) text(id string, a args) string {
	return w.message(read.Message{ID: "report." + id, Args: a})
}

// message is empty for the zero message.
func (w *words) message(m read.Message) string {
	if m.ID == "" {
		return ""
	}
	text, err := w.l.Message(m)
	if err != nil && w.err == nil {
		w.err = err
	}
	return text
}

// origin says where a fault lies and who signed it: in one line, the parts in the
// order of what, when, kind, who.
func (w *words) origin(f read.Fault) string {
	if f.Sequence < 0 {
		return ""
	}
	parts := []string{w.text("entry", args{"Sequence": strconv.FormatInt(f.Sequence, 10)})}
	if !f.Time.IsZero() {
		parts = append(parts, w.l.Time(f.Time))
	}
	if f.Kind != "" {
		parts = append(parts, w.text("kind", args{"Kind": f.Kind}))
	}
	if len(f.SignedBy) == 0 {
		return strings.Join(append(parts, w.text("unsigned", nil)), " · ")
	}
	return strings.Join(append(parts, w.text("signed-by", args{"Signers": strings.Join(f.SignedBy, ", ")})), " · ")
}

// subject names what a group of claims is about.
func (w *words) subject(r *Report, g group) string {
	switch {
	case g.Title != (read.Bilingual{}):
		return w.text("about-election", args{"Title": w.l.Half(w.l.Pick(g.Title))})
	case g.Subject != "":
		return w.text("about-election", args{"Title": g.Subject})
	case r.Checked.Archive:
		return w.text("archive", nil)
	case r.Checked.Receipts:
		return w.text("receipts", nil)
	}
	return w.text("log", nil)
}

// fact is one line on what was checked. Code is read from left to right always.
type fact struct {
	Name, Value string
	Code        bool
}

// checked lists what was checked.
func (w *words) checked(r *Report) []fact {
	c := r.Checked
	var list []fact
	add := func(id, value string, code bool) {
		if value != "" {
			list = append(list, fact{w.text("checked-"+id, nil), value, code})
		}
	}
	add("location", c.Location, true)
	if c.Archive {
		size, err := w.l.Size(c.Bytes)
		if err != nil && w.err == nil {
			w.err = err
		}
		add("bytes", size, false)
		add("sha256", c.SHA256, true)
		add("last", c.Last, true)
		return w.made(r, list)
	}
	add("origin", c.Origin, true)
	if c.Receipts {
		add("policy", c.Policy, true)
		return w.made(r, list)
	}
	add("size", w.l.Integer(c.Size), false)
	add("root", c.Root, true)
	if !c.AsOf.IsZero() {
		add("as-of", w.l.Time(c.AsOf), false)
	}
	add("previous", c.Previous, true)
	add("successor", c.Successor, true)
	if c.Policy == "" {
		add("policy", w.text("checked-no-policy", nil), false)
	} else {
		add("policy", c.Policy, true)
	}
	return w.made(r, list)
}

// made adds when the report was made, and with what.
func (w *words) made(r *Report, list []fact) []fact {
	took, err := w.l.Duration(r.Took.Round(100 * time.Millisecond))
	if err != nil && w.err == nil {
		w.err = err
	}
	if b := r.Checked.Ballots; b.Proofs > 0 && r.Took > 0 {
		rate := int64(float64(b.Proofs) / r.Took.Seconds())
		list = append(list, fact{w.text("checked-ballots", nil), w.text("checked-speed", map[string]any{
			"Proofs": b.Proofs, "Rate": rate, "Ballots": b.Count, "Hinted": b.Hinted,
		}), false})
	}
	return append(list,
		fact{w.text("checked-with", nil), r.Program, true},
		fact{w.text("checked-made", nil), w.l.Time(r.Made.UTC().Truncate(time.Second)), false},
		fact{w.text("checked-took", nil), took, false})
}
