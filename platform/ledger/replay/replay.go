package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"bayyina/platform/ledger/read"
)

// Options are what a replay may be told beside log, policy and judges.
type Options struct {
	// State is the path of a file in which the replay saves how far it came: every
	// half minute, when it is interrupted, and at the end. A later run with the same
	// policy and judges goes on from there and checks only what is new. Empty: none.
	State string
	// Progress is called after each bundle, always by one goroutine. It may be nil.
	Progress func(Progress)
}

// Progress is how far a replay came.
type Progress struct {
	Entries, Of     int64
	Attachments     int64 // checked
	AttachmentBytes int64
}

// Report is what a replay found.
type Report struct {
	Origin    string
	Name      read.Bilingual // of the log, as the genesis says
	Rehearsal bool           // as the genesis says
	Size      int64          // entries under the newest checkpoint
	Replayed  int64          // of these, judged now or by an earlier run whose state was used
	Resumed   int64          // of these, judged by the earlier run
	Root      [32]byte       // that the entries have
	AsOf      time.Time      // witnessed time of the newest checkpoint; zero where nobody says
	Successor string         // the log that goes on, where this one was closed
	Previous  *read.Previous // the log that this one says it succeeds
	Claims    []read.Claim   // on the log itself, then the judges'
	// Keys are those that were ever in the log: who may sign promises and other notes.
	Keys *read.KeyHistory
}

// Replay judges a whole log. policy says where trust starts and may be nil: then
// who wrote and witnessed the log is not shown. Each judge is handed the entries of
// its kinds.
//
// An error means that the log could not be judged: the source cannot be read, a
// saved state does not belong to it (ErrState), the context is done. Whatever is
// wrong with the log itself is in the report.
func Replay(ctx context.Context, source read.Source, policy *read.Policy, judges []read.Judge, opts Options) (*Report, error) {
	r := newRun(source, policy, judges, opts)
	report, err := r.replay(ctx)
	if err != nil {
		return nil, fmt.Errorf("replay %s: %w", source, err)
	}
	return report, nil
}

// run is one replay.
type run struct {
	source read.Source
	policy *read.Policy
	judges []judge
	opts   Options
	newest read.Checkpoint
	size   int64 // of the newest checkpoint: what is to be replayed
	held   map[string]holding
	seen   *seen // nil until the newest checkpoint was read
	saved  time.Time
	// expect is what an earlier run saw, where its state could not be taken up.
	expect *mark
	// unread is the sequence from which on the log could not be read, -1 for none.
	unread int64
}

// judge is a judge with its kinds.
type judge struct {
	read.Judge
	kinds map[string]bool
}

// takes reports whether entries of a kind are handed to the judge.
func (j judge) takes(kind string) bool {
	if j.kinds[kind] {
		return true
	}
	w, ok := j.Judge.(read.Watcher)
	return ok && w.Watches(kind)
}

func newRun(source read.Source, policy *read.Policy, judges []read.Judge, opts Options) *run {
	r := &run{source: source, policy: policy, opts: opts, saved: time.Now(), unread: -1}
	for _, j := range judges {
		kinds := make(map[string]bool)
		for _, kind := range j.Kinds() {
			kinds[kind] = true
		}
		r.judges = append(r.judges, judge{j, kinds})
	}
	return r
}

// judged reports whether some judge understands a kind.
func (r *run) judged(kind string) bool {
	return slices.ContainsFunc(r.judges, func(j judge) bool { return j.kinds[kind] })
}

func (r *run) replay(ctx context.Context) (*Report, error) {
	newest, err := read.Newest(ctx, r.source)
	if errors.Is(err, read.ErrDamaged) {
		r.seen = newSeen("")
		r.fault(read.Fault{Code: checkpointMalformed, Detail: err.Error(), Sequence: -1}, args{"Size": int64(-1)})
		r.unread = 0
		return r.report(verdict{}), nil
	}
	if err != nil {
		return nil, err
	}
	r.newest, r.size = newest, newest.Size
	if err := r.begin(ctx); err != nil {
		return nil, err
	}
	resumed := r.seen.next()
	if err := r.entries(ctx); err != nil {
		return nil, err
	}
	if r.unread < 0 {
		if err := r.save(); err != nil {
			return nil, err
		}
	}
	v, err := r.end(ctx)
	if err != nil {
		return nil, err
	}
	report := r.report(v)
	report.Resumed = resumed
	return report, nil
}

// begin takes up an earlier run's state, or begins anew.
func (r *run) begin(ctx context.Context) error {
	r.seen = newSeen(r.newest.Origin)
	if r.opts.State == "" {
		return nil
	}
	return r.resume(ctx)
}

// entries replays the bundles that are not replayed yet, in order, while the next
// ones are being read.
func (r *run) entries(ctx context.Context) error {
	next, stop := prefetch(ctx, readAhead, r.seen.next()/read.TileWidth, read.Bundles(r.size), r.load)
	defer stop()
	for r.seen.next() < r.size && r.unread < 0 {
		l, err := next()
		if ctx.Err() != nil {
			return errors.Join(ctx.Err(), r.save())
		}
		if err != nil {
			return err
		}
		if err := r.bundle(ctx, l); err != nil {
			return err
		}
		if r.opts.Progress != nil {
			f := r.seen.Figures
			r.opts.Progress(Progress{r.seen.next(), r.size, f.Attachments, f.AttachmentBytes})
		}
		// Between two bundles only: the judges know nothing of half of one.
		if time.Since(r.saved) > saveEvery {
			if err := r.save(); err != nil {
				return err
			}
		}
	}
	return nil
}

// saveEvery is how often a long run saves its state.
const saveEvery = 30 * time.Second

// bundle judges the next bundle and hands its entries to the judges.
func (r *run) bundle(ctx context.Context, l *loaded) error {
	if l.fault != nil {
		r.fault(*l.fault, args{"Bundle": l.number})
		r.unread = r.seen.next()
		return nil
	}
	skip := int(r.seen.next() - l.number*read.TileWidth)
	r.compareKnown(l, skip)
	if l.tile != nil {
		r.fault(*l.tile, args{"Path": read.TilePath(0, l.number, len(l.entries))})
	}
	checked := r.check(l.entries[skip:])
	for i, e := range l.entries[skip:] {
		if err := r.entry(ctx, l, e, checked[i]); err != nil {
			return err
		}
	}
	r.attachments(l, skip)
	r.held = l.held
	for _, j := range r.judges {
		var list []*read.Entry
		for _, e := range l.entries[skip:] {
			if j.takes(e.Statement.Kind) {
				list = append(list, e.Entry)
			}
		}
		if len(list) == 0 {
			continue
		}
		if err := j.Entries(ctx, r, list); err != nil {
			return err
		}
	}
	return nil
}

// check verifies the signatures of entries on all cores.
func (r *run) check(entries []parsed) []read.Checked {
	checked := make([]read.Checked, len(entries))
	parallel(len(entries), func(i int) { checked[i] = r.seen.Keys.Check(entries[i].Entry) })
	return checked
}
