package read

import "context"

// Judge recomputes the claims of one module from the log alone. The replay
// hands it the entries of its kinds in log order; their envelopes, signatures,
// rules and windows have been checked already and the outcome stands in each
// entry's Faults.
type Judge interface {
	// Kinds lists the kinds with version that the judge understands.
	Kinds() []string
	// Entries takes the next consecutive entries of its kinds, at most one
	// bundle. An error means that the work could not be done (unreadable
	// source, cancelled context), never that a claim is false.
	Entries(ctx context.Context, log Log, entries []*Entry) error
	// Claims returns the claims as they stand after the last entry.
	Claims() []Claim
	// State and Restore carry the judge's whole state over to a later run on
	// the grown log.
	State() ([]byte, error)
	Restore(state []byte) error
}

// Watcher is a judge that is also handed entries of kinds that it does not list,
// whoever else judges them.
type Watcher interface {
	Judge
	// Watches reports whether entries of a kind are handed over.
	Watches(kind string) bool
}

// Log is what a judge may ask of the log beyond its entries.
type Log interface {
	// Attachment returns the bytes of an attachment, checked against its
	// hash and size, up to limit bytes. ErrMissing and ErrDamaged are faults
	// of the log; other errors mean that the source could not be read.
	Attachment(ctx context.Context, a Attachment, limit int64) ([]byte, error)
	// Key returns the role of a key that was ever in the log's key history.
	Key(name string) (role string, ok bool)
	// Rehearsal reports whether the genesis says that this is a rehearsal.
	Rehearsal() bool
}
