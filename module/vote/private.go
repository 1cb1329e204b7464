package vote

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"bayyina/core/credential"
)

// PrivateLabel is the label under which the private credentials of an election are sealed
// (identity.SealSecret).
func PrivateLabel(uuid string) string { return "private credentials of election " + uuid }

// Holder is a voter's id with the private credential.
type Holder struct {
	ID      string
	Private credential.Private
}

// PrivateList writes the private credentials as belenios-tool does: one JSON object
// from ids to credentials, in the voters' order.
func PrivateList(voters []credential.Voter, privates []credential.Private) []byte {
	text := make([]byte, 0, 64*len(voters))
	for i, p := range privates {
		text = append(text, "{,"[min(i, 1)])
		id, _ := json.Marshal(voters[i].ID) // a string is always written
		text = append(append(text, id...), ':', '"')
		text = append(append(text, p.Reveal()...), '"')
	}
	return append(text, '}')
}

// ParsePrivateList reads what PrivateList writes, in its order.
func ParsePrivateList(text []byte) ([]Holder, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("not a list of private credentials")
	}
	var holders []Holder
	for dec.More() {
		id, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("list of private credentials: %w", err)
		}
		value, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("list of private credentials: %w", err)
		}
		revealed, _ := value.(string)
		private, err := credential.ParsePrivate(revealed)
		if err != nil {
			return nil, fmt.Errorf("credential of voter %q: %w", id, err)
		}
		holders = append(holders, Holder{id.(string), private})
	}
	return holders, nil
}
