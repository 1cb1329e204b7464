package mix

import (
	"crypto/rand"
	"syscall"
	"testing"
	"time"
)

// The figures are for one ciphertext of 10,000, on as many cores as -cpu says.
const benchSize = 10_000

// perCiphertext reports wall time and, for machines that do other work, too, the
// processor's.
func perCiphertext(b *testing.B, before time.Duration) {
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/benchSize, "µs/ciphertext")
	b.ReportMetric(float64((processor()-before).Microseconds())/float64(b.N)/benchSize, "cpu-µs/ciphertext")
}

func processor() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func BenchmarkShuffle(b *testing.B) {
	f := newFixture(benchSize)
	before := processor()
	for b.Loop() {
		must(f.net.Shuffle(rand.Reader, f.input))
		f.net.generators = nil
	}
	perCiphertext(b, before)
}

// BenchmarkVerify includes reading the text, and deriving the generators.
func BenchmarkVerify(b *testing.B) {
	f := newFixture(benchSize)
	text := must(f.net.Shuffle(rand.Reader, f.input)).Bytes()
	before := processor()
	for b.Loop() {
		f.net.generators = nil
		if err := f.net.Verify(rand.Reader, f.input, must(f.net.Parse(rand.Reader, f.input, text))); err != nil {
			b.Fatal(err)
		}
	}
	perCiphertext(b, before)
}
