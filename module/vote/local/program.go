package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"bayyina/core/ballot"
	"bayyina/module/vote"
	"bayyina/platform/identity"
	"bayyina/platform/ledger/read"
	"bayyina/platform/message"
)

// Reasons why a party's step is not done.
var (
	ErrNotMine     = errors.New("this key is of no party of the ceremony")
	ErrImpersonate = errors.New("the server has a message of yours that this program did not write")
	ErrBackwards   = errors.New("the server shows a ceremony that is behind what this machine has seen")
)

// ProgramConfig is what the program of a party works with.
type ProgramConfig struct {
	Dir        string       // where everything is kept
	Key        string       // the sealed key in the log; its public half stands beside it, as .pub
	Client     *Client      // of the election's server; nil where everything goes by files
	Policy     *read.Policy // where trust in the log starts; nil for nowhere
	WorkFactor int          // of passphrases, see identity.WorkFactor
	Random     io.Reader
	Now        Clock
	// Senders bring credentials to voters, for the authority; nil where it sends letters only.
	Senders map[message.Channel]message.Sender
}

// program is that of one party, a trustee or the authority: what is secret stays in its folder,
// sealed under the passphrase of the party's key, which is asked for at each step and not kept.
type program struct {
	cfg       ProgramConfig
	name      string // of the key
	authority bool

	mu      sync.Mutex
	records map[string]*Record // of letters, by the folder of the round
}

// newProgram reads whose program it is. The folder is made if it is not there.
func newProgram(cfg ProgramConfig) (*program, error) {
	public, err := identity.Read(cfg.Key+".pub", identity.MaxKeyFile)
	if err != nil {
		return nil, err
	}
	_, verifier, err := identity.ParsePublic(public)
	if err != nil {
		return nil, fmt.Errorf("%s.pub: %w", cfg.Key, err)
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, err
	}
	return &program{cfg: cfg, name: verifier.Name(), records: make(map[string]*Record)}, nil
}

// Name is that of the party's key in the log.
func (p *program) Name() string { return p.name }

// Online says whether the program talks with a server.
func (p *program) Online() bool { return p.cfg.Client != nil }

// elections are those whose ceremonies this machine has seen.
func (p *program) elections() ([]string, error) {
	entries, err := os.ReadDir(p.cfg.Dir)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, e := range entries {
		if e.IsDir() && ballot.ValidUUID(e.Name()) {
			list = append(list, e.Name())
		}
	}
	return list, nil
}

// Refresh asks the server for the ceremonies in which the party has a part.
func (p *program) Refresh(ctx context.Context) error {
	if p.cfg.Client == nil {
		return nil
	}
	list, err := p.cfg.Client.Elections(ctx)
	if err != nil {
		return err
	}
	for _, uuid := range list {
		if _, err := p.desk(uuid); err == nil {
			continue // it is asked for when it is opened
		}
		if _, err := p.Ask(ctx, uuid); err != nil && !errors.Is(err, ErrNotMine) {
			return err
		}
	}
	return nil
}

// Ask asks the server how far a ceremony has come.
func (p *program) Ask(ctx context.Context, uuid string) (*Desk, error) {
	if p.cfg.Client == nil {
		return p.desk(uuid)
	}
	c, err := p.cfg.Client.Ceremony(ctx, uuid)
	if err != nil {
		return nil, err
	}
	return p.take(c)
}

