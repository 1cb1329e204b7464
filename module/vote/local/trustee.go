package local

import "strings"

// Trustee is the program of one trustee.
type Trustee struct{ *program }

// NewTrustee reads whose program it is. The folder is made if it is not there.
func NewTrustee(cfg ProgramConfig) (*Trustee, error) {
	p, err := newProgram(cfg)
	if err != nil {
		return nil, err
	}
	return &Trustee{p}, nil
}

// Files of a trustee in the folder of a round, besides the parcels of its steps.
const (
	polynomialFile = "polynomial.json"
	comparedFile   = "compared.txt"
	committedFile  = "commitments.txt"
	shareFile      = "share.dkey"
	recordFile     = "trustees.json"
)

// Fingerprints are those of the certificates of the trustee's group, which its members compare
// over another channel.
func (d *Desk) Fingerprints() ([]string, error) {
	block, err := d.Block(d.Me.Group)
	if err != nil {
		return nil, err
	}
	return block.Fingerprints(), nil
}

// Compare keeps that the trustee has compared the fingerprints with all others.
func (d *Desk) Compare() error {
	list, err := d.Fingerprints()
	if err != nil {
		return err
	}
	return d.keep(comparedFile, []byte(strings.Join(list, "\n")+"\n"))
}

// Compared says whether the trustee has compared the fingerprints of just these certificates.
func (d *Desk) Compared() bool {
	list, err := d.Fingerprints()
	if err != nil {
		return false
	}
	kept, err := d.read(comparedFile)
	return err == nil && string(kept) == strings.Join(list, "\n")+"\n"
}
