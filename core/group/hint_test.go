package group

import (
	"crypto/rand"
	"encoding/hex"
	"testing"
)

func TestHintsGiveTheElementsTheyWereMadeOf(t *testing.T) {
	elements := []*Element{randomElement(t), Ed25519.Identity(), Ed25519.Generator(), randomElement(t)}
	var hints []byte
	for _, e := range elements {
		hints = AppendHints(hints, e.Eighth())
	}
	h := NewHinted(hints)
	for i, e := range elements {
		got, err := h.ParseElement(e.AppendText(nil))
		if err != nil || !got.Equal(e) || got.String() != e.String() || len(h.Untested()) != 0 {
			t.Fatalf("hint %d gives %v, not %s: %v", i, got, e, err)
		}
		sum := new(Terms)
		sum.AddShort(Coefficient{1}, got)
		if !VarTimeSum(1, sum).Equal(e) {
			t.Fatalf("hint %d is another point in a sum", i)
		}
	}
	if h.Next(1) != nil {
		t.Fatal("more elements than hints")
	}
}

// Points of order 2, 4 and 8 (as RFC 8032 encodings), and none at all.
var torsion = []string{
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"0000000000000000000000000000000000000000000000000000000000000000",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
}

func TestAHintOfAnyPointGivesAnElementOfTheSubgroup(t *testing.T) {
	for _, text := range torsion {
		raw, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		e := randomElement(t)
		small := newElement()
		if _, err := small.p.SetBytes(raw); err != nil {
			t.Fatal(err)
		}
		// An eighth with a component of small order is an eighth of the same element.
		got := NewHinted(AppendHints(nil, e.Eighth().Add(small))).Next(1)
		if got == nil || !got[0].Equal(e) || !inSubgroup(got[0].point()) {
			t.Errorf("component %s: %v, not %s", text, got, e)
		}
		// No hint makes an element of a text outside the subgroup.
		mixed := e.Add(small)
		for _, hint := range [][]byte{AppendHints(nil, e.Eighth()), AppendHints(nil, mixed.Eighth()), AppendHints(nil, mixed)} {
			h := NewHinted(hint)
			if got, err := h.ParseElement(mixed.AppendText(nil)); err != nil || !got.Equal(mixed) || len(h.Untested()) != 1 {
				t.Errorf("element with component %s is taken as %s, %v", text, got, err)
			}
		}
	}
}

func TestWrongHintsChangeNothing(t *testing.T) {
	e := randomElement(t)
	text := e.AppendText(nil)
	garbage := make([]byte, HintSize)
	rand.Read(garbage)
	for name, hints := range map[string][]byte{
		"none": nil, "of another": AppendHints(nil, randomElement(t).Eighth()),
		"garbage": garbage, "zeros": make([]byte, HintSize), "cut off": AppendHints(nil, e.Eighth())[:HintSize-1],
	} {
		h := NewHinted(hints)
		got, err := h.ParseElement(text)
		if err != nil || !got.Equal(e) || len(h.Untested()) != 1 {
			t.Errorf("hint %s: %v, %v", name, got, err)
		}
		if _, err := NewHinted(hints).ParseElement([]byte("no element")); err == nil {
			t.Errorf("hint %s: what is no element is taken", name)
		}
	}
}

func BenchmarkHinted(b *testing.B) {
	var hints []byte
	for range 26 {
		hints = AppendHints(hints, randomElement(b).Eighth())
	}
	for b.Loop() {
		NewHinted(hints)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*26), "ns/element")
}
