package board

import (
	"context"
	"errors"
	"slices"
	"time"

	"bayyina/platform/ledger/read"
)

// Seen is when a witness was last seen.
type Seen struct {
	Name   string
	Time   time.Time // of its last cosignature; zero where none is known
	Size   int64     // of the checkpoint that it cosigned then
	Newest bool      // that is the newest checkpoint
}

// lookBack is how many older checkpoints are asked for witnesses that did not sign the
// newest one.
const lookBack = 64

// see tells when each witness was last seen: under the newest checkpoint, or as the last
// snapshot knows, or under an older one.
func (s *Snapshot) see(ctx context.Context, next *Snapshot, policy *read.Policy) ([]Seen, error) {
	var list []Seen
	missing := 0
	for _, key := range next.quorum(policy).Witnesses() {
		seen := Seen{Name: key.Name()}
		for _, by := range next.Witnessed.By {
			if by.Witness == key.Name() {
				seen.Time, seen.Size, seen.Newest = by.Time, next.Checkpoint.Size, true
			}
		}
		if !seen.Newest && s != nil {
			if i := slices.IndexFunc(s.Seen, func(old Seen) bool { return old.Name == seen.Name }); i >= 0 {
				seen = s.Seen[i]
				seen.Newest = false
			}
		}
		if seen.Time.IsZero() {
			missing++
		}
		list = append(list, seen)
	}
	if s != nil || missing == 0 {
		return list, nil
	}
	return list, next.seeOlder(ctx, list, policy)
}

// seeOlder looks for witnesses under the checkpoints before the newest one.
func (s *Snapshot) seeOlder(ctx context.Context, list []Seen, policy *read.Policy) error {
	size := s.Size()
	for range lookBack {
		if size < 1 || !slices.ContainsFunc(list, func(w Seen) bool { return w.Time.IsZero() }) {
			return nil
		}
		e, err := s.Entry(ctx, size-1)
		if err != nil {
			return damagedIsNothing(err)
		}
		if e.After >= size {
			return nil // the report tells that it is wrong
		}
		if size = e.After; size == 0 {
			return nil
		}
		kept, err := read.Kept(ctx, s.source, size)
		if err != nil {
			return damagedIsNothing(err)
		}
		for _, by := range s.quorum(policy).Judge(kept).By {
			for i := range list {
				if list[i].Name == by.Witness && list[i].Time.IsZero() {
					list[i].Time, list[i].Size = by.Time, size
				}
			}
		}
	}
	return nil
}

// damagedIsNothing forgives what is the log's fault, which its report tells.
func damagedIsNothing(err error) error {
	if errors.Is(err, read.ErrMissing) || errors.Is(err, read.ErrDamaged) {
		return nil
	}
	return err
}
