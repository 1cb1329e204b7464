package replay

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"bayyina/platform/ledger/read"

	"golang.org/x/mod/sumdb/tlog"
)

// ErrState reports a saved state that cannot be gone on from: it is damaged, of
// another log, or was made under another policy or by other judges. It is never
// used in part.
var ErrState = errors.New("the saved state is not of this log and policy: remove it to begin anew")

const stateHeader = "bayyina.replay/1\n"

// header is the first section of a state.
type header struct {
	Policy string     `json:"policy"` // SHA-256 of its text, empty for none
	Kinds  [][]string `json:"kinds"`  // of each judge
	Seen   *seen      `json:"seen"`
}

// A saved state is stateHeader, then each section after its length as u64 (the
// header as JSON, the frontier, the ids, the places, each judge's state), then the
// SHA-256 of all that.

// save writes the state.
func (r *run) save() error {
	r.saved = time.Now()
	if r.opts.State == "" {
		return nil
	}
	sections, err := r.sections()
	if err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(r.opts.State), ".state-*")
	if err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	defer os.Remove(tmp.Name()) // fails once the file has its name
	if err := errors.Join(writeSections(tmp, sections), tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	if err := os.Rename(tmp.Name(), r.opts.State); err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	return nil
}

func (r *run) header() header {
	h := header{Seen: r.seen}
	if r.policy != nil {
		h.Policy = fmt.Sprintf("%x", sha256.Sum256([]byte(r.policy.String())))
	}
	for _, j := range r.judges {
		h.Kinds = append(h.Kinds, j.Kinds())
	}
	return h
}

func (r *run) sections() ([][]byte, error) {
	head, err := json.Marshal(r.header())
	if err != nil {
		return nil, err
	}
	frontier, err := r.seen.frontier.AppendBinary(nil)
	if err != nil {
		return nil, err
	}
	ids := make([]byte, 0, len(r.seen.ids)*len(id{}))
	for key := range r.seen.ids {
		ids = append(ids, key[:]...)
	}
	places := make([]byte, 0, len(r.seen.places)*placeSize)
	for key, bundle := range r.seen.places {
		places = binary.BigEndian.AppendUint32(append(places, key[:]...), bundle)
	}
	sections := [][]byte{head, frontier, ids, places}
	for _, j := range r.judges {
		state, err := j.State()
		if err != nil {
			return nil, err
		}
		sections = append(sections, state)
	}
	return sections, nil
}

const placeSize = 16 + 4

func writeSections(w io.Writer, sections [][]byte) error {
	hash := sha256.New()
	b := bufio.NewWriter(w)
	both := io.MultiWriter(b, hash)
	if _, err := io.WriteString(both, stateHeader); err != nil {
		return err
	}
	for _, section := range sections {
		if _, err := both.Write(binary.BigEndian.AppendUint64(nil, uint64(len(section)))); err != nil {
			return err
		}
		if _, err := both.Write(section); err != nil {
			return err
		}
	}
	if _, err := b.Write(hash.Sum(nil)); err != nil {
		return err
	}
	return b.Flush()
}

// readSections takes a state apart.
func readSections(data []byte) ([][]byte, error) {
	body := len(data) - sha256.Size
	if body < len(stateHeader) || string(data[:len(stateHeader)]) != stateHeader {
		return nil, errors.New("it does not begin with bayyina.replay/1")
	}
	if sum := sha256.Sum256(data[:body]); string(sum[:]) != string(data[body:]) {
		return nil, errors.New("it is damaged")
	}
	var sections [][]byte
	rest := data[len(stateHeader):body]
	for len(rest) > 0 {
		if len(rest) < 8 || binary.BigEndian.Uint64(rest) > uint64(len(rest)-8) {
			return nil, errors.New("a section of it is cut off")
		}
		n := 8 + int(binary.BigEndian.Uint64(rest))
		sections, rest = append(sections, rest[8:n]), rest[n:]
	}
	return sections, nil
}

// resume takes up the saved state, if there is one and the log is the continuation
// of what was judged.
func (r *run) resume(ctx context.Context) error {
	data, err := os.ReadFile(r.opts.State)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	sections, err := readSections(data)
	if err != nil {
		return fmt.Errorf("%w (%w)", ErrState, err)
	}
	old, err := r.restore(sections)
	if err != nil {
		return fmt.Errorf("%w (%w)", ErrState, err)
	}
	same, err := r.continues(ctx, old)
	if err != nil || !same {
		return err
	}
	for i, j := range r.judges {
		if err := j.Restore(sections[fixedSections+i]); err != nil {
			return fmt.Errorf("%w (%w)", ErrState, err)
		}
	}
	r.seen = old
	return nil
}

