package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"bayyina/platform/ledger/read"

	"golang.org/x/mod/sumdb/tlog"
)

// reach judges the kept checkpoint that the next entry names as the newest when it
// was sequenced, and the times of the entries published under it. What it returns
// is against that entry.
func (r *run) reach(ctx context.Context, k kept, size int64) ([]told, error) {
	s := r.seen
	before := s.frontier.Size()
	covered := s.Pending[:size-before]
	if err := r.advance(ctx, covered); err != nil {
		return nil, err
	}
	s.After, s.Bound = size, time.Time{}
	var list []told
	switch {
	case errors.Is(k.err, read.ErrMissing):
		s.Figures.Unseen++
		list = append(list, told{checkpointMissing, args{"Size": size}, k.err.Error()})
	case k.err != nil:
		s.Figures.Unseen++
		r.fault(read.Fault{Code: checkpointMalformed, Detail: k.err.Error(), Sequence: -1}, args{"Size": size})
	default:
		s.Bound = r.checkpoint(k.Checkpoint, s.frontier.Root()).Time
	}
	if s.Bound.IsZero() {
		s.Figures.Unbound++
	}
	r.bound(covered, before, s.Bound, size)
	s.Pending = s.Pending[len(covered):]
	return list, nil
}

// advance moves the frontier over entries and compares the tiles above the lowest
// level that they complete. Those of the lowest were compared when they were read.
func (r *run) advance(ctx context.Context, covered []pending) error {
	for _, p := range covered {
		for _, tile := range r.seen.frontier.Append(p.Leaf) {
			if tile.Level > 0 {
				if err := r.tile(ctx, tile.Level, tile.N, tile.Hashes); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (r *run) tile(ctx context.Context, level int, n int64, hashes []tlog.Hash) error {
	f, err := r.compareTile(ctx, level, n, hashes)
	if f != nil {
		r.fault(*f, args{"Path": read.TilePath(level, n, len(hashes))})
	}
	return err
}

// bound judges the times of entries, from a sequence on, by the witnessed time of
// the checkpoint of a size that covers them; zero for none.
func (r *run) bound(covered []pending, first int64, witnessed time.Time, size int64) {
	if witnessed.IsZero() {
		return
	}
	for i, p := range covered {
		if p.Time.After(witnessed.Add(read.Tolerance)) {
			f := read.Fault{Code: timeTooLate, Sequence: first + int64(i), Time: p.Time, Kind: p.Kind, SignedBy: p.SignedBy}
			r.fault(f, args{"Witnessed": witnessed, "Size": size})
		}
	}
}

// checkpoint judges a checkpoint against the root of the entries, the log's key and
// the witnesses.
func (r *run) checkpoint(c read.Checkpoint, root tlog.Hash) read.Witnessed {
	s := r.seen
	tell := func(code, detail string, values args) {
		values["Size"] = c.Size
		r.fault(read.Fault{Code: code, Detail: detail, Sequence: -1}, values)
	}
	s.Figures.Checkpoints++
	if c.Origin != r.newest.Origin {
		tell(checkpointOrigin, "", args{"Origin": shorten(c.Origin)})
	}
	if key, ok := r.checkpointKey(); ok {
		if err := c.SignedBy(key); err != nil {
			tell(checkpointSignature, err.Error(), args{})
		}
	}
	if c.Root != root {
		tell(checkpointRoot, fmt.Sprintf("it says %s, the entries have %s", c.Root, root), args{})
	}
	w := r.quorum(c.Size).Judge(c)
	for _, bad := range w.Bad {
		tell(cosignatureInvalid, bad.Error(), args{})
	}
	if !w.Met {
		tell(checkpointWitnesses, "", args{"Count": int64(len(w.By))})
	}
	for _, by := range w.By {
		if !slices.Contains(s.Figures.Witnesses, by.Witness) {
			s.Figures.Witnesses = append(s.Figures.Witnesses, by.Witness)
		}
	}
	return w
}

// checkpointKey is the key that signs checkpoints: the genesis', which the policy is
// held against, or, without any genesis, the policy's.
func (r *run) checkpointKey() (read.Key, bool) {
	key, err := r.seen.Keys.Checkpoint()
	if err == nil {
		return key, true
	}
	if r.policy != nil {
		return r.policy.Log(), true
	}
	return read.Key{}, false
}

// quorum is who must have witnessed a checkpoint of a size.
func (r *run) quorum(size int64) *read.Quorum {
	if r.policy != nil {
		return r.policy.Quorum()
	}
	return r.seen.Keys.QuorumAt(size)
}

// verdict is what the newest checkpoint shows.
type verdict struct {
	root      tlog.Hash
	witnessed read.Witnessed
}

// end judges the newest checkpoint, the tiles at the log's right edge and the log
// as a whole. What it finds is of this run only: in a grown log the last entries
// may stand under another checkpoint, so it comes after the state was saved.
func (r *run) end(ctx context.Context) (verdict, error) {
	s := r.seen
	var v verdict
	if r.size == 0 {
		r.fault(read.Fault{Code: read.GenesisMissing, Detail: "the log is empty", Sequence: -1}, nil)
	}
	if r.unread < 0 {
		first := s.frontier.Size()
		if err := r.advance(ctx, s.Pending); err != nil {
			return v, err
		}
		for level := 1; len(s.frontier.Edge(level)) > 0 || read.TileSize(level, 0, r.size) > 0; level++ {
			if edge := s.frontier.Edge(level); len(edge) > 0 {
				if err := r.tile(ctx, level, r.size>>(8*(level+1)), edge); err != nil {
					return v, err
				}
			}
		}
		v.root = s.frontier.Root()
		v.witnessed = r.checkpoint(r.newest, v.root)
		if v.witnessed.Time.IsZero() {
			s.Figures.Unbound++
		}
		r.bound(s.Pending, first, v.witnessed.Time, r.size)
		s.Pending = nil
	}
	if r.policy != nil {
		r.hold(r.policy)
	}
	return v, nil
}

// hold holds the log against the policy.
func (r *run) hold(p *read.Policy) {
	for _, v := range r.seen.Keys.CheckPolicy(p) {
		f := read.Fault{Code: v.Code, Detail: v.Detail, Sequence: 0, Says: v.Says()}
		switch v.Code {
		case read.PolicyOrigin:
			f.Sequence = -1
		case read.GenesisMissing: // told where it was missed; here it leaves the author open
			if r.seen.next() > 0 {
				r.seen.against(claimOrigin, f)
			}
			continue
		}
		r.fault(f, f.Says.Args)
	}
}
