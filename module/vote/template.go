package vote

import (
	"bytes"
	"encoding/json"
	"fmt"

	"bayyina/core/ballot"
)

// TemplateQuestion is one question in the JSON of Belenios, whose members may stand in
// any order here: {"question","answers","min","max","blank"}, or with its kind
// {"type":"NonHomomorphic","value":{"question","answers"},"extra"}.
type TemplateQuestion struct{ ballot.Question }

// UnmarshalJSON reads a question of any kind.
func (q *TemplateQuestion) UnmarshalJSON(data []byte) error {
	var wrapped struct {
		Type  string
		Value json.RawMessage
		Extra json.RawMessage
	}
	var kind struct{ Type string }
	if err := json.Unmarshal(data, &kind); err != nil {
		return err
	}
	if kind.Type == "" {
		wrapped.Type, wrapped.Value = "Homomorphic", data
	} else if err := strictly(data, &wrapped); err != nil {
		return err
	}
	var extra []byte
	if wrapped.Extra != nil {
		var compact bytes.Buffer
		if err := json.Compact(&compact, wrapped.Extra); err != nil {
			return err
		}
		extra = compact.Bytes()
	}
	var err error
	q.Question, err = templateQuestion(wrapped.Type, wrapped.Value, extra)
	return err
}

func templateQuestion(kind string, value, extra []byte) (ballot.Question, error) {
	switch kind {
	case "Homomorphic":
		var v struct {
			Question string
			Answers  []string
			Min, Max int
			Blank    bool
		}
		err := strictly(value, &v)
		return ballot.Homomorphic{Text: v.Question, Answers: v.Answers, Min: v.Min, Max: v.Max, Blank: v.Blank, Extra: extra}, err
	case "NonHomomorphic":
		var v struct {
			Question string
			Answers  []string
		}
		err := strictly(value, &v)
		return ballot.NonHomomorphic{Text: v.Question, Answers: v.Answers, Extra: extra}, err
	case "Lists":
		var v struct {
			Question string
			Answers  [][]string
		}
		err := strictly(value, &v)
		q := ballot.Lists{Text: v.Question, Extra: extra}
		for i, list := range v.Answers {
			if len(list) == 0 {
				return nil, fmt.Errorf("list %d has no name", i+1)
			}
			q.Lists = append(q.Lists, ballot.List{Name: list[0], Candidates: list[1:]})
		}
		return q, err
	}
	return nil, fmt.Errorf("a question of kind %q: %w", kind, ballot.ErrUnsupported)
}

// MarshalJSON writes the question as an election's record has it.
func (q TemplateQuestion) MarshalJSON() ([]byte, error) { return ballot.QuestionText(q.Question), nil }

// strictly reads JSON in which no other members may be: a misspelt one must not be
// taken for none.
func strictly(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}
