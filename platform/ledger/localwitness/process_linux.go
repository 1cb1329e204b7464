package localwitness

import (
	"runtime"
	"syscall"
)

// run starts the process so that it ends with this one, however that ends, but not by
// an interrupt at the terminal, upon which this one may need it once more. The
// kernel ties the two through the starting thread, which therefore waits.
func (w *Witness) run() error {
	w.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := w.process.Start()
		started <- err
		if err == nil {
			_ = w.process.Wait() // killed by Stop, or told by await
			close(w.exited)
		}
	}()
	return <-started
}
