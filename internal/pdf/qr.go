package pdf

import (
	"fmt"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

// QR draws a QR code (ISO/IEC 18004, error correction M) of the given size with its quiet
// zone of four modules inside.
func (p *Page) QR(text string, x, y, size float64) error {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return fmt.Errorf("QR code: %w", err)
	}
	n := code.Bounds().Dx()
	module := size / float64(n+8)
	p.Box(x, y, size, size, 1)
	p.content.WriteString("0 g\n")
	for row := range n {
		for from := 0; from < n; from++ {
			to := from
			for to < n && dark(code, to, row) {
				to++
			}
			if to > from { // neighbours in a row are one box, without a gap between
				fmt.Fprintf(&p.content, "%.3f %.3f %.3f %.3f re\n", x+module*float64(4+from), Height-y-module*float64(5+row), module*float64(to-from), module*1.01)
				from = to
			}
		}
	}
	p.content.WriteString("f\n")
	return nil
}

func dark(code barcode.Barcode, x, y int) bool {
	r, _, _, _ := code.At(x, y).RGBA()
	return r == 0
}
