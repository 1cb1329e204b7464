package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// quietZone is the empty border of a QR code, in modules (ISO/IEC 18004).
const quietZone = 4

// modules tells which squares of a QR code of the text are dark.
func modules(text string) (size int, dark func(x, y int) bool, err error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return 0, nil, fmt.Errorf("QR code: %w", err)
	}
	size = code.Bounds().Dx()
	return size, func(x, y int) bool {
		if x < 0 || y < 0 || x >= size || y >= size {
			return false
		}
		r, _, _, _ := code.At(x, y).RGBA()
		return r == 0
	}, nil
}

// qrText draws a QR code for a terminal: two rows of squares in a line of half
// blocks, light on dark as most terminals are and readers accept.
func qrText(text string) (string, error) {
	size, dark, err := modules(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for y := -quietZone; y < size+quietZone; y += 2 {
		for x := -quietZone; x < size+quietZone; x++ {
			switch top, bottom := dark(x, y), dark(x, y+1); {
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
	return b.String(), nil
}

// qrPNG draws a QR code, with its border, as a picture with so many pixels to a square.
func qrPNG(text string, pixels int) ([]byte, error) {
	size, dark, err := modules(text)
	if err != nil {
		return nil, err
	}
	side := (size + 2*quietZone) * pixels
	picture := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			if dark(x/pixels-quietZone, y/pixels-quietZone) {
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
