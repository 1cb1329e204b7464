package report

import (
	"time"

	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
)

// Document is the report for machines. Its shape is stable: members may be added,
// never renamed or given another meaning.
type Document struct {
	Rehearsal bool              `json:"rehearsal"`
	Verdict   read.Verdict      `json:"verdict"` // "false" if any claim is, "true" if all are, else "not shown"
	Counts    Counts            `json:"counts"`
	Checked   DocumentChecked   `json:"checked"`
	Contests  []DocumentContest `json:"contests,omitempty"` // of more than one election
	Claims    []DocumentClaim   `json:"claims"`
	Program   string            `json:"program"`
	Command   string            `json:"command"`
	Made      time.Time         `json:"made"`
	Seconds   float64           `json:"seconds"`
}

// Counts is how many claims have each verdict.
type Counts struct {
	True     int64 `json:"true"`
	False    int64 `json:"false"`
	NotShown int64 `json:"not_shown"`
}

// DocumentContest is a contest with the verdicts of its elections.
type DocumentContest struct {
	Contest   read.Bilingual `json:"contest"`
	Districts int            `json:"districts"`
	Elections Counts         `json:"elections"`
}

// DocumentChecked is what was checked.
type DocumentChecked struct {
	What      string          `json:"what"` // "log", "archive" or "receipts"
	Location  string          `json:"location"`
	Name      read.Bilingual  `json:"name,omitzero"`
	Origin    string          `json:"origin,omitempty"`
	Size      int64           `json:"size,omitempty"`
	Root      string          `json:"root,omitempty"`
	AsOf      time.Time       `json:"as_of,omitzero"`
	Policy    string          `json:"policy,omitempty"`
	Previous  string          `json:"previous,omitempty"`
	Successor string          `json:"successor,omitempty"`
	SHA256    string          `json:"sha256,omitempty"`
	Bytes     int64           `json:"bytes,omitempty"`
	Last      string          `json:"last_event,omitempty"`
	Ballots   DocumentBallots `json:"ballots,omitzero"`
}

// DocumentBallots is what was checked of ballots in this run; Seconds tells how fast.
type DocumentBallots struct {
	Count  int64 `json:"count"`
	Proofs int64 `json:"proofs"`
	Hinted int64 `json:"hinted"`
}

// DocumentClaim is a claim. How tells, of a claim not shown, what is missing.
type DocumentClaim struct {
	ID      string          `json:"id"`
	Subject string          `json:"subject,omitempty"`
	Title   read.Bilingual  `json:"title,omitzero"`
	Verdict read.Verdict    `json:"verdict"`
	Says    *Sentence       `json:"says"`
	How     *Sentence       `json:"how,omitempty"`
	Belief  *Sentence       `json:"belief,omitempty"`
	Faults  []DocumentFault `json:"faults,omitempty"`
	Data    any             `json:"data,omitempty"`
}

// DocumentFault is a reason for a claim to be false.
type DocumentFault struct {
	Code     string    `json:"code"`
	Says     *Sentence `json:"says"`
	Detail   string    `json:"detail,omitempty"`
	Sequence *int64    `json:"sequence,omitempty"` // absent where no entry is concerned
	Time     time.Time `json:"time,omitzero"`
	Kind     string    `json:"kind,omitempty"`
	SignedBy []string  `json:"signed_by,omitempty"`
}

// Sentence is a message with its values, and what it says in both languages.
type Sentence struct {
	ID   string         `json:"id"`
	Args map[string]any `json:"args,omitempty"`
	AR   string         `json:"ar"`
	EN   string         `json:"en"`
}

// both looks texts up in both languages.
type both struct{ ar, en words }

func newBoth() (*both, error) {
	ar, err := locale.New(locale.Arabic)
	if err != nil {
		return nil, err
	}
	en, err := locale.New(locale.English)
	if err != nil {
		return nil, err
	}
	return &both{words{l: ar}, words{l: en}}, nil
}

func (b *both) err() error {
	if b.ar.err != nil {
		return b.ar.err
	}
	return b.en.err
}

func (b *both) sentence(m read.Message) *Sentence {
	if m.ID == "" {
		return nil
	}
	return &Sentence{m.ID, m.Args, b.ar.message(m), b.en.message(m)}
}

// Document returns the report for machines.
func (r *Report) Document() (*Document, error) {
	b, err := newBoth()
	if err != nil {
		return nil, err
	}
	c := r.Checked
	d := &Document{
		Rehearsal: r.Rehearsal, Verdict: r.Verdict(),
		Counts: Counts{r.Count(read.True), r.Count(read.False), r.Count(read.NotShown)},
		Checked: DocumentChecked{
			"log", c.Location, c.Name, c.Origin, c.Size, c.Root, c.AsOf, c.Policy, c.Previous, c.Successor, c.SHA256, c.Bytes, c.Last,
			DocumentBallots(c.Ballots),
		},
		Claims: []DocumentClaim{}, Program: r.Program, Command: r.Command,
		Made: r.Made.UTC().Truncate(time.Second), Seconds: r.Took.Round(time.Millisecond).Seconds(),
	}
	switch {
	case c.Archive:
		d.Checked.What = "archive"
	case c.Receipts:
		d.Checked.What = "receipts"
	}
	together, _ := contests(r.groups())
	for i := range together {
		c := &together[i]
		n := func(v read.Verdict) int64 { return int64(len(c.of(v))) }
		d.Contests = append(d.Contests, DocumentContest{c.Name, c.Districts, Counts{n(read.True), n(read.False), n(read.NotShown)}})
	}
	for _, claim := range r.Claims {
		d.Claims = append(d.Claims, b.claim(claim))
	}
	return d, b.err()
}

func (b *both) claim(c read.Claim) DocumentClaim {
	d := DocumentClaim{
		ID: c.ID, Subject: c.Subject, Title: c.Title, Verdict: c.Verdict,
		Says: b.sentence(c.Says), How: b.sentence(c.How), Belief: b.sentence(c.Belief), Data: c.Data,
	}
	for _, f := range c.Faults {
		fault := DocumentFault{
			Code: f.Code, Says: b.sentence(f.Says), Detail: f.Detail, Time: f.Time, Kind: f.Kind, SignedBy: f.SignedBy,
		}
		if f.Sequence >= 0 {
			fault.Sequence = &f.Sequence
		}
		d.Faults = append(d.Faults, fault)
	}
	return d
}