// Import takes a ceremony's file, which came on a USB stick.
func (p *program) Import(file []byte) (*Desk, error) {
	c, err := vote.ReadCeremony(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	return p.take(c)
}

// take keeps how far a ceremony has come, if the party has a part in it.
func (p *program) take(c *vote.Ceremony) (*Desk, error) {
	d, err := p.at(c)
	if err != nil {
		return nil, err
	}
	if before, err := p.desk(c.Election); err == nil {
		if err := before.follows(c); err != nil {
			return nil, err
		}
	}
	if err := d.ownOnly(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if err := c.WriteFile(&file); err != nil {
		return nil, err
	}
	return d, replace(p.ceremonyPath(c.Election), file.Bytes())
}

// replace writes a file in one step, over what stood there.
func replace(path string, content []byte) error {
	next := path + ".next"
	if err := os.Remove(next); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := identity.Create(next, content, 0o600); err != nil {
		return err
	}
	return os.Rename(next, path)
}

func (p *program) ceremonyPath(uuid string) string {
	return filepath.Join(p.cfg.Dir, uuid, "ceremony.tar")
}

// desk is what this machine has of a ceremony.
func (p *program) desk(uuid string) (*Desk, error) {
	if !ballot.ValidUUID(uuid) {
		return nil, vote.ErrUnknownCeremony
	}
	file, err := identity.Read(p.ceremonyPath(uuid), vote.MaxCeremonyFile)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", vote.ErrUnknownCeremony, uuid)
	}
	if err != nil {
		return nil, err
	}
	c, err := vote.ReadCeremony(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	return p.at(c)
}

func (p *program) at(c *vote.Ceremony) (*Desk, error) {
	me, ok := c.Whose(p.name)
	if !ok || (me.Kind == vote.Authority) != p.authority {
		return nil, fmt.Errorf("%w: %s", ErrNotMine, p.name)
	}
	return &Desk{Ceremony: c, Me: me, program: p, dir: filepath.Join(p.cfg.Dir, c.Election, fmt.Sprintf("round-%d", c.Round))}, nil
}

// Desk is a ceremony as one party sees it: what all have said, and this party's own papers.
type Desk struct {
	*vote.Ceremony
	Me      vote.Party
	program *program
	dir     string
}

// follows refuses what would undo something that this machine has seen.
func (d *Desk) follows(c *vote.Ceremony) error {
	if c.Log != d.Log || c.Round < d.Round {
		return ErrBackwards
	}
	if c.Round > d.Round {
		return nil
	}
	for i := range d.Said {
		before := &d.Said[i]
		if before.Step == vote.StepCredentials {
			continue // the authority may replace its list until the set-up
		}
		now := c.Has(before.Step, before.Place)
		if now == nil || !bytes.Equal(now.Note, before.Note) || now.SHA256 != before.SHA256 {
			return fmt.Errorf("%w: %s by party %d", ErrBackwards, before.Step, before.Place)
		}
	}
	return nil
}

// Fresh says whether this machine has done nothing in the ceremony.
func (d *Desk) Fresh() bool {
	done, err := filepath.Glob(filepath.Join(d.dir, "*"+parcelExt))
	return err == nil && len(done) == 0
}

// Lost says whether the trustee has spoken from another machine: what that one kept is restored
// from a copy, or the ceremony begins again.
func (d *Desk) Lost() bool {
	return len(d.own()) > 0 && d.Fresh() && !d.has(recoveredFile)
}

// own are the notes that were said in this party's name, as one text.
func (d *Desk) own() (notes []byte) {
	for i := range d.Said {
		if d.Said[i].Place == d.Me.Place {
			notes = append(notes, d.Said[i].Note...)
		}
	}
	return notes
}

// ownOnly refuses messages in this party's name that are not those of this machine, or of a
// trustee's lost one whose place it takes.
func (d *Desk) ownOnly() error {
	if d.Me.Kind != vote.Authority && d.Fresh() {
		return nil
	}
	before, err := d.read(recoveredFile)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for i := range d.Said {
		s := &d.Said[i]
		if s.Place != d.Me.Place || len(s.Note) > 0 && bytes.Contains(before, s.Note) {
			continue
		}
		own, err := d.noteOf(s.Step)
		if err == nil && (own == nil || !bytes.Equal(own, s.Note)) {
			return fmt.Errorf("%w: %s", ErrImpersonate, s.Step)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

const (
	parcelExt    = ".tar"
	secretFile   = "secret.age"
	restoredFile = "restored.txt"
	// recoveredFile has what was said from a machine that was lost, or what has been replaced since.
	recoveredFile = "recovered.txt"
)

// maxParcel bounds a parcel in bytes: the authority's has all public credentials.
const maxParcel = 2 * identity.MaxSecret

func (d *Desk) path(name string) string { return filepath.Join(d.dir, name) }

func (d *Desk) read(name string) ([]byte, error) {
	return identity.Read(d.path(name), vote.MaxCeremonyFile)
}

func (d *Desk) has(name string) bool {
	_, err := os.Stat(d.path(name))
	return err == nil
}

// keep writes a file once; the same again changes nothing.
func (d *Desk) keep(name string, content []byte) error {
	before, err := d.read(name)
	if err == nil && bytes.Equal(before, content) {
		return nil
	}
	return identity.Create(d.path(name), content, 0o600)
}

// Parcel is what the party hands over in a step, once it is done.
func (d *Desk) Parcel(step vote.Step) ([]byte, error) {
	return identity.Read(d.path(string(step)+parcelExt), maxParcel)
}

// noteOf is the note of the parcel of a step; nil while the step is not done.
func (d *Desk) noteOf(step vote.Step) ([]byte, error) {
	f, err := os.Open(d.path(string(step) + parcelExt))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read from
	return vote.ParcelNote(f)
}

// handedIn says whether the others have what the party says in a step, as it says it now.
func (d *Desk) handedIn(step vote.Step) bool {
	said := d.Has(step, d.Me.Place)
	if said == nil {
		return false
	}
	own, err := d.noteOf(step)
	return err == nil && bytes.Equal(own, said.Note)
}

// Unsent are the steps that are done here, and that the others do not have yet.
func (d *Desk) Unsent() []vote.Step {
	var list []vote.Step
	for _, step := range []vote.Step{
		vote.StepKey, vote.StepCertificate, vote.StepCommitment, vote.StepPolynomial, vote.StepShare, vote.StepAgreement,
		vote.StepComplaint, vote.StepShuffle, vote.StepDecryption, vote.StepCredentials,
	} {
		if d.has(string(step)+parcelExt) && !d.handedIn(step) {
			list = append(list, step)
		}
	}
	return list
}

// Send hands over what is done and not sent, and asks how far the ceremony has come now.
func (d *Desk) Send(ctx context.Context) (*Desk, error) {
	client := d.program.cfg.Client
	if client == nil {
		return d, nil
	}
	for _, step := range d.Unsent() {
		parcel, err := d.Parcel(step)
		if err == nil {
			err = client.Send(ctx, d.Election, parcel)
		}
		if err != nil {
			return nil, fmt.Errorf("send %s: %w", step, err)
		}
	}
	return d.program.Ask(ctx, d.Election)
}

// Restored says whether the party has opened a copy of the sealed secret.
func (d *Desk) Restored() bool { return d.has(restoredFile) }

// Sealed is the sealed secret, for its owner to keep a copy elsewhere.
func (d *Desk) Sealed() ([]byte, error) { return d.read(secretFile) }
