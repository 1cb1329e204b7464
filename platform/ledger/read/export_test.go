package read

import "time"

// Hurry makes a web source wait less.
func Hurry(s Source, wait, stall time.Duration) {
	w := s.(*web)
	w.wait, w.stall = wait, stall
}
