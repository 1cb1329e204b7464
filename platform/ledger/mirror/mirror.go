package mirror

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"bayyina/platform/ledger/read"
)

// Config says what is mirrored, and where to.
type Config struct {
	Source string       // location of the log: a folder, a tar archive or a URL
	Dir    string       // the mirror's folder
	Policy *read.Policy // nil: the log's own word on its key and witnesses is taken, as first seen
	// Stale is how old the witnesses' last word may be; 0: as old as it likes.
	Stale    time.Duration
	Promises []*read.Promise // whose keeping is watched
	Now      func() time.Time
}

// Mirror is a verified copy of a log that is kept up to date.
type Mirror struct {
	cfg   Config
	lock  *os.File
	own   read.Source // the mirror's folder
	state state
	watch []*watched
}

// Open opens the mirror in a folder, or begins one. One process keeps it at a time.
func Open(ctx context.Context, cfg Config) (*Mirror, error) {
	m := &Mirror{cfg: cfg}
	for _, p := range cfg.Promises {
		m.watch = append(m.watch, &watched{promise: p})
	}
	if err := m.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open mirror: %w", err), m.Close())
	}
	return m, nil
}

func (m *Mirror) open(ctx context.Context) error {
	if err := makeDirs(filepath.Join(m.cfg.Dir, ".mirror")); err != nil {
		return err
	}
	var err error
	if m.lock, err = lockDir(filepath.Join(m.cfg.Dir, ".mirror", "lock")); err != nil {
		return err
	}
	if m.own, err = read.OpenSource(ctx, m.cfg.Dir); err != nil {
		return err
	}
	return m.loadState()
}

// Close lets another process keep the mirror.
func (m *Mirror) Close() error {
	var errs []error
	if m.own != nil {
		errs = append(errs, m.own.Close())
	}
	if m.lock != nil {
		errs = append(errs, m.lock.Close())
	}
	return errors.Join(errs...)
}

// Report says how the log stands after a round.
type Report struct {
	Origin     string
	Rehearsal  bool
	Size       int64 // entries in the mirror
	Added      int64 // by this round
	Checkpoint read.Checkpoint
	Witnessed  read.Witnessed // by the policy, or the log's own witnesses
	Promises   []PromiseStatus
}

// Sync brings the mirror up to date, once. An [Alarm] is misbehaviour of the log,
// with its evidence kept; the mirror then stays as it was. Any other error means that
// the source could not be read, or the mirror not be written.
func (m *Mirror) Sync(ctx context.Context) (*Report, error) {
	src, err := read.OpenSource(ctx, m.cfg.Source)
	if err != nil {
		return nil, err
	}
	defer src.Close() // only read from
	r, err := m.sync(ctx, src)
	if err != nil {
		return nil, err
	}
	return r, m.checkStale(r.Witnessed)
}

func (m *Mirror) sync(ctx context.Context, src read.Source) (*Report, error) {
	trusted := m.state.Checkpoint
	next, err := read.Newest(ctx, src)
	switch {
	case errors.Is(err, read.ErrMissing) && trusted.Size == 0:
		return nil, fmt.Errorf("there is no log at %s: %w", m.cfg.Source, err)
	case err != nil:
		return nil, damagedOr(err)
	case next.Size == 0 && trusted.Size == 0:
		return nil, fmt.Errorf("the log at %s is empty", m.cfg.Source)
	}
	key, err := m.key(ctx, src, next)
	if err != nil {
		return nil, err
	}
	if err := m.signed(next, key); err != nil {
		return nil, err
	}
	if err := m.compare(ctx, src, next); err != nil {
		return nil, err
	}
	if m.cfg.Policy != nil { // before anything is fetched
		if _, err := m.cosigned(next, nil); err != nil {
			return nil, err
		}
	}
	added := next.Size - trusted.Size
	if added > 0 {
		err = m.grow(ctx, src, next, key)
	} else {
		err = m.refresh(next)
	}
	if err != nil {
		return nil, err
	}
	w, err := m.cosigned(m.state.Checkpoint, m.state.At.History)
	if err != nil {
		return nil, err
	}
	h := m.state.At.History
	r := &Report{Origin: h.Origin(), Rehearsal: h.Rehearsal(), Size: next.Size, Added: added, Checkpoint: m.state.Checkpoint, Witnessed: w}
	r.Promises, err = m.checkPromises(ctx, w.Time)
	return r, err
}

