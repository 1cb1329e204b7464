package locale

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Integer writes a number with its thousands apart: 1,234,567, or ١٬٢٣٤٬٥٦٧.
func (l *Locale) Integer(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return l.digits(b.String())
}

// Decimal writes a number with so many digits after the point.
func (l *Locale) Decimal(x float64, places int) string {
	text := strconv.FormatFloat(x, 'f', places, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil { // not finite, or beyond 2^63: as it is
		return l.digits(text)
	}
	grouped := strings.TrimPrefix(l.Integer(n), "-")
	if strings.HasPrefix(text, "-") {
		grouped = "-" + grouped
	}
	if fraction == "" {
		return grouped
	}
	return grouped + l.digits("."+fraction)
}

// Percent writes a share, 0.125 as 12.5%.
func (l *Locale) Percent(share float64, places int) string {
	sign := "%"
	if l.indic {
		sign = "٪"
	}
	return l.Decimal(share*100, places) + sign
}

// digits turns ASCII digits, comma and point into the reader's.
func (l *Locale) digits(ascii string) string {
	if !l.indic {
		return ascii
	}
	return strings.Map(func(r rune) rune {
		switch {
		case '0' <= r && r <= '9':
			return r - '0' + '٠'
		case r == ',':
			return '٬'
		case r == '.':
			return '٫'
		}
		return r
	}, ascii)
}

// ASCIIDigits turns the digits ٠-٩ and ۰-۹ that somebody typed into 0-9, and
// leaves everything else.
func ASCIIDigits(typed string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case '٠' <= r && r <= '٩':
			return r - '٠' + '0'
		case '۰' <= r && r <= '۹':
			return r - '۰' + '0'
		}
		return r
	}, typed)
}

// Size writes a number of bytes in the unit that fits, in powers of 1000.
func (l *Locale) Size(bytes int64) (string, error) {
	if bytes < 1000 {
		return l.Text("unit.bytes", map[string]any{"Count": bytes})
	}
	x, unit := float64(bytes)/1000, 0
	units := []string{"unit.kilobytes", "unit.megabytes", "unit.gigabytes", "unit.terabytes"}
	for x >= 999.95 && unit < len(units)-1 {
		x, unit = x/1000, unit+1
	}
	name, err := l.Text(units[unit], nil)
	if err != nil {
		return "", err
	}
	return l.Decimal(x, 1) + " " + name, nil
}

// Duration writes a length of time in its two largest units: 0.4 seconds, 3 minutes
// and 12 seconds, 2 days and 1 hour.
func (l *Locale) Duration(d time.Duration) (string, error) {
	if d < 0 {
		d = -d
	}
	if d < 10*time.Second && d%time.Second != 0 {
		tenths := math.Round(d.Seconds()*10) / 10
		if tenths != math.Trunc(tenths) {
			return l.Text("unit.fraction-seconds", map[string]any{"Seconds": l.Decimal(tenths, 1)})
		}
	}
	d = d.Round(time.Second)
	units := []struct {
		id   string
		size time.Duration
	}{
		{"unit.days", 24 * time.Hour},
		{"unit.hours", time.Hour},
		{"unit.minutes", time.Minute},
		{"unit.seconds", time.Second},
	}
	var parts []string
	for i, u := range units {
		n := d / u.size
		last := i == len(units)-1
		if n == 0 && !(last && len(parts) == 0) {
			if len(parts) > 0 {
				break
			}
			continue
		}
		part, err := l.Text(u.id, map[string]any{"Count": int64(n)})
		if err != nil {
			return "", err
		}
		parts, d = append(parts, part), d%u.size
		if len(parts) == 2 {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	if l.lang == Arabic {
		return parts[0] + " و" + parts[1], nil
	}
	return parts[0] + " and " + parts[1], nil
}
