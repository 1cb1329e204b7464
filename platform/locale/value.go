package locale

import (
	"fmt"
	"math"
	"reflect"
	"time"

	"bayyina/platform/ledger/read"
)

// value is an argument, formatted. Templates print its text.
type value struct {
	text   string
	n      int64
	counts bool // it is an integer
	locale *Locale
}

// String is what {{.Name}} prints.
func (v value) String() string { return v.text }

// As counts things: {{.Ballots.As "n.ballots"}} is the message with Count = v.
func (v value) As(id string) (string, error) {
	if !v.counts {
		return "", fmt.Errorf("%q is not a number", v.text)
	}
	return v.locale.Text(id, map[string]any{"Count": v.n})
}

// value formats an argument, of the types that read.Message allows, also as they
// come back from JSON.
func (l *Locale) value(arg any) (value, error) {
	switch a := arg.(type) {
	case string:
		if t, err := time.Parse(time.RFC3339, a); err == nil {
			return value{text: l.Time(t)}, nil
		}
		return value{text: l.Isolate(a)}, nil
	case time.Time:
		return value{text: l.Time(a)}, nil
	case time.Duration:
		return l.duration(a)
	case read.Bilingual:
		return value{text: l.Isolate(l.Pick(a))}, nil
	case map[string]any:
		ar, arOK := a["ar"].(string)
		en, enOK := a["en"].(string)
		if len(a) == 2 && arOK && enOK {
			return l.value(read.Bilingual{AR: ar, EN: en})
		}
	case float64:
		if a == math.Trunc(a) && math.Abs(a) < 1<<53 {
			return l.integer(int64(a)), nil
		}
		return value{text: l.Decimal(a, 1)}, nil
	}
	switch r := reflect.ValueOf(arg); r.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return l.integer(r.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if r.Uint() <= math.MaxInt64 {
			return l.integer(int64(r.Uint())), nil
		}
	case reflect.String:
		return l.value(r.String())
	}
	return value{}, fmt.Errorf("type %T cannot stand in a message", arg)
}

func (l *Locale) integer(n int64) value {
	return value{text: l.Integer(n), n: n, counts: true, locale: l}
}

func (l *Locale) duration(d time.Duration) (value, error) {
	text, err := l.Duration(d)
	return value{text: text}, err
}

// Message returns a message of the log's claims and faults.
func (l *Locale) Message(m read.Message) (string, error) { return l.Text(m.ID, m.Args) }

// Pick returns the half of a bilingual text that readers of the language read; the other
// half where it is empty.
func (l *Locale) Pick(b read.Bilingual) string {
	if (l.lang == Arabic && b.AR != "") || b.EN == "" {
		return b.AR
	}
	return b.EN
}
