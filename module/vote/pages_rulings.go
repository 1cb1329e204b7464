package vote

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/decide"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
	"bayyina/platform/web"
)

// Limits of what is written about complaints, in characters, and the hours that are offered.
const (
	maxReasons   = 8_000
	maxGround    = 500
	offeredHours = 72
)

// settled says whether a result may be certified: the window is over, and every complaint that was lodged in time is ruled on. A
// complaint of the last minutes may still be on its way into the log.
func (f found) settled(now time.Time) bool {
	return f.Standing.Waiting == 0 && now.After(f.Standing.Ends)
}

// fillComplaints offers rules in both languages.
func (p *Proposing) fillComplaints(_ *web.Visit, _ found, form *web.Form) (any, error) {
	form.Default("hours", strconv.Itoa(offeredHours))
	for _, in := range []string{locale.Arabic, locale.English} {
		l, err := locale.New(in)
		if err != nil {
			return nil, err
		}
		w := words{Locale: l}
		form.Default("body_"+in, w.text("complaints.default-body"))
		form.Default("grounds_"+in, w.text("complaints.default-grounds"))
		if w.err != nil {
			return nil, w.err
		}
	}
	return nil, nil
}

func (p *Proposing) draftComplaints(_ *web.Visit, f found, form *web.Form) (decide.Draft, error) {
	body := evidence.ComplaintRules{
		Election: f.UUID, Window: form.Number("hours", 1, evidence.MaxWindow/3600) * 3600,
		Body: read.Bilingual{AR: form.Required("body_ar", maxGround), EN: form.Required("body_en", maxGround)},
	}
	ar, en := lines(form.Text("grounds_ar", evidence.MaxGrounds*maxGround)), lines(form.Text("grounds_en", evidence.MaxGrounds*maxGround))
	if len(ar) == 0 || len(ar) != len(en) {
		form.Wrong("grounds_en", read.Message{ID: "complaints.wrong-grounds", Args: map[string]any{"AR": int64(len(ar)), "EN": int64(len(en))}})
		return decide.Draft{}, nil
	}
	for i := range ar {
		body.Grounds = append(body.Grounds, read.Bilingual{AR: ar[i], EN: en[i]})
	}
	d := decide.Draft{Kind: evidence.KindComplaintRules, Body: body}
	if f.Open != nil { // it must be in the log before voting begins, or not at all
		d.Until = f.Open.Opens
	}
	return d, nil
}

// lines are the lines of a text that are not empty.
func lines(text string) (list []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// rulingForm is what can be ruled.
type rulingForm struct {
	Outcomes []web.Choice
	Excluded []web.Choice
}

func (p *Proposing) fillRuling(v *web.Visit, f found, _ *web.Form) (any, error) {
	_, j, err := p.pages.judged()
	if err != nil {
		return nil, err
	}
	w := &words{Locale: v.Locale}
	d := disputed{found: f, Disputes: j.Disputes(f.UUID), naming: evidence.NewNaming(f.Definition)}
	var data rulingForm
	for _, o := range evidence.Outcomes {
		data.Outcomes = append(data.Outcomes, web.Choice{Value: string(o), Label: w.text("decide.vote-outcome-" + string(o))})
	}
	out := d.Versions[len(d.Versions)-1].Excluded
	for _, s := range d.naming.All() {
		if s.Answer > 0 && !slices.Contains(out, s) {
			data.Excluded = append(data.Excluded, web.Choice{Value: s.String(), Label: d.subject(w, s)})
		}
	}
	return data, w.err
}

func (p *Proposing) draftRuling(_ *web.Visit, f found, form *web.Form) (decide.Draft, error) {
	var outcomes []string
	for _, o := range evidence.Outcomes {
		outcomes = append(outcomes, string(o))
	}
	body := evidence.Ruling{
		Election: f.UUID, Outcome: evidence.Outcome(form.OneOf("outcome", outcomes...)),
		Reason: read.Bilingual{AR: form.Text("reason_ar", maxReasons), EN: form.Text("reason_en", maxReasons)},
	}
	for _, in := range []struct{ name, text string }{{"reason_ar", body.Reason.AR}, {"reason_en", body.Reason.EN}} {
		if in.text == "" {
			form.Wrong(in.name, read.Message{ID: "web.wrong-empty"})
		}
	}
	_, j, err := p.pages.judged()
	if err != nil {
		return decide.Draft{}, err
	}
	body.Complaints = p.numbers(form, j.Disputes(f.UUID), body.Outcome)
	if body.Outcome == evidence.Excluded {
		for _, value := range form.Values("excluded") {
			s, err := evidence.ParseSubject(value)
			if err != nil || s.Answer == 0 {
				form.Wrong("excluded", read.Message{ID: "web.wrong-choice"})
				break
			}
			body.Excluded = append(body.Excluded, s)
		}
		if len(body.Excluded) == 0 {
			form.Wrong("excluded", read.Message{ID: "complaints.wrong-nobody"})
		}
	}
	if body.Outcome.Changes() {
		body.Version = f.Standing.Version + 1
	}
	return decide.Draft{Kind: evidence.KindRuling, Body: body}, nil
}

// numbers are the complaints that a form names: in the log, not ruled on, and in time unless they are inadmissible.
func (p *Proposing) numbers(form *web.Form, d *evidence.Disputes, outcome evidence.Outcome) (list []int64) {
	for text := range strings.FieldsFuncSeq(form.Code("complaints", 4000), func(r rune) bool { return r == ',' || r == '،' || r == ';' }) {
		n, err := strconv.ParseInt(text, 10, 64)
		c := d.Find(n)
		switch {
		case err != nil || c == nil || c.Ruling > 0:
			form.Wrong("complaints", read.Message{ID: "complaints.wrong-number", Args: map[string]any{"Number": text}})
			return nil
		case c.Late && outcome != evidence.Inadmissible:
			form.Wrong("outcome", read.Message{ID: "complaints.wrong-late", Args: map[string]any{"Number": n}})
			return nil
		}
		list = append(list, n)
	}
	slices.Sort(list)
	if list = slices.Compact(list); len(list) == 0 {
		form.Wrong("complaints", read.Message{ID: "web.wrong-empty"})
	}
	return list
}
