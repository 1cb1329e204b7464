package read

import (
	"fmt"
	"slices"
	"time"
)

// Witness is a witness of the log, and where it takes checkpoints.
type Witness struct {
	Key string `json:"key"`           // verifier key of a cosigner
	URL string `json:"url,omitempty"` // submission prefix
}

// Quorum is a set of witnesses with the rule which of them are enough. The zero
// value asks for nobody and shows nothing.
type Quorum struct {
	witnesses []Key
	rule      *group // nil: none is asked for
}

// group is a node of the rule: a witness, or k of several members.
type group struct {
	witness int // index among the witnesses, where there are no members
	k       int
	members []*group
}

// NewQuorum returns the rule of a genesis: k among its witnesses. It refuses more
// witnesses than the protocol allows, one key twice, and a quorum that nobody or
// nobody's absence could meet.
func NewQuorum(witnesses []Witness, k int) (*Quorum, error) {
	if len(witnesses) > MaxWitnesses {
		return nil, fmt.Errorf("%d witnesses, more than %d", len(witnesses), MaxWitnesses)
	}
	if k < 0 || k > len(witnesses) || k == 0 && len(witnesses) > 0 {
		return nil, fmt.Errorf("a quorum of %d among %d witnesses", k, len(witnesses))
	}
	q := &Quorum{}
	all := &group{k: k}
	for i, w := range witnesses {
		if err := q.add(w.Key); err != nil {
			return nil, err
		}
		all.members = append(all.members, &group{witness: i})
	}
	if k > 0 {
		q.rule = all
	}
	return q, nil
}

// MaxWitnesses is the most witnesses of a log: a checkpoint has room for the lines of
// so many beside the log's own.
const MaxWitnesses = maxSignatures - 1

// add adds a witness that is not among them yet, under whatever name.
func (q *Quorum) add(text string) error {
	key, err := ParseKey(text)
	if err != nil {
		return err
	}
	if !key.IsWitness() {
		return fmt.Errorf("witness %s: its key is no cosigner's", key.Name())
	}
	for _, w := range q.witnesses {
		if w.Same(key) {
			return fmt.Errorf("witnesses %s and %s are one key", w.Name(), key.Name())
		}
	}
	q.witnesses = append(q.witnesses, key)
	return nil
}

// Witnesses returns the witnesses' keys.
func (q *Quorum) Witnesses() []Key { return slices.Clone(q.witnesses) }

// None reports whether the rule asks for no witness at all, so that no checkpoint
// has a witnessed time.
func (q *Quorum) None() bool { return q.rule == nil }

// Cosignature is one witness' good cosignature of a checkpoint.
type Cosignature struct {
	Witness string
	Time    time.Time
}

// Witnessed is what the witnesses say of a checkpoint.
type Witnessed struct {
	Met  bool          // the cosignatures satisfy the quorum
	Time time.Time     // the earliest time by which they did; zero if they do not, or if none is asked for
	By   []Cosignature // the good ones, in the order of the rule's witnesses, each witness' earliest
	Bad  []error       // lines that claim to be by a witness and do not verify: to be refused
}

// Judge verifies the cosignatures of a checkpoint. Its time, the witnessed time of
// docs/PROTOCOL.md section 7, is the earliest time at which the cosignatures made
// up to then satisfy the rule: with a plain quorum of k, the k-th smallest
// timestamp.
func (q *Quorum) Judge(c Checkpoint) Witnessed {
	var out Witnessed
	times := make([]time.Time, len(q.witnesses))
	for i, key := range q.witnesses {
		for _, s := range c.Signatures {
			if !key.Made(s) {
				continue
			}
			at, err := key.Cosigned(c.Text, s.Bytes)
			if err != nil {
				out.Bad = append(out.Bad, fmt.Errorf("checkpoint of size %d: %w", c.Size, err))
				continue
			}
			if times[i].IsZero() || at.Before(times[i]) {
				times[i] = at
			}
		}
		if !times[i].IsZero() {
			out.By = append(out.By, Cosignature{Witness: key.Name(), Time: times[i]})
		}
	}
	if q.rule == nil {
		out.Met = true
		return out
	}
	out.Time = q.rule.met(times)
	out.Met = !out.Time.IsZero()
	return out
}

// met returns the earliest time by which the group is satisfied, zero for never.
func (g *group) met(times []time.Time) time.Time {
	if len(g.members) == 0 {
		return times[g.witness]
	}
	var at []time.Time
	for _, m := range g.members {
		if t := m.met(times); !t.IsZero() {
			at = append(at, t)
		}
	}
	if len(at) < g.k {
		return time.Time{}
	}
	slices.SortFunc(at, time.Time.Compare)
	return at[g.k-1]
}
