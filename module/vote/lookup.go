package vote

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/group"
)

// MaxFound is how many public credentials one look-up gives at most.
const MaxFound = 5000

// lookup finds public credentials by how their texts begin. A list is in the order of
// their encodings, which are the texts backwards, so it keeps an order of its own: 4
// bytes for each credential, by the first four digits.
type lookup struct {
	list   *credential.List
	starts [1<<16 + 1]uint32 // where those begin, in order, whose first four digits are this number
	order  []uint32          // places in the list
}

func newLookup(list *credential.List) *lookup {
	l := &lookup{list: list, order: make([]uint32, list.Len())}
	first := make([]uint16, list.Len())
	var text []byte
	for i := range first {
		var number [2]byte
		text = list.At(i).Public.AppendText(text[:0])
		if _, err := hex.Decode(number[:], text[:4]); err != nil {
			panic("vote: a credential's text is not hexadecimal: " + string(text))
		}
		first[i] = uint16(number[0])<<8 | uint16(number[1])
		l.starts[int(first[i])+1]++
	}
	for i := range len(l.starts) - 1 {
		l.starts[i+1] += l.starts[i]
	}
	next := l.starts
	for i, n := range first {
		l.order[next[n]] = uint32(i)
		next[n]++
	}
	return l
}

var prefixForm = regexp.MustCompile(`^[0-9a-f]{1,64}$`)

// find returns the credentials whose texts begin with some hexadecimal digits, each as
// it stands in the public list. The error wraps ErrShortPrefix where there are more
// than MaxFound.
func (l *lookup) find(prefix string) ([]string, error) {
	if !prefixForm.MatchString(prefix) {
		return nil, fmt.Errorf("%w: 1 to 64 digits of hexadecimal", ErrShortPrefix)
	}
	digits := min(len(prefix), 4)
	number, err := strconv.ParseUint(prefix[:digits], 16, 16)
	if err != nil {
		return nil, err
	}
	rest := 4 * (4 - digits)
	places := l.order[l.starts[number<<rest]:l.starts[(number+1)<<rest]]
	found := []string{}
	for _, place := range places {
		e := l.list.At(int(place))
		text := e.Public.String()
		if text[:len(prefix)] != prefix {
			continue
		}
		if len(found) == MaxFound {
			return nil, fmt.Errorf("%w: more than %d credentials begin with it", ErrShortPrefix, MaxFound)
		}
		if l.list.Explicit() {
			text += "," + strconv.FormatUint(e.Weight, 10)
		}
		found = append(found, text)
	}
	return found, nil
}

// lookup is that of the election's credentials, made when it is first needed.
func (r *rules) lookup() (*lookup, error) {
	if r.election.Group() != group.Ed25519 {
		return nil, fmt.Errorf("credentials in the group %s: %w", r.election.Group().Name(), ballot.ErrUnsupported)
	}
	r.once.Do(func() { r.found = newLookup(r.credentials) })
	return r.found, nil
}
