package evidence

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Limits of a booth.
const (
	MaxManifest   = 64 << 10
	MaxBoothFiles = 200
	MaxBoothFile  = 4 << 20
)

const boothHeader = "bayyina.booth/1"

// BoothFile is a file of the booth that voters are given, by its hash.
type BoothFile struct {
	Path   string
	SHA256 string // lower-case hex
	Size   int64
}

// NewBoothFile names a file.
func NewBoothFile(path string, content []byte) BoothFile {
	sum := sha256.Sum256(content)
	return BoothFile{path, hex.EncodeToString(sum[:]), int64(len(content))}
}

func (f BoothFile) line() string { return fmt.Sprintf("%s %d %s\n", f.SHA256, f.Size, f.Path) }

// BoothManifest is the text that names a booth's files (docs/PROTOCOL.md section 9): its
// header, and a line for each file with hash, size and path, in the order of the paths.
func BoothManifest(files []BoothFile) []byte {
	sorted := slices.SortedFunc(slices.Values(files), func(a, b BoothFile) int { return cmp.Compare(a.Path, b.Path) })
	var out bytes.Buffer
	out.WriteString(boothHeader + "\n")
	for _, f := range sorted {
		out.WriteString(f.line())
	}
	return out.Bytes()
}

// ErrBoothManifest reports a manifest that is malformed.
var ErrBoothManifest = errors.New("malformed manifest of a booth")

// pathForm is a path below the booth's address: no part of it is empty, "." or "..".
var pathForm = regexp.MustCompile(`^[0-9A-Za-z_-][0-9A-Za-z._-]*(/[0-9A-Za-z_-][0-9A-Za-z._-]*)*$`)

// ParseBoothManifest reads a manifest, which has only one spelling.
func ParseBoothManifest(text []byte) ([]BoothFile, error) {
	if len(text) > MaxManifest {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrBoothManifest, len(text), MaxManifest)
	}
	lines := strings.SplitAfter(string(text), "\n")
	if lines[0] != boothHeader+"\n" {
		return nil, fmt.Errorf("%w: first line %.40q, not %q", ErrBoothManifest, lines[0], boothHeader)
	}
	if last := len(lines) - 1; lines[last] != "" {
		return nil, fmt.Errorf("%w: its last line does not end", ErrBoothManifest)
	}
	lines = lines[1 : len(lines)-1]
	if len(lines) == 0 || len(lines) > MaxBoothFiles {
		return nil, fmt.Errorf("%w: %d files, 1 to %d allowed", ErrBoothManifest, len(lines), MaxBoothFiles)
	}
	files := make([]BoothFile, len(lines))
	for i, line := range lines {
		parts := strings.Split(strings.TrimSuffix(line, "\n"), " ")
		if len(parts) != 3 {
			return nil, fmt.Errorf("%w: line %d: not hash, size and path", ErrBoothManifest, i+2)
		}
		size, err := strconv.ParseInt(parts[1], 10, 64)
		f := BoothFile{Path: parts[2], SHA256: parts[0], Size: size}
		switch {
		case err != nil || size < 0 || size > MaxBoothFile || f.line() != line:
			return nil, fmt.Errorf("%w: line %d: size %.20q", ErrBoothManifest, i+2, parts[1])
		case !isHash(f.SHA256):
			return nil, fmt.Errorf("%w: line %d: hash %.80q", ErrBoothManifest, i+2, f.SHA256)
		case len(f.Path) > 200 || !pathForm.MatchString(f.Path):
			return nil, fmt.Errorf("%w: line %d: path %.80q", ErrBoothManifest, i+2, f.Path)
		case i > 0 && f.Path <= files[i-1].Path:
			return nil, fmt.Errorf("%w: line %d: %s does not follow %s", ErrBoothManifest, i+2, f.Path, files[i-1].Path)
		}
		files[i] = f
	}
	return files, nil
}
