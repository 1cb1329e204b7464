package demo

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bayyina/core/ballot"
	"bayyina/core/count"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/mix"
	"bayyina/core/tally"
	"bayyina/core/trustee"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
)

// held is one election on a scene.
type held struct {
	*scene
	uuid   string
	draft  vote.Template
	part   *evidence.Part                    // of which contest; nil where it stands alone
	photo  func(hash string) ([]byte, error) // a candidate's picture
	voters []credential.Voter                // on the roll
	shares []evidence.District               // how many of them in each district

	secrets     []credential.Private // of the voters, in their order
	list        *credential.List
	keys        []*trustee.PrivateKey // shares of the election's key, in the trustees' order
	trustees    []byte                // the record
	credentials []byte                // the public list
	election    *ballot.Election
	closes      time.Time
	result      []byte
}

// register makes a secret credential for each voter. The log learns only the public
// halves, in an order that tells nothing, and the districts' numbers.
func (h *held) register(ctx context.Context) error {
	var err error
	if h.secrets, h.list, err = credential.Issue(h.cfg.Random, group.Ed25519, h.uuid, h.voters, false); err != nil {
		return err
	}
	h.credentials = h.list.Bytes()
	return h.enter(ctx, evidence.KindCredentials, vote.CredentialsStatement(h.uuid, h.list, h.shares), [][]byte{h.credentials}, h.people.authority)
}

// agree has the trustees say together which key they have made.
func (h *held) agree(ctx context.Context) error {
	body := evidence.Trustees{Election: h.uuid, Trustees: vote.AttachmentOf(h.trustees), Names: h.people.names()}
	var signers []note.Signer
	for _, t := range h.people.trustees {
		signers = append(signers, t)
	}
	return h.enter(ctx, evidence.KindTrustees, body, [][]byte{h.trustees}, signers...)
}

// setUp has the commission decide to hold the election.
func (h *held) setUp(ctx context.Context) error {
	definition, err := h.draft.Definition(h.trustees)
	if err != nil {
		return err
	}
	if h.election, err = ballot.ParseElection(definition); err != nil {
		return err
	}
	body, err := h.draft.SetupStatement(definition, h.trustees, h.credentials, h.mixers())
	if err != nil {
		return err
	}
	body.Part = h.part
	var photos [][]byte
	if body.Photos, photos, err = vote.SetupPhotos(definition, h.photo); err != nil {
		return err
	}
	return h.enter(ctx, evidence.KindSetup, body, append([][]byte{definition, h.trustees, h.credentials}, photos...), h.people.commission()[:2]...)
}

// mixers is how many trustees shuffle, where answers are shuffled.
func (h *held) mixers() int {
	if h.election.Shuffled() {
		return mixers
	}
	return 0
}

// openUntil has the commission decide to take votes from now on.
func (h *held) openUntil(ctx context.Context, closes time.Time) error {
	h.closes = closes
	body := evidence.Open{Election: h.uuid, Opens: h.cfg.Now().UTC().Truncate(time.Second), Closes: closes, Batch: batchSeconds}
	return h.enter(ctx, evidence.KindOpen, body, nil, h.people.commission()...)
}

// cast has the voter at a place of the roll, from 0, encrypt a vote and cast it.
func (h *held) cast(ctx context.Context, at int, want ballot.Plaintext) (text []byte, accepted *vote.Accepted, err error) {
	secret := h.secrets[at]
	draft, err := h.election.Encrypt(h.cfg.Random, secret.Public(group.Ed25519, h.uuid), want)
	if err != nil {
		return nil, nil, err
	}
	signed, err := draft.Sign(h.cfg.Random, secret.Key(group.Ed25519, h.uuid))
	if err != nil {
		return nil, nil, err
	}
	text = signed.Bytes()
	accepted, err = h.registrar.Cast(ctx, h.uuid, text)
	for errors.Is(err, vote.ErrTooSoon) {
		if err := wait(ctx, time.Second); err != nil {
			return nil, nil, err
		}
		accepted, err = h.registrar.Cast(ctx, h.uuid, text)
	}
	return text, accepted, err
}

// sum closes the election, and adds the ballots up under encryption.
func (h *held) sum(ctx context.Context) (ballots int64, encrypted tally.Encrypted, err error) {
	if ballots, err = h.registrar.Close(ctx, h.uuid); err != nil {
		return 0, nil, err
	}
	if _, err := h.log.Drain(ctx); err != nil {
		return 0, nil, err
	}
	text, err := h.registrar.Tally(ctx, h.uuid)
	if err != nil {
		return 0, nil, err
	}
	if _, err := h.log.Drain(ctx); err != nil {
		return 0, nil, err
	}
	encrypted, err = tally.ParseEncrypted(h.election, text)
	return ballots, encrypted, err
}

