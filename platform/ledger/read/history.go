package read

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// KeyHistory is what a log says of its own order, entry by entry: the keys valid,
// the rules, witnesses and quorum in force, and whether it has ended
// (docs/PROTOCOL.md section 6). Enter takes the entries in log order. A statement
// with a violation has no effect: its keys do not enter, its rules are not in force.
type KeyHistory struct {
	origin    string
	next      int64 // sequence of the next entry
	genesis   *Genesis
	approved  []string // verifier keys of the genesis' roots whose signatures on it are good
	ring      keyring
	rules     map[string][]Need
	reigns    []reign
	closed    int64 // sequence of the close, 0 for none
	successor string
}

// reign is the witnesses in force from one sequence on.
type reign struct {
	from      int64
	witnesses []Witness
	k         int
	quorum    *Quorum
}

// NewKeyHistory returns the history of a log of which nothing was read yet.
func NewKeyHistory(origin string) *KeyHistory {
	return &KeyHistory{origin: origin, ring: keyring{byName: make(map[string]*Member)}}
}

// Clone returns a copy on which a statement can be tried.
func (h *KeyHistory) Clone() *KeyHistory {
	c := *h
	c.ring = keyring{byName: make(map[string]*Member, len(h.ring.members))}
	for _, m := range h.ring.members {
		member := *m
		c.ring.add(&member)
	}
	c.approved, c.rules, c.reigns = slices.Clone(h.approved), maps.Clone(h.rules), slices.Clone(h.reigns)
	return &c
}

// Follow enters what the log has published since. It trusts the log, as its own server
// may: an entry that changes neither keys nor rules is counted, and not read.
func (h *KeyHistory) Follow(ctx context.Context, src Source) error {
	c, err := Newest(ctx, src)
	if err != nil {
		return err
	}
	for h.next < c.Size {
		bundle, err := ReadBundle(ctx, src, h.next/TileWidth, c.Size)
		if err != nil {
			return err
		}
		for _, raw := range bundle[h.next%TileWidth:] {
			entry := new(Entry)
			if bytes.HasPrefix(EntryKind(raw), []byte("log.")) {
				if entry, err = ParseEntry(raw); err != nil {
					return fmt.Errorf("entry %d: %w", h.next, err)
				}
			}
			h.Enter(entry, Checked{})
		}
	}
	return nil
}

// Origin returns the log's origin.
func (h *KeyHistory) Origin() string { return h.origin }

// Genesis returns the body of the genesis, nil before one was read.
func (h *KeyHistory) Genesis() *Genesis { return h.genesis }

// Rehearsal reports whether the genesis says that this is a rehearsal.
func (h *KeyHistory) Rehearsal() bool { return h.genesis != nil && h.genesis.Rehearsal }

// Passkeys returns where the log's passkey assertions are made.
func (h *KeyHistory) Passkeys() Passkeys {
	if h.genesis == nil {
		return Passkeys{}
	}
	return h.genesis.Passkeys
}

// Members returns every key that ever entered, in order.
func (h *KeyHistory) Members() []*Member { return slices.Clone(h.ring.members) }

// Member returns the key of a name that ever entered, or nil.
func (h *KeyHistory) Member(name string) *Member { return h.ring.byName[name] }

// Checkpoint returns the key that signs the log's checkpoints.
func (h *KeyHistory) Checkpoint() (Key, error) {
	for _, m := range h.ring.members {
		if m.Role == RoleCheckpoint {
			return m.Key, nil
		}
	}
	return Key{}, errors.New("the genesis names no checkpoint key")
}

// Need returns the signatures that a statement of a kind needs by the rule in
// force; none for a kind that neither the protocol nor a rule knows.
func (h *KeyHistory) Need(kind string) []Need {
	if need, ok := h.rules[kind]; ok {
		return slices.Clone(need)
	}
	return Minimum(kind)
}

// Rules returns the rules in force, by kind.
func (h *KeyHistory) Rules() []Rule {
	list := make([]Rule, 0, len(h.rules))
	for kind, need := range h.rules {
		list = append(list, Rule{kind, slices.Clone(need)})
	}
	slices.SortFunc(list, func(a, b Rule) int { return strings.Compare(a.Kind, b.Kind) })
	return list
}

// Lacking returns what of its need a statement of a kind, next to enter, would
// lack with good signatures by the keys of these names.
func (h *KeyHistory) Lacking(kind string, names []string) []Lack {
	var have []string
	for i, name := range names {
		if m := h.ring.byName[name]; m != nil && m.ValidAt(h.next) && !slices.Contains(names[:i], name) {
			have = append(have, m.Role)
		}
	}
	return unmet(h.Need(kind), have)
}

// QuorumAt returns the witnesses and quorum in force for a checkpoint of a size:
// those at the last entry that it covers. Before a genesis was read nobody is asked
// for.
func (h *KeyHistory) QuorumAt(size int64) *Quorum {
	for _, r := range slices.Backward(h.reigns) {
		if r.from < size {
			return r.quorum
		}
	}
	return &Quorum{}
}

