// Package evidence is what a stranger needs to judge the elections of a log:
// the kinds of entries with their fields, and the claims that are recomputed
// from them (docs/PROTOCOL.md sections 9 and 10). It links no database, no
// server and no clock.
package evidence

import (
	"time"

	"bayyina/core/count"
	"bayyina/platform/ledger/read"
)

// The kinds of entries, with version.
const (
	KindCredentials = "vote.credentials/1"
	KindCommitment  = "vote.commitment/1"
	KindTrustees    = "vote.trustees/1"
	KindSetup       = "vote.setup/1"
	KindOpen        = "vote.open/1"
	KindBallot      = "vote.ballot/1"
	KindClose       = "vote.close/1"
	KindTally       = "vote.tally/1"
	KindShuffle     = "vote.shuffle/1"
	KindDecryption  = "vote.decryption/1"
	KindResult      = "vote.result/1"
	KindCertify     = "vote.certify/1"
	KindDice        = "vote.dice/1"
	KindSeats       = "vote.seats/1"
	KindBooth       = "vote.booth/1"

	KindComplaintRules = "vote.complaints/1"
	KindComplaint      = "vote.complaint/1"
	KindRuling         = "vote.ruling/1"
	KindVersionSeats   = "vote.seats/2"
	KindVersionCertify = "vote.certify/2"
)

// Limits of attachments in bytes (docs/PROTOCOL.md section 12).
const (
	MaxDefinition  = 1 << 20
	MaxTrustees    = 4 << 20
	MaxCredentials = 1 << 30
	MaxBallot      = 1 << 20
	MaxTally       = 256 << 20 // this and the next two: 100,000 ranked ballots have 16, 52 and 26 MB
	MaxShuffle     = 256 << 20
	MaxDecryption  = 256 << 20
	MaxResult      = 64 << 20
	MaxSeats       = 64 << 20
	MaxElections   = 1000

	MaxComplaints = 100_000 // of an election
	MaxGrounds    = 50
	MaxWindow     = 366 * 24 * 60 * 60 // seconds
)

// Credentials is what the credential authority says: these are the public
// credentials, one per voter.
type Credentials struct {
	Election    string          `json:"election"` // the Belenios uuid, here and below
	Credentials read.Attachment `json:"credentials"`
	Count       int64           `json:"count"`
	Weight      int64           `json:"weight"`              // sum of the voters' weights
	Districts   []District      `json:"districts,omitempty"` // their voters add up to Count
}

// District tells how many voters one district has.
type District struct {
	Name   read.Bilingual `json:"name"`
	Voters int64          `json:"voters"`
}

// Commitment is what a member of a threshold group says before it has seen
// anybody's coefficients: the hashes of its two messages, so that it cannot
// choose its own after the others'.
type Commitment struct {
	Election string `json:"election"`
	Trustee  int    `json:"trustee"`  // position in the whole list of trustees, from 1
	Cert     string `json:"cert"`     // hex SHA-256 of the certificate's message
	Coefexps string `json:"coefexps"` // hex SHA-256 of the message of the signed coefficients
}

// Trustees is what all trustees say together: these are our public keys.
type Trustees struct {
	Election string          `json:"election"`
	Trustees read.Attachment `json:"trustees"`
	Names    []string        `json:"names"` // Names[i−1] is the log key of owner number i
}

// Setup is the commission's decision to hold an election.
type Setup struct {
	Election    string          `json:"election"`
	Title       read.Bilingual  `json:"title"`
	Definition  read.Attachment `json:"definition"` // Belenios' election record
	Trustees    read.Attachment `json:"trustees"`
	Credentials read.Attachment `json:"credentials"`
	// Shuffles is how many trustees shuffle the answers to ranked questions before they
	// are decrypted; 0 where there are none.
	Shuffles int            `json:"shuffles,omitempty"`
	Rules    []QuestionRule `json:"rules,omitempty"` // how votes become seats, in the order of the questions
	Part     *Part          `json:"part,omitempty"`  // of which contest, where it is one of several elections
	// Photos are the pictures that the questions name, in the order of PhotosOf.
	Photos []read.Attachment `json:"photos,omitempty"`
}

// QuestionRule says by which rule the votes of a question become seats.
type QuestionRule struct {
	Question int        `json:"question"` // from 1
	Rule     count.Rule `json:"rule"`
}

// Open is the commission's decision to open the election.
type Open struct {
	Election string    `json:"election"`
	Opens    time.Time `json:"opens"` // whole seconds, UTC
	Closes   time.Time `json:"closes"`
	Batch    int64     `json:"batch"` // least number of seconds between batches of ballots
}

// Ballot says that the server accepted a ballot. Its attachment's hash is the
// tracker.
type Ballot struct {
	Election string          `json:"election"`
	Ballot   read.Attachment `json:"ballot"`
}

// Close says how many ballots were entered.
type Close struct {
	Election string `json:"election"`
	Ballots  int64  `json:"ballots"`
}

// Tally is the encrypted tally with Belenios' record of its size.
type Tally struct {
	Election string          `json:"election"`
	Tally    read.Attachment `json:"tally"`
	Payload  read.Attachment `json:"payload"`
}

