package replay_test

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"bayyina/internal/forge"
	"bayyina/platform/identity"
	"bayyina/platform/identity/softkey"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// ballot is an entry in the middle of the honest log, the first of its batch; its
// checkpoint covers ten.
const ballot = 150

// unbound is what follows where a checkpoint has no quorum: no time is known.
func unbound(want ...string) []string {
	return append(want, "log.times not shown", "log.fresh not shown")
}

// unread is what follows where the log cannot be read to its end.
func unread(want string) []string {
	out := []string{want}
	for _, id := range replay.Claims() {
		if id != "log.consistent" {
			out = append(out, id+" not shown")
		}
	}
	return out
}

// forgery is one lie about the honest log, and everything that it must make false or
// leave not shown: no more and no less.
type forgery struct {
	name  string
	forge func(f *fraud)
	want  []string
}

// of the files, by somebody without any key.
var damages = []forgery{
	{"a bit of an entry", func(f *fraud) {
		f.change("tile/entries/000", func(data []byte) []byte {
			return flip(bytes.Index(data, []byte(f.attachment(ballot))) - len(`1","ballot":{"sha256":"`))(data)
		})
	}, []string{
		"log.consistent checkpoint-root@-1 ×15", "log.consistent tile-damaged@150 ×2",
		"log.decisions signatures-missing@150", "log.signatures entry-signature@150", "log.signatures statement-signature@150",
	}},
	{"a bit of a hash tile", func(f *fraud) { f.change("tile/0/000", flip(32*ballot)) }, []string{"log.consistent tile-damaged@150"}},
	{"a bit of a tile above", func(f *fraud) { f.change("tile/1/000.p/1", flip(7)) }, []string{"log.consistent tile-damaged@-1"}},
	{"a hash tile withheld", func(f *fraud) { f.remove("tile/0/001.p/44") }, []string{"log.consistent tile-missing@-1"}},
	{"the log's signature on a checkpoint", func(f *fraud) { f.change("checkpoints/150", flipLine("— log.")) }, []string{"log.consistent checkpoint-signature@-1"}},
	{"one witness' signature on a checkpoint", func(f *fraud) { f.change("checkpoints/150", flipLine("— witness2")) }, []string{"log.witnessed cosignature-invalid@-1"}},
	{"a kept checkpoint withheld", func(f *fraud) { f.remove("checkpoints/150") }, []string{"log.consistent checkpoint-missing@150", "log.times not shown", "log.witnessed not shown"}},
	{"a kept checkpoint exchanged for another", func(f *fraud) {
		f.copyFile("checkpoints/140", "checkpoints/150")
	}, []string{"log.consistent checkpoint-malformed@-1", "log.times not shown", "log.witnessed not shown"}},
	{"an entry bundle withheld", func(f *fraud) { f.remove("tile/entries/001.p/44") }, unread("log.consistent bundle-missing@256")},
	{"an entry bundle cut off", func(f *fraud) {
		f.change("tile/entries/000", func(b []byte) []byte { return b[:len(b)-9] })
	}, unread("log.consistent bundle-damaged@0")},
	{"a bit of a packed attachment", func(f *fraud) { f.change("pack/000", flip(-1)) }, []string{"log.attachments attachment-damaged@255"}},
	{"a bit of a pack's index", func(f *fraud) { f.change("pack/000", flip(40)) }, []string{
		"log.attachments pack-damaged@6",
	}},
	{"a pack withheld", func(f *fraud) { f.remove("pack/000") }, []string{"log.attachments attachment-missing@6 ×19", "log.attachments pack-missing@6"}},
	{"a loose attachment withheld", func(f *fraud) { f.remove(f.attachmentPath(299)) }, []string{"log.attachments attachment-missing@299"}},
	{"a bit of a loose attachment", func(f *fraud) { f.change(f.attachmentPath(299), flip(3)) }, []string{"log.attachments attachment-damaged@299"}},
	{"a loose attachment that grew", func(f *fraud) {
		f.change(f.attachmentPath(299), func(b []byte) []byte { return append(b, '!') })
	}, []string{"log.attachments attachment-damaged@299"}},
	{"the newest checkpoint is no checkpoint", func(f *fraud) {
		f.change("checkpoint", func([]byte) []byte { return []byte("hello\n") })
	}, unread("log.consistent checkpoint-malformed@-1")},
}

