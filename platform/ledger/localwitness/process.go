//go:build !linux

package localwitness

// run starts the process.
func (w *Witness) run() error {
	if err := w.process.Start(); err != nil {
		return err
	}
	go func() {
		_ = w.process.Wait() // killed by Stop, or told by await
		close(w.exited)
	}()
	return nil
}
