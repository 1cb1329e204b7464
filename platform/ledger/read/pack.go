package read

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
)

const (
	packHeader = "bayyina.pack/1\n"
	packLine   = sha256.Size + 8 + 8
	// MaxPacked is the size above which an attachment stays loose.
	MaxPacked = 16 << 20
	// maxPackCount bounds the attachments of a pack: as many as 256 entries can name.
	maxPackCount = TileWidth * (MaxNote / len(`{"sha256":"","size":1}`+hexHash))
)

// hexHash has the length of a hash in hex.
const hexHash = "0000000000000000000000000000000000000000000000000000000000000000"

// Packed is an attachment and where it stands in a pack.
type Packed struct {
	Attachment
	Offset int64
}

// Named returns the attachments that the entries of a bundle name, each once, in
// that order: those that stand in the bundle's pack, with their offsets in it, and
// those that stand loose. In a bundle that is not full all are loose.
func Named(entries []*Entry) (packed []Packed, loose []Attachment) {
	full := len(entries) == TileWidth
	seen := make(map[string]bool)
	for _, e := range entries {
		if e == nil {
			continue // could not be read at all
		}
		for _, a := range e.Statement.Attachments {
			switch {
			case seen[a.SHA256]:
				continue
			case full && a.Size <= MaxPacked:
				packed = append(packed, Packed{Attachment: a})
			default:
				loose = append(loose, a)
			}
			seen[a.SHA256] = true
		}
	}
	offset := int64(packStart(len(packed)))
	for i := range packed {
		packed[i].Offset = offset
		offset += packed[i].Size
	}
	return packed, loose
}

// packStart is where the data of a pack of n attachments begin.
func packStart(n int) int { return len(packHeader) + 4 + n*packLine }

// PackIndex is what stands in a pack before the data. The bundle's entries
// determine it.
func PackIndex(packed []Packed) ([]byte, error) {
	out := make([]byte, 0, packStart(len(packed)))
	out = append(out, packHeader...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(packed)))
	for _, p := range packed {
		sum, err := hex.DecodeString(p.SHA256)
		if err != nil {
			return nil, fmt.Errorf("index of a pack: %w", err)
		}
		out = append(out, sum...)
		out = binary.BigEndian.AppendUint64(out, uint64(p.Offset))
		out = binary.BigEndian.AppendUint64(out, uint64(p.Size))
	}
	return out, nil
}

// ReadPackIndex reads the index of a pack from its beginning. It refuses what is no
// index: data with gaps, out of order or larger than may be packed, one attachment
// twice. An error of form is ErrDamaged.
func ReadPackIndex(r io.Reader) ([]Packed, error) {
	head := make([]byte, len(packHeader)+4)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, damagedIfShort(err, "index of a pack")
	}
	if !bytes.HasPrefix(head, []byte(packHeader)) {
		return nil, fmt.Errorf("index of a pack: %w: it begins with %.20q", ErrDamaged, head)
	}
	n := binary.BigEndian.Uint32(head[len(packHeader):])
	if n == 0 || n > uint32(maxPackCount) {
		return nil, fmt.Errorf("index of a pack: %w: %d attachments", ErrDamaged, n)
	}
	// Read line by line: the number is the file's word, and costs no memory by itself.
	next := int64(packStart(int(n)))
	var packed []Packed
	seen := make(map[[sha256.Size]byte]bool)
	var line [packLine]byte
	for range n {
		if _, err := io.ReadFull(r, line[:]); err != nil {
			return nil, damagedIfShort(err, "index of a pack")
		}
		hash := [sha256.Size]byte(line[:])
		p := Packed{Attachment: Attachment{SHA256: hex.EncodeToString(hash[:])}}
		offset, size := binary.BigEndian.Uint64(line[32:]), binary.BigEndian.Uint64(line[40:])
		if offset != uint64(next) || size < 1 || size > MaxPacked || seen[hash] {
			return nil, fmt.Errorf("index of a pack: %w: %s at %d, of %d bytes", ErrDamaged, p.SHA256, offset, size)
		}
		seen[hash] = true
		p.Offset, p.Size = next, int64(size)
		packed, next = append(packed, p), next+p.Size
	}
	return packed, nil
}

