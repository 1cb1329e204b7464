package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"bayyina/platform/job"
	"bayyina/platform/ledger/board"
)

const (
	// jobExport writes the whole public board as files that need no server, in one archive.
	jobExport = "board.export"
	// wholeBoard is its subject.
	wholeBoard = "board"
	// exportsDir is the folder of the newest export in the data folder.
	exportsDir = "exports"
)

// exportsFile is where the newest export lies.
func (r *running) exportsFile() string {
	return filepath.Join(r.Config.Dir, exportsDir, wholeBoard+".zip")
}

// exportState is how far an export came.
type exportState struct {
	Run string `json:"run"` // its folder below exports
	board.ExportState
}

// exportRun is an export with what it keeps in memory from chunk to chunk.
type exportRun struct {
	run string
	*boardExport
}

// exportBoard goes on with an export: first the log is copied, then its claims are
// recomputed from the copy and the pages written, and at last all is packed. The copy
// stays as it is meanwhile, so that all pages are of one checkpoint.
func (r *running) exportBoard(ctx context.Context, c job.Chunk) (p job.Progress, err error) {
	e := *r.env
	e.ctx = ctx
	exports := filepath.Join(r.Config.Dir, exportsDir)
	var at exportState
	if c.State != nil {
		if err := json.Unmarshal(c.State, &at); err != nil {
			return p, fmt.Errorf("%w: %w", job.ErrHopeless, err)
		}
	}
	dir, work := filepath.Join(exports, at.Run, wholeBoard), filepath.Join(exports, at.Run, "work")
	if _, err := os.Stat(dir); at.Run == "" || errors.Is(err, fs.ErrNotExist) { // another one began since
		return r.beginExport(&e, exports)
	}
	if r.exporting == nil || r.exporting.run != at.Run { // not yet, or by a process that is no more
		opened, err := openExport(&e, dir, r.atlas, work, r.board.Policy())
		if err != nil {
			return p, err
		}
		r.exporting = &exportRun{at.Run, opened}
		if len(at.Paths) > 0 {
			opened.Restore(at.ExportState)
		}
	}
	more := true
	for end := r.endOfChunk(); more; {
		if more, err = r.exporting.Step(ctx); err != nil {
			return p, err
		}
		if end() {
			break
		}
	}
	at.ExportState = r.exporting.State()
	p = job.Progress{State: at, Done: int64(at.Next), Total: int64(len(at.Paths)), Finished: !more}
	if more {
		return p, nil
	}
	if err := pack(ctx, dir, r.exportsFile()); err != nil {
		return p, err
	}
	err = r.exporting.source.Close()
	r.exporting = nil
	return p, errors.Join(err, os.RemoveAll(filepath.Join(exports, at.Run)))
}

// beginExport copies the log into the folder of a new export, and removes what is left of
// earlier ones.
func (r *running) beginExport(e *env, exports string) (p job.Progress, err error) {
	if r.exporting != nil {
		err = r.exporting.source.Close()
		r.exporting = nil
	}
	old, listing := os.ReadDir(exports)
	if errors.Is(listing, fs.ErrNotExist) {
		listing = os.Mkdir(exports, 0o700)
	}
	err = errors.Join(err, listing)
	for _, entry := range old {
		if entry.IsDir() {
			err = errors.Join(err, os.RemoveAll(filepath.Join(exports, entry.Name())))
		}
	}
	if err != nil {
		return p, err
	}
	dir, err := os.MkdirTemp(exports, "run-")
	if err != nil {
		return p, err
	}
	if err := os.Mkdir(filepath.Join(dir, wholeBoard), 0o700); err != nil {
		return p, err
	}
	err = copyLog(e, filepath.Join(r.Config.Dir, publicDir), filepath.Join(dir, wholeBoard, publicDir), r.board.Policy())
	return job.Progress{State: exportState{Run: filepath.Base(dir)}}, err
}

// pack packs a folder into a zip archive, which is there once it is whole. The same files
// are the same archive.
func pack(ctx context.Context, dir, path string) (err error) {
	f, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	archive := zip.NewWriter(f)
	files := os.DirFS(dir)
	err = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err := errors.Join(err, ctx.Err()); err != nil || entry.IsDir() {
			return err
		}
		from, err := files.Open(name)
		if err != nil {
			return err
		}
		defer from.Close() // only read from
		to, err := archive.Create(wholeBoard + "/" + name)
		if err == nil {
			_, err = io.Copy(to, from)
		}
		return err
	})
	if err := errors.Join(err, archive.Close(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