// Shuffle is one trustee's shuffle of the answers to ranked questions.
type Shuffle struct {
	Election string          `json:"election"`
	Trustee  int             `json:"trustee"` // owner number, from 1
	Shuffle  read.Attachment `json:"shuffle"`
}

// Decryption is one trustee's partial decryption.
type Decryption struct {
	Election   string          `json:"election"`
	Trustee    int             `json:"trustee"` // owner number, from 1
	Decryption read.Attachment `json:"decryption"`
}

// Result is the result.
type Result struct {
	Election string          `json:"election"`
	Result   read.Attachment `json:"result"`
}

// Certify is the commission's certification of the result and of the archive.
type Certify struct {
	Election    string          `json:"election"`
	Result      read.Attachment `json:"result"`
	Archive     string          `json:"archive"`      // hex SHA-256 of the .bel file
	ArchiveSize int64           `json:"archive_size"` // bytes
}

// Dice is the commission's decision on public dice, thrown after the result: what they showed.
type Dice struct {
	Election string `json:"election"`
	Question int    `json:"question"`
	Seed     string `json:"seed"` // hex, 1 to count.MaxSeed bytes
}

// Seats says who has the seats of one question, by the rule that the set-up fixed. The attachment is the count
// (count.Result.Bytes).
type Seats struct {
	Election string          `json:"election"`
	Question int             `json:"question"`
	Rule     count.Rule      `json:"rule"`
	Dice     string          `json:"dice,omitempty"` // the seed that was entered
	Seats    read.Attachment `json:"seats"`
}

// Booth is the commission's decision which booth voters are given, from here on. The
// attachment is its manifest.
type Booth struct {
	Booth read.Attachment `json:"booth"`
}

// ComplaintRules is the commission's decision, before voting opens, that the result is provisional at first: on what
// grounds and for how long one may complain, and who rules.
type ComplaintRules struct {
	Election string           `json:"election"`
	Window   int64            `json:"window"`  // seconds after the entry of the result
	Grounds  []read.Bilingual `json:"grounds"` // numbered from 1
	Body     read.Bilingual   `json:"body"`    // who rules on complaints
}

// Subject is what a complaint is about, or who is excluded: the whole election where it has no members, else the result of
// a question, one of its answers (a candidate or a list; the blank vote is none), or a candidate on a list. All are numbered from 1.
type Subject struct {
	Question int `json:"question,omitempty"`
	Answer   int `json:"answer,omitempty"`
	Member   int `json:"member,omitempty"`
}

// Complaint says that the server took a complaint. What it says, and who complains, is sealed.
type Complaint struct {
	Election    string      `json:"election"`
	Number      int64       `json:"number"` // from 1, without gaps
	Lodged      time.Time   `json:"lodged"` // whole seconds, UTC
	Ground      int         `json:"ground"` // of the rules, from 1
	About       Subject     `json:"about"`
	Text        read.Sealed `json:"text"`
	Complainant read.Sealed `json:"complainant"`
	Keys        []string    `json:"keys,omitempty"` // names of the complainant's deciding keys, which most have not
}

// Outcome is what became of a complaint.
type Outcome string

// The outcomes.
const (
	Inadmissible Outcome = "inadmissible"
	Dismissed    Outcome = "dismissed"
	Upheld       Outcome = "upheld"   // without effect on who is elected
	Excluded     Outcome = "excluded" // upheld: candidates or lists no longer stand
	Annulled     Outcome = "annulled" // upheld: nobody is elected here
)

// Outcomes are all of them, from the least.
var Outcomes = []Outcome{Inadmissible, Dismissed, Upheld, Excluded, Annulled}

// Changes says whether the outcome makes a new version of the result.
func (o Outcome) Changes() bool { return o == Excluded || o == Annulled }

// Ruling is the decision on complaints that are ruled on together.
type Ruling struct {
	Election   string         `json:"election"`
	Complaints []int64        `json:"complaints"` // their numbers, in order
	Outcome    Outcome        `json:"outcome"`
	Excluded   []Subject      `json:"excluded,omitempty"` // answers, or members of lists
	Version    int            `json:"version,omitempty"`  // of the result that it makes, from 2
	Reason     read.Bilingual `json:"reason"`
}

// VersionSeats says who has the seats of one question in a later version of the result, as [Seats] does in the first.
type VersionSeats struct {
	Election string          `json:"election"`
	Version  int             `json:"version"` // from 2
	Question int             `json:"question"`
	Rule     count.Rule      `json:"rule"`
	Dice     string          `json:"dice,omitempty"`
	Seats    read.Attachment `json:"seats"`
}

// VersionCertify is the commission's certification where one may complain: it names the version that it certifies.
type VersionCertify struct {
	Election    string          `json:"election"`
	Version     int             `json:"version"`
	Result      read.Attachment `json:"result"`
	Archive     string          `json:"archive"`      // hex SHA-256 of the .bel file
	ArchiveSize int64           `json:"archive_size"` // bytes
}
