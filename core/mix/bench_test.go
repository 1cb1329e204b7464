package mix

import (
	"crypto/rand"
	"syscall"
	"testing"
	"time"

	"bayyina/core/group"
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
	f := normalFixture()
	before := processor()
	for b.Loop() {
		must(f.net.Shuffle(rand.Reader, f.input))
		f.net.generators = nil
	}
	perCiphertext(b, before)
}

// normalFixture has ciphertexts as they come from ballots that were read.
func normalFixture() fixture {
	f := newFixture(benchSize)
	for i, c := range f.input[0] {
		normal := group.Normalize(c.Alpha, c.Beta)
		f.input[0][i] = group.Ciphertext{Alpha: normal[0], Beta: normal[1]}
	}
	return f
}

// BenchmarkVerify includes reading the text, and deriving the generators.
func BenchmarkVerify(b *testing.B) {
	f := normalFixture()
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
