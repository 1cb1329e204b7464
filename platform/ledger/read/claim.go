package read

import "time"

// Verdict says what became of a claim.
type Verdict int

// The three verdicts. The zero value is NotShown: nothing is true until it was
// recomputed.
const (
	NotShown Verdict = iota
	True
	False
)

// String returns the verdict's word in the protocol: "true", "false" or
// "not shown".
func (v Verdict) String() string {
	switch v {
	case True:
		return "true"
	case False:
		return "false"
	}
	return "not shown"
}

// MarshalText writes the verdict's word.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Message is a sentence for people: the identifier of a catalogue entry and
// the values that stand in it. The catalogues hold it in Arabic and English.
// Values are strings, integers, times, or Bilingual.
type Message struct {
	ID   string         `json:"id"`
	Args map[string]any `json:"args,omitempty"`
}

// Bilingual is a text in Arabic and English.
type Bilingual struct {
	AR string `json:"ar"`
	EN string `json:"en"`
}

// Claim is one statement about the world that the log makes, with the verdict
// that a reader's own computation gives it.
type Claim struct {
	ID      string    `json:"id"`                // e.g. "vote.ballots"
	Subject string    `json:"subject,omitempty"` // e.g. an election's uuid; empty for the log itself
	Title   Bilingual `json:"title,omitzero"`    // the subject's own name, where it has one
	Verdict Verdict   `json:"verdict"`
	Says    Message   `json:"says"`             // what is claimed
	How     Message   `json:"how,omitzero"`     // how we know, with figures; or what is missing
	Belief  Message   `json:"belief,omitzero"`  // what a true verdict still leaves to belief
	Faults  []Fault   `json:"faults,omitempty"` // every reason for a false verdict, in log order
	Data    any       `json:"data,omitempty"`   // figures behind the claim, for charts: a type that the judge's package documents
}

// Fault is one thing that is wrong: what, where, and who signed it.
type Fault struct {
	Code     string    `json:"code"`                // stable name, e.g. "ballot-proof"
	Says     Message   `json:"says"`                // the same in words
	Detail   string    `json:"detail,omitempty"`    // technical reason, in English, for whoever digs
	Sequence int64     `json:"sequence"`            // entry, or -1 where no entry is concerned
	Time     time.Time `json:"time,omitzero"`       // the entry's time
	Kind     string    `json:"kind,omitempty"`      // the entry's kind
	SignedBy []string  `json:"signed_by,omitempty"` // key names whose good signatures stand on it
}
