package read

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Checked holds which signature lines of an entry are good: what can be computed
// before its turn comes, for many entries at once.
type Checked struct {
	envelope, statement []line
}

// line is a signature line by a known key.
type line struct {
	member *Member // nil for a key unknown when it was checked
	err    error
}

// Check verifies every signature of an entry that a key known so far claims to have
// made. It only reads the history: many may run at once, between two calls of
// Enter. An entry whose signers are still to come is checked again when it enters.
func (h *KeyHistory) Check(e *Entry) Checked {
	return Checked{h.verify(e.Text, e.Signatures), h.verify(e.Statement.Text, e.Statement.Signatures)}
}

func (h *KeyHistory) verify(text []byte, signatures []Signature) []line {
	lines := make([]line, len(signatures))
	for i, s := range signatures {
		if m := h.ring.find(s); m != nil {
			lines[i] = line{m, m.Key.Verify(text, s.Bytes, h.Passkeys())}
		}
	}
	return lines
}

// again verifies the lines whose keys were unknown before.
func (h *KeyHistory) again(lines []line, text []byte, signatures []Signature) []line {
	if len(lines) != len(signatures) {
		return h.verify(text, signatures)
	}
	for i, s := range signatures {
		if m := h.ring.find(s); lines[i].member == nil && m != nil {
			lines[i] = line{m, m.Key.Verify(text, s.Bytes, h.Passkeys())}
		}
	}
	return lines
}

// Enter judges the next entry of the log by its place, not by the sequence that it
// claims: its signatures by the keys valid there, the rule in force, the form and
// effect of the statements that the log itself acts on. checked is what Check
// returned for it, or the zero value. It sets e.SignedBy and returns the violations.
// An entry that has faults already, such as a statement meant for another log, is
// judged and has no effect.
func (h *KeyHistory) Enter(e *Entry, checked Checked) []*Violation {
	sequence := h.next
	h.next++
	if sequence == 0 {
		return h.begin(e)
	}
	out := h.admission(e, sequence, checked)
	if len(out) > 0 || len(e.Faults) > 0 {
		return out
	}
	return h.apply(&e.Statement, sequence)
}

// After returns the history as it would be if a statement entered next, and what would
// be wrong with it, but for the codes that are expected: those of signatures that are
// still to be made. The history itself stays as it is.
func (h *KeyHistory) After(s Statement, expected ...string) (*KeyHistory, []*Violation) {
	unexpected := func(all []*Violation) []*Violation {
		return slices.DeleteFunc(all, func(v *Violation) bool { return slices.Contains(expected, v.Code) })
	}
	c, e := h.Clone(), &Entry{Statement: s}
	sequence := c.next
	c.next++
	if sequence == 0 {
		return c, unexpected(c.begin(e))
	}
	if out := unexpected(c.admission(e, sequence, Checked{})); len(out) > 0 {
		return c, out
	}
	return c, unexpected(c.apply(&e.Statement, sequence))
}

// admission judges whether an entry may follow at all, and its signatures.
func (h *KeyHistory) admission(e *Entry, sequence int64, checked Checked) []*Violation {
	var out []*Violation
	if h.genesis == nil {
		out = append(out, violation(GenesisMissing, "no key is known to judge this entry by", nil))
	}
	if h.closed != 0 {
		out = append(out, violation(EntryAfterClose, fmt.Sprintf("the log was closed by entry %d", h.closed), args{"Sequence": h.closed}))
	}
	return append(out, h.signatures(e, sequence, checked)...)
}

// begin judges entry 0. Whatever of a faulty genesis can be used is used, so that
// the rest of the log is judged, too.
func (h *KeyHistory) begin(e *Entry) []*Violation {
	s := &e.Statement
	if s.Kind != KindGenesis {
		return []*Violation{violation(GenesisMissing, "entry 0 is "+s.Kind, nil)}
	}
	g := new(Genesis)
	if err := DecodeBody(s.Body, g); err != nil {
		return []*Violation{violation(GenesisMissing, err.Error(), nil)}
	}
	h.genesis = g
	out := g.check(h.origin)
	for _, grant := range g.Keys {
		m, bad := h.ring.admit(grant, g.Rehearsal, 0)
		if bad != nil {
			out = append(out, bad)
			continue
		}
		h.ring.add(m)
	}
	if err := h.reign(0, g.Witnesses, g.Quorum); err != nil {
		out = append(out, violation(WitnessesMalformed, err.Error(), nil))
	}
	bad := checkRules(g.Rules)
	if len(bad) == 0 {
		h.setRules(g.Rules)
	}
	out = append(out, bad...)
	out = append(out, h.signatures(e, 0, Checked{})...)
	for _, m := range h.ring.members {
		switch {
		case m.Role != RoleRoot:
		case slices.Contains(e.SignedBy, m.Key.name):
			h.approved = append(h.approved, m.Key.text)
		default:
			out = append(out, violation(GenesisSignature, fmt.Sprintf("root key %s did not sign", m.Key.name), args{"Key": m.Key.name}))
		}
	}
	return out
}

