package proof

import (
	"io"
	"sync"
)

// Shared returns a source of the same randomness that several goroutines can read at
// once.
func Shared(random io.Reader) io.Reader { return &sharedReader{r: random} }

type sharedReader struct {
	mutex sync.Mutex
	r     io.Reader
}

func (s *sharedReader) Read(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.r.Read(p)
}
