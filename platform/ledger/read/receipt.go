package read

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

const proofHeader = "c2sp.org/tlog-proof@v1"

// MaxProof is the most bytes of a proof: an entry as extra data, 64 hashes and a
// checkpoint.
const MaxProof = 256 << 10

// Proof is an offline proof that something is in a log (c2sp.org/tlog-proof),
// nothing verified.
type Proof struct {
	Extra      []byte // nil where there is none
	Index      int64
	Hashes     tlog.RecordProof
	Checkpoint Checkpoint
}

// ParseProof reads a proof and checks its form; it verifies nothing.
func ParseProof(raw []byte) (*Proof, error) {
	if len(raw) > MaxProof {
		return nil, fmt.Errorf("proof: %d bytes, more than %d", len(raw), MaxProof)
	}
	head, checkpoint, ok := strings.Cut(string(raw), "\n\n")
	if !ok {
		return nil, errors.New("proof: no checkpoint after an empty line")
	}
	lines := strings.Split(head, "\n")
	if lines[0] != proofHeader {
		return nil, fmt.Errorf("proof: first line %.40q, not %q", lines[0], proofHeader)
	}
	lines = lines[1:]
	p := &Proof{}
	var err error
	if extra, ok := cutFirst(&lines, "extra "); ok {
		if p.Extra, err = decodeBase64(extra); err != nil || len(p.Extra) == 0 {
			return nil, errors.New("proof: extra data that is not base64")
		}
	}
	index, ok := cutFirst(&lines, "index ")
	if !ok {
		return nil, errors.New("proof: no index line")
	}
	if p.Index, err = parseDecimal(index); err != nil {
		return nil, fmt.Errorf("proof: index: %w", err)
	}
	const most = 63 // levels above the leaves of a log whose size is an int64
	if len(lines) > most {
		return nil, fmt.Errorf("proof: %d hashes, more than %d", len(lines), most)
	}
	for i, line := range lines {
		h, err := parseHash(line)
		if err != nil {
			return nil, fmt.Errorf("proof: hash %d: %w", i+1, err)
		}
		p.Hashes = append(p.Hashes, h)
	}
	if p.Checkpoint, err = ParseCheckpoint([]byte(checkpoint)); err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	return p, nil
}

// cutFirst takes the first line where it begins with prefix.
func cutFirst(lines *[]string, prefix string) (rest string, ok bool) {
	if len(*lines) == 0 {
		return "", false
	}
	if rest, ok = strings.CutPrefix((*lines)[0], prefix); ok {
		*lines = (*lines)[1:]
	}
	return rest, ok
}

// Check verifies that data is the proof's leaf, in the log that the policy is for,
// under a checkpoint that this log signed and a quorum of its witnesses cosigned. An
// error is a Violation with one of the codes of receipts.
func (p *Proof) Check(data []byte, policy *Policy) (Witnessed, error) {
	c := p.Checkpoint
	if c.Origin != policy.Origin() {
		return Witnessed{}, violation(ReceiptOrigin, fmt.Sprintf("the checkpoint is of the log %q, the policy for %q", c.Origin, policy.Origin()),
			args{"Origin": c.Origin, "Policy": policy.Origin()})
	}
	if err := c.SignedBy(policy.log); err != nil {
		return Witnessed{}, violation(ReceiptCheckpoint, err.Error(), args{"Key": policy.log.name})
	}
	w := policy.quorum.Judge(c)
	if len(w.Bad) > 0 {
		return w, violation(ReceiptWitnesses, errors.Join(w.Bad...).Error(), args{"Have": len(w.By)})
	}
	if !w.Met {
		return w, violation(ReceiptWitnesses, fmt.Sprintf("the %d cosignatures by witnesses of the policy are no quorum", len(w.By)), args{"Have": len(w.By)})
	}
	if err := tlog.CheckRecord(p.Hashes, c.Size, c.Root, p.Index, tlog.RecordHash(data)); err != nil {
		return w, violation(ReceiptProof, fmt.Sprintf("entry %d in a log of size %d: %v", p.Index, c.Size, err), args{"Sequence": p.Index})
	}
	return w, nil
}

// Receipt is a proof that holds the entry which it proves, checked.
type Receipt struct {
	Entry     *Entry
	Size      int64 // of the log that the checkpoint is of
	Witnessed Witnessed
}

// CheckReceipt reads a receipt, as a text or as a QR code's text, and checks it offline
// against a policy: the entry that it holds is in the log, as of the witnessed time. That time is zero under a policy
// that asks for no witness; then nobody but the log says so. An error is a
// Violation with one of the codes of receipts. Who signed the entry's statement is
// the log's key history's to say, not the receipt's.
func CheckReceipt(raw []byte, policy *Policy) (*Receipt, error) {
	text, err := ReceiptText(raw)
	if err != nil {
		return nil, violation(ReceiptMalformed, err.Error(), nil)
	}
	p, err := ParseProof(text)
	if err != nil {
		return nil, violation(ReceiptMalformed, err.Error(), nil)
	}
	if p.Extra == nil {
		return nil, violation(ReceiptMalformed, "it does not hold the entry that it proves", nil)
	}
	e, err := ParseEntry(p.Extra)
	if err != nil {
		return nil, violation(ReceiptEntry, err.Error(), args{"Sequence": p.Index})
	}
	w, err := p.Check(p.Extra, policy)
	if err != nil {
		return nil, err
	}
	if err := e.checkSelf(p.Index, policy.Origin(), w.Time); err != nil {
		return nil, violation(ReceiptEntry, err.Error(), args{"Sequence": p.Index})
	}
	return &Receipt{Entry: e, Size: p.Checkpoint.Size, Witnessed: w}, nil
}

// Tolerance is how far an entry's time may lie outside the witnessed times around
// it (docs/PROTOCOL.md section 7).
const Tolerance = 60 * time.Second

// checkSelf checks what can be said of an entry alone, at its place in a log.
func (e *Entry) checkSelf(sequence int64, origin string, witnessed time.Time) error {
	s := e.Statement
	switch {
	case e.Sequence != sequence:
		return fmt.Errorf("the entry calls itself %d and stands at %d", e.Sequence, sequence)
	case e.Origin != origin:
		return fmt.Errorf("the entry is of the log %q, not %q", e.Origin, origin)
	case s.Origin != origin:
		return fmt.Errorf("the statement is meant for the log %q, not %q", s.Origin, origin)
	case e.After > e.Sequence:
		return fmt.Errorf("the entry at %d comes after a checkpoint of size %d", e.Sequence, e.After)
	case e.Time.Before(s.From) || e.Time.After(s.Until):
		return errors.New("the entry's time is outside its statement's window")
	case !witnessed.IsZero() && e.Time.After(witnessed.Add(Tolerance)):
		return errors.New("the entry's time is after the witnesses saw it")
	}
	return nil
}
