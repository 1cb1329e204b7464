//go:build unix && !linux

package mirror

import "golang.org/x/sys/unix"

// flush makes durable all that was placed so far.
func (m *Mirror) flush() error { return unix.Sync() }
