//go:build amd64 && !purego

package field

import "golang.org/x/sys/cpu"

// fast: the processor has the instructions that multiply needs.
var fast = cpu.X86.HasADX && cpu.X86.HasBMI2

// multiply sets v to a·b.
//
//go:noescape
func multiply(v, a, b *Element)
