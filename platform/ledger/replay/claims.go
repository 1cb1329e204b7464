package replay

import (
	"slices"
	"strings"

	"bayyina/platform/ledger/read"
)

// report puts the claims together.
func (r *run) report(v verdict) *Report {
	s := r.seen
	out := &Report{
		Origin: r.newest.Origin, Rehearsal: s.Keys.Rehearsal(), Size: r.size, Replayed: s.next(), Root: v.root, Keys: s.Keys,
	}
	if r.policy != nil && v.witnessed.Met {
		out.AsOf = v.witnessed.Time
	}
	if g := s.Keys.Genesis(); g != nil {
		out.Name, out.Previous = g.Name, g.Previous
	}
	out.Successor, _ = s.Keys.Closed()
	for _, id := range claimOrder {
		out.Claims = append(out.Claims, r.claim(id, v))
	}
	for _, j := range r.judges {
		out.Claims = append(out.Claims, j.Claims()...)
	}
	return out
}

// claim gives one claim its verdict.
func (r *run) claim(id string, v verdict) read.Claim {
	c := read.Claim{ID: id, Says: read.Message{ID: id + ".says"}, Belief: read.Message{ID: id + ".belief"}}
	f := r.seen.Findings[id]
	switch {
	case f != nil:
		c.Verdict, c.Faults = read.False, f.Faults
		c.How = read.Message{ID: "log.faults", Args: args{"Count": int64(len(f.Faults)) + f.More}}
	case r.unread >= 0:
		c.How = read.Message{ID: "log.unread", Args: args{"Sequence": r.unread}}
	default:
		c.Verdict, c.How = r.shown(id, v)
	}
	if id == claimKinds && len(r.seen.Unknown) > 0 {
		c.Data = r.seen.Unknown
	}
	return c
}

// shown tells what a claim without faults rests on, or what is missing.
func (r *run) shown(id string, v verdict) (read.Verdict, read.Message) {
	s, f := r.seen, r.seen.Figures
	how := func(values args) (read.Verdict, read.Message) {
		return read.True, read.Message{ID: id + ".how", Args: values}
	}
	lack := func(what string) (read.Verdict, read.Message) {
		return read.NotShown, read.Message{ID: id + what}
	}
	if r.policy == nil && slices.Contains([]string{claimOrigin, claimReal, claimWitnessed, claimTimes, claimFresh}, id) {
		return lack(".missing")
	}
	switch id {
	case claimConsistent:
		return how(args{"Count": r.size, "Checkpoints": f.Checkpoints})
	case claimOrigin:
		return how(args{"Origin": r.newest.Origin})
	case claimGenesis:
		return how(args{"Signers": strings.Join(f.Approved, ", "), "Count": int64(len(s.Keys.Genesis().Keys))})
	case claimReal:
		if s.Keys.Genesis() == nil {
			return lack(".unread")
		}
		if r.policy.Rehearsal() {
			return read.True, read.Message{ID: id + ".rehearsal"}
		}
		return how(nil)
	case claimWitnessed:
		if r.policy.Quorum().None() {
			return lack(".nobody")
		}
		if f.Unseen > 0 {
			return lack(".unseen")
		}
		return how(args{"Count": f.Checkpoints, "Witnesses": strings.Join(f.Witnesses, ", ")})
	case claimTimes:
		if f.Unbound > 0 {
			return lack(".nobody")
		}
		return how(args{"Count": r.size, "Seconds": int64(read.Tolerance.Seconds())})
	case claimFresh:
		if v.witnessed.Time.IsZero() {
			return lack(".nobody")
		}
		return how(args{"Time": v.witnessed.Time})
	case claimSignatures:
		return how(args{"Count": r.size, "Signatures": f.Signatures})
	case claimDecisions:
		return how(args{"Count": f.Decisions})
	case claimAttachments:
		return how(args{"Count": f.Attachments, "Bytes": f.AttachmentBytes})
	}
	return r.kindsShown()
}

// kindsShown tells whether every entry was judged.
func (r *run) kindsShown() (read.Verdict, read.Message) {
	if len(r.seen.Unknown) == 0 {
		return read.True, read.Message{ID: claimKinds + ".how", Args: args{"Count": r.size}}
	}
	var kinds []string
	var n int64
	for kind, count := range r.seen.Unknown {
		kinds, n = append(kinds, kind), n+count
	}
	slices.Sort(kinds)
	const most = 20
	text := strings.Join(kinds[:min(most, len(kinds))], ", ")
	if len(kinds) > most {
		text += ", …"
	}
	return read.NotShown, read.Message{ID: claimKinds + ".missing", Args: args{"Count": n, "Kinds": text}}
}
