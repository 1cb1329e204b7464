package demo

import (
	"encoding/json"

	"bayyina/core/count"
	"bayyina/core/mix"
	"bayyina/core/tally"
	"bayyina/internal/forge"
	"bayyina/module/vote/evidence"
)

// shuffle has the last mixer put a ranking of its own in the place of a voter's, and
// shuffle what it has then, with a proof of that.
func (l *liar) shuffle() error {
	e, _, err := l.definition()
	if err != nil {
		return err
	}
	sum, err := forge.Said[evidence.Tally](l.History, l.only(evidence.KindTally))
	if err != nil {
		return err
	}
	t, err := tally.ParseEncrypted(e, l.Attachments[sum.Tally.SHA256])
	if err != nil {
		return err
	}
	net := mix.New(e.Fingerprint(), e.KeyTable(), 0)
	entries := l.at[evidence.KindShuffle]
	first, err := forge.Said[evidence.Shuffle](l.History, entries[0])
	if err != nil {
		return err
	}
	s, err := net.Parse(l.country.random, t.Apart(e), l.Attachments[first.Shuffle.SHA256])
	if err != nil {
		return err
	}
	strange, err := l.stranger(e)
	if err != nil {
		return err
	}
	answers := strange.Answers()
	s.Ciphertexts[0][0] = answers[len(answers)-1].Ciphertexts()[0]
	if s, err = net.Shuffle(l.country.random, s.Ciphertexts); err != nil {
		return err
	}
	text := l.Attach(s.Bytes())
	last := len(entries) - 1
	return forge.Resay(l.History, entries[last], func(b *evidence.Shuffle) { b.Shuffle = text }, l.country.people.trustees[last])
}

// result moves ten votes.
func (l *liar) result() error {
	e, _, err := l.definition()
	if err != nil {
		return err
	}
	i := l.only(evidence.KindResult)
	b, err := forge.Said[evidence.Result](l.History, i)
	if err != nil {
		return err
	}
	numbers, err := tally.ParseResult(e, l.Attachments[b.Result.SHA256])
	if err != nil {
		return err
	}
	numbers[0].Votes[1] -= 10
	numbers[0].Votes[2] += 10
	text := l.Attach(numbers.Bytes())
	return forge.Resay(l.History, i, func(b *evidence.Result) { b.Result = text }, l.country.people.receipt)
}

// seats gives the last seat of the lists to another list.
func (l *liar) seats() error {
	var i int64
	var b evidence.Seats
	for _, at := range l.at[evidence.KindSeats] { // the last word, where there was a tie first
		said, err := forge.Said[evidence.Seats](l.History, at)
		if err != nil {
			return err
		}
		if said.Question == houseQuestion {
			i, b = at, said
		}
	}
	var counted count.Result
	if err := json.Unmarshal(l.Attachments[b.Seats.SHA256], &counted); err != nil {
		return err
	}
	last := &counted.Seats[len(counted.Seats)-1]
	other := (last.Choice + 1) % len(counted.Choices)
	*last = count.Won{Choice: other, Name: counted.Choices[other]}
	text, err := counted.Bytes()
	if err != nil {
		return err
	}
	seats := l.Attach(text)
	return forge.Resay(l.History, i, func(b *evidence.Seats) { b.Seats = seats }, l.country.people.receipt)
}
