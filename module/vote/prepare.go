package vote

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/trustee"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
)

// MaxTemplate bounds a template's file in bytes.
const MaxTemplate = 1 << 20

// Template is what the commission writes down first: the questions, before there
// are keys. Its file is JSON with the members below; a template of belenios-tool
// is one, too.
type Template struct {
	UUID                string                  `json:"uuid,omitempty"` // given by NewUUID
	Title               read.Bilingual          `json:"title,omitzero"`
	Name                string                  `json:"name"`
	Description         string                  `json:"description"`
	Group               string                  `json:"group,omitempty"` // as Belenios calls it; Ed25519 if absent
	Questions           []TemplateQuestion      `json:"questions"`
	Administrator       string                  `json:"administrator,omitempty"`
	CredentialAuthority string                  `json:"credential_authority,omitempty"`
	Rules               []evidence.QuestionRule `json:"rules,omitempty"`    // how votes become seats, by question
	Language            []string                `json:"language,omitempty"` // code and direction: ["ar","rtl"] or ["en","ltr"]
}

// ParseTemplate reads a template's file.
func ParseTemplate(data []byte) (*Template, error) {
	if len(data) > MaxTemplate {
		return nil, fmt.Errorf("template: %d bytes, at most %d allowed", len(data), MaxTemplate)
	}
	var t Template
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&t); err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("template: something follows its end")
	}
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	return &t, nil
}

// check says whether questions and rules are in order. Any key and names will do to
// find out.
func (t Template) check() error {
	for _, q := range t.Rules {
		if err := q.Rule.Check(); err != nil {
			return fmt.Errorf("question %d: %w", q.Question, err)
		}
	}
	if t.UUID == "" {
		t.UUID = "11111111111111"
	}
	g, err := t.CryptoGroup()
	if err != nil {
		return err
	}
	_, err = t.define(g.Generator())
	return err
}

// CryptoGroup returns the group in which the election's keys and ballots are.
func (t *Template) CryptoGroup() (*group.Group, error) {
	if t.Group == "" {
		return group.Ed25519, nil
	}
	g, ok := group.ByName(t.Group)
	if !ok {
		return nil, fmt.Errorf("group %q: %w", t.Group, ballot.ErrUnsupported)
	}
	return g, nil
}

// Definition returns the election record, for the key that the trustees' record
// gives.
func (t *Template) Definition(trustees []byte) ([]byte, error) {
	g, err := t.CryptoGroup()
	if err != nil {
		return nil, err
	}
	keys, err := trustee.Parse(g, trustees)
	if err != nil {
		return nil, fmt.Errorf("trustees: %w", err)
	}
	e, err := t.define(keys.Key)
	if err != nil {
		return nil, err
	}
	return e.Bytes(), nil
}

func (t *Template) define(key *group.Element) (*ballot.Election, error) {
	record := ballot.Record{
		Name: t.Name, Description: t.Description, PublicKey: key, UUID: t.UUID,
		Administrator: t.Administrator, CredentialAuthority: t.CredentialAuthority,
	}
	switch len(t.Language) {
	case 0:
	case 2:
		record.Language = ballot.Language{Code: t.Language[0], Direction: t.Language[1]}
	default:
		return nil, fmt.Errorf("language has %d parts, not a code and a direction", len(t.Language))
	}
	for _, q := range t.Questions {
		record.Questions = append(record.Questions, q.Question)
	}
	return ballot.NewElection(record)
}

// uuidLength is how many base-58 digits a new uuid has, as Belenios gives.
const uuidLength = 14

// NewUUID makes a random name for an election.
func NewUUID(random io.Reader) (string, error) {
	digits := make([]byte, 0, uuidLength)
	for len(digits) < uuidLength {
		var b [1]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", fmt.Errorf("uuid: %w", err)
		}
		const fair = 256 - 256%len(credential.Alphabet)
		if n := int(b[0]); n < fair {
			digits = append(digits, credential.Alphabet[n%len(credential.Alphabet)])
		}
	}
	return string(digits), nil
}

// CredentialsStatement is what the authority says of its public list.
func CredentialsStatement(uuid string, list *credential.List, districts []evidence.District) evidence.Credentials {
	return evidence.Credentials{
		Election: uuid, Credentials: AttachmentOf(list.Bytes()),
		Count: int64(list.Len()), Weight: int64(list.TotalWeight()), Districts: districts,
	}
}

