// Package read is the reader's half of the ledger: tiles, signed notes,
// statements, entries, attachments, keys and their history, policies and
// proofs, as docs/PROTOCOL.md defines them. It shares formats with the writer
// and no code, links no database and no server, and runs in a browser.
package read
