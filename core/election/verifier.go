// Package election verifies a whole election of Belenios 3.3 from its public
// objects: trustees, credentials, every ballot, the tally, shuffles, partial
// decryptions and the result. It believes nothing that it can compute. Where the objects come from,
// an archive or a log, is the caller's: core/archive drives it from a .bel file.
//
// It refuses more than belenios-tool does: ballots outside the one run before the
// end, counts beside the tally, events after the result, and partial decryptions
// that are wrong though no result was made of them.
package election

import (
	"errors"
	"fmt"
	"io"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/credential"
	"bayyina/core/mix"
	"bayyina/core/tally"
	"bayyina/core/trustee"
)

// ErrUnsupported: the election is of a kind that this version does not check.
var ErrUnsupported = ballot.ErrUnsupported

// ErrOrder: something comes when it cannot.
var ErrOrder = errors.New("comes out of order")

// Phase is how far an election has come.
type Phase string

// The phases of an election.
const (
	Empty    Phase = "not set up"
	Open     Phase = "open"     // ballots may follow
	Closed   Phase = "closed"   // the encrypted tally must follow
	Mixing   Phase = "mixing"   // shuffles must follow, and their end
	Tallied  Phase = "tallied"  // partial decryptions may follow
	Finished Phase = "finished" // the result is there
)

// Verifier checks one election as its objects come, in the order of time. After an
// error the election is refused, and nothing more may be fed.
type Verifier struct {
	election    *ballot.Election
	trustees    *trustee.Trustees
	credentials *credential.List
	votes       *tally.Accumulator
	encrypted   tally.Encrypted
	summary     tally.Summary
	mixing      *mix.Mixnet // what the checks of all shuffles share
	decryptions []*trustee.Decryption
	decrypted   map[int]bool // owners that sent a partial decryption
	fetch       tally.Fetch
	random      io.Reader
	report      Report
}

// NewVerifier starts with nothing. Fetch gives the text of an accepted ballot once
// more when a voter votes again, so that ballots need not stay in memory. Checks of
// many equations at once draw their coefficients from random, which nobody may know
// before.
func NewVerifier(fetch tally.Fetch, random io.Reader) *Verifier {
	return &Verifier{fetch: fetch, random: random, decrypted: make(map[int]bool), report: Report{Phase: Empty}}
}

// expect refuses what does not belong to the election's phase.
func (v *Verifier) expect(what string, phase Phase) error {
	if v.report.Phase != phase {
		return fault(StageOrder, what, fmt.Errorf("%w: the election is %s, must be %s", ErrOrder, v.report.Phase, phase))
	}
	return nil
}

// Records are what an election starts from, each as published.
type Records struct {
	Election, Trustees, Credentials []byte
	// Certificate is nil unless an external authority made the credentials.
	Certificate []byte
}

// Setup checks the records that the election starts from.
func (v *Verifier) Setup(r Records) error {
	if err := v.expect("set-up", Empty); err != nil {
		return err
	}
	var err error
	if v.election, err = ballot.ParseElection(r.Election); err != nil {
		return fault(StageElection, "", err)
	}
	if v.trustees, err = trustee.ParseArchived(v.election.Group(), r.Trustees); err != nil {
		return trusteeFault(StageTrustees, err)
	}
	if !v.trustees.Key.Equal(v.election.PublicKey()) {
		return fault(StageElection, "", fmt.Errorf("public key is %s, the trustees' keys give %s", v.election.PublicKey(), v.trustees.Key))
	}
	if v.credentials, err = credential.ParseList(v.election.Group(), r.Credentials); err != nil {
		return fault(StageCredentials, "", err)
	}
	if err := v.election.CheckWeights(v.credentials); err != nil {
		return fault(StageCredentials, "", err)
	}
	if r.Certificate != nil {
		if err := v.checkCertificate(r); err != nil {
			return fault(StageCredentials, "credential authority", err)
		}
		v.report.Proofs++
	}
	v.votes = tally.NewAccumulator(v.election, v.credentials, v.fetch)
	v.report.Phase = Open
	v.report.UUID = v.election.UUID()
	v.report.Name = v.election.Record().Name
	v.report.Trustees = len(v.trustees.Owners)
	v.report.OldTrustees = v.trustees.Old
	v.report.Credentials = v.credentials.Len()
	v.report.Proofs += int64(v.trustees.Proofs)
	v.report.Fingerprints.Election = v.election.Fingerprint()
	v.report.Fingerprints.Credentials = v.credentials.Fingerprint()
	return nil
}

// checkCertificate compares the authority's certificate with the election and list.
func (v *Verifier) checkCertificate(r Records) error {
	a, err := trustee.ParseAuthority(v.election.Group(), r.Certificate)
	switch {
	case err != nil:
		return err
	case a.UUID != v.election.UUID():
		return fmt.Errorf("certificate is for election %q", a.UUID)
	case a.Credentials != v.credentials.Len():
		return fmt.Errorf("certificate is for %d credentials, the list has %d", a.Credentials, v.credentials.Len())
	case a.ListHash != canon.Hex(r.Credentials):
		return fmt.Errorf("certificate is for a list of hash %s", a.ListHash)
	}
	return nil
}

// trusteeFault makes the trustee that an error names the culprit.
func trusteeFault(stage Stage, err error) error {
	if errors.Is(err, trustee.ErrUnsupported) {
		err = fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	var owner *trustee.OwnerError
	if !errors.As(err, &owner) {
		return fault(stage, "", err)
	}
	if errors.Is(err, ErrUnsupported) {
		return fault(stage, trusteeName(owner.Owner), err)
	}
	return fault(stage, trusteeName(owner.Owner), owner.Err)
}

func trusteeName(owner int) string { return fmt.Sprintf("trustee %d", owner) }

// EndBallots closes the ballot box.
func (v *Verifier) EndBallots() error {
	if err := v.expect("end of ballots", Open); err != nil {
		return err
	}
	v.report.Phase = Closed
	return nil
}

// PartialDecryption checks the partial decryption of a trustee, counted from 1. A
// wrong one of a threshold block is noted in the report and left out, as long as
// the others can still decrypt; a wrong one of a single trustee is a fault.
func (v *Verifier) PartialDecryption(owner int, text []byte) error {
	if err := v.expect("partial decryption", Tallied); err != nil {
		return err
	}
	if v.decrypted[owner] {
		return fault(StageDecryption, trusteeName(owner), errors.New("decrypted twice"))
	}
	d, err := v.trustees.Verify(owner, text, v.election, v.report.Tally)
	var of *trustee.OwnerError
	switch {
	case err == nil:
		v.decryptions = append(v.decryptions, d)
		v.report.Decrypted = append(v.report.Decrypted, owner)
		v.report.Proofs += int64(d.Proofs())
	case errors.As(err, &of) && v.spare(owner):
		v.report.InvalidDecryptions = append(v.report.InvalidDecryptions, of)
	default:
		return trusteeFault(StageDecryption, err)
	}
	v.decrypted[owner] = true
	return nil
}

// spare says whether the election can be decrypted without this owner: the owner is
// a member of a threshold block that has enough others, counting out those whose
// decryption was wrong already.
func (v *Verifier) spare(owner int) bool {
	block := v.trustees.Block(owner)
	good := len(block)
	for _, other := range block {
		for _, bad := range v.report.InvalidDecryptions {
			if bad.Owner == other {
				good--
			}
		}
	}
	return good-1 >= max(v.trustees.Owners[owner-1].Threshold, 1)
}
