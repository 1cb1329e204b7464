package evidence

import (
	"context"
	"slices"

	"bayyina/platform/ledger/read"
)

// close judges the end of voting.
func (e *election) close(_ context.Context, _ read.Log, entry *read.Entry, b Close) error {
	if !e.turn(claimClosed, entry, closed) {
		return nil
	}
	if entry.Time.Before(e.Open.Body.Closes) {
		e.against(claimClosed, entry, "close-early", args{"Closes": e.Open.Body.Closes}, nil)
	}
	if n := int64(len(e.Box.casts)); b.Ballots != n {
		e.against(claimClosed, entry, "close-count", args{"Said": b.Ballots, "Count": n}, nil)
	}
	e.project((*projection).EndBallots)
	return nil
}

// certify judges the certification where nobody may complain.
func (e *election) certify(ctx context.Context, log read.Log, entry *read.Entry, b Certify) error {
	return e.certifyAs(ctx, log, entry, b, 0)
}

// certifyVersion judges the certification of a version of the result.
func (e *election) certifyVersion(ctx context.Context, log read.Log, entry *read.Entry, b VersionCertify) error {
	return e.certifyAs(ctx, log, entry, Certify{b.Election, b.Result, b.Archive, b.ArchiveSize}, b.Version)
}

// certifyAs judges a certification, and with it the archive. The version is 0 where it names none.
func (e *election) certifyAs(ctx context.Context, log read.Log, entry *read.Entry, b Certify, version int) error {
	if !e.turn(claimCertified, entry, certified) {
		return nil
	}
	c := heard(entry, b)
	e.Certified, e.CertifiedAs = &c, version
	e.settled(entry, version)
	if b.Result != e.Result.Body.Result {
		e.against(claimCertified, entry, "certify-result", args{"Result": b.Result.SHA256, "Entered": e.Result.Body.Result.SHA256}, nil)
	}
	if e.archive == nil && !e.Incomplete {
		if err := e.rebuild(ctx, log); err != nil {
			return err
		}
	}
	switch {
	case e.archive == nil:
		e.against(claimArchive, entry, "archive-incomplete", nil, nil)
	case e.archive.sum() != b.Archive || e.archive.size != b.ArchiveSize:
		e.against(claimArchive, entry, "archive-differs", args{
			"Certified": b.Archive, "CertifiedSize": b.ArchiveSize, "Archive": e.archive.sum(), "Size": e.archive.size,
		}, nil)
	}
	e.archive = nil
	return nil
}

// signedBy says whether a key's good signature stands on the entry.
func signedBy(entry *read.Entry, name string) bool { return slices.Contains(entry.SignedBy, name) }
