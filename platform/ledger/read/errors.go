package read

import "errors"

// Faults of a log, told apart from a source that could not be read.
var (
	ErrMissing = errors.New("missing from the log")
	ErrDamaged = errors.New("damaged")
)
