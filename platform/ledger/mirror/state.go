package mirror

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"bayyina/platform/ledger/read"
)

// maxState bounds the bytes of the saved state: two frontiers and histories of
// 1,000 keys.
const maxState = 64 << 20

// position is how far a mirror has read a log.
type position struct {
	Frontier read.Frontier
	History  *read.KeyHistory
	Kept     []int64  // sizes of checkpoints that entries beyond the trusted one name
	Packed   []string // loose attachments that stand in a pack since the trusted one
}

// state is what a mirror remembers. It is saved whole, after the files of which
// it speaks are durable.
type state struct {
	Checkpoint read.Checkpoint // the trusted one; size 0 before the first
	At         position        // at the trusted checkpoint
	Ahead      *position       // full bundles beyond it, not yet proved to belong to the log
	Old        []string        // files that it has superseded, to be removed with the next one
}

// savedState is the state as JSON.
type savedState struct {
	Version    int            `json:"version"`
	Checkpoint []byte         `json:"checkpoint,omitempty"`
	At         savedPosition  `json:"at"`
	Ahead      *savedPosition `json:"ahead,omitempty"`
	Old        []string       `json:"old,omitempty"`
}

type savedPosition struct {
	Frontier []byte          `json:"frontier"`
	History  json.RawMessage `json:"history,omitempty"`
	Kept     []int64         `json:"kept,omitempty"`
	Packed   []string        `json:"packed,omitempty"`
}

const stateVersion = 1

func (p *position) save() (s savedPosition, err error) {
	s.Kept, s.Packed = p.Kept, p.Packed
	if s.Frontier, err = p.Frontier.AppendBinary(nil); err != nil {
		return s, err
	}
	if p.History != nil {
		s.History, err = p.History.MarshalJSON()
	}
	return s, err
}

func (s savedPosition) load() (p position, err error) {
	p.Kept, p.Packed = slices.Clone(s.Kept), slices.Clone(s.Packed)
	if err := p.Frontier.UnmarshalBinary(s.Frontier); err != nil {
		return p, err
	}
	if len(s.History) > 0 {
		p.History = new(read.KeyHistory)
		err = p.History.UnmarshalJSON(s.History)
	}
	return p, err
}

// clone copies a position, so that reading on does not change the one that is
// trusted.
func (p *position) clone() (position, error) {
	s, err := p.save()
	if err != nil {
		return position{}, err
	}
	return s.load()
}

func (m *Mirror) statePath() string { return filepath.Join(m.cfg.Dir, ".mirror", "state.json") }

// saveState writes the state durably.
func (m *Mirror) saveState() error {
	data, err := m.state.encode()
	if err == nil {
		err = writeFile(m.statePath(), data)
	}
	if err != nil {
		return fmt.Errorf("save mirror's state: %w", err)
	}
	return nil
}

func (st *state) encode() ([]byte, error) {
	s := savedState{Version: stateVersion, Checkpoint: st.Checkpoint.Raw, Old: st.Old}
	var err error
	if s.At, err = st.At.save(); err != nil {
		return nil, err
	}
	if st.Ahead != nil {
		ahead, err := st.Ahead.save()
		if err != nil {
			return nil, err
		}
		s.Ahead = &ahead
	}
	return json.Marshal(s)
}

// loadState reads the state. A folder without one must hold no log: whoever made
// that did not check what a mirror checks.
func (m *Mirror) loadState() error {
	data, err := os.ReadFile(m.statePath())
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(m.cfg.Dir, read.CheckpointPath)); err == nil {
			return fmt.Errorf("%s holds a log, and no mirror that was kept here", m.cfg.Dir)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if m.state, err = parseState(data); err != nil {
		return fmt.Errorf("mirror's state %s: %w", m.statePath(), err)
	}
	return nil
}

// parseState reads what encode writes.
func parseState(data []byte) (st state, err error) {
	if len(data) > maxState {
		return st, fmt.Errorf("%d bytes, more than %d", len(data), maxState)
	}
	var s savedState
	if err := json.Unmarshal(data, &s); err != nil {
		return st, err
	}
	if s.Version != stateVersion {
		return st, fmt.Errorf("version %d, this program knows %d", s.Version, stateVersion)
	}
	st.Old = s.Old
	if st.At, err = s.At.load(); err != nil {
		return st, err
	}
	if s.Checkpoint != nil {
		if st.Checkpoint, err = read.ParseCheckpoint(s.Checkpoint); err != nil {
			return st, err
		}
	}
	if st.Checkpoint.Size != st.At.Frontier.Size() || st.Checkpoint.Size > 0 && st.Checkpoint.Root != st.At.Frontier.Root() {
		return st, errors.New("checkpoint and frontier differ")
	}
	if st.Checkpoint.Size > 0 && st.At.History == nil {
		return st, errors.New("no history of the keys")
	}
	if s.Ahead != nil {
		ahead, err := s.Ahead.load()
		if err != nil {
			return st, err
		}
		if ahead.Frontier.Size() < st.Checkpoint.Size || ahead.Frontier.Size()%read.TileWidth != 0 || ahead.History == nil {
			return st, errors.New("a part beyond the checkpoint that cannot be")
		}
		st.Ahead = &ahead
	}
	old := s.Old
	if s.Ahead != nil {
		old = slices.Concat(s.Old, s.Ahead.Packed)
	}
	for _, path := range old {
		if !filepath.IsLocal(filepath.FromSlash(path)) {
			return st, fmt.Errorf("superseded file %q is not in the mirror", path)
		}
	}
	return st, nil
}