// by the server alone: what it does anew, the witnesses do not sign.
var serverLies = []forgery{
	{"a ballot dropped", func(f *fraud) {
		f.serverAlone()
		f.Drop(ballot)
	}, unbound("log.witnessed checkpoint-witnesses@-1 ×15")},
	{"a ballot added", func(f *fraud) {
		f.serverAlone()
		f.Insert(ballot, f.say("vote.ballot/1", map[string]string{"election": "x"}, f.Receipt))
	}, unbound("log.witnessed checkpoint-witnesses@-1 ×15")},
	{"two ballots exchanged", func(f *fraud) {
		f.serverAlone()
		f.Swap(ballot, ballot+5)
	}, unbound("log.witnessed checkpoint-witnesses@-1 ×15")},
	{"a ballot replaced under the checkpoints that were witnessed", func(f *fraud) {
		f.serverAlone()
		f.must(f.Restate(ballot, func(s *forge.Statement) { s.Body = bytes.Replace(s.Body, []byte("Test"), []byte("Tost"), 1) }, f.Receipt))
		for i := range f.Checkpoints {
			f.Checkpoints[i].Frozen = true
		}
	}, []string{
		"log.consistent checkpoint-root@-1 ×15",
	}},
	{"a second history for others: only its end is shown anew", func(f *fraud) {
		f.serverAlone()
		f.must(f.Restate(ballot, func(s *forge.Statement) { s.Body = bytes.Replace(s.Body, []byte("Test"), []byte("Tost"), 1) }, f.Receipt))
		for i := range f.Checkpoints[:len(f.Checkpoints)-1] {
			f.Checkpoints[i].Frozen = true
		}
	}, unbound("log.consistent checkpoint-root@-1 ×14", "log.witnessed checkpoint-witnesses@-1")},
	{"an attachment withheld from the pack", func(f *fraud) { delete(f.Attachments, f.attachment(ballot)) }, []string{
		"log.attachments attachment-missing@150", "log.attachments pack-damaged@6",
	}},
	{"an attachment replaced in the pack", func(f *fraud) {
		f.Attachments[f.attachment(ballot)] = []byte("ballot of entry 999")
	}, []string{"log.attachments attachment-damaged@150"}},
	{"an attachment replaced by a longer one", func(f *fraud) {
		f.Attachments[f.attachment(ballot)] = []byte("another ballot altogether")
	}, []string{"log.attachments attachment-damaged@150", "log.attachments pack-damaged@6"}},
	{"too few witnesses at one checkpoint", func(f *fraud) { f.At(ballot).Without = 2 }, []string{
		"log.times not shown", "log.witnessed checkpoint-witnesses@-1",
	}},
	{"a checkpoint signed with another key", func(f *fraud) { f.At(ballot).Signer = f.Entry }, []string{
		"log.consistent checkpoint-signature@-1",
	}},
	{"a checkpoint of another root, cosigned", func(f *fraud) {
		root := tlog.Hash(sha256.Sum256(nil))
		f.At(ballot).Root = &root
	}, []string{
		"log.consistent checkpoint-root@-1",
	}},
}

