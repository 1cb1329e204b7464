package evidence

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"bayyina/platform/ledger/read"
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

const (
	claimBooth       = "vote.booth"
	claimBoothServed = "vote.booth-served"
)

// boothState is the booth that was decided last, and what is wrong with any such
// decision. It is part of the judge's state.
type boothState struct {
	Said     said[Booth]
	Manifest []byte // nil where it cannot be read
	Files    int
	Finding  finding
}

// takeBooth takes a decision on the booth. A later one replaces it; its faults stay.
func (j *Judge) takeBooth(ctx context.Context, log read.Log, entry *read.Entry) error {
	var b Booth
	if err := read.DecodeBody(entry.Statement.Body, &b); err != nil {
		j.unreadable(entry, "vote-body", args{"Kind": entry.Statement.Kind}, err)
		return nil
	}
	s := &boothState{Said: heard(entry, b)}
	if j.booth != nil {
		s.Finding = j.booth.Finding
	}
	j.booth = s
	for _, fault := range entry.Faults {
		s.Finding.add(fault)
	}
	text, fault, err := fetch(ctx, log, b.Booth, MaxManifest)
	if err != nil {
		return fmt.Errorf("entry %d, %s: %w", entry.Sequence, entry.Statement.Kind, err)
	}
	if fault != nil {
		s.Finding.add(newFault(entry, "vote-attachment", args{"Attachment": b.Booth.SHA256}, fault))
		return nil
	}
	files, err := ParseBoothManifest(text)
	if err != nil {
		s.Finding.add(newFault(entry, "booth-manifest", nil, err))
		return nil
	}
	s.Manifest, s.Files = text, len(files)
	return nil
}

// DecidedBooth is the booth that the log's last decision on one names.
type DecidedBooth struct {
	Sequence int64
	Time     time.Time
	SignedBy []string
	Manifest read.Attachment
	Files    []BoothFile // nil where the manifest cannot be read
}

// Booth is the booth in the log; ok is false where none was decided.
func (j *Judge) Booth() (b DecidedBooth, ok bool) {
	if j.booth == nil {
		return b, false
	}
	said := j.booth.Said
	b = DecidedBooth{Sequence: said.Sequence, Time: said.Time, SignedBy: said.SignedBy, Manifest: said.Body.Booth}
	if files, err := ParseBoothManifest(j.booth.Manifest); err == nil { // one that cannot be read is a fault of the claim
		b.Files = files
	}
	return b, true
}

// claim is that the commission decided which booth voters are given, file by file.
func (s *boothState) claim() read.Claim {
	c := read.Claim{ID: claimBooth, Says: read.Message{ID: claimBooth + ".says"}, Belief: read.Message{ID: claimBooth + ".belief"}}
	if len(s.Finding.Faults) > 0 {
		c.Verdict, c.How, c.Faults = read.False, s.Finding.how(), s.Finding.Faults
		return c
	}
	c.Verdict = read.True
	c.How = read.Message{ID: claimBooth + ".how", Args: args{
		"Count": int64(s.Files), "SHA256": s.Said.Body.Booth.SHA256, "Sequence": s.Said.Sequence, "Signers": strings.Join(s.Said.SignedBy, ", "),
	}}
	return c
}

// OpenBooth opens a file of a booth, by its path below the booth's address. A file
// that is not there is an error that wraps read.ErrMissing.
type OpenBooth func(ctx context.Context, path string) (io.ReadCloser, error)

// CheckBooth compares a booth as it is served at an address, every file of it, with the
// one that the log names. An error of the claim's own making is a booth that could not be
// reached.
func (j *Judge) CheckBooth(ctx context.Context, address string, open OpenBooth) (read.Claim, error) {
	c := read.Claim{
		ID: claimBoothServed, Says: read.Message{ID: claimBoothServed + ".says", Args: args{"Address": address}},
		Belief: read.Message{ID: claimBoothServed + ".belief"},
	}
	if j.booth == nil || j.booth.Manifest == nil {
		c.How = read.Message{ID: claimBoothServed + ".missing"}
		return c, nil
	}
	files, err := ParseBoothManifest(j.booth.Manifest)
	if err != nil {
		return c, err
	}
	s := j.booth.Said
	var f finding
	for _, file := range files {
		code, detail, err := checkServed(ctx, file, open)
		if err != nil {
			return c, fmt.Errorf("%s: %s: %w", address, file.Path, err)
		}
		if code != "" {
			f.add(read.Fault{
				Code: code, Says: read.Message{ID: "fault." + code, Args: args{"Path": file.Path}}, Detail: detail,
				Sequence: s.Sequence, Time: s.Time, Kind: KindBooth, SignedBy: slices.Clone(s.SignedBy),
			})
		}
	}
	if len(f.Faults) > 0 {
		c.Verdict, c.How, c.Faults = read.False, f.how(), f.Faults
		return c, nil
	}
	c.Verdict = read.True
	c.How = read.Message{ID: claimBoothServed + ".how", Args: args{"Count": int64(len(files)), "Sequence": s.Sequence}}
	return c, nil
}

// checkServed reads one file as it is served. code is "" where it is the one named.
func checkServed(ctx context.Context, file BoothFile, open OpenBooth) (code, detail string, err error) {
	r, err := open(ctx, file.Path)
	if errors.Is(err, read.ErrMissing) {
		return "booth-missing", err.Error(), nil
	}
	if err != nil {
		return "", "", err
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, file.Size+1))
	if err != nil {
		return "", "", err
	}
	if got := NewBoothFile(file.Path, content); got != file {
		return "booth-differs", fmt.Sprintf("SHA-256 %s, not %s", got.SHA256, file.SHA256), nil
	}
	return "", "", nil
}
