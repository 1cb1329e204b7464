// Package ballot has elections and the encrypted ballots cast in them, exactly as
// Belenios 3.3 with crypto version 1 (src/lib/v1/election.ml and question_*.ml): the
// election's record, encryption on the voter's side with check-or-cast, and the complete
// verification of a ballot. Each kind of question is one type in a file of its own.
package ballot

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"bayyina/core/canon"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// Limits of an election. They bound what a ballot can cost to check.
const (
	MaxQuestions     = 100
	MaxAnswers       = 1000   // of one question, lists counted with their candidates
	MaxChoices       = 10_000 // of all questions together, so that a ballot stays below MaxBallotBytes
	MaxElectionBytes = 4 << 20
)

var (
	// ErrElection is wrapped by each error about the content of an election's record.
	ErrElection = errors.New("invalid election")
	// ErrUnsupported is wrapped where a record is in order but asks for what this
	// version does not count: another kind of question, group or version.
	ErrUnsupported = errors.New("not supported")
)

// cryptoVersion is the version of the protocol whose proofs this package makes.
const cryptoVersion = 1

// Record is what the organisers decide about an election, in the words of its
// published record. Administrator, CredentialAuthority and Language may be empty.
type Record struct {
	Name, Description   string
	PublicKey           *group.Element
	Questions           []Question
	UUID                string
	Administrator       string
	CredentialAuthority string
	Language            Language
}

// Language is the election's language with its direction, "ltr" or "rtl".
type Language struct{ Code, Direction string }

// Election is an election whose record is fixed. It never changes, and is safe for use
// by several goroutines at once.
type Election struct {
	record      Record
	raw         []byte
	fingerprint string
	key         *group.Table
}

// NewElection fixes the record of a new election.
func NewElection(record Record) (*Election, error) {
	if err := record.check(); err != nil {
		return nil, err
	}
	e := &Election{record: record, raw: record.bytes()}
	if len(e.raw) > MaxElectionBytes {
		return nil, fmt.Errorf("%w: record of %d bytes, at most %d allowed", ErrElection, len(e.raw), MaxElectionBytes)
	}
	e.fingerprint = canon.B64(e.raw)
	e.key = group.NewTable(record.PublicKey)
	return e, nil
}

// ParseElection reads a published record, which must be spelt canonically. Its bytes
// are kept, as every proof refers to their hash.
func ParseElection(data []byte) (*Election, error) {
	r := canon.NewReader(data, MaxElectionBytes)
	record := readRecord(r)
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("read election: %w", err)
	}
	e, err := NewElection(record)
	if err != nil {
		return nil, fmt.Errorf("read election: %w", err)
	}
	if !bytes.Equal(e.raw, data) {
		return nil, fmt.Errorf("read election: %w: written again it is another text", canon.ErrNotCanonical)
	}
	return e, nil
}

// Record returns what the election is about. Its slices must not be changed.
func (e *Election) Record() Record { return e.record }

// Bytes returns the record as published. It must not be changed.
func (e *Election) Bytes() []byte { return e.raw }

// Fingerprint returns the base-64 SHA-256 of the record, to which ballots and proofs
// are bound.
func (e *Election) Fingerprint() string { return e.fingerprint }

// Questions returns the questions. They must not be changed.
func (e *Election) Questions() []Question { return e.record.Questions }

// UUID returns the election's identifier.
func (e *Election) UUID() string { return e.record.UUID }

// Group returns the group of the election's key, in which its ballots are.
func (e *Election) Group() *group.Group { return e.record.PublicKey.Group() }

// PublicKey returns the key under which votes are encrypted.
func (e *Election) PublicKey() *group.Element { return e.record.PublicKey }

// KeyTable returns the multiples of that key.
func (e *Election) KeyTable() *group.Table { return e.key }

// Shuffled says whether the election has questions that are shuffled.
func (e *Election) Shuffled() bool {
	return slices.ContainsFunc(e.record.Questions, Question.Shuffled)
}

