package mix

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// permutation returns a uniform permutation of 0 … n−1 (Fisher and Yates, in the form
// of Knuth, The Art of Computer Programming 2, algorithm 3.4.2P).
func permutation(random io.Reader, n int) ([]int, error) {
	p := make([]int, n)
	for i := range p {
		j, err := below(random, uint64(i+1))
		if err != nil {
			return nil, fmt.Errorf("read randomness for a permutation: %w", err)
		}
		p[i] = p[j]
		p[j] = i
	}
	return p, nil
}

// below returns a uniform number below n, which is not 0.
func below(random io.Reader, n uint64) (int, error) {
	excess := math.MaxUint64%n + 1 // 2^64 mod n, or n
	for {
		var b [8]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return 0, err
		}
		// Numbers from the last multiple of n on would favour small results.
		if r := binary.LittleEndian.Uint64(b[:]); excess == n || r <= math.MaxUint64-excess {
			return int(r % n), nil
		}
	}
}
