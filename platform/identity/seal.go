package identity

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
)

const (
	// WorkFactor is the scrypt work factor (a power of two) of passphrases: about
	// one second and 256 MiB on a computer of 2025.
	WorkFactor = 18
	// MinPassphrase is the least number of bytes in a passphrase.
	MinPassphrase = 12
	// MaxSecret is the most bytes of a secret that is sealed: the credentials of
	// some million voters.
	MaxSecret = 256 << 20
)

// Passphrase returns the age recipient for a passphrase, with the given scrypt
// work factor ([WorkFactor], less only in tests). The passphrase may be cleared afterwards.
func Passphrase(passphrase []byte, workFactor int) (age.Recipient, error) {
	if len(passphrase) < MinPassphrase {
		return nil, fmt.Errorf("a passphrase needs at least %d characters", MinPassphrase)
	}
	r, err := age.NewScryptRecipient(string(passphrase))
	if err != nil {
		return nil, err
	}
	r.SetWorkFactor(workFactor)
	return r, nil
}

// Recipients reads age recipients (age1…), as age-keygen prints them.
func Recipients(texts []string) ([]age.Recipient, error) {
	var all []age.Recipient
	for _, text := range texts {
		rs, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("age recipient %q: %w", text, err)
		}
		all = append(all, rs...)
	}
	return all, nil
}

// ErrPassphrase: the passphrase does not open the file.
var ErrPassphrase = errors.New("the passphrase is wrong")

// AskPassphrase returns an age identity that asks for a passphrase, once, and only
// if the file that is opened is sealed with one. What ask returned is cleared after use.
func AskPassphrase(ask func() ([]byte, error)) age.Identity {
	return &asked{ask}
}

type asked struct{ ask func() ([]byte, error) }

// Unwrap implements [age.Identity].
func (a *asked) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	if len(stanzas) != 1 || stanzas[0].Type != "scrypt" {
		return nil, age.ErrIncorrectIdentity
	}
	passphrase, err := a.ask()
	if err != nil {
		return nil, err
	}
	defer clear(passphrase)
	id, err := age.NewScryptIdentity(string(passphrase))
	if err != nil {
		return nil, err
	}
	fileKey, err := id.Unwrap(stanzas)
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return nil, ErrPassphrase
	}
	return fileKey, err
}

// Seal encrypts a signing key as an armored age file. Its plaintext is one line,
// PRIVATE+KEY+name+hash+base64.
func Seal(key *Key, recipients ...age.Recipient) ([]byte, error) {
	text := key.privateText()
	defer clear(text)
	return seal(text, recipients)
}

// Open decrypts a signing key that [Seal] encrypted.
func Open(sealed []byte, identities ...age.Identity) (*Key, error) {
	text, err := open(sealed, identities)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	return parsePrivate(text)
}

// Content is what a sealed file holds: a signing key, or another secret with the
// label under which [SealSecret] encrypted it.
type Content struct {
	Key    *Key // nil for another secret
	Label  string
	Secret []byte
}

// OpenAny decrypts a file of either kind.
func OpenAny(sealed []byte, identities ...age.Identity) (Content, error) {
	text, err := open(sealed, identities)
	if err != nil {
		return Content{}, err
	}
	if bytes.HasPrefix(text, []byte(privatePrefix)) {
		defer clear(text)
		key, err := parsePrivate(text)
		return Content{Key: key}, err
	}
	label, secret, ok := bytes.Cut(text, []byte("\n"))
	if !ok {
		clear(text)
		return Content{}, errors.New("the file holds neither a signing key nor a secret with a label")
	}
	return Content{Label: string(label), Secret: secret}, nil
}

// SealSecret encrypts another secret as an armored age file. The label, one line
// that says what the secret is, is encrypted with it: [OpenSecret] refuses a secret
// of another label, so that one file cannot be passed off as another.
func SealSecret(label string, secret []byte, recipients ...age.Recipient) ([]byte, error) {
	if label == "" || strings.Contains(label, "\n") {
		return nil, fmt.Errorf("the label %q of a secret is not one line", label)
	}
	if len(secret) > MaxSecret {
		return nil, fmt.Errorf("a secret of %d bytes is too long: at most %d", len(secret), MaxSecret)
	}
	text := make([]byte, 0, len(label)+1+len(secret))
	defer func() { clear(text) }()
	text = append(append(append(text, label...), '\n'), secret...)
	return seal(text, recipients)
}

// OpenSecret decrypts a secret that [SealSecret] encrypted under the same label.
func OpenSecret(label string, sealed []byte, identities ...age.Identity) ([]byte, error) {
	text, err := open(sealed, identities)
	if err != nil {
		return nil, err
	}
	found, secret, ok := bytes.Cut(text, []byte("\n"))
	switch {
	case bytes.HasPrefix(text, []byte(privatePrefix)):
		clear(text)
		return nil, fmt.Errorf("the file holds a signing key, not %q", label)
	case !ok:
		clear(text)
		return nil, fmt.Errorf("the file does not say what it holds; %q was expected", label)
	case string(found) != label:
		err := fmt.Errorf("the file holds %.80q, not %q", found, label)
		clear(text)
		return nil, err
	}
	return secret, nil
}

func seal(text []byte, recipients []age.Recipient) ([]byte, error) {
	var out bytes.Buffer
	armored := armor.NewWriter(&out)
	w, err := age.Encrypt(armored, recipients...)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if _, err := w.Write(text); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if err := armored.Close(); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return out.Bytes(), nil
}

// open decrypts into memory that holds one copy of the plaintext.
func open(sealed []byte, identities []age.Identity) ([]byte, error) {
	r, err := age.Decrypt(armor.NewReader(bytes.NewReader(sealed)), identities...)
	if none, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
		return nil, noMatch(none)
	}
	if err != nil {
		return nil, err
	}
	text := make([]byte, len(sealed)) // armor makes the file longer than its plaintext
	n, err := io.ReadFull(r, text)
	if err == nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return text[:n], nil
	}
	clear(text)
	return nil, fmt.Errorf("decrypt: %w", err)
}

// noMatch says what a file needs that none of the identities could open.
func noMatch(err *age.NoIdentityMatchError) error {
	if len(err.StanzaTypes) == 1 && err.StanzaTypes[0] == "scrypt" {
		return errors.New("the file is sealed with a passphrase")
	}
	return errors.New("the file is sealed to age recipients, and none of the identities given opens it")
}
