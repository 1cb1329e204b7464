package vote

import (
	"context"
	"fmt"
	"io"

	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
)

// FalseError: a log claims something false.
type FalseError struct{ Claim string }

func (e *FalseError) Error() string { return "the log claims something false (" + e.Claim + ")" }

// ExportArchives replays a log as a stranger does, with the judges of other modules beside that of
// elections, and writes the Belenios archives of elections by their uuids, as far as they have come.
// A claim that is false is a *FalseError, and what was written is worth nothing; progress may be nil.
func ExportArchives(ctx context.Context, src read.Source, policy *read.Policy, archives map[string]io.Writer, progress func(replay.Progress), others ...read.Judge) error {
	judge := evidence.NewJudge()
	defer judge.Close()
	counted := make(map[string]*counter)
	for uuid, w := range archives {
		counted[uuid] = &counter{w: w}
		judge.Export(uuid, counted[uuid])
	}
	if _, err := ReplayTrue(ctx, src, policy, append([]read.Judge{judge}, others...), progress); err != nil {
		return err
	}
	for uuid, c := range counted {
		if c.n == 0 {
			return fmt.Errorf("%w: %s", ErrUnknownElection, uuid)
		}
	}
	return nil
}

// ReplayTrue replays a log as a stranger does, and refuses one of which a claim is false with a
// *FalseError. progress may be nil.
func ReplayTrue(ctx context.Context, src read.Source, policy *read.Policy, judges []read.Judge, progress func(replay.Progress)) (*replay.Report, error) {
	report, err := replay.Replay(ctx, src, policy, judges, replay.Options{Progress: progress})
	if err != nil {
		return nil, err
	}
	for _, claim := range report.Claims {
		if claim.Verdict == read.False {
			return nil, &FalseError{claim.ID}
		}
	}
	return report, nil
}

// counter counts the bytes that pass.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
