package read

import "time"

// RFC 9285, for its own examples.
var (
	EncodeBase45 = encodeBase45
	DecodeBase45 = decodeBase45
)

// Hurry makes a web source wait less.
func Hurry(s Source, wait, stall time.Duration) {
	w := s.(*web)
	w.wait, w.stall = wait, stall
}
