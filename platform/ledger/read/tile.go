package read

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
)

// TileWidth is the number of hashes in a full tile and of entries in a full
// bundle (c2sp.org/tlog-tiles).
const TileWidth = 256

// CheckpointPath is the path of the newest checkpoint.
const CheckpointPath = "checkpoint"

// numberPath spells n as tile paths do: 1234067 is x001/x234/067.
func numberPath(n int64) string {
	text := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		text = fmt.Sprintf("x%03d/%s", n%1000, text)
	}
	return text
}

// KeptPath is the path of the checkpoint published at a size.
func KeptPath(size int64) string { return "checkpoints/" + numberPath(size) }

// PackPath is the path of the attachments of a full bundle.
func PackPath(bundle int64) string { return "pack/" + numberPath(bundle) }

// LoosePath is the path of an attachment that stands alone.
func LoosePath(a Attachment) string { return "attachment/" + a.SHA256[:2] + "/" + a.SHA256 }

// TilePath is the path of tile n of a level, of a width of 1 to 256 hashes.
func TilePath(level int, n int64, width int) string {
	return "tile/" + strconv.Itoa(level) + "/" + numberPath(n) + partial(width)
}

// BundlePath is the path of entry bundle n, of a width of 1 to 256 entries.
func BundlePath(n int64, width int) string {
	return "tile/entries/" + numberPath(n) + partial(width)
}

func partial(width int) string {
	if width == TileWidth {
		return ""
	}
	return ".p/" + strconv.Itoa(width)
}

// Bundles is the number of entry bundles of a log of a size, the last one perhaps
// partial.
func Bundles(size int64) int64 {
	n := size / TileWidth // rounded up without overflow
	if size%TileWidth > 0 {
		n++
	}
	return n
}

// TileSize is the width of tile n of a level in a log of a size: 0 where the log
// does not reach it.
func TileSize(level int, n, size int64) int {
	if level > 7 {
		return 0 // 256^8 entries are more than an int64 counts
	}
	width := size>>(8*level) - n*TileWidth
	return int(max(0, min(width, TileWidth)))
}

// maxBundle is the most bytes of an entry bundle.
const maxBundle = TileWidth * (2 + MaxNote)

// ReadTile reads tile n of a level, of a log of a size: width × 32 bytes. Where
// its partial file is no longer there, the full one that replaced it serves. What
// is too short is ErrDamaged.
func ReadTile(ctx context.Context, src Source, level int, n, size int64) ([]byte, error) {
	const hash = 32
	width := TileSize(level, n, size)
	data, err := readWidth(ctx, src, width, TileWidth*hash, func(w int) string { return TilePath(level, n, w) })
	if err != nil {
		return nil, err
	}
	if len(data) < width*hash || len(data)%hash != 0 {
		return nil, fmt.Errorf("read %s: %w: %d bytes", TilePath(level, n, width), ErrDamaged, len(data))
	}
	return data[:width*hash], nil
}

// ReadBundle reads the entries of bundle n of a log of a size. Where its partial
// file is no longer there, the full one that replaced it serves. What is malformed
// or too short is ErrDamaged.
func ReadBundle(ctx context.Context, src Source, n, size int64) ([][]byte, error) {
	width := TileSize(0, n, size)
	data, err := readWidth(ctx, src, width, maxBundle, func(w int) string { return BundlePath(n, w) })
	if err != nil {
		return nil, err
	}
	entries, err := ParseBundle(data)
	if err == nil && len(entries) < width {
		err = fmt.Errorf("%w: %d entries, not %d", ErrDamaged, len(entries), width)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", BundlePath(n, width), err)
	}
	return entries[:width], nil
}

// readWidth reads a partial file or the full one that replaced it.
func readWidth(ctx context.Context, src Source, width int, limit int64, path func(width int) string) ([]byte, error) {
	if width == 0 {
		return nil, errors.New("read tile: the log does not reach it")
	}
	data, err := ReadFile(ctx, src, path(width), limit)
	if errors.Is(err, ErrMissing) && width < TileWidth {
		if full, again := ReadFile(ctx, src, path(TileWidth), limit); !errors.Is(again, ErrMissing) {
			return full, again
		}
	}
	return data, err
}

// ParseBundle takes an entry bundle apart: at most 256 entries, each after its
// length as u16 (c2sp.org/tlog-tiles, "log entries"). An error is ErrDamaged.
func ParseBundle(data []byte) ([][]byte, error) {
	var entries [][]byte
	for len(data) > 0 {
		entry, rest, ok := cutLength16(data)
		if !ok {
			return nil, fmt.Errorf("%w: entry %d of the bundle is cut off", ErrDamaged, len(entries))
		}
		if len(entries) == TileWidth {
			return nil, fmt.Errorf("%w: more than %d entries in a bundle", ErrDamaged, TileWidth)
		}
		entries, data = append(entries, entry), rest
	}
	return entries, nil
}

// AppendBundle appends an entry to a bundle.
func AppendBundle(bundle, entry []byte) []byte {
	return append(binary.BigEndian.AppendUint16(bundle, uint16(len(entry))), entry...)
}
