package credential

import (
	"crypto/sha3"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sort"
	"strconv"
	"strings"

	"bayyina/core/canon"
	"bayyina/core/group"
)

const (
	// MaxTotalWeight is the largest sum of weights: results up to it can be computed.
	MaxTotalWeight = 100_000_000_000
	// MaxVoters is the largest number of credentials of one election.
	MaxVoters = 20_000_000
	// maxListBytes bounds the text of a list.
	maxListBytes = 1<<31 - 1
	// atOnce is how many elements are parsed together.
	atOnce = 1 << 12
	// maxID is the largest length of a voter's id in bytes.
	maxID = 1024
)

var (
	// ErrList is wrapped by each error about a list of public credentials.
	ErrList = errors.New("invalid list of public credentials")
	// ErrDuplicate is wrapped where one credential is listed twice.
	ErrDuplicate = fmt.Errorf("%w: duplicate credential", ErrList)
)

// Entry is one voter's right: a public credential and how many votes it has. ID names
// the voter; only the authority's own copy of a list has it.
type Entry struct {
	Public *group.Element
	Weight uint64
	ID     string
}

// List is a list of public credentials in the order of elements. It never changes.
type List struct {
	entries []Entry
	// explicit: weights are written. They all are, or none is and all are 1.
	explicit bool
	total    uint64
}

// NewList sorts the entries into a list. Weights are written out if explicit, which
// must be so as soon as one of them is not 1.
func NewList(entries []Entry, explicit bool) (*List, error) {
	l := &List{entries: make([]Entry, len(entries)), explicit: explicit}
	copy(l.entries, entries)
	elements := make([]*group.Element, len(entries))
	for i, e := range entries {
		elements[i] = e.Public
	}
	for i, e := range group.Normalize(elements...) {
		l.entries[i].Public = e.Compact()
	}
	sort.Slice(l.entries, func(i, j int) bool { return l.entries[i].Public.Compare(l.entries[j].Public) < 0 })
	if err := l.check(); err != nil {
		return nil, err
	}
	return l, nil
}

// ParseList reads the public list in the election's group: canonical JSON, an array of "element" or
// "element,weight" in the order of elements.
func ParseList(g *group.Group, data []byte) (*List, error) { return parseList(g, data, false) }

// ParseListWithIDs reads the authority's list, an array of "element,weight,id" where
// the weight is empty if it is implicit.
func ParseListWithIDs(g *group.Group, data []byte) (*List, error) { return parseList(g, data, true) }

func parseList(g *group.Group, data []byte, withIDs bool) (*List, error) {
	l := new(List)
	r := canon.NewReader(data, maxListBytes)
	var texts [][]byte // of the last entries' elements, which are not parsed yet
	r.Array(MaxVoters, func(i int) {
		text := r.String()
		if !r.OK() {
			return
		}
		entry, element, explicit, err := parseEntry(text, withIDs)
		if err == nil && i > 0 && explicit != l.explicit {
			err = fmt.Errorf("%w: some weights are written and some are not", ErrList)
		}
		if err != nil {
			r.Fail(fmt.Errorf("credential %d: %w", i+1, err))
			return
		}
		l.explicit = explicit
		l.entries = append(l.entries, entry)
		if texts = append(texts, element); len(texts) == atOnce {
			if err := l.setLast(g, texts); err != nil {
				r.Fail(err)
			}
			texts = texts[:0]
		}
	})
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("read public credentials: %w", err)
	}
	if err := l.setLast(g, texts); err != nil {
		return nil, fmt.Errorf("read public credentials: %w", err)
	}
	if err := l.check(); err != nil {
		return nil, err
	}
	return l, nil
}

// setLast sets the elements of the last entries, parsed on all cores. So many that it
// pays are tested together, with coins that are a hash of them all, as Fiat and Shamir
// make challenges: to make a wrong one pass takes 2^128 trials on average.
func (l *List) setLast(g *group.Group, texts [][]byte) error {
	before := len(l.entries) - len(texts)
	var coins io.Reader
	if len(texts) == atOnce {
		hash := sha3.NewSHAKE256()
		for _, text := range texts {
			hash.Write(append(text, ','))
		}
		coins = hash
	}
	elements, err := g.ParseElements(coins, runtime.GOMAXPROCS(0), texts)
	if wrong := (*group.PlaceError)(nil); errors.As(err, &wrong) {
		return fmt.Errorf("credential %d: %w", before+wrong.Place+1, wrong.Err)
	}
	for i, e := range elements {
		l.entries[before+i].Public = e.Compact()
	}
	return err
}

