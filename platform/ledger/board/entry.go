package board

import (
	"bytes"
	"encoding/json"
	"slices"

	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// entryPage is everything that is known of one entry.
type entryPage struct {
	common
	row
	After       int64
	Readable    bool
	From, Until string
	Attachments []read.Attachment
	Text        string // of the statement, as it was signed
	Body        string // set out
	Faults      []read.Fault
	Previous    int64 // -1 for none
	Next        int64
	Receipt     string // command that checks the receipt
}

// entry shows an entry: what was said, who signed it, and how its place in the log is
// proved.
func (p *Pages) entry(v *web.Visit) (web.Answer, error) {
	s, err := p.Now()
	if err != nil {
		return web.Answer{}, err
	}
	n, err := sequence(v.Request, "sequence")
	if err != nil {
		return web.Answer{}, err
	}
	e, err := s.Entry(v.Context(), n)
	if err != nil {
		return web.Answer{}, p.problem(err)
	}
	data := entryPage{
		common: p.common(s), row: p.rows(v, s, []*read.Entry{e})[0], After: e.After, Readable: e.Statement.Text != nil,
		Attachments: e.Statement.Attachments, Text: string(e.Statement.Text), Body: setOut(e.Statement.Body), Faults: s.faults(n),
		Previous: n - 1, Next: -1, Receipt: "bayyina verify --receipt receipt.txt --policy policy.txt",
	}
	if n+1 < s.Size() {
		data.Next = n + 1
	}
	if data.Readable {
		data.From, data.Until = v.Locale.Time(e.Statement.From), v.Locale.Time(e.Statement.Until)
	}
	return p.show(v, "entry", "board.entry-title", data)
}

// faults are what is wrong with an entry.
func (s *Snapshot) faults(sequence int64) []read.Fault {
	var list []read.Fault
	for _, c := range s.Report.Claims {
		for _, f := range c.Faults {
			if f.Sequence == sequence && !slices.ContainsFunc(list, func(g read.Fault) bool { return g.Code == f.Code }) {
				list = append(list, f)
			}
		}
	}
	return list
}

// setOut writes a body over several lines.
func setOut(body []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, body, "", "  ") != nil {
		return string(body)
	}
	return b.String()
}

// partly reads the members of a body that are known, whatever its kind.
func partly(body []byte, into any) bool { return json.Unmarshal(body, into) == nil }