// CommitmentStatement is what a member of a threshold group says before it hands
// its polynomial file over: owner is its position in the whole list of trustees.
func CommitmentStatement(uuid string, owner int, certificate, polynomial []byte) (evidence.Commitment, error) {
	cert, err := hashOfMessage(certificate)
	if err != nil {
		return evidence.Commitment{}, fmt.Errorf("commitment: no certificate: %w", err)
	}
	var file struct {
		Coefexps json.RawMessage `json:"coefexps"`
	}
	if err := json.Unmarshal(polynomial, &file); err != nil {
		return evidence.Commitment{}, fmt.Errorf("commitment: no polynomial file: %w", err)
	}
	coefexps, err := hashOfMessage(file.Coefexps)
	if err != nil {
		return evidence.Commitment{}, fmt.Errorf("commitment: no polynomial file: %w", err)
	}
	return evidence.Commitment{Election: uuid, Trustee: owner, Cert: cert, Coefexps: coefexps}, nil
}

// hashOfMessage is the hex SHA-256 of the text that a signed message of Belenios holds.
func hashOfMessage(signed []byte) (string, error) {
	var m struct {
		Message string `json:"message"`
	}
	if err := json.Unmarshal(signed, &m); err != nil {
		return "", err
	}
	if m.Message == "" {
		return "", errors.New("it holds no message")
	}
	return canon.Hex([]byte(m.Message)), nil
}

// ErrPhoto: a picture that a question names is not there, or another one is.
var ErrPhoto = errors.New("the pictures are not those that the questions name")

// SetupPhotos returns the pictures that a definition names, as attachments of the set-up and with their
// contents. get returns a picture by its hex SHA-256.
func SetupPhotos(definition []byte, get func(hash string) ([]byte, error)) (list []read.Attachment, contents [][]byte, err error) {
	e, err := ballot.ParseElection(definition)
	if err != nil {
		return nil, nil, err
	}
	for _, hash := range evidence.PhotosOf(e) {
		photo, err := get(hash)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %s: %w", ErrPhoto, hash, err)
		}
		a := AttachmentOf(photo)
		if a.SHA256 != hash || a.Size > evidence.MaxPhoto {
			return nil, nil, fmt.Errorf("%w: %s: it is %s, of %d bytes", ErrPhoto, hash, a.SHA256, a.Size)
		}
		list, contents = append(list, a), append(contents, photo)
	}
	return list, contents, nil
}

// SetupStatement is the commission's decision to hold the election of the template, with its title
// and rules.
func (t *Template) SetupStatement(definition, trustees, credentials []byte, shuffles int) (evidence.Setup, error) {
	s, err := SetupStatement(t.Title, definition, trustees, credentials, shuffles)
	s.Rules = t.Rules
	return s, err
}

// OpenStatement is the commission's decision on when voting is open, told before it begins. Times and the
// pause between batches are in whole seconds.
func OpenStatement(uuid string, opens, closes time.Time, batch time.Duration, now time.Time) (evidence.Open, error) {
	var err error
	switch {
	case opens.Nanosecond() != 0 || closes.Nanosecond() != 0 || batch%time.Second != 0:
		err = errors.New("times and batches are in whole seconds")
	case !closes.After(opens):
		err = ErrClosesFirst
	case batch < 0 || batch > closes.Sub(opens):
		err = ErrBatch
	case !opens.After(now):
		err = ErrPast
	}
	return evidence.Open{Election: uuid, Opens: opens.UTC(), Closes: closes.UTC(), Batch: int64(batch / time.Second)}, err
}

// Reasons why an election cannot be opened so.
var (
	ErrClosesFirst = errors.New("the election would close before it opens")
	ErrBatch       = errors.New("batches must fit between opening and closing")
	ErrPast        = errors.New("the opening is in the past: the decision must be in the log before it")
)

// SetupStatement is the commission's decision, once all parts are there. Answers to
// ranked questions, where there are any, are shuffled by so many trustees.
func SetupStatement(title read.Bilingual, definition, trustees, credentials []byte, shuffles int) (evidence.Setup, error) {
	e, err := ballot.ParseElection(definition)
	if err != nil {
		return evidence.Setup{}, fmt.Errorf("set-up: %w", err)
	}
	keys, err := trustee.Parse(e.Group(), trustees)
	if err != nil {
		return evidence.Setup{}, fmt.Errorf("set-up: trustees: %w", err)
	}
	if !keys.Key.Equal(e.PublicKey()) {
		return evidence.Setup{}, fmt.Errorf("set-up: the definition has another key than these trustees")
	}
	list, err := credential.ParseList(e.Group(), credentials)
	if err == nil {
		err = e.CheckWeights(list)
	}
	if err != nil {
		return evidence.Setup{}, fmt.Errorf("set-up: %w", err)
	}
	if least, most := evidence.ShufflesOf(e, keys); shuffles < least || shuffles > most {
		return evidence.Setup{}, fmt.Errorf("set-up: %d shuffles are promised; with these questions and trustees it must be from %d to %d", shuffles, least, most)
	}
	return evidence.Setup{
		Election: e.UUID(), Title: title, Definition: AttachmentOf(definition),
		Trustees: AttachmentOf(trustees), Credentials: AttachmentOf(credentials),
		Shuffles: shuffles,
	}, nil
}
