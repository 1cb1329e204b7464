// Package board is the public board of a log: it follows the log's public files as
// any stranger would, recomputes every claim, and shows what it found on pages that
// anybody can read.
//
// It asserts nothing of its own. A page shows what was recomputed, up to which entry
// and as of when; where the board is behind the log, or cannot go on, it says so. It
// links neither the log's writer nor the database.
package board
