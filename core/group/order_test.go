package group

import (
	"crypto/rand"
	"encoding/hex"
	"testing"
	"testing/iotest"
)

func TestPointsAreTestedTogetherAsOneByOne(t *testing.T) {
	var points []*Element
	for range 40 {
		points = append(points, randomElement(t))
	}
	points = append(points, Ed25519.Identity())
	for _, workers := range []int{1, 4} {
		if ok, err := InSubgroup(rand.Reader, workers, points); err != nil || !ok {
			t.Fatalf("good points refused: %v", err)
		}
	}
	for _, text := range torsion {
		raw, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		small := newElement()
		if _, err := small.p.SetBytes(raw); err != nil {
			t.Fatal(err)
		}
		for _, at := range []int{0, 17, len(points) - 1} {
			bad := append([]*Element(nil), points...)
			bad[at] = bad[at].Add(small)
			if ok, _ := InSubgroup(rand.Reader, 2, bad); ok {
				t.Errorf("point %d with component %s accepted", at, text)
			}
			// Two components that cancel each other in the sum of all.
			other := (at + 5) % len(bad)
			bad[other] = bad[other].Sub(small)
			if ok, _ := InSubgroup(rand.Reader, 2, bad); ok {
				t.Errorf("points %d and %d with components ±%s accepted", at, other, text)
			}
		}
	}
	if ok, err := InSubgroup(rand.Reader, 1, nil); err != nil || !ok {
		t.Error("no points refused")
	}
	if _, err := InSubgroup(iotest.ErrReader(iotest.ErrTimeout), 1, points); err == nil {
		t.Error("no randomness, no error")
	}
}

func BenchmarkInSubgroup(b *testing.B) {
	var points []*Element
	e, _ := parsePoint(randomElement(b).AppendText(nil))
	for range 4000 {
		points = append(points, e)
		if len(points)%40 == 0 {
			e, _ = parsePoint(e.Add(Ed25519.Generator()).AppendText(nil))
		}
	}
	for b.Loop() {
		InSubgroup(rand.Reader, 1, points)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(points)), "ns/point")
}
