package replay

import (
	"encoding/hex"
	"time"

	"bayyina/platform/ledger/read"

	"golang.org/x/mod/sumdb/tlog"
)

// seen is everything that the replay must remember of the entries behind it. It is
// what a saved state holds.
type seen struct {
	Keys     *read.KeyHistory    `json:"keys"`
	Findings map[string]*finding `json:"findings"`
	Figures  figures             `json:"figures"`
	Unknown  map[string]int64    `json:"unknown"` // entries by kind that nobody judged
	Time     time.Time           `json:"time"`    // of the last entry: the latest so far
	After    int64               `json:"after"`   // the last entry's
	// Bound is the witnessed time of the checkpoint of size After; zero for none.
	Bound   time.Time `json:"bound,omitzero"`
	Pending []pending `json:"pending"` // the entries that no named checkpoint covers yet

	frontier read.Frontier       // over the entries that a named checkpoint covers
	ids      map[id]struct{}     // of all statements
	places   map[[16]byte]uint32 // bundle that names an attachment last, by half its hash
	kinds    map[string]string   // each kind once, so that no bundle is held by its name
}

// id is a statement's.
type id [16]byte

// pending is an entry that waits for the checkpoint under which it was published.
type pending struct {
	Leaf     tlog.Hash `json:"leaf"`
	Time     time.Time `json:"time,omitzero"`
	Kind     string    `json:"kind,omitempty"`
	SignedBy []string  `json:"signed_by,omitempty"`
}

// figures are counts of what was checked.
type figures struct {
	Signatures      int64    `json:"signatures"`
	Decisions       int64    `json:"decisions"` // entries of kinds with a rule
	Attachments     int64    `json:"attachments"`
	AttachmentBytes int64    `json:"attachment_bytes"`
	Checkpoints     int64    `json:"checkpoints"`
	Unseen          int64    `json:"unseen"`    // checkpoints that an entry names and that are not there, or no checkpoints
	Unbound         int64    `json:"unbound"`   // checkpoints without a witnessed time
	Witnesses       []string `json:"witnesses"` // that cosigned
	Approved        []string `json:"approved"`  // who signed the genesis
}

func newSeen(origin string) *seen {
	return &seen{
		Keys: read.NewKeyHistory(origin), Findings: make(map[string]*finding), Unknown: make(map[string]int64),
		ids: make(map[id]struct{}), places: make(map[[16]byte]uint32), kinds: make(map[string]string),
	}
}

// next is the sequence of the next entry.
func (s *seen) next() int64 { return s.frontier.Size() + int64(len(s.Pending)) }

// fresh reports whether a statement's id was not seen before, and remembers it.
func (s *seen) fresh(text string) bool {
	var key id
	if n, err := hex.Decode(key[:], []byte(text)); err != nil || n != len(key) {
		return true // malformed, and told as such
	}
	_, before := s.ids[key]
	s.ids[key] = struct{}{}
	return !before
}

// place remembers which bundle names an attachment.
func (s *seen) place(hash string, bundle int64) {
	if key, ok := half(hash); ok {
		s.places[key] = uint32(bundle)
	}
}

// find tells which bundle names an attachment.
func (s *seen) find(hash string) (int64, bool) {
	key, ok := half(hash)
	if !ok {
		return 0, false
	}
	bundle, ok := s.places[key]
	return int64(bundle), ok
}

// half is the first half of a hash: enough to find an attachment, whose whole hash
// is checked when it is read.
func half(hash string) (key [16]byte, ok bool) {
	if len(hash) != 64 {
		return key, false
	}
	_, err := hex.Decode(key[:], []byte(hash[:32]))
	return key, err == nil
}

// kind returns a kind's name that holds nothing else in memory.
func (s *seen) kind(name string) string {
	own, ok := s.kinds[name]
	if !ok {
		own = string([]byte(name))
		s.kinds[own] = own
	}
	return own
}
