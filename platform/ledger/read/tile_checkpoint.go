package read

import (
	"context"
	"fmt"
)

// Newest reads the newest checkpoint of a log; it verifies no signature. An error
// is ErrMissing or ErrDamaged where the log is at fault.
func Newest(ctx context.Context, src Source) (Checkpoint, error) {
	return readCheckpoint(ctx, src, CheckpointPath)
}

// Kept reads the checkpoint that was published at a size; it verifies no signature.
// An error is ErrMissing or ErrDamaged where the log is at fault.
func Kept(ctx context.Context, src Source, size int64) (Checkpoint, error) {
	path := KeptPath(size)
	c, err := readCheckpoint(ctx, src, path)
	if err == nil && c.Size != size {
		return Checkpoint{}, fmt.Errorf("read %s: %w: it has size %d", path, ErrDamaged, c.Size)
	}
	return c, err
}

func readCheckpoint(ctx context.Context, src Source, path string) (Checkpoint, error) {
	raw, err := ReadFile(ctx, src, path, MaxNote)
	if err != nil {
		return Checkpoint{}, err
	}
	c, err := ParseCheckpoint(raw)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("read %s: %w: %w", path, ErrDamaged, err)
	}
	return c, nil
}
