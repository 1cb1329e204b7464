// Package chart draws figures for pages: bars, how something grew over time, and maps of
// districts. Its drawings are templates that any page may parse (Files): "bars",
// "over-time" and "map", each with the same figures as a table. Shapes are SVG without
// text that would shrink with them; whatever is read is HTML, written by the caller
// for its reader. Drawings grow from where a line of text begins: in Arabic from the right.
package chart

import (
	"embed"
	"strconv"
	"strings"
	"time"
)

// Files holds the templates, one file each.
//
//go:embed *.html
var Files embed.FS

// Bars is a list of bars with the same figures as a table.
type Bars struct {
	Title, Note string
	Heads       [3]string // of the table: label, number, share
	Table       string    // what the table is called
	Rows        []Bar
	Compact     bool // many short bars, in columns where there is room
}

// Bar is one row. Number and Share are written for the reader, Width is the bar's length
// in per cent of the longest that there can be (see [Width]).
type Bar struct {
	Label  string
	Full   string // the label as it stands in the record, where Label is half of it
	Number string
	Share  string
	Width  string
	Kind   string // "first", "rest", "part" of the bar before, or ""
}

// Width is a bar's length in per cent; what is not nothing stays visible.
func Width(part, whole int64) string {
	if part <= 0 || whole <= 0 {
		return "0"
	}
	return strconv.FormatFloat(max(100*float64(part)/float64(whole), 0.4), 'f', 2, 64)
}

// OverTime is how a share grew, such as turnout through the day.
type OverTime struct {
	Title, Note string
	Heads       [3]string // of the table: time, number, share
	Table       string
	Points      []Point
	Levels      []string // what is written beside the lines, from the highest to the lowest
	Moments     []string // what is written below the first and the last point, or more between
}

// Point is what was known at a time. One that is Withheld, because its number is so small that
// it tells of persons, is not drawn; Number then says so.
type Point struct {
	At       time.Time
	Label    string // the time, written for the reader
	Share    float64
	Number   string
	Percent  string
	Withheld bool
}

// The drawing's size, which the page stretches to its room.
const (
	wide = 1000
	high = 300
)

// Line is the path of what is shown (SVG 2, section 9.3), broken where points are withheld.
func (o OverTime) Line() string {
	var b strings.Builder
	drawing := false
	for _, p := range o.Points {
		switch {
		case p.Withheld:
			drawing = false
			continue
		case drawing:
			b.WriteByte('L')
		default:
			b.WriteByte('M')
		}
		drawing = true
		b.WriteString(coordinate(o.across(p.At)) + " " + coordinate(high*(1-min(1, max(0, p.Share)))))
	}
	return b.String()
}

// Grid is the heights of the lines beside which the levels are written.
func (o OverTime) Grid() []string {
	heights := make([]string, len(o.Levels))
	for i := range o.Levels {
		heights[i] = coordinate(high * float64(i) / float64(max(1, len(o.Levels)-1)))
	}
	return heights
}

// across is how far from the beginning a time lies.
func (o OverTime) across(t time.Time) float64 {
	first, last := o.Points[0].At, o.Points[len(o.Points)-1].At
	if whole := last.Sub(first); whole > 0 {
		return wide * float64(t.Sub(first)) / float64(whole)
	}
	return 0
}

// coordinate writes one.
func coordinate(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }
