package replay

import (
	"context"
	"errors"
	"fmt"
	"io"

	"bayyina/platform/ledger/read"
)

// heldBytes bounds the attachments of a bundle that are kept for its judges. They
// ask for the others one by one.
const heldBytes = 32 << 20

// named is one naming of an attachment.
type named struct {
	read.Attachment
	entry int // in the bundle
	first bool
}

// holding is an attachment of a bundle that was read and checked.
type holding struct {
	size int64
	data []byte // nil where it was not kept
	err  error  // nil, ErrMissing or ErrDamaged
}

// loadAttachments reads and checks every attachment that the bundle's entries name,
// of whatever kind, and keeps those that a judge may ask for.
func (r *run) loadAttachments(ctx context.Context, l *loaded) error {
	l.held = make(map[string]holding)
	wanted := make(map[string]bool)
	entries := make([]*read.Entry, len(l.entries))
	for i, e := range l.entries {
		entries[i] = e.Entry
		judged := r.judged(e.Statement.Kind)
		for _, a := range e.Statement.Attachments {
			_, before := wanted[a.SHA256]
			wanted[a.SHA256] = wanted[a.SHA256] || judged
			l.named = append(l.named, named{a, i, !before})
		}
	}
	packed, loose := read.Named(entries)
	left := int64(heldBytes)
	keep := func(a read.Attachment) bool {
		if !wanted[a.SHA256] || a.Size > left {
			return false
		}
		left -= a.Size
		return true
	}
	if err := r.loadPack(ctx, l, packed, keep); err != nil {
		return err
	}
	return r.loadLoose(ctx, l, loose, keep)
}

// loadPack streams the bundle's pack.
func (r *run) loadPack(ctx context.Context, l *loaded, packed []read.Packed, keep func(read.Attachment) bool) error {
	if len(packed) == 0 {
		return nil
	}
	p, err := read.OpenPack(ctx, r.source, l.number, packed)
	if errors.Is(err, read.ErrMissing) {
		l.pack = &read.Fault{Code: packMissing, Detail: err.Error(), Sequence: -1}
		for _, a := range packed {
			l.held[a.SHA256] = holding{size: a.Size, err: err}
		}
		return nil
	}
	if err != nil {
		return err
	}
	for {
		at, data, err := p.Next()
		if err == io.EOF {
			break
		}
		if err != nil && !atFault(err) {
			return errors.Join(err, p.Close())
		}
		h := holding{size: at.Size, err: err}
		if err == nil && keep(at.Attachment) {
			h.data = data
		}
		l.held[at.SHA256] = h
	}
	if err := p.Close(); errors.Is(err, read.ErrDamaged) {
		l.pack = &read.Fault{Code: packDamaged, Detail: err.Error(), Sequence: -1}
	} else if err != nil {
		return err
	}
	return nil
}

// looseAtOnce is how many loose attachments are read at once.
const looseAtOnce = 8

// loadLoose reads the bundle's loose attachments.
func (r *run) loadLoose(ctx context.Context, l *loaded, loose []read.Attachment, keep func(read.Attachment) bool) error {
	full := len(l.entries) == read.TileWidth
	for len(loose) > 0 {
		some := loose[:min(looseAtOnce, len(loose))]
		loose = loose[len(some):]
		next, stop := prefetch(ctx, looseAtOnce, 0, int64(len(some)), func(ctx context.Context, i int64) (holding, error) {
			a := some[i]
			h := holding{size: a.Size}
			if a.Size > read.MaxPacked {
				h.err = read.CheckLoose(ctx, r.source, a)
			} else {
				h.data, h.err = read.ReadAttachment(ctx, r.source, l.number, full, a)
			}
			if h.err != nil && !atFault(h.err) {
				return h, h.err
			}
			return h, nil
		})
		for _, a := range some {
			h, err := next()
			if err != nil {
				stop()
				return err
			}
			if h.data != nil && !keep(a) {
				h.data = nil
			}
			l.held[a.SHA256] = h
		}
		stop()
	}
	return nil
}

// attachments tells what is wrong with those that the entries of a bundle name, and
// remembers where they are. An earlier run judged the first skip entries, when
// their attachments may have stood loose.
func (r *run) attachments(l *loaded, skip int) {
	full := len(l.entries) == read.TileWidth
	if l.pack != nil {
		r.fault(at(*l.pack, l.entries[l.named[0].entry].Entry), args{"Path": read.PackPath(l.number)})
	}
	for _, n := range l.named {
		if n.entry < skip && !full {
			continue
		}
		h := l.held[n.SHA256]
		fault := read.Fault{Code: attachmentDamaged}
		switch {
		case errors.Is(h.err, read.ErrMissing):
			fault.Code, fault.Detail = attachmentMissing, h.err.Error()
		case h.err != nil:
			fault.Detail = h.err.Error()
		case h.size != n.Size:
			fault.Detail = fmt.Sprintf("it has %d bytes, and the entry says %d", h.size, n.Size)
		default:
			fault.Code = ""
		}
		if fault.Code != "" && (n.first || h.err == nil) {
			r.fault(at(fault, l.entries[n.entry].Entry), args{"SHA256": n.SHA256})
		}
		if n.entry < skip {
			continue
		}
		r.seen.place(n.SHA256, l.number)
		if fault.Code == "" && n.first {
			r.seen.Figures.Attachments++
			r.seen.Figures.AttachmentBytes += n.Size
		}
	}
}

// Attachment implements read.Log for the judges.
func (r *run) Attachment(ctx context.Context, a read.Attachment, limit int64) ([]byte, error) {
	if a.Size > limit {
		return nil, fmt.Errorf("attachment %s: %w: %d bytes, more than the %d allowed", a.SHA256, read.ErrDamaged, a.Size, limit)
	}
	if h, ok := r.held[a.SHA256]; ok {
		switch {
		case h.err != nil:
			return nil, h.err
		case h.size != a.Size:
			return nil, fmt.Errorf("attachment %s: %w: it has %d bytes, not %d", a.SHA256, read.ErrDamaged, h.size, a.Size)
		case h.data != nil:
			return h.data, nil
		}
	}
	bundle, ok := r.seen.find(a.SHA256)
	if !ok {
		return nil, fmt.Errorf("attachment %s: no entry names it: %w", a.SHA256, read.ErrMissing)
	}
	full := read.TileSize(0, bundle, r.size) == read.TileWidth
	return read.ReadAttachment(ctx, r.source, bundle, full, a)
}

// Key implements read.Log.
func (r *run) Key(name string) (role string, ok bool) {
	m := r.seen.Keys.Member(name)
	if m == nil {
		return "", false
	}
	return m.Role, true
}

// Rehearsal implements read.Log.
func (r *run) Rehearsal() bool { return r.seen.Keys.Rehearsal() }
