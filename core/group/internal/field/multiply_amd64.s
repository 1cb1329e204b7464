//go:build amd64 && !purego

#include "textflag.h"

// ROW adds DX·(the four limbs at CX) to l0 … l3 and sets l4 to the carry. Two chains of
// carries run side by side, the low halves' in CF and the high halves' in OF.
#define ROW(l0, l1, l2, l3, l4) \
	XORQ  l4, l4             \
	MULXQ 0(CX), AX, BX      \
	ADCXQ AX, l0             \
	ADOXQ BX, l1             \
	MULXQ 8(CX), AX, BX      \
	ADCXQ AX, l1             \
	ADOXQ BX, l2             \
	MULXQ 16(CX), AX, BX     \
	ADCXQ AX, l2             \
	ADOXQ BX, l3             \
	MULXQ 24(CX), AX, BX     \
	ADCXQ AX, l3             \
	ADOXQ BX, l4             \
	MOVQ  $0, AX             \
	ADCXQ AX, l4

// func multiply(v, a, b *Element)
TEXT ·multiply(SB), NOSPLIT, $0-24
	CMPB ·fast(SB), $0
	JEQ  generic
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), CX
	MOVQ v+0(FP), DI

	// R8 … R15 = a·b
	MOVQ  0(SI), DX
	MULXQ 0(CX), R8, R9
	MULXQ 8(CX), AX, R10
	ADDQ  AX, R9
	MULXQ 16(CX), AX, R11
	ADCQ  AX, R10
	MULXQ 24(CX), AX, R12
	ADCQ  AX, R11
	ADCQ  $0, R12
	MOVQ  8(SI), DX
	ROW(R9, R10, R11, R12, R13)
	MOVQ  16(SI), DX
	ROW(R10, R11, R12, R13, R14)
	MOVQ  24(SI), DX
	ROW(R11, R12, R13, R14, R15)

	// The upper half counts 2^256 = 38.
	MOVQ  $38, DX
	XORQ  CX, CX
	MULXQ R12, AX, BX
	ADCXQ AX, R8
	ADOXQ BX, R9
	MULXQ R13, AX, BX
	ADCXQ AX, R9
	ADOXQ BX, R10
	MULXQ R14, AX, BX
	ADCXQ AX, R10
	ADOXQ BX, R11
	MULXQ R15, AX, BX
	ADCXQ AX, R11
	ADOXQ CX, BX
	ADCXQ CX, BX

	// So does what is above it now, and after a carry R8 is small.
	IMUL3Q $38, BX, BX
	ADDQ  BX, R8
	ADCQ  CX, R9
	ADCQ  CX, R10
	ADCQ  CX, R11
	SBBQ  AX, AX
	ANDQ  $38, AX
	ADDQ  AX, R8
	MOVQ  R8, 0(DI)
	MOVQ  R9, 8(DI)
	MOVQ  R10, 16(DI)
	MOVQ  R11, 24(DI)
	RET

generic:
	JMP ·multiplyGeneric(SB)
