package read

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"strings"
	"syscall"
)

// Source is where the public files of a log lie (docs/PROTOCOL.md section 1): a
// folder, a tar archive or a web server. It may be used by several goroutines.
//
// What it gives is judged by whoever reads it: a source is never trusted.
type Source interface {
	// Open streams length bytes of the file at path from offset on, or all up to
	// its end where length is negative. Fewer come where the file is shorter. The
	// error is ErrMissing where there is no such file; any other means that the
	// source could not be read.
	Open(ctx context.Context, path string, offset, length int64) (io.ReadCloser, error)
	// String returns the location as it was given.
	String() string
	// Close releases what the source holds open.
	Close() error
}

// OpenSource opens the log at a location: an http or https address, a folder, or
// an uncompressed tar archive.
func OpenSource(ctx context.Context, location string) (Source, error) {
	if strings.HasPrefix(location, "http://") || strings.HasPrefix(location, "https://") {
		address, err := url.Parse(location)
		if err != nil {
			return nil, fmt.Errorf("open log: %w", err)
		}
		return newWebSource(address)
	}
	info, err := os.Stat(location)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	switch {
	case info.IsDir():
		return openFolder(location)
	case info.Mode().IsRegular():
		return openTar(ctx, location)
	}
	return nil, fmt.Errorf("open log: %s is neither a folder nor a tar archive", location)
}

// ReadFile reads a whole file of at most limit bytes. Beyond Source's errors, a
// longer file is ErrDamaged.
func ReadFile(ctx context.Context, src Source, path string, limit int64) ([]byte, error) {
	f, err := src.Open(ctx, path, 0, -1)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("read %s: %w: more than %d bytes", path, ErrDamaged, limit)
	}
	return data, nil
}

// checkPath refuses what is no path of a log: it must not leave the log's root.
func checkPath(name string) error {
	if name == "" || name[0] == '/' || path.Clean(name) != name || strings.HasPrefix(name, "..") || strings.ContainsAny(name, "\\\x00?#%") {
		return fmt.Errorf("malformed path %.80q", name)
	}
	return nil
}

// section closes the file under a reader of a part of it.
type section struct {
	io.Reader
	io.Closer
}

// cut bounds a stream to length bytes, if length is not negative.
func cut(f io.ReadCloser, length int64) io.ReadCloser {
	if length < 0 {
		return f
	}
	return section{io.LimitReader(f, length), f}
}

// folder is a log's files on a disk.
type folder struct {
	location string
	root     *os.Root // links that lead out of the folder are refused
}

func openFolder(location string) (Source, error) {
	root, err := os.OpenRoot(location)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	return &folder{location, root}, nil
}

func (s *folder) Open(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if err := errors.Join(ctx.Err(), checkPath(name)); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	// Asked before opening: opening a pipe would wait for its writer.
	info, err := s.root.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: %w: not a regular file", name, ErrDamaged)
	}
	if missing(err) {
		return nil, fmt.Errorf("read %s: %w", name, ErrMissing)
	}
	if err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	f, err := s.root.Open(name)
	if missing(err) {
		return nil, fmt.Errorf("read %s: %w", name, ErrMissing)
	}
	if err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return nil, errors.Join(fmt.Errorf("read log: %w", err), f.Close())
	}
	return cut(f, length), nil
}

func (s *folder) String() string { return s.location }

func (s *folder) Close() error { return s.root.Close() }

// missing tells an absent file from a disk that could not be read.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