// parseEntry returns an entry without its element, and the element's text.
func parseEntry(text string, withID bool) (e Entry, element []byte, explicit bool, err error) {
	fields := strings.SplitN(text, ",", 3)
	element = []byte(fields[0])
	if withID {
		if len(fields) != 3 || fields[2] == "" {
			return e, nil, false, fmt.Errorf("%w: not of the form element,weight,id", ErrList)
		}
		e.ID = fields[2]
		if fields[1] == "" {
			fields = fields[:1]
		}
	} else if len(fields) == 3 {
		return e, nil, false, fmt.Errorf("%w: not of the form element or element,weight", ErrList)
	}
	if len(fields) == 1 {
		e.Weight = 1
		return e, element, false, nil
	}
	weight, ok := canon.ParseDecimal(fields[1])
	if !ok {
		return e, nil, false, fmt.Errorf("%w: weight %q is not a natural number", ErrList, fields[1])
	}
	e.Weight = weight
	return e, element, true, nil
}

// check enforces what holds for every list: order, no duplicates, weights.
func (l *List) check() error {
	if len(l.entries) > MaxVoters {
		return fmt.Errorf("%w: %d credentials, at most %d allowed", ErrList, len(l.entries), MaxVoters)
	}
	for i, e := range l.entries {
		if i > 0 {
			switch order := l.entries[i-1].Public.Compare(e.Public); {
			case order == 0:
				return fmt.Errorf("%w: %s", ErrDuplicate, e.Public)
			case order > 0:
				return fmt.Errorf("%w: credential %d is out of order", ErrList, i+1)
			}
		}
		if !l.explicit && e.Weight != 1 {
			return fmt.Errorf("%w: credential %s has weight %d, so weights must be written", ErrList, e.Public, e.Weight)
		}
		if e.Weight > MaxTotalWeight-l.total {
			return fmt.Errorf("%w: total weight above %d", ErrList, uint64(MaxTotalWeight))
		}
		if len(e.ID) > maxID || !canon.ValidString(e.ID) {
			return fmt.Errorf("%w: id of credential %s is no UTF-8 or longer than %d bytes", ErrList, e.Public, maxID)
		}
		l.total += e.Weight
	}
	return nil
}

// Bytes returns the public list, without ids: what the board shows.
func (l *List) Bytes() []byte { return l.write(false) }

// BytesWithIDs returns the authority's list.
func (l *List) BytesWithIDs() []byte { return l.write(true) }

func (l *List) write(withIDs bool) []byte {
	var w canon.Writer
	w.Begin('[')
	for _, e := range l.entries {
		text := e.Public.AppendText(nil)
		if l.explicit || withIDs {
			text = append(text, ',')
		}
		if l.explicit {
			text = strconv.AppendUint(text, e.Weight, 10)
		}
		if withIDs {
			text = append(append(text, ','), e.ID...)
		}
		w.String(string(text))
	}
	return w.End(']').Bytes()
}

// Fingerprint returns the base-64 SHA-256 of the public list.
func (l *List) Fingerprint() string { return canon.B64(l.Bytes()) }

// Len returns the number of credentials.
func (l *List) Len() int { return len(l.entries) }

// At returns the entry at position i, from 0, in the order of elements.
func (l *List) At(i int) Entry { return l.entries[i] }

// Explicit says whether weights are written out.
func (l *List) Explicit() bool { return l.explicit }

// TotalWeight returns the sum of all weights.
func (l *List) TotalWeight() uint64 { return l.total }

// Find returns the position of a public credential, false if it is not listed.
func (l *List) Find(public *group.Element) (int, bool) {
	return sort.Find(len(l.entries), func(i int) int { return public.Compare(l.entries[i].Public) })
}