// with the witnesses' help.
var orderLies = []forgery{
	{"an entry dropped, sequences as they were", func(f *fraud) {
		f.Drop(ballot)
		for i := ballot; i < len(f.Entries); i++ {
			f.Entries[i].Skew = 1
		}
	}, []string{"log.consistent entry-sequence@150 ×20"}},
	{"two envelopes exchanged", func(f *fraud) {
		f.Entries[ballot].Raw, f.Entries[ballot+1].Raw = f.Envelope(ballot+1), f.Envelope(ballot)
	}, []string{"log.consistent entry-sequence@150 ×2"}},
	{"an envelope twice", func(f *fraud) { f.Entries[ballot+1].Raw = f.Envelope(ballot) }, []string{
		"log.consistent entry-sequence@151", "log.consistent id-reused@151",
	}},
	{"a statement entered again", func(f *fraud) { f.Replace(200, f.Entries[ballot].Statement) }, []string{"log.consistent id-reused@200"}},
	{"an envelope of another log", func(f *fraud) {
		e, err := read.ParseEntry(f.Envelope(ballot))
		f.must(err)
		f.Entries[ballot].Raw = f.signed(bytes.Replace(e.Text, []byte(e.Origin), []byte("other.example/log"), 1), f.Entry)
	}, []string{"log.consistent entry-origin@150"}},
	{"no envelope", func(f *fraud) { f.Entries[ballot].Raw = []byte("hello") }, []string{"log.consistent entry-malformed@150"}},
	{"a malformed statement", func(f *fraud) {
		f.Replace(ballot, f.signed([]byte("bayyina.statement/1\n"+f.History.Origin+"\nvote.ballot/1\n"), f.Receipt))
	}, []string{"log.consistent statement-malformed@150"}},
	{"a body with a space", func(f *fraud) {
		f.must(f.Restate(ballot, func(s *forge.Statement) { s.Body = bytes.Replace(s.Body, []byte(":"), []byte(": "), 1) }, f.Receipt))
	}, []string{"log.consistent body-not-canonical@150"}},
	{"a statement meant for another log", func(f *fraud) {
		f.must(f.Restate(forge.HonestWitnesses, func(s *forge.Statement) { s.Origin = "log.hnec.example/2025" }, f.Decision()...))
	}, []string{"log.consistent statement-origin@4"}},
	{"after above the sequence", func(f *fraud) { f.Entries[ballot].After = 160 }, []string{
		"log.consistent entry-after@150",
	}},
	{"after decreases", func(f *fraud) { f.Entries[ballot+1].After = 140 }, []string{"log.consistent entry-after@151"}},
	{"the genesis not alone", func(f *fraud) {
		f.Checkpoints = slices.Delete(f.Checkpoints, 0, 1)
		f.Entries[1].After = 0
	}, []string{"log.genesis genesis-not-alone@1"}},
}

var timeLies = []forgery{
	{"time backwards", func(f *fraud) { f.Entries[ballot+1].Time = f.Entries[ballot].Time.Add(-5 * time.Minute) }, []string{"log.times time-backwards@151"}},
	{"a batch backdated", func(f *fraud) {
		// The witnesses came late to the checkpoint before.
		f.At(ballot).Again(f.Entries[ballot].Time.Add(5 * time.Minute))
		f.At(ballot + 10).Again(f.Entries[ballot].Time.Add(6 * time.Minute))
		for i := ballot; i < ballot+10; i++ {
			f.Entries[i].Time = f.Entries[i].Time.Add(3 * time.Minute)
		}
	}, []string{"log.times time-too-early@150 ×10"}},
	{"a batch postdated", func(f *fraud) {
		for i := ballot; i < ballot+10; i++ {
			f.Entries[i].Time = f.Entries[i].Time.Add(5 * time.Minute)
		}
	}, []string{"log.times time-too-late@150 ×10"}},
	{"the last batch postdated", func(f *fraud) {
		for i := forge.HonestSize - 10; i < forge.HonestSize; i++ {
			f.Entries[i].Time = f.Entries[i].Time.Add(5 * time.Minute)
		}
	}, []string{"log.times time-too-late@290 ×10"}},
	{"a statement before its window", func(f *fraud) {
		f.must(f.Restate(ballot, func(s *forge.Statement) { s.From = s.From.Add(48 * time.Hour) }, f.Receipt))
	}, []string{"log.times statement-window@150"}},
	{"an officer who enters by a decision out of its window", func(f *fraud) {
		f.must(f.Restate(forge.HonestKeys, func(s *forge.Statement) {
			s.From, s.Until = s.From.Add(-48*time.Hour), s.From.Add(-time.Hour)
		}, f.Root, f.Officers[0], f.Officers[2]))
	}, []string{"log.decisions signatures-missing@5", "log.times statement-window@1"}},
	{"a statement after its window", func(f *fraud) {
		f.must(f.Restate(ballot, func(s *forge.Statement) { s.Until = s.From }, f.Receipt))
	}, []string{"log.times statement-window@150"}},
}