// damagedIfShort tells a file that is too short from one that cannot be read.
func damagedIfShort(err error, what string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s: %w: it is cut off", what, ErrDamaged)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// Pack streams the pack of a full bundle, whose entries say what must stand in it.
type Pack struct {
	path  string
	file  io.ReadCloser
	rest  []Packed
	index error // what is wrong with the index
	// astray reads an attachment of a pack whose index is wrong.
	astray func(Packed) ([]byte, error)
}

// OpenPack opens the pack of a full bundle. The error is ErrMissing where there is
// none.
func OpenPack(ctx context.Context, src Source, bundle int64, packed []Packed) (*Pack, error) {
	path := PackPath(bundle)
	want, err := PackIndex(packed)
	if err != nil {
		return nil, err
	}
	f, err := src.Open(ctx, path, 0, -1)
	if err != nil {
		return nil, err
	}
	p := &Pack{path: path, file: f, rest: packed}
	have := make([]byte, len(want))
	if n, err := io.ReadFull(f, have); err != nil {
		have = have[:n]
		if err = damagedIfShort(err, path); !errors.Is(err, ErrDamaged) {
			return nil, errors.Join(err, f.Close())
		}
	}
	if bytes.Equal(have, want) {
		return p, nil
	}
	p.index = fmt.Errorf("%s: %w: its index is not the one that the entries determine", path, ErrDamaged)
	own, err := ReadPackIndex(io.MultiReader(bytes.NewReader(have), f))
	if err != nil && !errors.Is(err, ErrDamaged) {
		return nil, errors.Join(err, f.Close())
	}
	p.astray = func(at Packed) ([]byte, error) { return findPacked(ctx, src, path, own, at) }
	return p, nil
}

// findPacked looks for an attachment in a pack that does not hold what it should:
// where the pack's own index says, else where it should stand. So one that is
// missing does not make the others so.
func findPacked(ctx context.Context, src Source, path string, own []Packed, at Packed) ([]byte, error) {
	fault := ErrMissing
	offsets := []int64{at.Offset}
	if i := slices.IndexFunc(own, func(p Packed) bool { return p.SHA256 == at.SHA256 }); i >= 0 {
		fault = ErrDamaged
		offsets = []int64{own[i].Offset, at.Offset}
	}
	for _, offset := range offsets {
		data, err := readPart(ctx, src, path, offset, at.Attachment)
		if err == nil || !errors.Is(err, ErrDamaged) {
			return data, err
		}
	}
	return nil, fmt.Errorf("read %s: attachment %s: %w", path, at.SHA256, fault)
}

// Next returns the next attachment with its bytes, or with an error that is
// ErrDamaged where these are others. Any other error ends the pack: io.EOF where
// all were given.
func (p *Pack) Next() (Packed, []byte, error) {
	if len(p.rest) == 0 {
		return Packed{}, nil, io.EOF
	}
	at := p.rest[0]
	p.rest = p.rest[1:]
	if p.astray != nil {
		data, err := p.astray(at)
		return at, data, err
	}
	data := make([]byte, at.Size)
	if _, err := io.ReadFull(p.file, data); err != nil {
		return at, nil, damagedIfShort(err, p.path)
	}
	return at, data, at.check(data)
}

// Close releases the file, and reports as ErrDamaged what is wrong with the pack
// beside the attachments in it: its index, or bytes that follow the last one.
func (p *Pack) Close() error {
	err := p.index
	if len(p.rest) == 0 && err == nil {
		switch _, more := io.ReadFull(p.file, make([]byte, 1)); {
		case more == nil:
			err = fmt.Errorf("%s: %w: something follows the last attachment", p.path, ErrDamaged)
		case !errors.Is(more, io.EOF):
			err = fmt.Errorf("%s: %w", p.path, more)
		}
	}
	return errors.Join(err, p.file.Close())
}

// check compares bytes with the attachment's size and hash.
func (a Attachment) check(data []byte) error {
	if int64(len(data)) != a.Size {
		return fmt.Errorf("attachment %s: %w: %d bytes, not %d", a.SHA256, ErrDamaged, len(data), a.Size)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != a.SHA256 {
		return fmt.Errorf("attachment %s: %w: its hash is %x", a.SHA256, ErrDamaged, sum)
	}
	return nil
}

// ReadAttachment reads an attachment that an entry of a bundle names, from the pack
// or loose, and checks it. full says whether the log holds the whole bundle. The
// error is ErrMissing or ErrDamaged where the log is at fault.
func ReadAttachment(ctx context.Context, src Source, bundle int64, full bool, a Attachment) ([]byte, error) {
	if full && a.Size <= MaxPacked {
		return readPacked(ctx, src, bundle, a)
	}
	data, err := readPart(ctx, src, LoosePath(a), 0, a)
	if errors.Is(err, ErrMissing) && !full && a.Size <= MaxPacked {
		// The log may have grown since, and packed it.
		if packed, again := readPacked(ctx, src, bundle, a); !errors.Is(again, ErrMissing) {
			return packed, again
		}
	}
	return data, err
}

// readPacked reads one attachment out of a pack.
func readPacked(ctx context.Context, src Source, bundle int64, a Attachment) ([]byte, error) {
	path := PackPath(bundle)
	f, err := src.Open(ctx, path, 0, -1)
	if err != nil {
		return nil, err
	}
	index, err := ReadPackIndex(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	i := slices.IndexFunc(index, func(p Packed) bool { return p.Attachment == a })
	if i < 0 {
		return nil, fmt.Errorf("read %s: attachment %s: %w", path, a.SHA256, ErrMissing)
	}
	return readPart(ctx, src, path, index[i].Offset, a)
}

// readPart reads an attachment that stands in a file from offset on. One that
// stands alone must end the file.
func readPart(ctx context.Context, src Source, path string, offset int64, a Attachment) ([]byte, error) {
	length := a.Size
	if offset == 0 {
		length++
	}
	f, err := src.Open(ctx, path, offset, length)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return data, a.check(data)
}

// CheckLoose reads a loose attachment of any size to its end and checks it, in
// little memory. The error is ErrMissing or ErrDamaged where the log is at fault.
func CheckLoose(ctx context.Context, src Source, a Attachment) error {
	f, err := src.Open(ctx, LoosePath(a), 0, a.Size+1)
	if err != nil {
		return err
	}
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("read %s: %w", LoosePath(a), err)
	}
	if sum := h.Sum(nil); n != a.Size || hex.EncodeToString(sum) != a.SHA256 {
		return fmt.Errorf("attachment %s: %w: %d bytes of hash %x", a.SHA256, ErrDamaged, n, sum)
	}
	return nil
}
