package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"bayyina/platform/ledger/read"
)

// Judge recomputes the claims on decisions, roles and the register of reads. It
// implements read.Watcher: it compares what was proposed with what entered, of
// whatever kind.
type Judge struct {
	proposals map[string]*proposed // by the statement's id
	before    map[string]bool      // ids of decisions that entered without a proposal
	decided   decided
	holdings  map[Held]bool
	granted   granted
	erased    erased
	reads     reads
}

// proposed is what is kept of a proposal.
type proposed struct {
	Sequence int64
	Text     string // hex SHA-256 of the statement's text
	Until    time.Time
	Keys     []string
	Ended    bool // refused, withdrawn or expired
	Entered  bool
}

// decided is what the claim on decisions stands on.
type decided struct {
	Finding  finding
	Proposed int64
	Entered  int64 // statements that were proposed before
	Ended    int64
}

// granted is what the claim on roles stands on.
type granted struct {
	Finding         finding
	Grants, Revokes int64
}

// erased is what the claim on erasures stands on.
type erased struct {
	Finding finding
	Count   int64
}

// reads is what the claim on the register of reads stands on.
type reads struct {
	Finding finding
	Days    int64
	Count   int64
	Last    string
}

// NewJudge returns a judge that has seen nothing.
func NewJudge() *Judge {
	return &Judge{proposals: make(map[string]*proposed), before: make(map[string]bool), holdings: make(map[Held]bool)}
}

// Kinds lists the kinds that the judge understands.
func (j *Judge) Kinds() []string {
	return []string{KindProposal, KindEnd, KindGrant, KindRevoke, KindErase, KindReads}
}

// Watches reports that entries of every kind are compared with what was proposed.
func (j *Judge) Watches(string) bool { return true }

// Entries takes the next entries in log order.
func (j *Judge) Entries(ctx context.Context, log read.Log, entries []*read.Entry) error {
	for _, e := range entries {
		if p := j.proposals[e.Statement.ID]; p != nil {
			j.enters(e, p)
		} else if decides(e.Statement.Kind) {
			j.before[e.Statement.ID] = true
		}
		switch e.Statement.Kind {
		case KindProposal:
			if err := j.proposal(ctx, log, e); err != nil {
				return fmt.Errorf("entry %d, %s: %w", e.Sequence, e.Statement.Kind, err)
			}
		case KindEnd:
			j.end(e)
		case KindGrant:
			j.grant(e)
		case KindRevoke:
			j.revoke(e)
		case KindErase:
			j.erase(e)
		case KindReads:
			j.read(e)
		}
	}
	return nil
}

// decides reports whether a kind is one that officers sign, or one of which the
// protocol does not say who signs it.
func decides(kind string) bool {
	need := read.Minimum(kind)
	return len(need) == 0 || slices.ContainsFunc(need, func(n read.Need) bool { return n.Role == read.RoleOfficer })
}

// enters compares a statement that was proposed with the one that enters.
func (j *Judge) enters(e *read.Entry, p *proposed) {
	f := &j.decided.Finding
	at := args{"Statement": e.Statement.ID, "Proposal": p.Sequence}
	if p.Entered {
		return // an id that is used twice is a fault of the log
	}
	p.Entered = true
	j.decided.Entered++
	if p.Ended {
		f.against(e, "decision-ended", at, nil)
	}
	if hash(e.Statement.Text) != p.Text {
		f.against(e, "decision-differs", at, nil)
	}
	for _, name := range e.SignedBy {
		if slices.Contains(p.Keys, name) {
			f.against(e, "decision-own", args{"Key": name, "Proposal": p.Sequence}, nil)
		}
	}
}

// proposal takes a proposal. One that is faulty is judged against all the same, as
// far as it can be read.
func (j *Judge) proposal(ctx context.Context, log read.Log, e *read.Entry) error {
	f := &j.decided.Finding
	j.decided.Proposed++
	f.carry(e)
	var b Proposal
	if !f.decode(e, &b, func() error { return b.check() }) {
		return nil
	}
	at := args{"Statement": b.Statement}
	switch {
	case j.proposals[b.Statement] != nil:
		f.against(e, "decision-proposed-twice", at, nil)
		return nil
	case len(j.proposals) == MaxProposals:
		f.against(e, "decision-too-many", args{"Count": int64(MaxProposals)}, nil)
		return nil
	}
	if j.before[b.Statement] {
		f.against(e, "decision-before", at, nil)
	}
	p := &proposed{Sequence: e.Sequence, Text: b.Text.SHA256, Keys: b.Keys}
	j.proposals[b.Statement] = p
	text, err := log.Attachment(ctx, b.Text, read.MaxNote)
	if errors.Is(err, read.ErrMissing) || errors.Is(err, read.ErrDamaged) {
		f.against(e, "decision-text", at, err)
		return nil
	}
	if err != nil {
		return err
	}
	s, err := read.ParseStatementText(text)
	if err == nil && (s.ID != b.Statement || s.Kind != b.Kind) {
		err = fmt.Errorf("the text is of %s %s", s.Kind, s.ID)
	}
	if err != nil {
		f.against(e, "decision-text", at, err)
		return nil
	}
	p.Until = s.Until
	return nil
}

