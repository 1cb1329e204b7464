package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"bayyina/cmd/bayyina/report"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
)

// checkLog replays a log, with what the voter holds of it: promises and receipts.
func (c *verifyCmd) checkLog(e *env) (*report.Report, error) {
	policy, err := c.policy()
	if err != nil {
		return nil, err
	}
	promises, err := c.promises()
	if err != nil {
		return nil, err
	}
	receipts, err := readFiles(c.Receipt, read.MaxProof)
	if err != nil {
		return nil, err
	}
	source, err := openLog(e, c.Location)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	p, err := newProgress(e)
	if err != nil {
		return nil, err
	}
	elections := evidence.NewJudge()
	elections.UseWorkers(c.Jobs)
	elections.UseHints(func(path string) (io.ReadCloser, error) { return source.Open(e.ctx, path, 0, -1) })
	defer elections.Close()
	found, err := replay.Replay(e.ctx, source, policy, judges(elections), replay.Options{
		State: c.State,
		Progress: func(at replay.Progress) {
			p.tell("report.progress-entries", at.Entries, map[string]any{"Total": at.Of})
		},
	})
	p.clear()
	if err != nil {
		if errors.Is(err, context.Canceled) && c.State != "" {
			return nil, fmt.Errorf("interrupted; the same command goes on from %s", c.State)
		}
		return nil, err
	}
	r := logReport(c, found)
	checked := elections.Checked()
	r.Checked.Ballots = report.Ballots{Count: checked.Ballots, Proofs: checked.Proofs, Hinted: checked.Hinted}
	r.Claims = append(r.Claims, promises.check(elections, found)...)
	for _, raw := range receipts {
		claim, err := checkReceipt(e.ctx, raw, policy, source, found.Size)
		if err != nil {
			return nil, err
		}
		r.Claims = append(r.Claims, claim)
	}
	if c.Booth != "" {
		claim, err := elections.CheckBooth(e.ctx, c.Booth, openBooth(c.Booth))
		if err != nil {
			return nil, err
		}
		r.Claims = append(r.Claims, claim)
	}
	return r, nil
}

// checkReceipts checks receipts alone, offline.
func (c *verifyCmd) checkReceipts(e *env) (*report.Report, error) {
	policy, err := c.policy()
	if err != nil {
		return nil, err
	}
	files, err := readFiles(c.Receipt, read.MaxProof)
	if err != nil {
		return nil, err
	}
	r := &report.Report{
		Rehearsal: policy.Rehearsal(),
		Checked:   report.Checked{Receipts: true, Location: strings.Join(c.Receipt, ", "), Origin: policy.Origin(), Policy: filepath.Base(c.Policy)},
	}
	for _, raw := range files {
		claim, err := checkReceipt(e.ctx, raw, policy, nil, 0)
		if err != nil {
			return nil, err
		}
		r.Claims = append(r.Claims, claim)
	}
	return r, nil
}

func logReport(c *verifyCmd, found *replay.Report) *report.Report {
	r := &report.Report{
		Rehearsal: found.Rehearsal,
		Checked: report.Checked{
			Location: c.Location, Name: found.Name, Origin: found.Origin, Size: found.Replayed,
			Root: base64.StdEncoding.EncodeToString(found.Root[:]), AsOf: found.AsOf, Successor: found.Successor,
		},
		Claims: found.Claims,
	}
	if c.Policy != "" {
		r.Checked.Policy = filepath.Base(c.Policy)
	}
	if found.Previous != nil {
		r.Checked.Previous = found.Previous.Origin
	}
	return r
}

// policy reads where trust starts; nil without one.
func (c *verifyCmd) policy() (*read.Policy, error) {
	if c.Policy == "" {
		return nil, nil
	}
	text, err := identity.Read(c.Policy, read.MaxPolicy)
	if err != nil {
		return nil, err
	}
	policy, err := read.ParsePolicy(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Policy, err)
	}
	return policy, nil
}

func (c *verifyCmd) promises() (list promises, err error) {
	files, err := readFiles(c.Promise, read.MaxNote)
	if err != nil {
		return list, err
	}
	for i, raw := range files {
		if err := list.add(raw); err != nil {
			return list, fmt.Errorf("%s: %w", c.Promise[i], err)
		}
	}
	return list, nil
}

// readFiles reads small files.
func readFiles(paths []string, limit int64) ([][]byte, error) {
	var list [][]byte
	for _, path := range paths {
		data, err := identity.Read(path, limit)
		if err != nil {
			return nil, err
		}
		list = append(list, data)
	}
	return list, nil
}

// checkReceipt judges a receipt: offline against the policy, and where there is a copy
// of the log (source is not nil), that this copy holds the same entry.
func checkReceipt(ctx context.Context, raw []byte, policy *read.Policy, source read.Source, size int64) (read.Claim, error) {
	claim := read.Claim{
		ID: "receipt", Says: read.Message{ID: "verify.receipt.says"}, Belief: read.Message{ID: "verify.receipt.belief"},
	}
	if policy == nil {
		claim.How = read.Message{ID: "verify.receipt.missing"}
		return claim, nil
	}
	r, err := read.CheckReceipt(raw, policy)
	if err != nil {
		v, ok := errors.AsType[*read.Violation](err)
		if !ok {
			return claim, err
		}
		return falseReceipt(claim, read.Fault{Code: v.Code, Says: v.Says(), Detail: v.Detail, Sequence: -1}), nil
	}
	if source != nil && r.Entry.Sequence < size {
		bundle, err := read.ReadBundle(ctx, source, r.Entry.Sequence/read.TileWidth, size)
		if err != nil && !errors.Is(err, read.ErrMissing) && !errors.Is(err, read.ErrDamaged) {
			return claim, err
		}
		at := r.Entry.Sequence % read.TileWidth
		if err != nil || at >= int64(len(bundle)) || !bytes.Equal(bundle[at], r.Entry.Raw) {
			return falseReceipt(claim, read.Fault{
				Code: "receipt-differs", Says: read.Message{ID: "fault.receipt-differs", Args: map[string]any{"Sequence": r.Entry.Sequence}},
				Sequence: r.Entry.Sequence, Time: r.Entry.Time, Kind: r.Entry.Statement.Kind,
			}), nil
		}
	}
	claim.Verdict = read.True
	claim.How = receiptHow(r)
	return claim, nil
}

func falseReceipt(claim read.Claim, fault read.Fault) read.Claim {
	claim.Verdict, claim.Faults = read.False, []read.Fault{fault}
	claim.How = read.Message{ID: "log.faults", Args: map[string]any{"Count": int64(1)}}
	return claim
}

// receiptHow says what a good receipt proves, and since when.
func receiptHow(r *read.Receipt) read.Message {
	values := map[string]any{"Sequence": r.Entry.Sequence, "Kind": r.Entry.Statement.Kind, "Size": r.Size}
	id := "verify.receipt.how"
	var ballot evidence.Ballot
	if r.Entry.Statement.Kind == evidence.KindBallot && read.DecodeBody(r.Entry.Statement.Body, &ballot) == nil {
		id = "verify.receipt.ballot"
		values["Tracker"] = tracker(ballot.Ballot.SHA256)
	}
	if r.Witnessed.Time.IsZero() {
		return read.Message{ID: id + "-unwitnessed", Args: values}
	}
	values["Time"] = r.Witnessed.Time
	return read.Message{ID: id, Args: values}
}
