package chart

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// quiet is the empty border of a QR code that readers need, in squares (ISO/IEC 18004).
const quiet = 4

// QR is a QR code as the template "qr" draws it: dark squares of side 1, as a path, in a square of
// side Size.
type QR struct {
	Size int
	Path string
}

// NewQR returns the code of a text. Its error is of a text that is too long for one.
func NewQR(text string) (QR, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return QR{}, fmt.Errorf("QR code: %w", err)
	}
	side := code.Bounds().Dx()
	var path strings.Builder
	for y := range side {
		for x := range side {
			if dark, _, _, _ := code.At(x, y).RGBA(); dark == 0 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	return QR{side + 2*quiet, path.String()}, nil
}
