package mirror

import (
	"context"
	"errors"
	"time"
)

// Follow keeps the mirror up to date, with a round every interval, until ctx ends
// or an alarm is raised, which it returns. Each round is told. A source that cannot
// be read is asked again in the next round; once the witnesses' last word is too old,
// that is an alarm, too.
func (m *Mirror) Follow(ctx context.Context, interval time.Duration, tell func(*Report, error)) error {
	for {
		r, err := m.Sync(ctx)
		if a := (*Alarm)(nil); errors.As(err, &a) {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		tell(r, err)
		if err != nil && m.state.Checkpoint.Size > 0 && m.cfg.Stale > 0 {
			w, err := m.cosigned(m.state.Checkpoint, m.state.At.History)
			if err := errors.Join(err, m.checkStale(w)); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(interval):
		}
	}
}
