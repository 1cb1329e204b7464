package evidence

import (
	"cmp"
	"slices"
	"strings"

	"bayyina/core/ballot"
	"bayyina/core/count"
	"bayyina/platform/ledger/read"
)

// claimEntries is told only where entries about elections cannot be read at all.
const claimEntries = "vote.entries"

// Claims returns the claims on every election, in the order in which the log first
// names them.
func (j *Judge) Claims() []read.Claim {
	var list []read.Claim
	if len(j.unread.Faults) > 0 {
		list = append(list, read.Claim{
			ID: claimEntries, Verdict: read.False, Says: read.Message{ID: claimEntries + ".says"},
			How: j.unread.how(), Faults: j.unread.Faults,
		})
	}
	for _, e := range j.elections {
		for _, id := range claimOrder {
			if id == claimShuffles && !e.shuffles() {
				continue
			}
			list = append(list, e.claim(id))
		}
		if e.seated() {
			list = append(list, e.claim(claimSeats))
		}
		if e.disputed() {
			list = append(list, e.claim(claimComplaints))
		}
	}
	if j.booth != nil {
		list = append(list, j.booth.claim())
	}
	return list
}

// how says how many faults there are.
func (f *finding) how() read.Message {
	return read.Message{ID: "vote.faults", Args: args{"Count": int64(len(f.Faults)) + f.More}}
}

// inOrder sorts faults as the log has them: those of what precedes a set-up are found
// by it.
func inOrder(faults []read.Fault) []read.Fault {
	return slices.SortedStableFunc(slices.Values(faults), func(a, b read.Fault) int { return cmp.Compare(a.Sequence, b.Sequence) })
}

// reached is the step from which on a claim can be judged.
var reached = map[string]step{
	claimSetup: setUp, claimOpened: opened, claimBallots: opened, claimOnce: opened, claimBatches: opened,
	claimClosed: closed, claimTally: tallied, claimShuffles: shuffled, claimDecryption: decrypted, claimResult: resulted,
	claimCertified: certified, claimArchive: certified, claimSeats: resulted, claimComplaints: certified,
}

// computed are the claims that need the election's rules.
var computed = map[string]bool{
	claimSetup: true, claimBallots: true, claimOnce: true, claimBatches: true,
	claimTally: true, claimShuffles: true, claimDecryption: true, claimResult: true, claimSeats: true,
}

func (e *election) claim(id string) read.Claim {
	c := read.Claim{
		ID: id, Subject: e.UUID, Says: read.Message{ID: id + ".says"}, Belief: read.Message{ID: id + ".belief"},
	}
	if e.Setup != nil {
		c.Title = e.Setup.Body.Title
	}
	f := e.Findings[id]
	switch {
	case f != nil && len(f.Faults) > 0:
		c.Verdict, c.How, c.Faults = read.False, f.how(), inOrder(f.Faults)
	case e.Step < reached[id]:
		c.How = read.Message{ID: id + ".missing"}
	case computed[id] && e.Obstacle != nil:
		c.How = *e.Obstacle
	case e.TallyUnread && (id == claimShuffles || id == claimDecryption || id == claimResult):
		c.How = read.Message{ID: "vote.tally-unread"}
	case id == claimSeats && e.undecided() != nil:
		c.How = *e.undecided()
	default:
		c.Verdict = read.True
		c.How = read.Message{ID: id + ".how", Args: e.figures(id)}
	}
	c.Data = e.data(id)
	return c
}

