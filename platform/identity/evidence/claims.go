package evidence

import (
	"cmp"
	"slices"

	"bayyina/platform/ledger/read"
)

// The claims, each told only where the log says something of its kind.
const (
	claimFourEyes = "decision.foureyes"
	claimGrants   = "access.grants"
	claimErased   = "access.erased"
	claimReads    = "access.reads"
)

// maxFaults bounds the faults that a claim keeps: the first ones. The others are
// counted.
const maxFaults = 20

// finding is what has been found against one claim.
type finding struct {
	Said   bool // the log says something of this kind
	Faults []read.Fault
	More   int64 // faults beyond those kept
}

// args are the values in a message.
type args = map[string]any

func (f *finding) add(fault read.Fault) {
	if len(f.Faults) == maxFaults {
		f.More++
		return
	}
	f.Faults = append(f.Faults, fault)
}

// carry takes over what the replay found wrong with an entry.
func (f *finding) carry(e *read.Entry) {
	f.Said = true
	for _, fault := range e.Faults {
		f.add(fault)
	}
}

// against adds a fault of an entry. The detail may be nil.
func (f *finding) against(e *read.Entry, code string, values args, detail error) {
	fault := read.Fault{
		Code: code, Says: read.Message{ID: "fault." + code, Args: values},
		Sequence: e.Sequence, Time: e.Time, Kind: e.Statement.Kind, SignedBy: slices.Clone(e.SignedBy),
	}
	if detail != nil {
		fault.Detail = detail.Error()
	}
	f.add(fault)
}

// decode reads an entry's body, and checks it.
func (f *finding) decode(e *read.Entry, body any, check func() error) bool {
	err := read.DecodeBody(e.Statement.Body, body)
	if err == nil {
		err = check()
	}
	if err != nil {
		f.against(e, "decision-body", args{"Kind": e.Statement.Kind}, err)
	}
	return err == nil
}

// Held lists who has which role now, by person: the data of the claim access.grants.
func (j *Judge) Held() []Held {
	list := make([]Held, 0, len(j.holdings))
	for h := range j.holdings {
		list = append(list, h)
	}
	slices.SortFunc(list, func(a, b Held) int {
		return cmp.Or(
			cmp.Compare(a.Person, b.Person), cmp.Compare(a.Role, b.Role),
			cmp.Compare(a.Scope.District, b.Scope.District), cmp.Compare(a.Scope.Centre, b.Scope.Centre),
			cmp.Compare(a.Scope.Election, b.Scope.Election), cmp.Compare(a.Scope.Organisation, b.Scope.Organisation),
		)
	})
	return list
}

// Claims returns the claims as they stand after the last entry.
func (j *Judge) Claims() []read.Claim {
	var list []read.Claim
	tell := func(id string, f *finding, values args, data any) {
		if !f.Said {
			return
		}
		c := read.Claim{
			ID: id, Verdict: read.True, Data: data,
			Says: read.Message{ID: id + ".says"}, How: read.Message{ID: id + ".how", Args: values}, Belief: read.Message{ID: id + ".belief"},
		}
		if len(f.Faults) > 0 {
			c.Verdict, c.Faults = read.False, f.Faults
			c.How = read.Message{ID: "log.faults", Args: args{"Count": int64(len(f.Faults)) + f.More}}
		}
		list = append(list, c)
	}
	d := j.decided
	tell(claimFourEyes, &d.Finding, args{
		"Count": d.Entered, "Proposals": d.Proposed, "Ended": d.Ended, "Open": d.Proposed - d.Entered - d.Ended,
	}, nil)
	tell(claimGrants, &j.granted.Finding, args{
		"Count": int64(len(j.holdings)), "Grants": j.granted.Grants, "Revokes": j.granted.Revokes,
	}, j.Held())
	tell(claimErased, &j.erased.Finding, args{"Count": j.erased.Count}, nil)
	tell(claimReads, &j.reads.Finding, args{"Count": j.reads.Days, "Reads": j.reads.Count, "Last": j.reads.Last}, nil)
	return list
}
