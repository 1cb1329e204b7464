package board

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"bayyina/platform/ledger/read"
)

// unreadable stands for the kind of an entry whose statement cannot be read.
const unreadable = "?"

// index knows the kind of every entry: one byte for each. It is never changed once a
// snapshot has it, but for bytes behind its end.
type index struct {
	names    []string // of kinds
	kinds    []byte   // of entries, as places in names
	counted  []int64  // entries of each kind
	frontier read.Frontier
}

// maxKinds bounds the kinds that are told apart; those beyond are unreadable.
const maxKinds = 255

// KindCount is how many entries of a kind there are.
type KindCount struct {
	Kind  string
	Count int64
}

// extend returns the index of the next snapshot: the last one's, and what is new. It
// stops where the log cannot be read, which its report tells.
func (s *Snapshot) extend(ctx context.Context, next *Snapshot) (*index, error) {
	x := &index{names: []string{unreadable}, counted: []int64{0}}
	if s != nil {
		last := s.index
		x = &index{names: slices.Clone(last.names), kinds: last.kinds, counted: slices.Clone(last.counted)}
		edge, err := last.frontier.AppendBinary(nil)
		if err != nil {
			return nil, err
		}
		if err := x.frontier.UnmarshalBinary(edge); err != nil {
			return nil, err
		}
	}
	for size := next.Report.Replayed; x.size() < size; {
		bundle := x.size() / read.TileWidth
		entries, err := read.ReadBundle(ctx, next.source, bundle, next.Checkpoint.Size)
		if errors.Is(err, read.ErrMissing) || errors.Is(err, read.ErrDamaged) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("index: %w", err)
		}
		for _, raw := range entries[x.size()-bundle*read.TileWidth:] {
			x.add(raw)
		}
	}
	if x.size() == next.Report.Size && x.frontier.Root() != tlog.Hash(next.Report.Root) {
		return nil, fmt.Errorf("index: %w: the entries changed while they were read", ErrRewritten)
	}
	return x, nil
}

func (x *index) size() int64 { return int64(len(x.kinds)) }

// add adds the next entry.
func (x *index) add(raw []byte) {
	kind := unreadable
	if e, err := read.ParseEntry(raw); err == nil {
		kind = e.Statement.Kind
	}
	at := slices.Index(x.names, kind)
	if at < 0 && len(x.names) == maxKinds {
		at = 0
	}
	if at < 0 {
		at = len(x.names)
		x.names, x.counted = append(x.names, kind), append(x.counted, 0)
	}
	x.kinds = append(x.kinds, byte(at))
	x.counted[at]++
	x.frontier.Append(tlog.RecordHash(raw))
}

// wanted tells of each kind, by its place in names, whether it is.
func (x *index) wanted(want func(kind string) bool) []bool {
	wanted := make([]bool, len(x.names))
	for i, name := range x.names {
		wanted[i] = want(name)
	}
	return wanted
}

// after returns at most so many sequences from one on, the oldest first, of the kinds
// that are wanted, and the sequence from which to go on.
func (x *index) after(sequence int64, most int, want func(kind string) bool) (list []int64, next int64) {
	wanted := x.wanted(want)
	for next = max(sequence, 0); next < x.size() && len(list) < most; next++ {
		if wanted[x.kinds[next]] {
			list = append(list, next)
		}
	}
	return list, next
}

// before returns at most so many sequences below one, the newest first, of the kinds
// that are wanted.
func (x *index) before(sequence int64, most int, want func(kind string) bool) []int64 {
	wanted := x.wanted(want)
	var list []int64
	for n := min(sequence, x.size()) - 1; n >= 0 && len(list) < most; n-- {
		if wanted[x.kinds[n]] {
			list = append(list, n)
		}
	}
	return list
}

// counts are the kinds that there are, by name.
func (x *index) counts() []KindCount {
	var list []KindCount
	for i, n := range x.counted {
		if n > 0 {
			list = append(list, KindCount{x.names[i], n})
		}
	}
	slices.SortFunc(list, func(a, b KindCount) int { return strings.Compare(a.Kind, b.Kind) })
	return list
}