// signatures judges the signatures on an entry and its statement, and the rule.
func (h *KeyHistory) signatures(e *Entry, sequence int64, checked Checked) []*Violation {
	var out []*Violation
	s := &e.Statement
	e.SignedBy = nil
	sealed := false
	for _, l := range h.again(checked.envelope, e.Text, e.Signatures) {
		switch {
		case l.member == nil:
		case l.err != nil:
			out = append(out, violation(EntrySignature, l.err.Error(), args{"Key": l.member.Key.name}))
		default:
			sealed = sealed || l.member.Role == RoleEntry && l.member.ValidAt(sequence)
		}
	}
	if !sealed && len(out) == 0 {
		out = append(out, violation(EntrySignature, "no valid key of role entry signed it", args{"Key": ""}))
	}
	var have []string
	for _, l := range h.again(checked.statement, s.Text, s.Signatures) {
		switch {
		case l.member == nil:
		case l.err != nil:
			out = append(out, violation(StatementSignature, l.err.Error(), args{"Key": l.member.Key.name}))
		case l.member.ValidAt(sequence) && !slices.Contains(e.SignedBy, l.member.Key.name):
			e.SignedBy = append(e.SignedBy, l.member.Key.name)
			have = append(have, l.member.Role)
		}
	}
	if s.Kind == KindGenesis {
		return out // every root key that it names, which begin judges
	}
	need := h.Need(s.Kind)
	for _, lack := range unmet(need, have) {
		out = append(out, violation(SignaturesMissing,
			fmt.Sprintf("%s needs %d by keys of role %s valid at %d, it has %d", s.Kind, lack.Count, lack.Role, sequence, lack.Have),
			args{"Kind": s.Kind, "Role": lack.Role, "Have": lack.Have, "Need": lack.Count}))
	}
	if len(need) == 0 && len(have) == 0 {
		out = append(out, violation(SignatureMissing, fmt.Sprintf("no key valid at %d signed it", sequence), args{"Kind": s.Kind}))
	}
	return out
}

// apply gives a statement of the log's own its effect, from the next sequence on.
func (h *KeyHistory) apply(s *Statement, sequence int64) []*Violation {
	switch s.Kind {
	case KindGenesis:
		return []*Violation{violation(GenesisAgain, "the log has begun", nil)}
	case KindKeys:
		return h.changeKeys(s, sequence)
	case KindWitnesses:
		var w WitnessesChange
		if bad := decode(s, &w); bad != nil {
			return bad
		}
		if err := h.reign(sequence+1, w.Witnesses, w.Quorum); err != nil {
			return []*Violation{violation(WitnessesMalformed, err.Error(), nil)}
		}
	case KindRules:
		var r RulesChange
		if bad := decode(s, &r); bad != nil {
			return bad
		}
		if bad := checkRules(r.Rules); bad != nil {
			return bad
		}
		h.setRules(r.Rules)
	case KindClose:
		var c Close
		if bad := decode(s, &c); bad != nil {
			return bad
		}
		if c.Successor == "" || c.Successor == h.origin {
			return []*Violation{violation(CloseMalformed, fmt.Sprintf("the successor %q is no other log", c.Successor), args{"Successor": c.Successor})}
		}
		h.closed, h.successor = sequence, c.Successor
	default:
		if strings.HasPrefix(s.Kind, "log.") {
			return []*Violation{violation(LogKindUnknown, s.Kind+" is no kind of protocol 1", args{"Kind": s.Kind})}
		}
	}
	return nil
}

// changeKeys lets keys enter and leave, all of them or none.
func (h *KeyHistory) changeKeys(s *Statement, sequence int64) []*Violation {
	var change KeysChange
	if bad := decode(s, &change); bad != nil {
		return bad
	}
	var out []*Violation
	var leave []*Member
	for _, name := range change.Remove {
		m := h.ring.byName[name]
		switch {
		case m == nil || !m.ValidAt(sequence) || slices.Contains(leave, m):
			out = append(out, violation(KeyUnknown, fmt.Sprintf("no valid key is named %.80q", name), args{"Key": name}))
		case m.Role == RoleCheckpoint:
			out = append(out, violation(CheckpointChange, "a new checkpoint key is a new log", args{"Key": name}))
		default:
			leave = append(leave, m)
		}
	}
	trial := keyring{slices.Clone(h.ring.members), maps.Clone(h.ring.byName)}
	for _, grant := range change.Add {
		m, bad := trial.admit(grant, h.genesis.Rehearsal, sequence+1)
		if bad == nil && m.Role == RoleCheckpoint {
			bad = violation(CheckpointChange, "a new checkpoint key is a new log", args{"Key": m.Key.name})
		}
		if bad != nil {
			out = append(out, bad)
			continue
		}
		trial.add(m)
	}
	if len(out) > 0 {
		return out
	}
	for _, m := range leave {
		m.Until = sequence + 1
	}
	h.ring = trial
	return nil
}

func decode(s *Statement, v any) []*Violation {
	if err := DecodeBody(s.Body, v); err != nil {
		return []*Violation{violation(BodyMalformed, err.Error(), args{"Kind": s.Kind})}
	}
	return nil
}