// end takes the end of a proposal.
func (j *Judge) end(e *read.Entry) {
	f := &j.decided.Finding
	f.carry(e)
	var b End
	if !f.decode(e, &b, func() error { return b.check() }) {
		return
	}
	p := j.proposals[b.Statement]
	at := args{"Statement": b.Statement}
	switch {
	case p == nil:
		f.against(e, "decision-end-unknown", at, nil)
	case p.Ended || p.Entered:
		f.against(e, "decision-end-late", at, nil)
	case b.Outcome == Expired && !e.Time.After(p.Until):
		f.against(e, "decision-end-early", at, nil)
	default:
		p.Ended = true
		j.decided.Ended++
	}
}

// grant gives a role. A grant without its signatures gives none.
func (j *Judge) grant(e *read.Entry) {
	f := &j.granted.Finding
	f.carry(e)
	var b Grant
	h := Held{}
	if !f.decode(e, &b, func() error { h = Held{b.Person, b.Role, b.Scope}; return h.check() }) {
		return
	}
	switch {
	case len(e.Faults) > 0:
	case j.holdings[h]:
		f.against(e, "access-granted-twice", h.args(), nil)
	case len(j.holdings) == MaxGrants:
		f.against(e, "access-too-many", args{"Count": int64(MaxGrants)}, nil)
	default:
		j.holdings[h] = true
		j.granted.Grants++
	}
}

// revoke takes a role away.
func (j *Judge) revoke(e *read.Entry) {
	f := &j.granted.Finding
	f.carry(e)
	var b Revoke
	h := Held{}
	if !f.decode(e, &b, func() error { h = Held{b.Person, b.Role, b.Scope}; return h.check() }) {
		return
	}
	switch {
	case len(e.Faults) > 0:
	case !j.holdings[h]:
		f.against(e, "access-not-granted", h.args(), nil)
	default:
		delete(j.holdings, h)
		j.granted.Revokes++
	}
}

// erase takes an erasure. One without its signatures is not counted.
func (j *Judge) erase(e *read.Entry) {
	f := &j.erased.Finding
	f.carry(e)
	var b Erase
	if f.decode(e, &b, func() error { return b.check() }) && len(e.Faults) == 0 {
		j.erased.Count++
	}
}

func (h Held) args() args {
	where := "country"
	if parts := slices.DeleteFunc([]string{h.Scope.District, h.Scope.Centre, h.Scope.Election, h.Scope.Organisation}, func(s string) bool { return s == "" }); len(parts) > 0 {
		where = strings.Join(parts, " ")
	}
	return args{"Person": h.Person, "Role": h.Role, "Scope": where}
}

// read takes a day of the register of reads: days follow each other, each once.
func (j *Judge) read(e *read.Entry) {
	f := &j.reads.Finding
	f.carry(e)
	var b Reads
	if !f.decode(e, &b, func() error { return b.check() }) {
		return
	}
	at := args{"Day": b.Day, "Last": j.reads.Last}
	switch {
	case j.reads.Last != "" && b.Day != dayAfter(j.reads.Last):
		f.against(e, "access-reads-gap", at, nil)
	case b.Day >= e.Time.UTC().Format(time.DateOnly):
		f.against(e, "access-reads-early", at, nil)
	}
	j.reads.Last = max(j.reads.Last, b.Day)
	j.reads.Days++
	j.reads.Count += b.Count
}

// dayAfter returns the day after one.
func dayAfter(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return "" // what was checked before
	}
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}

func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// judgeState is the judge's state. It is written by encoding/gob, which keeps the
// types of the values in messages.
type judgeState struct {
	Proposals map[string]*proposed
	Before    map[string]bool
	Decided   decided
	Holdings  map[Held]bool
	Granted   granted
	Erased    erased
	Reads     reads
}

func init() {
	gob.Register(time.Time{})
	gob.Register(read.Bilingual{})
}

// State returns all that a later run needs to go on after the last entry.
func (j *Judge) State() ([]byte, error) {
	var state bytes.Buffer
	if err := gob.NewEncoder(&state).Encode(judgeState{j.proposals, j.before, j.decided, j.holdings, j.granted, j.erased, j.reads}); err != nil {
		return nil, fmt.Errorf("state of the judge of decisions: %w", err)
	}
	return state.Bytes(), nil
}

// Restore goes back to a state that State returned.
func (j *Judge) Restore(state []byte) error {
	var s judgeState
	if err := gob.NewDecoder(bytes.NewReader(state)).Decode(&s); err != nil {
		return fmt.Errorf("restore the judge of decisions: %w", err)
	}
	*j = *NewJudge()
	if s.Proposals != nil {
		j.proposals = s.Proposals
	}
	if s.Before != nil {
		j.before = s.Before
	}
	if s.Holdings != nil {
		j.holdings = s.Holdings
	}
	j.decided, j.granted, j.erased, j.reads = s.Decided, s.Granted, s.Erased, s.Reads
	return nil
}
