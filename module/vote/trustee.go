package vote

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"bayyina/core/election"
	"bayyina/core/trustee"
	"bayyina/module/vote/evidence"
)

// Labels of trustees' sealed files.
const (
	LabelSingle = "private key of a single trustee"
	LabelSeed   = "seed of a member of a threshold group"
)

// OwnerOf finds the number of the trustee who has the key: the first, where one of a group suffices and
// all have the same.
func OwnerOf(t *trustee.Trustees, key *trustee.PrivateKey) (int, error) {
	public := key.Public()
	for i, o := range t.Owners {
		if o.Key.Equal(public) {
			return i + 1, nil
		}
	}
	return 0, errors.New("this key is of none of the election's trustees")
}

// Decrypt makes a trustee's partial decryption of a box that is tallied, and shuffled where it
// must be, and verifies it.
func Decrypt(random io.Reader, b *Box, key *trustee.PrivateKey) (text []byte, body evidence.Decryption, err error) {
	owner, err := OwnerOf(b.Trustees, key)
	if err != nil {
		return nil, body, err
	}
	return DecryptTelling(random, b, owner, key, func(int, int) bool { return true })
}

// DecryptTelling is Decrypt by the trustee with a number that tells its progress, and ends with
// trustee.ErrStopped after it was answered false.
func DecryptTelling(random io.Reader, b *Box, owner int, key *trustee.PrivateKey, tell func(done, total int) bool) (text []byte, body evidence.Decryption, err error) {
	if b.Report.Phase != election.Tallied {
		return nil, body, fmt.Errorf("the election is %s; only what is tallied and has no result is decrypted", b.Report.Phase)
	}
	if text, err = key.DecryptTelling(b.Election, b.Report.Tally, random, tell); err != nil {
		return nil, body, err
	}
	if _, err := b.Trustees.Verify(owner, text, b.Election, b.Report.Tally); err != nil {
		return nil, body, err
	}
	return text, evidence.Decryption{Election: b.Report.UUID, Trustee: owner, Decryption: AttachmentOf(text)}, nil
}

// ShuffleBy makes a trustee's shuffle of a box that waits for it.
func ShuffleBy(random io.Reader, b *Box, owner int) (text []byte, body evidence.Shuffle, err error) {
	return ShuffleTelling(random, b, owner, func(int, int) bool { return true })
}

// ShuffleTelling is ShuffleBy that tells its progress, and ends with mix.ErrStopped after it was
// answered false.
func ShuffleTelling(random io.Reader, b *Box, owner int, tell func(done, total int) bool) (text []byte, body evidence.Shuffle, err error) {
	switch {
	case b.Report.Phase != election.Mixing:
		err = fmt.Errorf("the election is %s; only what is tallied and not decrypted, with ranked questions, is shuffled", b.Report.Phase)
	case owner < 1 || owner > len(b.Trustees.Owners):
		err = fmt.Errorf("there is no trustee %d, only 1 to %d", owner, len(b.Trustees.Owners))
	case slices.Contains(b.Report.Shuffled, owner):
		err = fmt.Errorf("trustee %d has shuffled already", owner)
	default:
		text, err = nextShuffle(random, b, tell)
	}
	return text, evidence.Shuffle{Election: b.Report.UUID, Trustee: owner, Shuffle: AttachmentOf(text)}, err
}
