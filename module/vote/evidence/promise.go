package evidence

import (
	"encoding/hex"
	"time"

	"bayyina/core/ballot"
	"bayyina/platform/ledger/read"
)

const (
	claimPromise         = "vote.promise"
	claimAcknowledgement = "vote.acknowledgement"
)

// grace is how long after a deadline a witnessed checkpoint must be to show that a
// promise was broken (docs/PROTOCOL.md section 10).
const grace = time.Minute

// CheckPromises judges promises by the entries so far, each in a claim of its own.
// That a receipt key of the log signed them has been checked. Promises to the same
// credential tell each other's order. asOf is the witnessed time of the newest
// checkpoint; where it is zero, nothing shows that a promise was broken.
func (j *Judge) CheckPromises(promises []*read.Promise, asOf time.Time) []read.Claim {
	claims := make([]read.Claim, len(promises))
	for i, p := range promises {
		earlier := make(map[[32]byte]bool)
		for _, q := range promises {
			if p.Follows(q) {
				earlier[fromHex(q.Tracker)] = true
			}
		}
		claims[i] = j.checkPromise(p, earlier, asOf)
	}
	return claims
}

func (j *Judge) checkPromise(p *read.Promise, earlier map[[32]byte]bool, asOf time.Time) read.Claim {
	tracker, credential := fromHex(p.Tracker), fromHex(p.Credential)
	values := args{"Tracker": ballot.TrackerOf(tracker), "Deadline": p.Deadline}
	c := read.Claim{
		ID: claimPromise, Subject: p.Election,
		Says: read.Message{ID: claimPromise + ".says", Args: values}, Belief: read.Message{ID: claimPromise + ".belief"},
	}
	e := j.byUUID[p.Election]
	if e != nil {
		if e.Setup != nil {
			c.Title = e.Setup.Body.Title
		}
		if kept, ok := e.Box.kept(tracker, credential, p.Issued, p.Deadline, earlier); ok {
			how := claimPromise + ".kept"
			if kept.Tracker != tracker {
				how = claimPromise + ".replaced"
			}
			c.Verdict, c.How = read.True, read.Message{ID: how, Args: args{"Sequence": kept.Sequence}}
			return c
		}
	}
	if !asOf.After(p.Deadline.Add(grace)) {
		c.How = read.Message{ID: claimPromise + ".missing", Args: args{"AsOf": asOf}}
		return c
	}
	var f finding
	f.add(read.Fault{Code: "promise-broken", Says: read.Message{ID: "fault.promise-broken", Args: values}, Sequence: -1})
	c.Verdict, c.How, c.Faults = read.False, f.how(), f.Faults
	return c
}

// fromHex is 32 bytes from 64 hex digits, and zero from anything else.
func fromHex(digits string) (h [32]byte) {
	if isHash(digits) {
		hex.Decode(h[:], []byte(digits))
	}
	return h
}

// CheckAcknowledgements judges the acknowledgements of complaints by the entries so far, each in a claim of its own. That
// a receipt key of the log signed them has been checked; asOf is as in [Judge.CheckPromises].
func (j *Judge) CheckAcknowledgements(list []*read.Acknowledgement, asOf time.Time) []read.Claim {
	claims := make([]read.Claim, len(list))
	for i, a := range list {
		claims[i] = j.checkAcknowledgement(a, asOf)
	}
	return claims
}

func (j *Judge) checkAcknowledgement(a *read.Acknowledgement, asOf time.Time) read.Claim {
	values := args{"Number": a.Number, "Deadline": a.Deadline}
	c := read.Claim{
		ID: claimAcknowledgement, Subject: a.Election,
		Says: read.Message{ID: claimAcknowledgement + ".says", Args: values}, Belief: read.Message{ID: claimAcknowledgement + ".belief"},
	}
	if e := j.byUUID[a.Election]; e != nil {
		if e.Setup != nil {
			c.Title = e.Setup.Body.Title
		}
		if e.Disputes != nil {
			if found := e.Disputes.find(a.Number); found != nil && found.Statement == fromHex(a.Statement) && !found.Entered.After(a.Deadline) {
				c.Verdict, c.How = read.True, read.Message{ID: claimAcknowledgement + ".kept", Args: args{"Sequence": found.Sequence}}
				return c
			}
		}
	}
	if !asOf.After(a.Deadline.Add(grace)) {
		c.How = read.Message{ID: claimAcknowledgement + ".missing", Args: args{"AsOf": asOf}}
		return c
	}
	var f finding
	f.add(read.Fault{Code: "complaint-swallowed", Says: read.Message{ID: "fault.complaint-swallowed", Args: values}, Sequence: -1})
	c.Verdict, c.How, c.Faults = read.False, f.how(), f.Faults
	return c
}