// key returns the log's key: the policy's, or else the one that the genesis names.
func (m *Mirror) key(ctx context.Context, src read.Source, next read.Checkpoint) (read.Key, error) {
	if m.cfg.Policy != nil {
		if origin := m.state.Checkpoint.Origin; origin != "" && origin != m.cfg.Policy.Origin() {
			return read.Key{}, fmt.Errorf("the mirror is of the log %q, the policy for %q", origin, m.cfg.Policy.Origin())
		}
		return m.cfg.Policy.Log(), nil
	}
	if m.state.At.History != nil {
		return m.state.At.History.Checkpoint()
	}
	bundle, err := read.ReadBundle(ctx, src, 0, next.Size)
	if err != nil {
		return read.Key{}, damagedOr(err)
	}
	e, err := read.ParseEntry(bundle[0])
	if err != nil {
		return read.Key{}, alarm(Damaged, "entry 0: %v", err)
	}
	h := read.NewKeyHistory(next.Origin)
	h.Enter(e, read.Checked{})
	key, err := h.Checkpoint()
	if err != nil {
		return read.Key{}, alarm(Damaged, "entry 0: %v", err)
	}
	return key, nil
}

// signed makes sure that a checkpoint is by the log.
func (m *Mirror) signed(c read.Checkpoint, key read.Key) error {
	if c.Origin != key.Name() {
		return m.accuse(alarm(Foreign, "the checkpoint is of the log %q, not %q", c.Origin, key.Name()), m.state.Checkpoint, c, nil)
	}
	if err := c.SignedBy(key); err != nil {
		return m.accuse(alarm(Unwitnessed, "%v", err), m.state.Checkpoint, c, nil)
	}
	return nil
}

// cosigned makes sure that a quorum of witnesses cosigned a checkpoint: that of
// the policy, or else of the log's own history.
func (m *Mirror) cosigned(c read.Checkpoint, h *read.KeyHistory) (read.Witnessed, error) {
	var q *read.Quorum
	if m.cfg.Policy != nil {
		q = m.cfg.Policy.Quorum()
	} else {
		q = h.QuorumAt(c.Size)
	}
	w := q.Judge(c)
	var a *Alarm
	switch {
	case len(w.Bad) > 0:
		a = alarm(Unwitnessed, "checkpoint of size %d: %v", c.Size, errors.Join(w.Bad...))
	case !w.Met:
		a = alarm(Unwitnessed, "checkpoint of size %d: the %d good cosignatures are no quorum", c.Size, len(w.By))
	default:
		return w, nil
	}
	return w, m.accuse(a, m.state.Checkpoint, c, nil)
}

// foreign makes sure that the log is the one of the policy.
func (m *Mirror) foreign(c read.Checkpoint, h *read.KeyHistory) error {
	if m.cfg.Policy == nil {
		return nil
	}
	if bad := h.CheckPolicy(m.cfg.Policy); len(bad) > 0 {
		return m.accuse(alarm(Foreign, "%v", bad[0]), m.state.Checkpoint, c, nil)
	}
	return nil
}

// compare makes sure that a checkpoint by the log continues the trusted one.
func (m *Mirror) compare(ctx context.Context, src read.Source, next read.Checkpoint) error {
	trusted := m.state.Checkpoint
	if trusted.Size == 0 {
		return nil
	}
	smaller, larger := trusted, next
	if next.Size < trusted.Size {
		smaller, larger, src = next, trusted, m.own
	}
	c, err := same(ctx, src, smaller, larger)
	switch {
	case err != nil && next.Size > trusted.Size:
		if a := (*Alarm)(nil); errors.As(damagedOr(err), &a) {
			return m.accuse(a, trusted, next, nil)
		}
		return err
	case err != nil:
		return fmt.Errorf("the mirror's own files: %w", err)
	case c != nil:
		return m.accuse(alarm(Fork, "the log signed checkpoints of size %d and %d, and neither history continues the other", trusted.Size, next.Size), trusted, next, c)
	case next.Size < trusted.Size:
		return m.accuse(alarm(Rollback, "the log had %d entries, now it shows %d", trusted.Size, next.Size), trusted, next, nil)
	}
	return nil
}

// refresh takes over a checkpoint of the trusted size with newer cosignatures.
func (m *Mirror) refresh(next read.Checkpoint) error {
	if err := m.foreign(next, m.state.At.History); err != nil {
		return err
	}
	w, err := m.cosigned(next, m.state.At.History)
	if err != nil {
		return err
	}
	before, err := m.cosigned(m.state.Checkpoint, m.state.At.History)
	if err != nil {
		return err
	}
	if !w.Time.After(before.Time) {
		return nil
	}
	m.state.Checkpoint = next
	return m.trust()
}

