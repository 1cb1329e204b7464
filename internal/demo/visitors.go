package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"filippo.io/age"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/trustee"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
	"bayyina/platform/ledger/read"
)

// visitorsTitle is what an election of visitors is called.
var visitorsTitle = read.Bilingual{AR: "انتخاب الزوار (تجربة)", EN: "The visitors' election (rehearsal)"}

const (
	visitors  = 20             // voters of such an election
	pollName  = "visitors.age" // beside the people's keys
	pollLabel = "bayyina.demo.visitors/1"
	maxPoll   = 64 << 10
)

// VisitorsConfig is what elections of visitors are held with.
type VisitorsConfig struct {
	Dir       string // of the country
	Registrar *vote.Registrar
	Now       func() time.Time
	Random    io.Reader
	Booth     []byte                                    // manifest of the booth that visitors vote in
	Decided   func() (booth read.Attachment, err error) // manifest of the one in the log
	Wake      func()                                    // called when something was queued for the log
}

// Visitors lets whoever visits a country that is served hold elections there and vote in them: the
// country's people do all that is theirs at one click. They all are in one hand, which a real
// election must never be.
type Visitors struct {
	cfg  VisitorsConfig
	open age.Identity

	mu     sync.Mutex
	people *people
	poll   *poll
}

// poll is an election of visitors, with what its trustees and voters keep secret.
type poll struct {
	Election    string   `json:"election"`
	Credentials []string `json:"credentials"`
	Shares      []string `json:"shares"` // of the trustees, by their numbers
}

// ErrPoll reports an election of visitors that cannot be held or counted now.
var ErrPoll = errors.New("it is not the time for this")

// Visitors returns the elections of visitors.
func (a *Actors) Visitors(cfg VisitorsConfig) (*Visitors, error) {
	v := &Visitors{cfg: cfg, people: a.people, open: identity.AskPassphrase(func() ([]byte, error) { return []byte(passphrase), nil })}
	sealed, err := identity.Read(v.path(), maxPoll)
	if errors.Is(err, os.ErrNotExist) {
		return v, nil
	}
	if err == nil {
		err = v.read(sealed)
	}
	if err != nil {
		return nil, fmt.Errorf("demo: %s: %w", v.path(), err)
	}
	return v, nil
}

func (v *Visitors) path() string { return filepath.Join(v.cfg.Dir, peopleDir, pollName) }

func (v *Visitors) read(sealed []byte) error {
	text, err := identity.OpenSecret(pollLabel, sealed, v.open)
	if err != nil {
		return err
	}
	v.poll = new(poll)
	return json.Unmarshal(text, v.poll)
}

func (v *Visitors) write() error {
	recipient, err := identity.Passphrase([]byte(passphrase), workFactor)
	if err != nil {
		return err
	}
	text, err := json.Marshal(v.poll)
	if err != nil {
		return err
	}
	sealed, err := identity.SealSecret(pollLabel, text, recipient)
	if err != nil {
		return err
	}
	if err := os.Remove(v.path()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return identity.Create(v.path(), sealed, 0o600)
}

// standing is how far the newest election has come; nil where there is none, or one that was never
// opened.
func (v *Visitors) standing(ctx context.Context) (*vote.Status, error) {
	if v.poll == nil {
		return nil, nil
	}
	s, err := v.cfg.Registrar.Status(ctx, v.poll.Election)
	if errors.Is(err, vote.ErrUnknownElection) || err == nil && s.Opens.IsZero() {
		return nil, nil
	}
	return &s, err
}

// election is one of visitors, in the hands of the country's people.
func (v *Visitors) election(uuid string) *held {
	h := &held{
		scene: &scene{cfg: Config{Dir: v.cfg.Dir, Random: v.cfg.Random, Now: v.cfg.Now}, place: country, people: v.people, registrar: v.cfg.Registrar},
		uuid:  uuid,
		draft: vote.Template{
			UUID: uuid, Title: visitorsTitle, Name: visitorsTitle.AR + " · " + visitorsTitle.EN, Description: "تجربة · rehearsal",
			Administrator: host, CredentialAuthority: "authority.example",
		},
		shares: []evidence.District{{Name: districts[0].name, Voters: visitors}},
	}
	for _, q := range questions {
		h.draft.Questions = append(h.draft.Questions, vote.TemplateQuestion{Question: q})
	}
	for i := range visitors {
		h.voters = append(h.voters, credential.Voter{ID: fmt.Sprint(i + 1), Weight: 1})
	}
	return h
}

// Hold prepares an election and opens it for a while. The one before it must be over.
func (v *Visitors) Hold(ctx context.Context, lasts time.Duration) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	s, err := v.standing(ctx)
	if err == nil && s != nil && !s.Counted {
		err = ErrPoll
	}
	if err != nil {
		return err
	}
	uuid, err := vote.NewUUID(v.cfg.Random)
	if err != nil {
		return err
	}
	h := v.election(uuid)
	defer v.cfg.Wake()
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return v.decideBooth(ctx, h) }, h.register, h.ceremony, h.agree, h.setUp,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	p := &poll{Election: uuid}
	for _, c := range h.secrets {
		p.Credentials = append(p.Credentials, c.Reveal())
	}
	for _, k := range h.keys {
		p.Shares = append(p.Shares, string(k.Text()))
	}
	v.poll = p
	if err := v.write(); err != nil {
		return err
	}
	return h.openUntil(ctx, v.cfg.Now().UTC().Truncate(time.Second).Add(lasts))
}

// decideBooth has the commission decide on the booth that visitors vote in, where the log names another.
func (v *Visitors) decideBooth(ctx context.Context, h *held) error {
	decided, err := v.cfg.Decided()
	own := vote.AttachmentOf(v.cfg.Booth)
	if err != nil || decided == own {
		return err
	}
	return h.enter(ctx, evidence.KindBooth, evidence.Booth{Booth: own}, [][]byte{v.cfg.Booth}, h.people.commission()...)
}

// Count has the trustees shuffle and decrypt what was added up; the server then computes the result.
func (v *Visitors) Count(ctx context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	s, err := v.standing(ctx)
	if err == nil && (s == nil || !s.Tallied || s.Counted) {
		err = ErrPoll
	}
	if err != nil {
		return err
	}
	h := v.election(v.poll.Election)
	definition, err := v.cfg.Registrar.Definition(ctx, h.uuid)
	if err != nil {
		return err
	}
	if h.election, err = ballot.ParseElection(definition); err != nil {
		return err
	}
	for _, text := range v.poll.Shares {
		share, err := trustee.ParsePrivateKey(group.Ed25519, []byte(text))
		if err != nil {
			return err
		}
		h.keys = append(h.keys, share)
	}
	defer v.cfg.Wake()
	encrypted, shuffles, err := v.cfg.Registrar.Encrypted(ctx, h.uuid)
	if err == nil { // somebody may have asked before, and been cut short
		encrypted, err = h.shuffle(ctx, encrypted, int(shuffles))
	}
	if err != nil {
		return err
	}
	return h.decryptions(ctx, encrypted)
}