// figures are the numbers with which a true claim says how we know.
func (e *election) figures(id string) args {
	ballots := int64(len(e.Box.casts))
	switch id {
	case claimSetup:
		return args{"Count": e.Figures.Voters, "Trustees": int64(len(e.Figures.Trustees)), "Questions": int64(e.Figures.Questions)}
	case claimOpened:
		o := e.Open
		return args{"Opens": o.Body.Opens, "Closes": o.Body.Closes, "Signers": strings.Join(o.SignedBy, ", ")}
	case claimBallots:
		return args{"Count": ballots, "Proofs": e.Box.proofs}
	case claimOnce:
		return args{"Count": e.counted(), "Ballots": ballots, "Revotes": e.Box.revotes}
	case claimBatches:
		return args{"Count": e.Batches.Count, "Seconds": e.Open.Body.Batch}
	case claimClosed:
		return args{"Count": ballots, "Closes": e.Open.Body.Closes}
	case claimTally:
		return args{"Count": e.counted(), "Weight": e.weight()}
	case claimShuffles:
		var owners []int
		for _, m := range e.Shuffles {
			owners = append(owners, m.Trustee)
		}
		return args{"Count": int64(len(owners)), "Trustees": e.nameAll(owners), "Proofs": e.Mixed}
	case claimDecryption:
		var owners []int
		for _, d := range e.Decryptions {
			owners = append(owners, d.Trustee)
		}
		return args{"Count": int64(len(owners)), "Trustees": e.nameAll(owners), "Proofs": e.Factors}
	case claimResult:
		return args{"Count": int64(e.Figures.Questions)}
	case claimSeats:
		return args{"Count": int64(len(e.Counts[e.newest().Number]))}
	case claimComplaints:
		s := e.standing()
		return args{"Count": s.Complaints, "Late": s.Late, "Rulings": int64(len(e.Disputes.Rulings)), "Ends": s.Ends, "Version": int64(s.Version)}
	case claimCertified:
		return args{"Signers": strings.Join(e.Certified.SignedBy, ", ")}
	case claimArchive:
		return args{"SHA256": e.Certified.Body.Archive, "Size": e.Certified.Body.ArchiveSize}
	}
	return nil
}

// name is the log key of an owner, where the trustees named it.
func (e *election) name(owner int) string {
	if owner < 1 || owner > len(e.Names) {
		return ""
	}
	return e.Names[owner-1]
}

// nameAll lists the log keys of owners.
func (e *election) nameAll(owners []int) string {
	var names []string
	for _, owner := range owners {
		names = append(names, e.name(owner))
	}
	return strings.Join(names, ", ")
}

// data is what a chart can be drawn from.
func (e *election) data(id string) any {
	switch {
	case e.Figures.Voters == 0:
		return nil
	case id == claimSetup:
		return e.Figures
	case id == claimOnce && e.Step >= opened:
		return BallotData{
			Voters: e.Figures.Voters, Ballots: int64(len(e.Box.casts)), Revotes: e.Box.revotes,
			Counted: e.counted(), Weight: e.weight(),
		}
	case id == claimResult && e.Outcome != nil:
		return e.resultData()
	case id == claimSeats && e.Outcome != nil && e.Setup != nil:
		return e.seatsData()
	case id == claimComplaints && e.Disputes != nil:
		return *e.standing()
	}
	return nil
}

// resultData joins the recomputed numbers with the texts of the election record.
func (e *election) resultData() any {
	definition, err := ballot.ParseElection(e.Definition)
	if err != nil {
		return nil // told when it was set up
	}
	return NewResultData(definition, e.Outcome, e.counted(), e.weight())
}

// seatsData are the seats that were said.
func (e *election) seatsData() any {
	var counts []*count.Result
	for _, c := range e.countAgain(e.newest()) {
		counts = append(counts, c.Result)
	}
	if counts == nil {
		return nil
	}
	return NewSeatsData(counts)
}

// countAgain counts the seats that were said of a version.
func (e *election) countAgain(v Version) []Counted {
	var list []Counted
	for _, q := range e.Setup.Body.Rules {
		if _, said := e.Counts[v.Number][q.Question]; !said {
			continue
		}
		dice := e.Thrown[q.Question]
		c, err := CountVersion(e.UUID, e.Definition, e.Outcome.Bytes(), q, dice, v)
		if err != nil {
			continue // told when they were said
		}
		list = append(list, Counted{q.Question, dice, c})
	}
	return list
}