// WitnessesAt returns the same witnesses as QuorumAt with their addresses, and how
// many of them are enough.
func (h *KeyHistory) WitnessesAt(size int64) ([]Witness, int) {
	for _, r := range slices.Backward(h.reigns) {
		if r.from < size {
			return slices.Clone(r.witnesses), r.k
		}
	}
	return nil, 0
}

// Closed returns the origin of the log that goes on, where this one has ended.
func (h *KeyHistory) Closed() (successor string, ok bool) { return h.successor, h.closed != 0 }

// CheckPolicy judges the log against the policy under which it is read: its
// origin, checkpoint key, who signed its genesis, and whether it is a rehearsal.
func (h *KeyHistory) CheckPolicy(p *Policy) []*Violation {
	var out []*Violation
	if h.origin != p.Origin() {
		out = append(out, violation(PolicyOrigin, fmt.Sprintf("the log is %q, the policy for %q", h.origin, p.Origin()), args{"Origin": h.origin, "Policy": p.Origin()}))
	}
	if h.genesis == nil {
		return append(out, violation(GenesisMissing, "nothing to hold against the policy", nil))
	}
	if key, err := h.Checkpoint(); err != nil || key.text != p.log.text {
		out = append(out, violation(PolicyCheckpointKey, fmt.Sprintf("the genesis names %s, the policy %s", key, p.log), args{"Key": key.text, "Policy": p.log.text}))
	}
	for _, root := range p.genesis {
		if !slices.Contains(h.approved, root.text) {
			out = append(out, violation(PolicyGenesis, fmt.Sprintf("root key %s did not sign the genesis", root.text), args{"Key": root.name}))
		}
	}
	switch {
	case h.genesis.Rehearsal && !p.rehearsal:
		out = append(out, violation(RehearsalAsReal, "the genesis says rehearsal, the policy does not", nil))
	case !h.genesis.Rehearsal && p.rehearsal:
		out = append(out, violation(RealAsRehearsal, "the policy says rehearsal, the genesis does not", nil))
	}
	return out
}

// historyState is a KeyHistory as it is saved.
type historyState struct {
	Origin    string        `json:"origin"`
	Next      int64         `json:"next"`
	Genesis   *Genesis      `json:"genesis,omitempty"`
	Approved  []string      `json:"approved,omitempty"`
	Members   []memberState `json:"members,omitempty"`
	Rules     []Rule        `json:"rules,omitempty"`
	Reigns    []reignState  `json:"reigns,omitempty"`
	Closed    int64         `json:"closed,omitempty"`
	Successor string        `json:"successor,omitempty"`
}

type memberState struct {
	Key      string `json:"key"`
	Role     string `json:"role"`
	Software bool   `json:"software,omitempty"`
	Since    int64  `json:"since"`
	Until    int64  `json:"until,omitempty"`
}

type reignState struct {
	From      int64     `json:"from"`
	Witnesses []Witness `json:"witnesses"`
	Quorum    int       `json:"quorum"`
}

// MarshalJSON saves the history.
func (h *KeyHistory) MarshalJSON() ([]byte, error) {
	s := historyState{Origin: h.origin, Next: h.next, Genesis: h.genesis, Approved: h.approved, Closed: h.closed, Successor: h.successor}
	for _, m := range h.ring.members {
		s.Members = append(s.Members, memberState{m.Key.text, m.Role, m.Software, m.Since, m.Until})
	}
	if len(h.rules) > 0 {
		s.Rules = h.Rules()
	}
	for _, r := range h.reigns {
		s.Reigns = append(s.Reigns, reignState{r.from, r.witnesses, r.k})
	}
	return json.Marshal(s)
}

// UnmarshalJSON restores a history that MarshalJSON saved.
func (h *KeyHistory) UnmarshalJSON(state []byte) error {
	var s historyState
	if err := json.Unmarshal(state, &s); err != nil {
		return fmt.Errorf("restore key history: %w", err)
	}
	restored := NewKeyHistory(s.Origin)
	restored.next, restored.genesis, restored.approved = s.Next, s.Genesis, s.Approved
	restored.closed, restored.successor = s.Closed, s.Successor
	for _, m := range s.Members {
		key, err := ParseKey(m.Key)
		if err != nil {
			return fmt.Errorf("restore key history: %w", err)
		}
		restored.ring.add(&Member{key, m.Role, m.Software, m.Since, m.Until})
	}
	for _, r := range s.Reigns {
		if err := restored.reign(r.From, r.Witnesses, r.Quorum); err != nil {
			return fmt.Errorf("restore key history: %w", err)
		}
	}
	restored.setRules(s.Rules)
	*h = *restored
	return nil
}

func (h *KeyHistory) setRules(rules []Rule) {
	h.rules = make(map[string][]Need)
	for _, r := range rules {
		h.rules[r.Kind] = r.Need
	}
}

// reign puts witnesses in force from a sequence on.
func (h *KeyHistory) reign(from int64, witnesses []Witness, k int) error {
	q, err := NewQuorum(witnesses, k)
	if err != nil {
		return err
	}
	h.reigns = append(h.reigns, reign{from, witnesses, k, q})
	return nil
}