// grow brings the mirror to a larger checkpoint.
func (m *Mirror) grow(ctx context.Context, src read.Source, next read.Checkpoint, key read.Key) error {
	got, err := m.read(ctx, src, next)
	if err != nil {
		return err
	}
	if err := m.foreign(next, got.to.History); err != nil {
		return err
	}
	if _, err := m.cosigned(next, got.to.History); err != nil {
		return err
	}
	for _, size := range append(got.to.Kept, next.Size) {
		if err := m.keep(ctx, src, size, next, key, got.to.History); err != nil {
			return err
		}
	}
	gone := m.state.Old
	old := slices.Concat(edgePaths(m.state.Checkpoint.Size), got.to.Packed)
	needed := slices.Concat(edgePaths(next.Size), got.loose)
	old = slices.DeleteFunc(old, func(path string) bool { return slices.Contains(needed, path) })
	got.to.Kept, got.to.Packed = nil, nil
	m.state = state{Checkpoint: next, At: got.to, Old: old}
	if err := m.trust(); err != nil {
		return err
	}
	for _, path := range gone {
		if slices.Contains(needed, path) {
			continue // an entry at the end names it again
		}
		if err := ignoreMissing(os.Remove(m.path(path))); err != nil {
			return fmt.Errorf("remove superseded file: %w", err)
		}
	}
	return nil
}

// trust makes the mirror's files those of the checkpoint that is trusted now.
func (m *Mirror) trust() error {
	if err := m.flush(); err != nil {
		return err
	}
	if err := writeFile(m.path(read.CheckpointPath), m.state.Checkpoint.Raw); err != nil {
		return fmt.Errorf("write mirror: %w", err)
	}
	return m.saveState()
}

// read copies what is new, and makes sure that it has the checkpoint's root.
func (m *Mirror) read(ctx context.Context, src read.Source, next read.Checkpoint) (*pulled, error) {
	if ahead := m.state.Ahead; ahead != nil && ahead.Frontier.Size() <= next.Size {
		from, err := ahead.clone()
		if err != nil {
			return nil, err
		}
		got, err := m.pull(ctx, src, from, next.Size)
		if err == nil && got.to.Frontier.Root() == next.Root {
			return got, nil
		}
		if a := (*Alarm)(nil); err != nil && !errors.As(err, &a) {
			return nil, err
		}
		// What was fetched ahead may have been of another log: begin at what is trusted.
	}
	m.state.Ahead = nil
	from, err := m.state.At.clone()
	if err != nil {
		return nil, err
	}
	if from.History == nil {
		from.History = read.NewKeyHistory(next.Origin)
	}
	got, err := m.pull(ctx, src, from, next.Size)
	if err != nil {
		return nil, err
	}
	if root := got.to.Frontier.Root(); root != next.Root {
		m.state.Ahead = nil
		return nil, errors.Join(m.accuse(alarm(Damaged, "the %d entries have the root %v, the checkpoint says %v", next.Size, root, next.Root), m.state.Checkpoint, next, nil), m.saveState())
	}
	return got, nil
}

// keep copies a checkpoint published at a size, unless it is here, and makes sure
// that it is of the same history.
func (m *Mirror) keep(ctx context.Context, src read.Source, size int64, next read.Checkpoint, key read.Key, h *read.KeyHistory) error {
	path := read.KeptPath(size)
	if size <= m.state.Checkpoint.Size {
		if _, err := os.Stat(m.path(path)); err == nil {
			return nil
		}
	}
	if size > next.Size {
		return alarm(Damaged, "an entry comes after a checkpoint of size %d, in a log of %d", size, next.Size)
	}
	kept, err := read.Kept(ctx, src, size)
	if err != nil {
		return damagedOr(err)
	}
	if err := m.signed(kept, key); err != nil {
		return err
	}
	if _, err := m.cosigned(kept, h); err != nil {
		return err
	}
	c, err := same(ctx, m.own, kept, next)
	if err != nil {
		return fmt.Errorf("the mirror's own files: %w", err)
	}
	if c != nil {
		return m.accuse(alarm(Fork, "the log signed checkpoints of size %d and %d, and neither history continues the other", size, next.Size), kept, next, c)
	}
	return m.put(path, kept.Raw)
}

// checkStale raises an alarm when the witnesses' last word is too old.
func (m *Mirror) checkStale(w read.Witnessed) error {
	switch age := m.cfg.Now().Sub(w.Time); {
	case m.cfg.Stale == 0:
		return nil
	case w.Time.IsZero():
		return errors.New("the log has no witnesses: nobody can say how fresh it is")
	case age > m.cfg.Stale:
		return alarm(Stale, "a quorum of witnesses confirmed the log last at %s, %v ago", w.Time.UTC().Format(time.RFC3339), age.Round(time.Second))
	}
	return nil
}
