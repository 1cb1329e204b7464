package group

import (
	"errors"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func TestIntegersOfVectorsAreHeld(t *testing.T) {
	for _, v := range loadVectors(t).Integers {
		e, err := Ed25519.EncodeIntegers(v.Ints)
		if err != nil || e.String() != v.Text {
			t.Errorf("%v are held by %v, want %s (%v)", v.Ints, e, v.Text, err)
		}
	}
}

func TestIntegersAreReadAsTheyWereHeld(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		integers := rapid.SliceOfN(rapid.IntRange(0, 255), 0, Ed25519.MaxIntegers()).Draw(rt, "integers")
		e, err := Ed25519.EncodeIntegers(integers)
		if err != nil {
			rt.Fatal(err)
		}
		if again, err := Ed25519.ParseElement([]byte(e.String())); err != nil || !again.Equal(e) {
			rt.Fatalf("%v are held by no element: %v", integers, err)
		}
		got, err := DecodeIntegers(e.Add(Ed25519.Identity()), len(integers))
		if err != nil || !reflect.DeepEqual(got, integers) {
			rt.Fatalf("%v were read as %v, %v", integers, got, err)
		}
	})
}

func TestIntegersThatDoNotFitAreRefused(t *testing.T) {
	for _, bad := range [][]int{{256}, {-1}, make([]int, Ed25519.MaxIntegers()+1)} {
		if _, err := Ed25519.EncodeIntegers(bad); !errors.Is(err, ErrIntegers) {
			t.Errorf("%v: error is %v", bad, err)
		}
	}
	for _, n := range []int{-1, Ed25519.MaxIntegers() + 1} {
		if _, err := DecodeIntegers(Ed25519.Generator(), n); !errors.Is(err, ErrIntegers) {
			t.Errorf("%d integers read: error is %v", n, err)
		}
	}
}
