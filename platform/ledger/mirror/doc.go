// Package mirror keeps a verified copy of a log's public files, and raises an
// alarm when the log misbehaves towards it.
//
// A mirror believes its source nothing. A checkpoint counts when the log's key
// signed it and a quorum of witnesses cosigned it; the entries must have its root
// (RFC 6962), each kept checkpoint in between must be signed, witnessed and part
// of the same tree, and each attachment must have its hash. Only then does the new
// checkpoint replace the old one, so that the mirror is at every moment a log
// folder as docs/PROTOCOL.md section 1 defines it, which anybody can serve and
// verify.
//
// What entries say is not judged here; that is what verify is for. The package
// shares no code with the log's writer.
package mirror
