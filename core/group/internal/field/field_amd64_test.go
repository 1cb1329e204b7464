//go:build amd64 && !purego

package field

import "testing"

func TestAnOlderProcessorMultipliesAlike(t *testing.T) {
	defer func(has bool) { fast = has }(fast)
	fast = false
	TestArithmeticIsThatOfIntegersModuloP(t)
}