// of decisions: the entries aimed at are the honest log's.
var decisionLies = []forgery{
	{"an officer's signature missing", func(f *fraud) { f.must(f.Unsign(forge.HonestWitnesses, f.Officers[2].Name())) }, []string{"log.decisions signatures-missing@4"}},
	{"one officer twice", func(f *fraud) { f.resign(forge.HonestWitnesses, f.Officers[0], f.Officers[0], f.Root) }, []string{"log.decisions signatures-missing@4"}},
	{"without the root key", func(f *fraud) { f.resign(forge.HonestWitnesses, f.Two()...) }, []string{"log.decisions signatures-missing@4"}},
	{"the root key for an officer", func(f *fraud) { f.resign(forge.HonestWitnesses, f.Officers[0], f.Root, f.Root) }, []string{"log.decisions signatures-missing@4"}},
	{"fewer officers than a stricter rule asks for", func(f *fraud) { f.resign(forge.HonestOpen, f.Decision()...) }, []string{"log.decisions signatures-missing@5"}},
	{"an officer who was removed", func(f *fraud) {
		f.resign(forge.HonestWitnesses, f.Officers[0], f.Officers[1], f.Root)
	}, []string{"log.decisions signatures-missing@4"}},
	{"an officer who was not there yet", func(f *fraud) {
		f.resign(forge.HonestKeys, f.Officers[0], f.Officers[3], f.Root)
	}, []string{"log.decisions signatures-missing@1 ×2"}}, // and the fourth officer never came: entry 5
	{"a decision changed after it was signed", func(f *fraud) {
		f.must(f.Alter(forge.HonestWitnesses, func(s *forge.Statement) {
			s.Body = bytes.Replace(s.Body, []byte("fourth"), []byte("second"), 1)
		}))
	}, []string{"log.decisions signatures-missing@4 ×2", "log.signatures statement-signature@4 ×3"}},
	{"a passkey on another page", func(f *fraud) { f.lie(2, func(c *softkey.Ceremony) { c.Origin = "https://decide.hnec.example.evil" }) }, passkey},
	{"a passkey for another party", func(f *fraud) { f.lie(2, func(c *softkey.Ceremony) { c.RPID = "hnec.example" }) }, passkey},
	{"a passkey without its user verified", func(f *fraud) { f.lie(0, func(c *softkey.Ceremony) { c.Flags = softkey.UserPresent }) }, passkey},
	{"a passkey without anybody present", func(f *fraud) { f.lie(0, func(c *softkey.Ceremony) { c.Flags = softkey.UserVerified }) }, passkey},
	{"a passkey's assertion of another statement", func(f *fraud) {
		f.lie(2, func(c *softkey.Ceremony) { c.Challenge = bytes.Repeat([]byte{1}, 32) })
	}, passkey},
	{"a passkey that was being registered", func(f *fraud) { f.lie(0, func(c *softkey.Ceremony) { c.Type = "webauthn.create" }) }, passkey},
	{"a passkey in another site's frame", func(f *fraud) { f.lie(0, func(c *softkey.Ceremony) { c.CrossOrigin = true }) }, passkey},
	{"an entry by another key of the server", func(f *fraud) { f.Entries[ballot].Signer = f.Receipt }, []string{"log.signatures entry-signature@150"}},
	{"an entry changed after it was signed", func(f *fraud) {
		f.Entries[ballot].Raw = bytes.Replace(f.Envelope(ballot), []byte("Test"), []byte("Tost"), 1)
	}, []string{"log.decisions signatures-missing@150", "log.signatures entry-signature@150", "log.signatures statement-signature@150"}},
	{"the server's statement signed by nobody it knows", func(f *fraud) {
		f.resign(ballot, f.stranger("stranger.example"))
	}, []string{"log.decisions signatures-missing@150"}},
	{"a key with a server's name", func(f *fraud) {
		f.resign(ballot, f.stranger(f.Receipt.Name()))
	}, []string{"log.decisions signatures-missing@150"}},
	{"a rule below the minimum", func(f *fraud) {
		f.Replace(forge.HonestRules, f.say(read.KindRules, read.RulesChange{
			Rules:  []read.Rule{{Kind: "vote.open/1", Need: []read.Need{{Role: read.RoleOfficer, Count: 1}, {Role: read.RoleRoot, Count: 1}}}},
			Reason: read.Bilingual{AR: "تسهيل", EN: "Convenience"},
		}, f.Decision()...))
	}, []string{"log.decisions rule-weakened@3"}},
	{"an entry after the close", func(f *fraud) {
		f.Replace(290, f.say(read.KindClose, read.Close{Successor: "log.hnec.example/2027", Reason: read.Bilingual{AR: "تم", EN: "Done"}}, f.Decision()...))
	}, []string{"log.decisions entry-after-close@291 ×9"}},
	{"a name that belonged to another", func(f *fraud) {
		f.Replace(ballot, f.say(read.KindKeys, read.KeysChange{
			Add:    []read.KeyGrant{{Role: read.RoleTrustee, Key: f.stranger(f.Officers[1].Name()).VerifierKey()}},
			Remove: []string{}, Reason: read.Bilingual{AR: "مفتاح", EN: "A key"},
		}, f.Decision()...))
	}, []string{"log.decisions key-name-reused@150"}},
	{"a second checkpoint key", func(f *fraud) {
		f.Replace(ballot, f.say(read.KindKeys, read.KeysChange{
			Add:    []read.KeyGrant{{Role: read.RoleCheckpoint, Key: f.stranger("second").VerifierKey()}},
			Remove: []string{}, Reason: read.Bilingual{AR: "مفتاح", EN: "A key"},
		}, f.Decision()...))
	}, []string{"log.decisions checkpoint-key-changed@150"}},
	{"entries by a key that was removed", func(f *fraud) {
		f.Replace(ballot, f.say(read.KindKeys, read.KeysChange{
			Add:    []read.KeyGrant{{Role: read.RoleEntry, Key: f.stranger("entry2").VerifierKey()}},
			Remove: []string{f.Entry.Name()}, Reason: read.Bilingual{AR: "مفتاح", EN: "A key"},
		}, f.Decision()...))
	}, []string{"log.signatures entry-signature@151 ×20"}},
	{"witnesses who cannot make a quorum", func(f *fraud) {
		f.Replace(ballot, f.say(read.KindWitnesses, read.WitnessesChange{
			Witnesses: f.Genesis().Witnesses, Quorum: 4, Reason: read.Bilingual{AR: "شهود", EN: "Witnesses"},
		}, f.Decision()...))
	}, []string{"log.decisions witnesses-malformed@150"}},
	{"a kind that nobody knows", func(f *fraud) {
		f.Replace(ballot, f.say("moon.phase/1", map[string]int{"n": 1}, f.Receipt))
	}, []string{"log.kinds not shown"}},
	{"a kind that nobody knows, and nobody signed", func(f *fraud) {
		f.Replace(ballot, f.say("moon.phase/1", map[string]int{"n": 1}, f.stranger("stranger.example")))
	}, []string{"log.kinds not shown", "log.signatures signature-missing@150"}},
	{"a change of the log that nobody knows", func(f *fraud) {
		f.Replace(ballot, f.say("log.keys/2", map[string]int{"n": 1}, f.Decision()...))
	}, []string{"log.kinds not shown", "log.decisions log-kind-unknown@150"}},
}

