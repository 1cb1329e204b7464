package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/transparency-dev/tessera/client"
)

// treeState is what the tile library remembers of the tree, in the file
// .state/treeState.
type treeState struct {
	Size uint64 `json:"size"`
	Root []byte `json:"root"`
}

// adopt makes the tile library's state agree with the public files in the folder
// of a log, before the library sees them. The state is behind the checkpoint
// where the files came from a mirror: then it is made anew from checkpoint and
// tiles, which must agree (fsck compares the entries too). Without it the library
// would begin an empty tree, and publish that.
func adopt(ctx context.Context, dir, origin string) error {
	path := filepath.Join(dir, stateName, "treeState")
	var state treeState
	raw, err := readLimited(path, maxCheckpoint)
	if err == nil {
		err = json.Unmarshal(raw, &state)
	}
	if ignoreMissing(err) != nil {
		return fmt.Errorf("open log: state of the tiles: %w", err)
	}
	_, err = os.Stat(filepath.Join(dir, checkpointName))
	switch {
	case errors.Is(err, fs.ErrNotExist) && state.Size > 0:
		return fmt.Errorf("open log: there are tiles but no checkpoint: %w", err)
	case errors.Is(err, fs.ErrNotExist):
		// Nothing yet, or the making of the log was cut off.
		return os.RemoveAll(filepath.Join(dir, stateName))
	case err != nil:
		return fmt.Errorf("open log: %w", err)
	}
	size, root, err := readCheckpoint(dir, origin)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	if size <= state.Size {
		return nil
	}
	t := tree{dir: dir, reader: fileReader{client.FileFetcher{Root: dir}}}
	have, err := t.root(ctx, size)
	if err != nil {
		return fmt.Errorf("open log: restore it from its public files: %w", err)
	}
	if !bytes.Equal(have, root) {
		return fmt.Errorf("open log: restore it from its public files: the tiles are not those of the checkpoint of size %d", size)
	}
	if raw, err = json.Marshal(treeState{size, root}); err != nil {
		return err
	}
	if err := writeFile(path, raw); err != nil {
		return fmt.Errorf("open log: restore it from its public files: %w", err)
	}
	return nil
}
