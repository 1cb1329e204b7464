package archive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// Type is a kind of event.
type Type string

// The kinds of events, in the order in which an election knows them.
const (
	Setup             Type = "Setup"
	Ballot            Type = "Ballot"
	EndBallots        Type = "EndBallots"
	EncryptedTally    Type = "EncryptedTally"
	Shuffle           Type = "Shuffle"
	EndShuffles       Type = "EndShuffles"
	PartialDecryption Type = "PartialDecryption"
	Result            Type = "Result"
)

// objects says how many data records belong to an event of each kind, the
// payload that the event names last. A set-up may have one more: the
// credentials certificate.
var objects = map[Type]int{
	Setup: 4, Ballot: 1, EndBallots: 0, EncryptedTally: 2,
	Shuffle: 2, EndShuffles: 0, PartialDecryption: 2, Result: 1,
}

// Event is one link of the chain.
type Event struct {
	Parent  Hash // hash of the event before; empty at height 0
	Height  int64
	Type    Type
	Payload Hash // empty for EndBallots and EndShuffles
}

// Text is the event's canonical JSON.
func (e Event) Text() []byte {
	b := []byte{'{'}
	if e.Parent != "" {
		b = fmt.Appendf(b, `"parent":"%s",`, e.Parent)
	}
	b = fmt.Appendf(b, `"height":%d,"type":"%s"`, e.Height, e.Type)
	if e.Payload != "" {
		b = fmt.Appendf(b, `,"payload":"%s"`, e.Payload)
	}
	return append(b, '}')
}

func parseEvent(text []byte) (Event, error) {
	var e Event
	if err := decode(text, &e); err != nil {
		return Event{}, err
	}
	if _, known := objects[e.Type]; !known {
		return Event{}, fmt.Errorf("type %q is not known", e.Type)
	}
	return e, canonical(text, e.Text())
}

// SetupPayload names the records of a set-up.
type SetupPayload struct {
	Election    Hash `json:"election"`
	Trustees    Hash `json:"trustees"`
	Credentials Hash `json:"credentials"`
	// Certificate is empty unless an external credential server signed the
	// list of credentials.
	Certificate Hash `json:"credentials_certificate"`
}

// Text is the payload's canonical JSON.
func (p SetupPayload) Text() []byte {
	b := fmt.Appendf(nil, `{"election":"%s","trustees":"%s","credentials":"%s"`, p.Election, p.Trustees, p.Credentials)
	if p.Certificate != "" {
		b = fmt.Appendf(b, `,"credentials_certificate":"%s"`, p.Certificate)
	}
	return append(b, '}')
}

// Owned is the wrapper of a shuffle or partial decryption: whose it is.
type Owned struct {
	Owner   int  `json:"owner"` // 1-based position in the flattened list of trustees
	Payload Hash `json:"payload"`
}

// Text is the wrapper's canonical JSON.
func (o Owned) Text() []byte {
	return fmt.Appendf(nil, `{"owner":%d,"payload":"%s"}`, o.Owner, o.Payload)
}

// parseFirst reads the BELENIOS record and returns the archive's timestamp in
// Unix seconds.
func parseFirst(text []byte) (int64, error) {
	var f struct {
		Version   json.Number     `json:"version"`
		Timestamp json.RawMessage `json:"timestamp"`
	}
	if err := decode(text, &f); err != nil {
		return 0, err
	}
	var digits string
	if json.Unmarshal(f.Timestamp, &digits) != nil {
		return 0, fmt.Errorf("timestamp %s is not a string, as in archives of Belenios 4: %w", f.Timestamp, ErrVersion)
	}
	if f.Version != "1" {
		return 0, fmt.Errorf("version is %s, must be 1", f.Version)
	}
	timestamp, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || timestamp < 0 || timestamp > maxTime {
		return 0, fmt.Errorf("timestamp %q is no time that fits a tar header", digits)
	}
	return timestamp, canonical(text, first(timestamp))
}

// decode reads JSON leniently; the caller then compares with the canonical
// text, which refuses unknown, repeated and reordered fields and any layout.
func decode(text []byte, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("not the JSON expected: %w", err)
	}
	return nil
}

func canonical(text, again []byte) error {
	if !bytes.Equal(text, again) {
		return fmt.Errorf("not in canonical form: canonical would be %.200s", again)
	}
	return nil
}
