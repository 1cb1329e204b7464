package mirror

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// flush makes durable all that was placed so far: one request for the file
// system instead of two for each file.
func (m *Mirror) flush() error {
	d, err := os.Open(m.cfg.Dir)
	if err != nil {
		return fmt.Errorf("write mirror: %w", err)
	}
	if err := errors.Join(unix.Syncfs(int(d.Fd())), d.Close()); err != nil {
		return fmt.Errorf("write mirror: %w", err)
	}
	return nil
}
