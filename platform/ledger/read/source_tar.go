package read

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// maxTarFiles bounds the files of an archive: above two for each entry of a very
// large log.
const maxTarFiles = 1 << 24

// place is where a file's bytes stand in the archive.
type place struct{ offset, size int64 }

// tarFile is a log in a tar archive.
type tarFile struct {
	location string
	file     *os.File
	files    map[string]place
}

// openTar reads the archive's headers once; files are then read where they stand.
func openTar(ctx context.Context, location string) (Source, error) {
	f, err := os.Open(location)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	s := &tarFile{location: location, file: f, files: make(map[string]place)}
	if err := s.index(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open log: archive %s: %w", location, err), f.Close())
	}
	return s, nil
}

func (s *tarFile) index(ctx context.Context) error {
	archive := tar.NewReader(s.file)
	prefix, found := "", false
	for {
		header, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if header.Typeflag == tar.TypeDir {
			continue
		}
		name := path.Clean(header.Name)
		if _, twice := s.files[name]; twice {
			return fmt.Errorf("%s stands in it twice", name)
		}
		if err := plain(header); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		// The reader takes no byte beyond a header, so this is where the file begins.
		at, err := s.file.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		if len(s.files) == maxTarFiles {
			return fmt.Errorf("more than %d files", maxTarFiles)
		}
		s.files[name] = place{at, header.Size}
		if dir, base := path.Split(name); base == CheckpointPath && (!found || len(dir) < len(prefix)) {
			prefix, found = dir, true
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	s.strip(prefix)
	return nil
}

// plain refuses what is no file whose bytes stand in the archive in one piece.
func plain(header *tar.Header) error {
	if header.Typeflag != tar.TypeReg {
		return fmt.Errorf("not a regular file (type %q)", header.Typeflag)
	}
	for record := range header.PAXRecords {
		if strings.HasPrefix(record, "GNU.sparse.") {
			return errors.New("a sparse file")
		}
	}
	return nil
}

// strip makes the names begin where the log does: the archive may hold it in a
// folder.
func (s *tarFile) strip(prefix string) {
	if prefix == "" {
		return
	}
	for name, at := range s.files {
		delete(s.files, name)
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			s.files[rest] = at
		}
	}
}

func (s *tarFile) Open(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if err := errors.Join(ctx.Err(), checkPath(name)); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	at, ok := s.files[name]
	if !ok {
		return nil, fmt.Errorf("read %s: %w", name, ErrMissing)
	}
	offset = min(offset, at.size)
	return cut(io.NopCloser(io.NewSectionReader(s.file, at.offset+offset, at.size-offset)), length), nil
}

func (s *tarFile) String() string { return s.location }

func (s *tarFile) Close() error { return s.file.Close() }
