package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"path/filepath"
	"strings"

	"github.com/boombuler/barcode/qr"

	"bayyina/platform/identity"
)

// quietZone is the empty border of a QR code, in squares (ISO/IEC 18004).
const quietZone = 4

// qrCode is the squares of a QR code. dark is false in its border, too.
type qrCode struct {
	size int // squares to a side, without the border
	dark func(x, y int) bool
}

func newQRCode(text string, level qr.ErrorCorrectionLevel, mode qr.Encoding) (*qrCode, error) {
	code, err := qr.Encode(text, level, mode)
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	size := code.Bounds().Dx()
	return &qrCode{size, func(x, y int) bool {
		if x < 0 || y < 0 || x >= size || y >= size {
			return false
		}
		r, _, _, _ := code.At(x, y).RGBA()
		return r == 0
	}}, nil
}

// text draws the code for a terminal: two rows of squares in a line of half
// blocks, light on dark as most terminals are and readers accept.
func (c *qrCode) text() string {
	var b strings.Builder
	for y := -quietZone; y < c.size+quietZone; y += 2 {
		for x := -quietZone; x < c.size+quietZone; x++ {
			switch top, bottom := c.dark(x, y), c.dark(x, y+1); {
			case top && bottom:
				b.WriteRune(' ')
			case top:
				b.WriteRune('▄')
			case bottom:
				b.WriteRune('▀')
			default:
				b.WriteRune('█')
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// png draws the code, with its border, as a picture with so many pixels to a square.
func (c *qrCode) png(pixels int) ([]byte, error) {
	side := (c.size + 2*quietZone) * pixels
	picture := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			if c.dark(x/pixels-quietZone, y/pixels-quietZone) {
				picture.SetColorIndex(x, y, 1)
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	return out.Bytes(), nil
}

// qrCaption says what a code is, and whose.
type qrCaption struct{ AR, EN, Tracker string }

// The printed size of a code: phones read squares of half a millimetre well, and
// nobody cuts out less than six centimetres.
const (
	squareMM  = 0.5
	leastMM   = 60
	captionMM = 14
)

//go:embed vote_qr.svg
var qrSVG string

var qrTemplate = template.Must(template.New("qr").Parse(qrSVG))

// svg draws the code, with its border, to be printed, and a caption below.
func (c *qrCode) svg(caption qrCaption) ([]byte, error) {
	squares := c.size + 2*quietZone
	side := max(leastMM, squareMM*float64(squares))
	var path strings.Builder
	for y := range c.size {
		for x := 0; x < c.size; x++ {
			start := x
			for c.dark(x, y) {
				x++
			}
			if x > start {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", start+quietZone, y+quietZone, x-start, x-start)
			}
		}
	}
	var out bytes.Buffer
	err := qrTemplate.Execute(&out, struct {
		qrCaption
		Side, Height, Scale float64
		Path                string
	}{caption, side, side + captionMM, side / float64(squares), path.String()})
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	return out.Bytes(), nil
}

// checkQRFile refuses the name of a file, where there is one, that says no kind of picture.
func checkQRFile(path string) error {
	if ext := filepath.Ext(path); path == "" || ext == ".svg" || ext == ".png" {
		return nil
	}
	return usageError(fmt.Sprintf("--qr %s: a QR code is a picture: NAME.svg or NAME.png", path))
}

// create writes the code to a file that does not exist yet, as its name asks.
func (c *qrCode) create(path string, caption qrCaption) error {
	draw := func() ([]byte, error) { return c.png(8) }
	if filepath.Ext(path) == ".svg" {
		draw = func() ([]byte, error) { return c.svg(caption) }
	}
	picture, err := draw()
	if err != nil {
		return err
	}
	return identity.Create(path, picture, 0o644)
}
