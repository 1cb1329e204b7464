package board

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"

	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
)

// Snapshot is what one round found, under one checkpoint. It never changes.
type Snapshot struct {
	Report     *replay.Report
	Checkpoint read.Checkpoint
	Witnessed  read.Witnessed // the checkpoint, by the policy's witnesses or else the log's own
	Judges     []read.Judge   // that have seen it: only to be asked
	Seen       []Seen         // when each witness that counts was last seen

	source read.Source
	index  *index
}

// quorum is that of the policy, or else of the log's own history.
func (s *Snapshot) quorum(policy *read.Policy) *read.Quorum {
	if policy != nil {
		return policy.Quorum()
	}
	return s.Report.Keys.QuorumAt(s.Checkpoint.Size)
}

// Size returns the number of entries that can be read: those that were replayed.
func (s *Snapshot) Size() int64 { return s.Report.Replayed }

// Claims returns the claims on a subject, such as an election; the empty subject is
// the log itself.
func (s *Snapshot) Claims(subject string) []read.Claim {
	var list []read.Claim
	for _, c := range s.Report.Claims {
		if c.Subject == subject {
			list = append(list, c)
		}
	}
	return list
}

// ErrBeyond reports an entry that was not replayed, or that there is not.
var ErrBeyond = errors.New("the board has no such entry")

