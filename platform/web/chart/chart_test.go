package chart

import (
	"html/template"
	"strings"
	"testing"
	"time"
)

func draw(t *testing.T, name string, data any) string {
	t.Helper()
	all, err := template.ParseFS(Files, "*.html")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := all.ExecuteTemplate(&b, name, data); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestABarIsAsLongAsItsShare(t *testing.T) {
	for _, c := range []struct {
		part, whole int64
		want        string
	}{{579, 1384, "41.84"}, {1384, 1384, "100.00"}, {0, 1384, "0"}, {1, 1_000_000, "0.40"}, {5, 0, "0"}} {
		if got := Width(c.part, c.whole); got != c.want {
			t.Errorf("%d of %d: %s, want %s", c.part, c.whole, got, c.want)
		}
	}
}

func TestALineIsBrokenWhereANumberIsWithheld(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 11, 24, hour, 0, 0, 0, time.UTC) }
	o := OverTime{
		Title: "turnout", Levels: []string{"100%", "50%", "0%"},
		Points: []Point{
			{At: at(8), Share: 0, Number: "0", Percent: "0%"},
			{At: at(9), Share: 0.25, Number: "250", Percent: "25%"},
			{At: at(10), Share: 0.26, Number: "fewer than 10 more", Percent: "26%", Withheld: true},
			{At: at(11), Share: 0.5, Number: "500", Percent: "50%"},
			{At: at(12), Share: 0.6, Number: "600", Percent: "60%"},
		},
	}
	if got, want := o.Line(), "M0.0 300.0L250.0 225.0M750.0 150.0L1000.0 120.0"; got != want {
		t.Errorf("line %s, want %s", got, want)
	}
	page := draw(t, "over-time", o)
	if strings.Contains(page, "26%") || !strings.Contains(page, "fewer than 10 more") {
		t.Error("the table tells what is withheld")
	}
}