// fixedSections are those before the judges'.
const fixedSections = 4

// restore reads what was seen, and refuses a state of another log, policy or set of
// judges.
func (r *run) restore(sections [][]byte) (*seen, error) {
	if len(sections) != fixedSections+len(r.judges) {
		return nil, fmt.Errorf("it has %d sections", len(sections))
	}
	old := newSeen("")
	h := header{Seen: old}
	if err := json.Unmarshal(sections[0], &h); err != nil {
		return nil, err
	}
	if h.Seen == nil || h.Seen.Keys == nil || h.Seen.Findings == nil || h.Seen.Unknown == nil {
		return nil, errors.New("it is incomplete")
	}
	now := r.header()
	switch {
	case h.Policy != now.Policy:
		return nil, errors.New("it was made under another policy")
	case !slices.EqualFunc(h.Kinds, now.Kinds, slices.Equal[[]string]):
		return nil, errors.New("it was made by other judges")
	case old.Keys.Origin() != r.newest.Origin:
		return nil, fmt.Errorf("it is of the log %q", old.Keys.Origin())
	}
	if err := old.frontier.UnmarshalBinary(sections[1]); err != nil {
		return nil, err
	}
	if old.frontier.Size() != old.After {
		return nil, errors.New("its parts do not belong together")
	}
	ids, places := sections[2], sections[3]
	if len(ids)%len(id{}) != 0 || len(places)%placeSize != 0 {
		return nil, errors.New("its ids or places are cut off")
	}
	for key := range slices.Chunk(ids, len(id{})) {
		old.ids[id(key)] = struct{}{}
	}
	for p := range slices.Chunk(places, placeSize) {
		old.places[[16]byte(p)] = binary.BigEndian.Uint32(p[16:])
	}
	return old, nil
}

// mark is how far an earlier run came, and the root that its entries have.
type mark struct {
	size int64
	root tlog.Hash
}

// root is that of all entries seen so far.
func (s *seen) root() (tlog.Hash, error) {
	var f read.Frontier
	saved, err := s.frontier.AppendBinary(nil)
	if err != nil {
		return tlog.Hash{}, err
	}
	if err := f.UnmarshalBinary(saved); err != nil {
		return tlog.Hash{}, err
	}
	for _, p := range s.Pending {
		f.Append(p.Leaf)
	}
	return f.Root(), nil
}

// continues reports whether the log continues what an earlier run judged. Where
// that cannot be seen from the newest checkpoint and the tiles, the log is judged
// from its beginning, and compared when it comes to where the earlier run ended.
func (r *run) continues(ctx context.Context, old *seen) (bool, error) {
	if key, err := old.Keys.Checkpoint(); err != nil || r.newest.SignedBy(key) != nil {
		return false, fmt.Errorf("%w (its checkpoint is signed by another key)", ErrState)
	}
	if r.size < old.next() {
		return false, fmt.Errorf("%w (the log has %d entries, the state %d: this is an older copy)", ErrState, r.size, old.next())
	}
	root, err := old.root()
	if err != nil {
		return false, fmt.Errorf("%w (%w)", ErrState, err)
	}
	if r.size == old.next() && r.newest.Root == root {
		return true, nil
	}
	have, err := tlog.TreeHash(old.next(), read.TreeHashes(ctx, r.source, r.newest))
	if err == nil && have == root {
		return true, nil
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	r.expect = &mark{old.next(), root}
	return false, nil
}

// compareExpected compares the entries with what an earlier run judged, where it
// ended.
func (r *run) compareExpected() error {
	if r.expect == nil || r.expect.size != r.seen.next() {
		return nil
	}
	root, err := r.seen.root()
	if err != nil {
		return err
	}
	if root != r.expect.root {
		detail := fmt.Sprintf("the earlier run computed the root %s, now it is %s", r.expect.root, root)
		r.fault(read.Fault{Code: historyRewritten, Detail: detail, Sequence: -1}, args{"Size": r.expect.size})
	}
	r.expect = nil
	return nil
}
