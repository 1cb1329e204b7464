package forge

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"bayyina/platform/ledger/read"

	"golang.org/x/mod/sumdb/note"
)

// The entries of [Honest] that tests aim at, by their sequence.
const (
	HonestGenesis   = 0
	HonestKeys      = 1   // officer 4 enters
	HonestRemoval   = 2   // officer 2 leaves
	HonestRules     = 3   // vote.open/1 needs three officers
	HonestWitnesses = 4   // witness 4 enters; the quorum stays 2
	HonestOpen      = 5   // signed by officers 1, 3, 4 and root
	HonestFirst     = 6   // the first of the ballots: entries by the server, each with an attachment
	HonestSize      = 300 // entries in all
)

// honestStep is the time between two checkpoints of [Honest].
const honestStep = 10 * time.Minute

// Honest tells a small honest log: the genesis, a decision of each kind of the log
// itself, an election's opening, and ballots in batches of ten, each with an
// attachment, into the second entry bundle. Their content means nothing to a judge
// of elections. The fourth officer and witness join the actors.
func Honest(a *Actors) (*History, error) {
	t := teller{a, New(a.Origin), a.Start, nil}
	t.say(read.KindGenesis, a.Genesis(), a.Root)
	t.publish()
	officer, err := a.NewOfficer(4)
	if err != nil {
		return nil, err
	}
	witness, err := a.NewWitness(4)
	if err != nil {
		return nil, err
	}
	t.say(read.KindKeys, read.KeysChange{
		Add:    []read.KeyGrant{{Role: read.RoleOfficer, Key: officer.VerifierKey(), Software: true}},
		Remove: []string{}, Reason: read.Bilingual{AR: "مسؤول جديد", EN: "A new officer"},
	}, a.Decision()...)
	t.publish()
	t.say(read.KindKeys, read.KeysChange{
		Add: []read.KeyGrant{}, Remove: []string{a.Officers[1].Name()}, Reason: read.Bilingual{AR: "استقالة", EN: "A resignation"},
	}, a.Decision()...)
	t.publish()
	t.say(read.KindRules, read.RulesChange{
		Rules: []read.Rule{{Kind: "vote.open/1", Need: []read.Need{
			{Role: read.RoleOfficer, Count: 3}, {Role: read.RoleRoot, Count: 1},
		}}},
		Reason: read.Bilingual{AR: "ثلاث عيون", EN: "Three pairs of eyes"},
	}, a.Decision()...)
	t.publish()
	witnesses := append(a.Genesis().Witnesses, read.Witness{Key: witness.VerifierKey()})
	t.say(read.KindWitnesses, read.WitnessesChange{
		Witnesses: witnesses, Quorum: 2, Reason: read.Bilingual{AR: "شاهد رابع", EN: "A fourth witness"},
	}, a.Decision()...)
	t.publish()
	a.Officers = append(a.Officers, officer)
	const election = "Bayyina2Test11"
	t.say("vote.open/1", struct {
		Election string    `json:"election"`
		Opens    time.Time `json:"opens"`
		Closes   time.Time `json:"closes"`
		Batch    int       `json:"batch"`
	}{election, a.Start, a.Start.Add(48 * time.Hour), 600}, a.Officers[0], a.Officers[2], a.Officers[3], a.Root)
	t.publish()
	for i := HonestFirst; i < HonestSize && t.err == nil; i++ {
		t.say("vote.ballot/1", struct {
			Election string          `json:"election"`
			Ballot   read.Attachment `json:"ballot"`
		}{election, t.history.Attach(fmt.Appendf(nil, "ballot of entry %d", i))}, a.Receipt)
		if i%10 == 9 {
			t.publish()
		}
	}
	return t.history, t.err
}

// Attach adds an attachment and returns its name.
func (h *History) Attach(data []byte) read.Attachment {
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:])
	h.Attachments[hash] = data
	return read.Attachment{SHA256: hash, Size: int64(len(data))}
}

// teller tells a history in order; after an error it tells nothing more.
type teller struct {
	actors  *Actors
	history *History
	now     time.Time
	err     error
}

func (t *teller) say(kind string, body any, signers ...note.Signer) {
	if t.err != nil {
		return
	}
	var statement []byte
	if statement, t.err = t.actors.Say(kind, body, signers...); t.err == nil {
		t.history.Append(statement, t.now)
	}
}

// publish adds a checkpoint two seconds after the last entries, and lets time pass.
func (t *teller) publish() {
	t.history.Publish(t.now.Add(2 * time.Second))
	t.now = t.now.Add(honestStep)
}
