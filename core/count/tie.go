package count

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// The purposes for which one has to be drawn among equals.
const (
	ToElect   = "elect"   // who of them takes a seat
	ToDefeat  = "defeat"  // who of them is out
	ToSurplus = "surplus" // whose surplus is transferred first
	ToRunOff  = "run-off" // who of them enters the second round
	ToLock    = "lock"    // which majority is held fast first
	ToReplace = "replace" // who of them gives way to a reserved seat
)

// Tie is where a count stopped: equals among whom the rule cannot choose, and no dice were given.
type Tie struct {
	Purpose string   `json:"purpose"`
	Round   int      `json:"round"` // 1 is the first
	Seat    int      `json:"seat"`  // the next seat to be filled, 1 is the first
	Choices []int    `json:"choices,omitempty"`
	Pairs   [][2]int `json:"pairs,omitempty"` // ToLock: majorities of the first over the second
	Want    int      `json:"want"`            // so many of them are to be drawn
}

// Lot is what was drawn among equals.
type Lot struct {
	Tie
	Drawn []int `json:"drawn"` // in order; of Pairs their places in that list
}

// Lots is how equals are told apart: by public dice, thrown after the votes were fixed, or
// by an order that was fixed before. The zero Lots tells nobody apart.
//
// With dice, each of the equals gets a number and the lowest numbers are drawn, in order. The number is
//
//	SHA-256( "bayyina/lot/1" ‖ 0x00 ‖ len32(Seed) ‖ Seed ‖ len32(Context) ‖ Context ‖
//	         len32(purpose) ‖ purpose ‖ u32(round) ‖ u32(seat) ‖ u32(a) ‖ u32(b) )
//
// with lengths and numbers as four bytes, the highest first, and compared as bytes. a is the choice and b is 2³²−1; for
// majorities (ToLock) b is the choice that a beats. Context keeps apart the counts for which the same dice were thrown.
type Lots struct {
	Seed    []byte
	Context string
	Order   []int // choices, first the one that is drawn first
}

// MaxSeed bounds the seed of dice, in bytes.
const MaxSeed = 64

// errTied ends a count: Result.Tie says why.
var errTied = errors.New("tied")

func (l *Lots) given() bool { return l != nil && (len(l.Seed) > 0 || len(l.Order) > 0) }

func (l *Lots) check(choices int) error {
	if l == nil {
		return nil
	}
	if len(l.Seed) > MaxSeed {
		return fmt.Errorf("a seed of dice has %d bytes, and at most %d are allowed", len(l.Seed), MaxSeed)
	}
	if len(l.Order) > 0 {
		sorted := slices.Sorted(slices.Values(l.Order))
		for i, c := range sorted {
			if c != i || len(sorted) != choices {
				return errors.New("the order for ties must name every choice once")
			}
		}
	}
	return nil
}

// number of one of the equals.
func (l *Lots) number(t *Tie, a, b int) []byte {
	text := []byte("bayyina/lot/1\x00")
	for _, part := range [][]byte{l.Seed, []byte(l.Context), []byte(t.Purpose)} {
		text = binary.BigEndian.AppendUint32(text, uint32(len(part)))
		text = append(text, part...)
	}
	for _, n := range []int{t.Round, t.Seat, a, b} {
		text = binary.BigEndian.AppendUint32(text, uint32(n))
	}
	sum := sha256.Sum256(text)
	return sum[:]
}

// rank orders the places of the equals in the tie's list, first who is drawn first.
func (l *Lots) rank(t *Tie) []int {
	n := max(len(t.Choices), len(t.Pairs))
	key := make([][]byte, n)
	places := make([]int, n)
	for i := range n {
		a, b := 0, -1
		if len(t.Pairs) > 0 {
			a, b = t.Pairs[i][0], t.Pairs[i][1]
		} else {
			a = t.Choices[i]
		}
		places[i] = i
		if len(l.Seed) > 0 {
			key[i] = l.number(t, a, b)
		} else {
			key[i] = binary.BigEndian.AppendUint32(nil, uint32(slices.Index(l.Order, a)))
			key[i] = binary.BigEndian.AppendUint32(key[i], uint32(slices.Index(l.Order, b)))
		}
	}
	slices.SortStableFunc(places, func(x, y int) int { return bytes.Compare(key[x], key[y]) })
	return places
}

// draw chooses t.Want among equals. Where nothing tells them apart the count is tied: errTied.
func (r *Result) draw(l *Lots, t Tie) ([]int, error) {
	if len(t.Choices) <= t.Want && len(t.Pairs) <= t.Want {
		return t.Choices, nil
	}
	if !l.given() {
		r.Tie = &t
		r.add(Step{Kind: Tied, Round: t.Round, Choices: t.Choices})
		return nil, errTied
	}
	drawn := l.rank(&t)[:t.Want]
	if len(t.Pairs) == 0 {
		for i, place := range drawn {
			drawn[i] = t.Choices[place]
		}
	}
	r.Lots = append(r.Lots, Lot{t, drawn})
	return drawn, nil
}
