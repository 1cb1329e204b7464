package mix

import (
	"crypto/rand"
	"testing"
)

// The figures are for one ciphertext of 10,000, on as many cores as -cpu says.
const benchSize = 10_000

func perCiphertext(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/benchSize, "µs/ciphertext")
}

func BenchmarkShuffle(b *testing.B) {
	f := newFixture(benchSize)
	for b.Loop() {
		must(f.net.Shuffle(rand.Reader, f.input))
		f.net.generators = nil
	}
	perCiphertext(b)
}

// BenchmarkVerify includes reading the text, and deriving the generators.
func BenchmarkVerify(b *testing.B) {
	f := newFixture(benchSize)
	text := must(f.net.Shuffle(rand.Reader, f.input)).Bytes()
	for b.Loop() {
		f.net.generators = nil
		if err := f.net.Verify(rand.Reader, f.input, must(Parse([]int{benchSize}, text))); err != nil {
			b.Fatal(err)
		}
	}
	perCiphertext(b)
}
