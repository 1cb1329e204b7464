package archive

import (
	"errors"
	"fmt"
	"io"
)

// Writer writes an archive event by event. Given the same timestamp and the
// same objects it writes the same bytes as belenios-tool.
type Writer struct {
	w         io.Writer
	timestamp int64
	height    int64
	parent    Hash
}

// NewWriter starts an archive made at timestamp (Unix seconds).
func NewWriter(w io.Writer, timestamp int64) (*Writer, error) {
	if timestamp < 0 || timestamp > maxTime {
		return nil, fmt.Errorf("timestamp %d does not fit a tar header", timestamp)
	}
	if err := writeRecord(w, firstName, first(timestamp), timestamp); err != nil {
		return nil, fmt.Errorf("write record %s: %w", firstName, err)
	}
	return &Writer{w: w, timestamp: timestamp}, nil
}

// Setup writes the records an election starts from; certificate is nil unless
// an external credential server signed the credentials.
func (w *Writer) Setup(election, trustees, credentials, certificate []byte) error {
	payload := SetupPayload{Election: HashOf(election), Trustees: HashOf(trustees), Credentials: HashOf(credentials)}
	objects := [][]byte{election, trustees, credentials}
	if certificate != nil {
		payload.Certificate = HashOf(certificate)
		objects = append(objects, certificate)
	}
	return w.event(Setup, append(objects, payload.Text())...)
}

// Ballot writes a ballot's text.
func (w *Writer) Ballot(ballot []byte) error { return w.event(Ballot, ballot) }

// EndBallots closes the ballot box.
func (w *Writer) EndBallots() error { return w.event(EndBallots) }

// EncryptedTally writes the encrypted tally and the record of its size, which
// names it.
func (w *Writer) EncryptedTally(tally, sized []byte) error {
	return w.event(EncryptedTally, tally, sized)
}

// Shuffle writes the shuffle of a trustee, counted from 1.
func (w *Writer) Shuffle(owner int, shuffle []byte) error {
	return w.event(Shuffle, shuffle, Owned{Owner: owner, Payload: HashOf(shuffle)}.Text())
}

// EndShuffles says that no shuffle follows.
func (w *Writer) EndShuffles() error { return w.event(EndShuffles) }

// PartialDecryption writes the partial decryption of a trustee, counted from 1.
func (w *Writer) PartialDecryption(owner int, decryption []byte) error {
	return w.event(PartialDecryption, decryption, Owned{Owner: owner, Payload: HashOf(decryption)}.Text())
}

// Result writes the result.
func (w *Writer) Result(result []byte) error { return w.event(Result, result) }

// event writes an event after its data records, the last of which is its payload.
func (w *Writer) event(kind Type, data ...[]byte) error {
	if (kind == Setup) != (w.height == 0) {
		return errors.New("an archive starts with its one set-up")
	}
	e := Event{Parent: w.parent, Height: w.height, Type: kind}
	for _, d := range data {
		e.Payload = HashOf(d)
		if err := w.record(string(e.Payload)+dataSuffix, d); err != nil {
			return err
		}
	}
	text := e.Text()
	hash := HashOf(text)
	if err := w.record(string(hash)+eventSuffix, text); err != nil {
		return err
	}
	w.parent = hash
	w.height++
	return nil
}

func (w *Writer) record(name string, body []byte) error {
	limit := int64(MaxRecord)
	if w.height == 0 {
		limit = MaxSetupRecord
	}
	if int64(len(body)) > limit {
		return fmt.Errorf("record %s has %d bytes, at most %d are allowed", name, len(body), limit)
	}
	if err := writeRecord(w.w, name, body, w.timestamp); err != nil {
		return fmt.Errorf("write record %s: %w", name, err)
	}
	return nil
}