// shuffle has the first trustees shuffle the rankings, one after the other; done of them have.
func (h *held) shuffle(ctx context.Context, t tally.Encrypted, done int) (tally.Encrypted, error) {
	net := mix.New(h.election.Fingerprint(), h.election.KeyTable(), 0)
	for i, mixer := range h.people.trustees[:h.mixers()] {
		if i < done {
			continue
		}
		s, err := net.Shuffle(h.cfg.Random, t.Apart(h.election))
		if err != nil {
			return nil, err
		}
		text := s.Bytes()
		body := evidence.Shuffle{Election: h.uuid, Trustee: i + 1, Shuffle: vote.AttachmentOf(text)}
		if err := h.enter(ctx, evidence.KindShuffle, body, [][]byte{text}, mixer); err != nil {
			return nil, err
		}
		t = t.WithApart(h.election, s.Ciphertexts)
	}
	return t, nil
}

// decrypters are the trustees who decrypt: the second is on a journey.
var decrypters = []int{1, 3}

// decrypt lets two trustees decrypt, and computes the result.
func (h *held) decrypt(ctx context.Context, encrypted tally.Encrypted) error {
	if err := h.decryptions(ctx, encrypted); err != nil {
		return err
	}
	result, err := h.registrar.Result(ctx, h.uuid)
	if err != nil {
		return err
	}
	h.result = result.Bytes()
	_, err = h.log.Drain(ctx)
	return err
}

// decryptions lets two trustees decrypt, whoever has not yet.
func (h *held) decryptions(ctx context.Context, encrypted tally.Encrypted) error {
	there, err := h.registrar.Decrypted(ctx, h.uuid)
	if err != nil {
		return err
	}
	for _, owner := range decrypters {
		if slices.Contains(there, owner) {
			continue
		}
		partial, err := h.keys[owner-1].Decrypt(h.election, encrypted, h.cfg.Random)
		if err != nil {
			return err
		}
		body := evidence.Decryption{Election: h.uuid, Trustee: owner, Decryption: vote.AttachmentOf(partial)}
		if err := h.enter(ctx, evidence.KindDecryption, body, [][]byte{partial}, h.people.trustees[owner-1]); err != nil {
			return err
		}
	}
	return nil
}

// fill turns votes into seats by the rules that were fixed before the vote. Where a
// count stops at a tie, the commission throws dice.
func (h *held) fill(ctx context.Context) (counts []*count.Result, thrown []evidence.Dice, err error) {
	if len(h.draft.Rules) == 0 {
		return nil, nil, nil
	}
	if counts, err = h.registrar.Seats(ctx, h.uuid); err != nil {
		return nil, nil, err
	}
	for i, c := range counts {
		if c.Tie == nil {
			continue
		}
		seed := make([]byte, 4)
		if _, err := io.ReadFull(h.cfg.Random, seed); err != nil {
			return nil, nil, err
		}
		dice := evidence.Dice{Election: h.uuid, Question: h.draft.Rules[i].Question, Seed: hex.EncodeToString(seed)}
		if err := h.enter(ctx, evidence.KindDice, dice, nil, h.people.commission()...); err != nil {
			return nil, nil, err
		}
		thrown = append(thrown, dice)
	}
	if thrown != nil {
		if counts, err = h.registrar.Seats(ctx, h.uuid); err != nil {
			return nil, nil, err
		}
	}
	_, err = h.log.Drain(ctx)
	return counts, thrown, err
}

// sign has the commission make the archive from the log, as anybody can, and sign for it
// and for the result. It returns the archive's SHA-256 in hex.
func (h *held) sign(ctx context.Context, archive string) (sum string, err error) {
	source, err := read.OpenSource(ctx, filepath.Join(h.cfg.Dir, "log"))
	if err != nil {
		return "", err
	}
	defer source.Close()
	file, err := os.Create(archive)
	if err != nil {
		return "", fmt.Errorf("demo: %w", err)
	}
	defer file.Close()
	judge := evidence.NewJudge()
	judge.Export(h.uuid, file)
	judge.UseHints(func(path string) (io.ReadCloser, error) { return source.Open(ctx, path, 0, -1) })
	defer judge.Close()
	if _, err := replay.Replay(ctx, source, nil, []read.Judge{judge}, replay.Options{}); err != nil {
		return "", err
	}
	sum, size, ok := judge.Archive(h.uuid)
	if !ok {
		return "", fmt.Errorf("the archive of election %s cannot be made from the log", h.uuid)
	}
	version, err := h.registrar.Version(ctx, h.uuid)
	if err != nil {
		return "", err
	}
	kind, body := evidence.KindCertify, any(evidence.Certify{Election: h.uuid, Result: vote.AttachmentOf(h.result), Archive: sum, ArchiveSize: size})
	if version.Number > 0 { // one could complain
		kind, body = evidence.KindVersionCertify, evidence.VersionCertify{
			Election: h.uuid, Version: version.Number, Result: vote.AttachmentOf(h.result), Archive: sum, ArchiveSize: size,
		}
	}
	return sum, h.enter(ctx, kind, body, [][]byte{h.result}, h.people.commission()...)
}
