package chart

import (
	"html/template"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bayyina/internal/peerdata"
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

func TestEveryDistrictOfLibyaIsOnBothMaps(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(peerdata.Dir(t, "geo"), "libya-admin1.geojson"))
	if err != nil {
		t.Fatal(err)
	}
	geographic, err := ParseGeoJSON(data, "adm1_code")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(geographic.shapes); n != 22 {
		t.Errorf("%d districts with outlines", n)
	}
	size := 0
	for _, s := range geographic.shapes {
		size += len(s.path)
	}
	if size == 0 || size > 40_000 {
		t.Errorf("the outlines take %d bytes of a page", size)
	}
	tiles := LibyaTiles(true)
	places := make(map[[2]int]bool)
	for _, s := range tiles.shapes {
		places[[2]int{s.x, s.y}] = true
	}
	if len(tiles.shapes) != 22 || len(places) != 22 {
		t.Errorf("%d tiles in %d places", len(tiles.shapes), len(places))
	}
}

func TestAMapTellsClassesByColourAndPattern(t *testing.T) {
	m := Map{
		Title: "turnout", Atlas: LibyaTiles(false), Bounds: []float64{0.5, 0.6}, Says: []string{"under 50%", "50% to 60%", "60% and more"},
		Areas: []Area{{"TB", "Tripoli", "48%", 0.48}, {"BA", "Benghazi", "50%", 0.5}, {"SB", "Sabha", "71%", 0.71}},
	}
	drawn, err := m.Drawn()
	if err != nil || len(drawn) != 22 {
		t.Fatalf("%d districts, %v", len(drawn), err)
	}
	for i, want := range []int{0, 1, 2} {
		if drawn[i].Class != want || !drawn[i].Known {
			t.Errorf("%s is in class %d", drawn[i].Label, drawn[i].Class)
		}
	}
	if drawn[3].Known {
		t.Error("a district without a value is in a class")
	}
	page := draw(t, "map", m)
	for _, want := range []string{"url(#pattern-2)", "60% and more", "<td><bdi>71%</bdi></td>"} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is not on the map", want)
		}
	}
	m.Areas = append(m.Areas, Area{Code: "XX"})
	if _, err := m.Drawn(); err == nil {
		t.Error("a district that is nowhere was drawn")
	}
}

func FuzzParseGeoJSON(f *testing.F) {
	f.Add([]byte(`{"type":"FeatureCollection","features":[{"properties":{"code":"A"},"geometry":{"type":"Polygon","coordinates":[[[10,20],[11,20],[11,21],[10,20]]]}}]}`))
	f.Add([]byte(`{"type":"FeatureCollection","features":[{"properties":{"code":"A"},"geometry":{"type":"MultiPolygon","coordinates":[[[[10,20]]]]}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := ParseGeoJSON(data, "code")
		if err != nil {
			return
		}
		for _, s := range a.shapes {
			if strings.Trim(s.path, "MLz -0123456789") != "" {
				t.Errorf("path %q", s.path)
			}
		}
	})
}

func TestDistrictsOfLibyaAreKnownByTheirNames(t *testing.T) {
	codes := LibyaCodes([]string{"الجبل الغربي", "طرابلس", "وادي الشاطئ", "النقاط الخمس"})
	if !slices.Equal(codes, []string{"JG", "TB", "WS", "NQ"}) {
		t.Errorf("%q", codes)
	}
	for _, names := range [][]string{nil, {"طرابلس", "القاهرة"}, {"طرابلس المركز", "طرابلس"}, {"طرابلس ومصراتة"}} {
		if codes := LibyaCodes(names); len(codes) > 0 {
			t.Errorf("%q are %q", names, codes)
		}
	}
}
