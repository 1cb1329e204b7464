// Package replay reads a whole log, entry by entry, and recomputes its claims:
// that it is one history, by whom it was written and witnessed, that every
// signature and decision stands, that its times are bounded by others and that
// nothing is missing (docs/PROTOCOL.md sections 1 to 8 and 11). The judges of
// modules are handed the entries of their kinds on the way.
//
// It believes nothing in the log, needs memory only for keys, ids, places of
// attachments and the judges' own state, and never stops at a fault where going
// on is possible.
package replay