var passkey = []string{"log.decisions signatures-missing@4", "log.signatures statement-signature@4"}

// of the beginning, and of what is passed off as what.
var originLies = []forgery{
	{"a log begun by another root key", func(f *fraud) {
		other := f.founders()
		other.Root = f.stranger("hnec.example/root")
		f.retell(other)
	}, []string{"log.origin policy-genesis@0"}},
	{"a log with another checkpoint key", func(f *fraud) {
		other := f.founders()
		other.Checkpoint = f.stranger(f.History.Origin)
		f.retell(other)
	}, []string{"log.origin policy-checkpoint-key@0"}},
	{"the policy of another log", func(f *fraud) {
		key := f.stranger("log.hnec.example/2025").VerifierKey()
		f.policy = bytes.Replace(f.policy, []byte(f.Checkpoint.VerifierKey()), []byte(key), 1)
	}, []string{
		"log.origin policy-checkpoint-key@0", "log.origin policy-origin@-1",
	}},
	{"the genesis unsigned by its root key", func(f *fraud) { f.resign(forge.HonestGenesis, f.Officers[0]) }, []string{
		"log.genesis genesis-signature@0", "log.origin policy-genesis@0",
	}},
	{"the genesis changed after it was signed", func(f *fraud) {
		f.must(f.Alter(forge.HonestGenesis, func(s *forge.Statement) {
			s.Body = bytes.Replace(s.Body, []byte("commission"), []byte("opposition"), 1)
		}))
	}, []string{"log.genesis genesis-signature@0", "log.origin policy-genesis@0", "log.signatures statement-signature@0"}},
	{"a second genesis", func(f *fraud) { f.Replace(ballot, f.say(read.KindGenesis, f.Genesis(), f.Root)) }, []string{"log.genesis genesis-again@150"}},
	{"a rehearsal passed off as real", func(f *fraud) { f.policy = real(f.policy) }, []string{"log.real rehearsal-as-real@0"}},
	{"software passkeys in a real log", func(f *fraud) {
		f.policy = real(f.policy)
		f.must(f.Restate(forge.HonestGenesis, func(s *forge.Statement) {
			s.Body = bytes.Replace(s.Body, []byte(`"rehearsal":true`), []byte(`"rehearsal":false`), 1)
		}, f.Root))
	}, []string{
		"log.decisions signatures-missing@1 ×5", "log.real software-passkey-in-real-log@0 ×3",
	}},
	{"a real log passed off as a rehearsal", func(f *fraud) {
		f.retell(f.founders())
		for i := range f.Entries[:5] {
			f.must(f.Restate(int64(i), func(s *forge.Statement) {
				s.Body = bytes.Replace(s.Body, []byte(`"rehearsal":true`), []byte(`"rehearsal":false`), 1)
				s.Body = bytes.ReplaceAll(s.Body, []byte(`,"software":true`), nil)
			}, f.Decision()...))
		}
	}, []string{"log.real real-as-rehearsal@0"}},
	{"entries before any genesis", func(f *fraud) { f.Replace(forge.HonestGenesis, f.say("moon.phase/1", map[string]int{"n": 1}, f.Root)) }, []string{
		"log.decisions signatures-missing@1 ×20", "log.genesis genesis-missing@0 ×20", "log.kinds not shown", "log.origin genesis-missing@0", "log.real not shown", "log.signatures entry-signature@1 ×20",
	}},
}

