package web

import (
	"time"

	"bayyina/platform/ledger/read"
)

// A field of type datetime-local knows no zone: it has the site's, and tells so beside its label.
const (
	momentForm = "2006-01-02T15:04"
	momentLong = "2006-01-02T15:04:05" // where there are seconds
)

// Moment is a date and time of day, as clocks of the site's zone show them; the zero time where the
// field is empty.
func (f *Form) Moment(name string) time.Time {
	text := f.Line(name, 40)
	if text == "" {
		return time.Time{}
	}
	for _, form := range []string{momentForm, momentLong} {
		if t, err := time.ParseInLocation(form, text, f.where()); err == nil {
			return t.UTC()
		}
	}
	f.Wrong(name, read.Message{ID: "web.wrong-moment"})
	return time.Time{}
}

// where is the zone of the form's times.
func (f *Form) where() *time.Location {
	if f == nil || f.zone == nil {
		return time.UTC
	}
	return f.zone
}

// Zone is told beside a field that takes a moment.
func (f Field) Zone() string {
	if f.Type != "datetime-local" {
		return ""
	}
	return offset(time.Now().In(f.Form.where()))
}

// MomentValue fills a field in that Moment reads: nothing for the zero time.
func (v *Visit) MomentValue(t time.Time) string {
	switch t = t.In(v.zone()); {
	case t.IsZero():
		return ""
	case t.Second() != 0:
		return t.Format(momentLong)
	default:
		return t.Format(momentForm)
	}
}

// Local tells a time as clocks of the site's zone show it, with the zone.
func (v *Visit) Local(t time.Time) string {
	t = t.In(v.zone())
	return v.Locale.WallTime(t) + " (" + offset(t) + ")"
}

func (v *Visit) zone() *time.Location {
	if v.site.cfg.Zone == nil {
		return time.UTC
	}
	return v.site.cfg.Zone
}

func offset(t time.Time) string { return "UTC" + t.Format("-07:00") }
