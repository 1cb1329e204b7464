package main

import (
	"bytes"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/rogpeppe/go-internal/testscript"

	"bayyina/platform/ledger/read"
)

func TestCodeIsTheSameOnTerminalAndInPicture(t *testing.T) {
	const tracker = "HpPr34mAGEToGfwqVQ8KbE96kpjNxYcrVyi79Wy9bUk"
	code, err := newQRCode(tracker, qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	data, err := code.png(3)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for row, line := range strings.Split(strings.TrimSuffix(code.text(), "\n"), "\n") {
		for x, r := range []rune(line) {
			top, bottom := r == ' ' || r == '▄', r == ' ' || r == '▀'
			for half, dark := range []bool{top, bottom} {
				y := 2*row + half
				if y*3 >= picture.Bounds().Dy() {
					continue
				}
				if red, _, _, _ := picture.At(3*x+1, 3*y+1).RGBA(); dark != (red == 0) {
					t.Fatalf("square %d,%d differs", x, y)
				}
			}
		}
	}
}

// scanned reads the QR code in a picture's file, as a phone does.
func scanned(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	decode := png.Decode
	if filepath.Ext(path) == ".svg" {
		decode = drawSVG
	}
	picture, err := decode(bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	bits, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		return "", err
	}
	// This reader takes other squares for a corner now and then (in 7 of 150 pictures).
	// A phone looks again from elsewhere; here the second look knows where the code is.
	found, err := qrcode.NewQRCodeReader().Decode(bits, nil)
	if err != nil {
		found, err = qrcode.NewQRCodeReader().Decode(bits, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	}
	if err != nil {
		return "", err
	}
	return found.GetText(), nil
}

// drawSVG draws the path of a code's SVG, four pixels to a square, if it is large
// enough in print.
func drawSVG(in io.Reader) (image.Image, error) {
	var doc struct {
		Width string `xml:"width,attr"`
		Path  struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.NewDecoder(in).Decode(&doc); err != nil {
		return nil, err
	}
	var wide float64
	if _, err := fmt.Sscanf(doc.Width, "%fmm", &wide); err != nil || wide < 60 {
		return nil, fmt.Errorf("printed %s wide: too small to be read (%w)", doc.Width, err)
	}
	const pixels = 4
	picture := image.NewGray(image.Rect(0, 0, 200*pixels, 200*pixels))
	draw.Draw(picture, picture.Bounds(), image.White, image.Point{}, draw.Src)
	for run := range strings.SplitSeq(strings.TrimPrefix(doc.Path.D, "M"), "M") {
		var x, y, wide, back int
		if _, err := fmt.Sscanf(run, "%d %dh%dv1h-%dz", &x, &y, &wide, &back); err != nil || wide != back {
			return nil, fmt.Errorf("%q: %w", run, err)
		}
		square := image.Rect(x*pixels, y*pixels, (x+wide)*pixels, (y+1)*pixels)
		draw.Draw(picture, square, image.Black, image.Point{}, draw.Src)
	}
	return picture, nil
}

// scan is the scripts' phone: it reads the QR code in a picture into a file.
func scan(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: scan PICTURE FILE")
	}
	text, err := scanned(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o644))
}

// Receipts of many sizes, up to the largest code that there is.
func TestScannedReceiptIsTheReceipt(t *testing.T) {
	for _, size := range []int{10, 500, 1000, 1700, 2500, 2840} {
		receipt := make([]byte, size) // random bytes are not made shorter
		rand.Read(receipt)
		dir := t.TempDir()
		for _, name := range []string{"receipt.png", "receipt.svg"} {
			path := filepath.Join(dir, name)
			if err := writeReceiptQR(path, string(receipt), "qMQMe+uIbwNBa+k4ei63wxSFZS9JphJbJovxiXlcA9s"); err != nil {
				t.Fatal(err)
			}
			text, err := scanned(path)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := read.ReceiptText([]byte(text)); err != nil || !bytes.Equal(again, receipt) {
				t.Errorf("%s, %d bytes: scanned as %q: %v", name, size, text, err)
			}
		}
	}
}

func TestReceiptThatIsTooLongForACodeLeavesNone(t *testing.T) {
	receipt := make([]byte, 3000)
	rand.Read(receipt)
	path := filepath.Join(t.TempDir(), "receipt.svg")
	err := writeReceiptQR(path, string(receipt), "x")
	if !errors.Is(err, read.ErrReceiptQR) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file is there: %v", err)
	}
	for lang, want := range map[string]string{"ar": "احتفظ بملفه النصي", "en": "Keep its text file"} {
		if got := (&env{lang: lang}).inWords(err, exitNotDone); !strings.Contains(got, want) {
			t.Errorf("%s: %s", lang, got)
		}
	}
}