// Entry returns an entry, proved to be in the tree of the snapshot's checkpoint. One
// whose statement cannot be read is returned as far as it can be. An error is
// ErrBeyond, or means that the log cannot be read.
func (s *Snapshot) Entry(ctx context.Context, sequence int64) (*read.Entry, error) {
	list, err := s.entries(ctx, []int64{sequence})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// entries returns entries in the order in which they were asked for.
func (s *Snapshot) entries(ctx context.Context, sequences []int64) ([]*read.Entry, error) {
	if len(sequences) == 0 {
		return nil, nil
	}
	places := make([]int64, len(sequences))
	for i, n := range sequences {
		if n < 0 || n >= s.Size() {
			return nil, fmt.Errorf("entry %d of %d: %w", n, s.Size(), ErrBeyond)
		}
		places[i] = tlog.StoredHashIndex(0, n)
	}
	leaves, err := read.TreeHashes(ctx, s.source, s.Checkpoint).ReadHashes(places)
	if err != nil {
		return nil, fmt.Errorf("read entries: %w", err)
	}
	bundles := make(map[int64][][]byte)
	var list []*read.Entry
	for i, n := range sequences {
		at := n / read.TileWidth
		if bundles[at] == nil {
			if bundles[at], err = read.ReadBundle(ctx, s.source, at, s.Checkpoint.Size); err != nil {
				return nil, fmt.Errorf("read entries: %w", err)
			}
		}
		raw := bundles[at][n%read.TileWidth]
		if tlog.RecordHash(raw) != leaves[i] {
			return nil, fmt.Errorf("entry %d: %w: its hash is not the tree's", n, read.ErrDamaged)
		}
		e, err := read.ParseEntry(raw)
		if e == nil {
			e = &read.Entry{Sequence: n, Raw: raw} // the report says what is wrong with it
		}
		if err != nil && e.Statement.Kind == "" {
			e.Statement.Kind = unreadable
		}
		e.Sequence = n
		list = append(list, e)
	}
	return list, nil
}

// Latest returns at most so many entries before a sequence, the newest first, of one
// kind or, where it is empty, of all; more says that there are older ones.
func (s *Snapshot) Latest(ctx context.Context, kind string, before int64, most int) (list []*read.Entry, more bool, err error) {
	found := s.index.before(before, most+1, func(k string) bool { return kind == "" || k == kind })
	more = len(found) > most
	list, err = s.entries(ctx, found[:min(most, len(found))])
	return list, more, err
}

// After returns at most so many entries from a sequence on, the oldest first, of the kinds
// that are wanted, and the sequence from which to go on: Size, where there are no more.
func (s *Snapshot) After(ctx context.Context, sequence int64, most int, want func(kind string) bool) (list []*read.Entry, next int64, err error) {
	found, next := s.index.after(sequence, most, want)
	list, err = s.entries(ctx, found)
	return list, next, err
}

// IsDecision tells whether entries of a kind are such by which people changed something:
// those that need an officer's or a root key's signature.
func (s *Snapshot) IsDecision(kind string) bool {
	return kind == read.KindGenesis || slices.ContainsFunc(s.Report.Keys.Need(kind), func(n read.Need) bool {
		return n.Role == read.RoleOfficer || n.Role == read.RoleRoot
	})
}

// decisions are the log's decisions and what was proposed of them, the newest first.
func (s *Snapshot) decisions(ctx context.Context, before int64, most int) (list []*read.Entry, more bool, err error) {
	found := s.index.before(before, most+1, func(kind string) bool { return strings.HasPrefix(kind, "decision.") || s.IsDecision(kind) })
	more = len(found) > most
	list, err = s.entries(ctx, found[:min(most, len(found))])
	return list, more, err
}

// Kinds returns the kinds of the log's entries with their numbers.
func (s *Snapshot) Kinds() []KindCount { return s.index.counts() }

// Proof returns the proof that an entry is in the log, in the form of
// c2sp.org/tlog-proof; with the entry in it, it is the receipt of docs/PROTOCOL.md
// section 10.
func (s *Snapshot) Proof(ctx context.Context, e *read.Entry, whole bool) ([]byte, error) {
	proof, err := tlog.ProveRecord(s.Checkpoint.Size, e.Sequence, read.TreeHashes(ctx, s.source, s.Checkpoint))
	if err != nil {
		return nil, fmt.Errorf("prove entry %d: %w", e.Sequence, err)
	}
	if !whole {
		return torchwood.FormatProof(e.Sequence, proof, s.Checkpoint.Raw), nil
	}
	return torchwood.FormatProofWithExtraData(e.Sequence, e.Raw, proof, s.Checkpoint.Raw), nil
}

// Attachment returns an attachment of at most read.MaxPacked bytes that an entry names,
// checked; larger ones are files of the log by themselves. An error is ErrBeyond where
// the entry names no such attachment, read.ErrMissing or
// read.ErrDamaged where the log has it no more, or means that the log cannot be read.
func (s *Snapshot) Attachment(ctx context.Context, e *read.Entry, sha256 string) ([]byte, error) {
	i := slices.IndexFunc(e.Statement.Attachments, func(a read.Attachment) bool { return a.SHA256 == sha256 })
	if i < 0 {
		return nil, fmt.Errorf("entry %d names no attachment %.80q: %w", e.Sequence, sha256, ErrBeyond)
	}
	if a := e.Statement.Attachments[i]; a.Size > read.MaxPacked {
		return nil, fmt.Errorf("attachment %s of %d bytes: %w: it is a file of the log", sha256, a.Size, ErrBeyond)
	}
	return s.AttachmentAt(ctx, e.Sequence, e.Statement.Attachments[i])
}

// Signed is a signature line on an entry's statement, as it is judged.
type Signed struct {
	Name     string
	Role     string // empty where the log never knew the key
	Passkey  bool
	Software bool         // a passkey that is no hardware
	Verdict  read.Verdict // True: good, by a key valid at the entry; False: it does not verify; NotShown: by a key unknown or not valid there
}

// RoleName is the key's role in words.
func (s Signed) RoleName() read.Bilingual { return read.RoleName(s.Role) }

// Signatures judges the signature lines on an entry's statement by the keys of the
// log's history.
func (s *Snapshot) Signatures(e *read.Entry) []Signed {
	var list []Signed
	for _, line := range e.Statement.Signatures {
		signed := Signed{Name: line.Name}
		if m := s.Report.Keys.Member(line.Name); m != nil && m.Key.Made(line) {
			signed.Role, signed.Passkey, signed.Software = m.Role, m.Key.IsPasskey(), m.Software
			switch {
			case m.Key.Verify(e.Statement.Text, line.Bytes, s.Report.Keys.Passkeys()) != nil:
				signed.Verdict = read.False
			case m.ValidAt(e.Sequence):
				signed.Verdict = read.True
			}
		}
		list = append(list, signed)
	}
	return list
}

// AttachmentAt returns an attachment that is known to be named by the entry at a
// sequence, checked by its own hash. An error is read.ErrMissing or read.ErrDamaged, or
// means that the log cannot be read.
func (s *Snapshot) AttachmentAt(ctx context.Context, sequence int64, a read.Attachment) ([]byte, error) {
	bundle := sequence / read.TileWidth
	full := read.TileSize(0, bundle, s.Checkpoint.Size) == read.TileWidth
	return read.ReadAttachment(ctx, s.source, bundle, full, a)
}
