package manage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png" // pictures may be PNG files

	"golang.org/x/image/draw"

	"bayyina/module/vote/evidence"
)

const (
	maxPicture = 8 << 20 // bytes of a picture's file
	maxPixels  = 24_000_000
	portraitPx = 240 // the longer side of a picture that is kept
)

// portrait makes the picture of a candidate: smaller, and encoded anew, so that nothing of the file but
// what is seen is kept, neither where it was taken nor with what.
func portrait(data []byte) ([]byte, error) {
	cfg, kind, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if cfg.Width < 1 || cfg.Height < 1 || cfg.Width > maxPixels/cfg.Height {
		return nil, errors.New("the picture has too many points")
	}
	from, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	long := max(cfg.Width, cfg.Height)
	w, h := cfg.Width, cfg.Height
	if long > portraitPx {
		w, h = max(1, w*portraitPx/long), max(1, h*portraitPx/long)
	}
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(to, to.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.CatmullRom.Scale(to, to.Bounds(), from, from.Bounds(), draw.Over, nil)
	upright := image.Image(to)
	if kind == "jpeg" {
		upright = turned(to, orientation(data))
	}
	return squeezed(upright)
}

// squeezed encodes a picture so well as its limit in bytes allows.
func squeezed(picture image.Image) ([]byte, error) {
	for quality := 85; quality > 0; quality -= 15 {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, picture, &jpeg.Options{Quality: quality}); err != nil {
			return nil, err
		}
		if b.Len() <= evidence.MaxPhoto {
			return b.Bytes(), nil
		}
	}
	return nil, errors.New("the picture cannot be made small enough")
}

// orientation is how a camera says that its picture must be turned, 1 where it says nothing (Exif 2.3,
// section 4.6.4, tag 274). The picture was decoded before: only its first segments are looked at.
func orientation(data []byte) int {
	for at := 2; at+4 <= len(data) && data[at] == 0xff && data[at+1] != 0xda; {
		size := int(data[at+2])<<8 | int(data[at+3])
		end := at + 2 + size
		if size < 2 || end > len(data) {
			return 1
		}
		if tiff, ok := bytes.CutPrefix(data[at+4:end], []byte("Exif\x00\x00")); ok && data[at+1] == 0xe1 {
			return tag274(tiff)
		}
		at = end
	}
	return 1
}

// tag274 looks for the orientation in the first directory of a TIFF file.
func tag274(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	order := binary.ByteOrder(binary.BigEndian)
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	first := uint64(order.Uint32(tiff[4:]))
	if first+2 > uint64(len(tiff)) {
		return 1
	}
	for i := range uint64(order.Uint16(tiff[first:])) {
		at := first + 2 + 12*i
		if at+12 > uint64(len(tiff)) {
			return 1
		}
		if order.Uint16(tiff[at:]) == 274 {
			return int(order.Uint16(tiff[at+8:]))
		}
	}
	return 1
}

// turned turns a picture as its orientation asks.
func turned(from *image.RGBA, orientation int) image.Image {
	w, h := from.Rect.Dx(), from.Rect.Dy()
	if orientation < 2 || orientation > 8 {
		return from
	}
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation > 4 {
		to = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			left, up := w-1-x, h-1-y
			at := [...][2]int{{left, y}, {left, up}, {x, up}, {y, x}, {up, x}, {up, left}, {y, left}}[orientation-2]
			to.SetRGBA(at[0], at[1], from.RGBAAt(x, y))
		}
	}
	return to
}
