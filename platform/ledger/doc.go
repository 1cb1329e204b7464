// Package ledger is the writing side of the witnessed log that docs/PROTOCOL.md
// defines: statements queued in a module's own transaction, sequenced in order
// and exactly once, their attachments stored beside the log, and checkpoints
// published under a quorum of witnesses.
//
// What is written is plain static files in the folder log of the data folder,
// and nothing that a reader must not see; package ledger/read reads them and
// shares no code with this one. Tessera's POSIX driver keeps tiles and entry
// bundles; its own publication is switched off, because here every checkpoint
// is kept and every witness's answer told.
package ledger