func (r Record) check() error {
	if r.PublicKey == nil || r.PublicKey.IsIdentity() {
		return fmt.Errorf("%w: no public key, or one that hides nothing", ErrElection)
	}
	if !ValidUUID(r.UUID) {
		return fmt.Errorf("%w: uuid %q is not at least 14 characters of base 58", ErrElection, r.UUID)
	}
	if n := len(r.Questions); n == 0 || n > MaxQuestions {
		return fmt.Errorf("%w: %d questions, 1 to %d allowed", ErrElection, n, MaxQuestions)
	}
	if l := r.Language; (l.Code == "") != (l.Direction == "") || l.Code != "" && l.Direction != "ltr" && l.Direction != "rtl" {
		return fmt.Errorf("%w: language %q with direction %q", ErrElection, l.Code, l.Direction)
	}
	texts := []string{r.Name, r.Description, r.Administrator, r.CredentialAuthority, r.Language.Code}
	choices := 0
	for i, q := range r.Questions {
		if err := q.check(r.PublicKey.Group()); err != nil {
			return fmt.Errorf("%w: question %d: %w", ErrElection, i+1, err)
		}
		choices += q.Ciphertexts()
		texts = append(append(texts, q.Title()), q.Labels()...)
	}
	if choices > MaxChoices {
		return fmt.Errorf("%w: %d choices in all questions, at most %d allowed", ErrElection, choices, MaxChoices)
	}
	for _, text := range texts {
		if !canon.ValidString(text) {
			return fmt.Errorf("%w: %q is not UTF-8", ErrElection, text)
		}
	}
	return nil
}

// ValidUUID says whether text can name an election: 14 to 64 characters of base 58.
func ValidUUID(text string) bool {
	return len(text) >= 14 && len(text) <= 64 && strings.Trim(text, credential.Alphabet) == ""
}

func (r Record) bytes() []byte {
	var w canon.Writer
	w.Begin('{').Key("version").Int(cryptoVersion)
	w.Key("description").String(r.Description).Key("name").String(r.Name).Key("group").String(r.PublicKey.Group().Name())
	w.Key("public_key").Append(r.PublicKey.AppendText)
	w.Key("questions").Begin('[')
	for _, q := range r.Questions {
		q.write(&w)
	}
	w.End(']').Key("uuid").String(r.UUID)
	if r.Administrator != "" {
		w.Key("administrator").String(r.Administrator)
	}
	if r.CredentialAuthority != "" {
		w.Key("credential_authority").String(r.CredentialAuthority)
	}
	if r.Language.Code != "" {
		w.Key("language").Begin('[').String(r.Language.Code).String(r.Language.Direction).End(']')
	}
	return w.End('}').Bytes()
}

func readRecord(r *canon.Reader) (record Record) {
	r.Literal(`{"version":`)
	if v := r.Int(1000); r.OK() && v != cryptoVersion {
		r.Fail(fmt.Errorf("crypto version %d: %w", v, ErrUnsupported))
	}
	r.Literal(`,"description":`)
	record.Description = r.String()
	r.Literal(`,"name":`)
	record.Name = r.String()
	r.Literal(`,"group":`)
	name := r.String()
	g, ok := group.ByName(name)
	if !ok {
		r.Fail(fmt.Errorf("group %q: %w", name, ErrUnsupported))
	}
	r.Literal(`,"public_key":`)
	record.PublicKey = proof.ReadElement(r, g)
	r.Literal(`,"questions":`)
	r.Array(MaxQuestions, func(i int) {
		record.Questions = append(record.Questions, readQuestion(r, i))
	})
	r.Literal(`,"uuid":`)
	record.UUID = r.String()
	if r.Try(`,"administrator":`) {
		record.Administrator = r.String()
	}
	if r.Try(`,"credential_authority":`) {
		record.CredentialAuthority = r.String()
	}
	if r.Try(`,"language":[`) {
		record.Language.Code = r.String()
		r.Literal(",")
		record.Language.Direction = r.String()
		r.Literal("]")
	}
	r.Literal("}")
	return record
}
