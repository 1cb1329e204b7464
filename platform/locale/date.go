package locale

import (
	"fmt"
	"time"

	"github.com/hablullah/go-hijri"
)

// The Gregorian months as Libya names them.
var monthsAR = [...]string{
	"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو",
	"يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
}

var (
	hijriAR = [...]string{
		"المحرم", "صفر", "ربيع الأول", "ربيع الآخر", "جمادى الأولى", "جمادى الآخرة",
		"رجب", "شعبان", "رمضان", "شوال", "ذو القعدة", "ذو الحجة",
	}
	hijriEN = [...]string{
		"Muharram", "Safar", "Rabi al-Awwal", "Rabi al-Thani", "Jumada al-Ula", "Jumada al-Thania",
		"Rajab", "Shaban", "Ramadan", "Shawwal", "Dhu al-Qadah", "Dhu al-Hijjah",
	}
)

// Date writes day, month and year: 24 نوفمبر 2026, 24 November 2026. The day is
// that of t's own time zone.
func (l *Locale) Date(t time.Time) string {
	month := t.Month().String()
	if l.lang == Arabic {
		month = monthsAR[t.Month()-1]
	}
	return l.digits(fmt.Sprintf("%d ", t.Day())) + month + l.digits(fmt.Sprintf(" %d", t.Year()))
}

// Time writes date and time of day in UTC, as the log tells times; seconds only
// where there are some.
func (l *Locale) Time(t time.Time) string {
	if l.lang == Arabic {
		return l.WallTime(t.UTC()) + " بالتوقيت العالمي"
	}
	return l.WallTime(t.UTC()) + " UTC"
}

// WallTime writes date and time of day as clocks of t's own zone show them, without
// naming the zone.
func (l *Locale) WallTime(t time.Time) string {
	clock := t.Format("15:04")
	if t.Second() != 0 {
		clock = t.Format("15:04:05")
	}
	if l.lang == Arabic {
		return l.Date(t) + "، " + l.digits(clock)
	}
	return l.Date(t) + ", " + l.digits(clock)
}

// Hijri writes the same day in the Umm al-Qura calendar, which official documents
// carry beside the other. It is known for the years 1356 to 1500 AH only.
func (l *Locale) Hijri(t time.Time) (string, error) {
	// The library converts the day in UTC: take the day of t's own zone there.
	day := time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC)
	h, err := hijri.CreateUmmAlQuraDate(day)
	if err != nil {
		return "", fmt.Errorf("hijri date of %s: %w", day.Format(time.DateOnly), err)
	}
	month, era := hijriEN[h.Month-1], "AH"
	if l.lang == Arabic {
		month, era = hijriAR[h.Month-1], "هـ"
	}
	return l.digits(fmt.Sprintf("%d ", h.Day)) + month + l.digits(fmt.Sprintf(" %d ", h.Year)) + era, nil
}