func real(policy []byte) []byte { return bytes.Replace(policy, []byte("#bayyina rehearsal\n"), nil, 1) }

func TestForgeries(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in short runs: many forgeries, judged one after another")
	}
	for _, group := range [][]forgery{damages, serverLies, orderLies, timeLies, decisionLies, originLies} {
		for _, lie := range group {
			t.Run(lie.name, func(t *testing.T) {
				t.Parallel()
				f := newFraud(t)
				lie.forge(f)
				compare(t, f.replayed(), lie.want...)
			})
		}
	}
}

func TestHonestLogIsTrueInEveryRespect(t *testing.T) {
	f := newFraud(t)
	r := f.replayed()
	compare(t, r)
	if r.Size != forge.HonestSize || r.Replayed != r.Size || !r.Rehearsal || r.AsOf.IsZero() {
		t.Errorf("report %+v", r)
	}
}

func TestWithoutPolicyAuthorAndWitnessesAreNotShown(t *testing.T) {
	f := newFraud(t)
	f.policy = nil
	compare(t, f.replayed(), "log.origin not shown", "log.real not shown", "log.witnessed not shown", "log.times not shown", "log.fresh not shown")
}

// resign replaces the signatures on a statement.
func (f *fraud) resign(i int64, signers ...note.Signer) {
	f.Helper()
	f.must(f.Restate(i, func(*forge.Statement) {}, signers...))
}

// lie has an officer sign the change of witnesses in a ceremony of another kind.
func (f *fraud) lie(officer int, tell func(*softkey.Ceremony)) {
	f.Helper()
	name := f.Officers[officer].Name()
	f.must(f.Unsign(forge.HonestWitnesses, name))
	s, err := f.History.Statement(forge.HonestWitnesses)
	f.must(err)
	c := softkey.Signing(s.Text(), forge.RPID, forge.PageOrigin)
	tell(&c)
	sig, err := f.Officers[officer].Assert(c)
	f.must(err)
	e := &f.Entries[forge.HonestWitnesses]
	e.Statement = append(bytes.Clone(e.Statement), forge.Line(name, f.Officers[officer].KeyHash(), sig)...)
}

// stranger makes a key that the log does not know.
func (f *fraud) stranger(name string) *identity.Key {
	f.Helper()
	k, err := identity.NewKey(name, bytes.NewReader(bytes.Repeat([]byte{9}, 32)))
	f.must(err)
	return k
}

// retell tells the whole log anew with other actors, under the policy that was.
func (f *fraud) retell(a *forge.Actors) {
	f.Helper()
	h, err := forge.Honest(a)
	f.must(err)
	f.History, f.keys = h, a.Keys()
}

func (f *fraud) signed(text []byte, signers ...note.Signer) []byte {
	f.Helper()
	raw, err := forge.Sign(text, signers...)
	f.must(err)
	return raw
}
