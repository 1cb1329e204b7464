//go:build !amd64 || purego

package field

func multiply(v, a, b *Element) { multiplyGeneric(v, a, b) }
