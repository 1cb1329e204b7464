package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"bayyina/platform/ledger/read"
)

// compareKnown compares the entries of a bundle that an earlier run judged with
// what it saw.
func (r *run) compareKnown(l *loaded, skip int) {
	known := slices.Clone(r.seen.frontier.Edge(0))
	for _, p := range r.seen.Pending {
		known = append(known, p.Leaf)
	}
	known = known[len(known)-skip:]
	for i, leaf := range known {
		if leaf != l.entries[i].leaf {
			f := read.Fault{Code: bundleDamaged, Detail: "an entry that was judged before is another one now", Sequence: l.number*read.TileWidth + int64(i)}
			r.fault(f, args{"Bundle": l.number})
			return
		}
	}
}

// told is a fault of an entry before its signers are known.
type told struct {
	code   string
	values args
	detail string
}

// entry judges the next entry of the log.
func (r *run) entry(ctx context.Context, l *loaded, p parsed, checked read.Checked) error {
	s := r.seen
	e, sequence := p.Entry, s.next()
	list := r.form(p, sequence)
	envelope := !errors.Is(p.err, read.ErrEntry)
	if envelope {
		list = append(list, r.statement(e)...)
	}
	// A statement with a fault has no effect on keys and rules. What is wrong with its
	// envelope is the server's doing, and undoes nobody's decision; only an entry that
	// no entry key signed is none.
	for _, t := range list {
		e.Faults = append(e.Faults, read.Fault{Code: t.code})
	}
	if envelope {
		more, err := r.order(ctx, l, e, sequence)
		if err != nil {
			return err
		}
		list = append(list, more...)
	}
	e.Sequence = sequence
	list = append(list, r.enter(e, p.err, checked, sequence)...)
	e.Faults = nil // again, now that its signers are known
	for _, t := range list {
		e.Faults = append(e.Faults, r.fault(at(read.Fault{Code: t.code, Detail: t.detail}, e), t.values))
	}
	r.count(e, envelope)
	s.Pending = append(s.Pending, pending{p.leaf, e.Time, s.kind(e.Statement.Kind), e.SignedBy})
	return r.compareExpected()
}

// form tells what is malformed.
func (r *run) form(p parsed, sequence int64) []told {
	kind := p.Statement.Kind
	switch {
	case p.err == nil:
		return nil
	case errors.Is(p.err, read.ErrEntry):
		return []told{{entryMalformed, nil, p.err.Error()}}
	case errors.Is(p.err, read.ErrBody):
		return []told{{bodyNotCanonical, args{"Kind": kind}, p.err.Error()}}
	}
	return []told{{statementMalformed, nil, p.err.Error()}}
}

// order judges an envelope by its place in the log.
func (r *run) order(ctx context.Context, l *loaded, e *read.Entry, sequence int64) ([]told, error) {
	s := r.seen
	var list []told
	if e.Origin != r.newest.Origin {
		list = append(list, told{entryOrigin, args{"Origin": shorten(e.Origin)}, ""})
	}
	if e.Sequence != sequence {
		list = append(list, told{entrySequence, args{"Claimed": e.Sequence}, fmt.Sprintf("it is entry %d", sequence)})
	}
	if e.Time.Before(s.Time) {
		list = append(list, told{timeBackwards, args{"Before": s.Time}, ""})
	} else {
		s.Time = e.Time
	}
	switch {
	case sequence == 1 && e.After != 1:
		list = append(list, told{genesisNotAlone, nil, fmt.Sprintf("entry 1 names a checkpoint of size %d", e.After)})
	case e.After < s.After || e.After > sequence:
		list = append(list, told{entryAfter, args{"After": e.After}, fmt.Sprintf("the entry before names %d", s.After)})
	}
	if e.After > s.After && e.After <= sequence {
		more, err := r.reach(ctx, l.kept[e.After], e.After)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	if e.After == s.After && !s.Bound.IsZero() && e.Time.Before(s.Bound.Add(-read.Tolerance)) {
		list = append(list, told{timeTooEarly, args{"Witnessed": s.Bound, "Size": e.After}, ""})
	}
	return list, nil
}

// statement judges what is common to all statements.
func (r *run) statement(e *read.Entry) []told {
	st := &e.Statement
	if st.Text == nil {
		return nil
	}
	var list []told
	if st.Origin != r.newest.Origin {
		list = append(list, told{statementOrigin, args{"Origin": shorten(st.Origin)}, ""})
	}
	if e.Time.Before(st.From) || e.Time.After(st.Until) {
		list = append(list, told{statementWindow, args{"From": st.From, "Until": st.Until}, ""})
	}
	if !r.seen.fresh(st.ID) {
		list = append(list, told{idReused, args{"ID": st.ID}, ""})
	}
	return list
}

// enter judges the entry's signatures and gives it its effect on keys, rules and
// witnesses.
func (r *run) enter(e *read.Entry, err error, checked read.Checked, sequence int64) []told {
	var list []told
	for _, v := range r.seen.Keys.Enter(e, checked) {
		// What could not be read at all lacks signatures, too; that says nothing more.
		unread := err != nil && !errors.Is(err, read.ErrBody)
		if unread && sequence > 0 && (v.Code != read.EntrySignature || errors.Is(err, read.ErrEntry)) {
			continue
		}
		list = append(list, told{v.Code, v.Says().Args, v.Detail})
	}
	if sequence == 0 {
		r.seen.Figures.Approved = slices.Clone(e.SignedBy)
	}
	return list
}

// count counts what was checked.
func (r *run) count(e *read.Entry, envelope bool) {
	f := &r.seen.Figures
	if envelope {
		f.Signatures += int64(len(e.SignedBy)) + 1
	}
	kind := e.Statement.Kind
	if len(r.seen.Keys.Need(kind)) > 0 {
		f.Decisions++
	}
	if kind != "" && !own(kind) && !r.judged(kind) {
		r.seen.Unknown[r.seen.kind(kind)]++
	}
}
