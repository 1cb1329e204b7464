package ledger

import "context"

// Confirm lets the witnesses confirm the log as it stands, and publishes that.
// Whoever opened a log must do so before anything is appended: a log restored
// from an old copy must not grow a second history. [Log.Run] does it by itself.
func (l *Log) Confirm(ctx context.Context) (*Published, error) { return l.confirm(ctx) }
