package evidence

import (
	"encoding/json"
	"slices"

	"bayyina/core/ballot"
	"bayyina/platform/ledger/read"
)

// MaxPhoto bounds the picture of a candidate in bytes.
const MaxPhoto = 20_000

// PhotosOf returns which pictures the questions of an election name: hex SHA-256, each once, in the
// order in which they are named first. They stand in a question's extra, for each answer one or "".
// An extra of another form names none.
func PhotosOf(e *ballot.Election) (hashes []string) {
	for _, q := range e.Questions() {
		for _, hash := range Photos(q) {
			if isHash(hash) && !slices.Contains(hashes, hash) {
				hashes = append(hashes, hash)
			}
		}
	}
	return hashes
}

// Photos are the pictures of a question's answers, of lists their candidates' in the lists' order: hex
// SHA-256, or "" where an answer has none.
func Photos(q ballot.Question) []string {
	var extra []byte
	switch q := q.(type) {
	case ballot.Homomorphic:
		extra = q.Extra
	case ballot.Lists:
		extra = q.Extra
	case ballot.NonHomomorphic:
		extra = q.Extra
	}
	var said struct {
		Photos []string `json:"photos"`
	}
	if extra == nil || json.Unmarshal(extra, &said) != nil {
		return nil
	}
	return said.Photos
}

// LabelPhotos are the pictures of a question by its labels: "" for the blank vote, and for lists.
func LabelPhotos(q ballot.Question) []string {
	list, rest := make([]string, len(q.Labels())), Photos(q)
	take := func(into []string) { rest = rest[copy(into, rest):] }
	if h, ok := q.(ballot.Homomorphic); ok && h.Blank {
		take(list[1:])
		return list
	}
	if q.Nesting() == nil {
		take(list)
		return list
	}
	at := 0
	for _, n := range q.Nesting() {
		take(list[at+1 : at+n])
		at += n
	}
	return list
}

// agreePhotos checks that the set-up brings the pictures that the questions name, and no others.
func (e *election) agreePhotos(entry *read.Entry, b Setup, r *rules) {
	var hashes []string
	for _, a := range b.Photos {
		hashes = append(hashes, a.SHA256)
	}
	if r.election != nil && !slices.Equal(hashes, PhotosOf(r.election)) {
		e.against(claimSetup, entry, "vote-photos", nil, nil)
	}
}
