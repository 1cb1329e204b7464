package chart

import (
	"encoding/json"
	"html"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bayyina/internal/peerdata"
	"bayyina/platform/ledger/read"
)

// naturalEarth says how the features of Natural Earth's file are known, and districts that it
// spells otherwise or draws within older borders.
var naturalEarth = Geographic{Key: "adm1_code", EN: []string{"name", "name_alt"}, Districts: []string{"طرابلس = LBY-2978", "Jafara=LBY-2973"}}

// outlinesOfLibya is Natural Earth's file of Libya's districts.
func outlinesOfLibya(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(peerdata.Dir(t, "geo"), "libya-admin1.geojson"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func atlasOfLibya(t testing.TB) *Atlas {
	t.Helper()
	a, err := naturalEarth.Parse(outlinesOfLibya(t))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// ringsIn reads a path of relative steps as a browser does.
func ringsIn(t testing.TB, path string) (rings [][]point) {
	t.Helper()
	for part := range strings.SplitSeq(strings.TrimSuffix(path, "z"), "z") {
		part, ok := strings.CutPrefix(part, "M")
		numbers := strings.Fields(strings.ReplaceAll(strings.ReplaceAll(part, "l", " "), "-", " -"))
		if !ok || len(numbers)%2 != 0 || len(numbers) < 6 {
			t.Fatalf("path %q", path)
		}
		var ring []point
		for i := 0; i < len(numbers); i += 2 {
			x, errX := strconv.Atoi(numbers[i])
			y, errY := strconv.Atoi(numbers[i+1])
			if errX != nil || errY != nil {
				t.Fatalf("path %q", path)
			}
			if i > 0 {
				x, y = x+ring[len(ring)-1][0], y+ring[len(ring)-1][1]
			}
			ring = append(ring, point{x, y})
		}
		rings = append(rings, ring)
	}
	return rings
}

// within says whether a place of the drawing lies in rings, by the even-odd rule.
func within(rings [][]point, x, y float64) bool {
	odd := false
	for _, ring := range rings {
		for i := range ring {
			a, b := ring[i], ring[(i+1)%len(ring)]
			ax, ay, bx, by := float64(a[0]), float64(a[1]), float64(b[0]), float64(b[1])
			if (ay > y) != (by > y) && x < ax+(y-ay)/(by-ay)*(bx-ax) {
				odd = !odd
			}
		}
	}
	return odd
}

func TestEveryDistrictIsDrawnOnceAndSmall(t *testing.T) {
	a := atlasOfLibya(t)
	size := 0
	seen := make(map[string]bool)
	for _, s := range a.shapes {
		if size += len(s.path); seen[s.path] || area(ringsIn(t, s.path)[0]) < 20 {
			t.Errorf("%s is drawn as %q", s.key, s.path)
		}
		seen[s.path] = true
	}
	if len(a.shapes) != 22 || size > 20_000 {
		t.Errorf("%d districts in %d bytes", len(a.shapes), size)
	}
	t.Logf("%d bytes, box %s", size, a.box)
	places := make(map[[2]int]bool)
	tiles := LibyaTiles()
	for _, s := range tiles.shapes {
		places[[2]int{s.x, s.y}] = true
	}
	if len(tiles.shapes) != 22 || len(places) != 22 {
		t.Errorf("%d tiles in %d places", len(tiles.shapes), len(places))
	}
}

// The file's own outlines, laid on the sphere, say what each district has: together less than Libya's
// 1,759,540 km² (UN Demographic Yearbook, table 3), as some of its older districts are not in the file.
func TestADistrictsAreaOnTheMapIsItsAreaOnTheGround(t *testing.T) {
	data := outlinesOfLibya(t)
	var kilometres, units float64
	a := atlasOfLibya(t)
	ground := make([]float64, len(a.shapes))
	for i, rings := range placesOf(t, data) {
		ground[i] = onSphere(rings)
		kilometres += ground[i]
		for _, ring := range ringsIn(t, a.shapes[i].path) {
			units += area(ring)
		}
	}
	if kilometres < 0.9*1_759_540 || kilometres > 1_759_540 {
		t.Errorf("the file's districts have %.0f km²", kilometres)
	}
	for i, s := range a.shapes {
		var on float64
		for _, ring := range ringsIn(t, s.path) {
			on += area(ring)
		}
		on *= kilometres / units
		if math.Abs(on-ground[i]) > 0.01*ground[i]+250 {
			t.Errorf("%s has %.0f km² on the map, %.0f on the ground", s.key, on, ground[i])
		}
	}
}

// onSphere is the area of one ring or more on a sphere of the earth's area, in km²: the integral
// of the sine of latitude over longitude.
func onSphere(rings [][]place) (sum float64) {
	const radius = 6371.0072
	for _, ring := range rings {
		part := 0.0
		for i, p := range ring {
			q := ring[(i+1)%len(ring)]
			part += (q[0] - p[0]) * math.Pi / 180 * (math.Sin(p[1]*math.Pi/180) + math.Sin(q[1]*math.Pi/180)) / 2
		}
		sum += math.Abs(part) * radius * radius
	}
	return sum
}

func TestNoBorderBetweenNeighboursOpens(t *testing.T) {
	a := atlasOfLibya(t)
	full, _, _, err := project(placesOf(t, outlinesOfLibya(t)))
	if err != nil {
		t.Fatal(err)
	}
	simple := make([][][]point, len(a.shapes))
	for i, s := range a.shapes {
		simple[i] = ringsIn(t, s.path)
	}
	// in counts the districts that have a place.
	in := func(all [][][]point, x, y float64) (n int) {
		for _, rings := range all {
			if within(rings, x, y) {
				n++
			}
		}
		return n
	}
	const near = 6 // units from the country's border
	looked := 0
	for x := 0.37; x < drawn; x += 9.7 {
		for y := 0.41; y < drawn; y += 9.7 {
			inside := true
			for _, d := range [][2]float64{{0, 0}, {near, 0}, {-near, 0}, {0, near}, {0, -near}} {
				inside = inside && in(full, x+d[0], y+d[1]) > 0
			}
			if !inside {
				continue
			}
			looked++
			if n := in(simple, x, y); n != 1 {
				t.Errorf("%d districts have the place %.1f %.1f", n, x, y)
			}
		}
	}
	if looked < 4_000 {
		t.Errorf("only %d places were looked at", looked)
	}
}

func TestDistrictsAreFoundByWhatWasSaidThenByKeyThenByName(t *testing.T) {
	a := atlasOfLibya(t)
	for _, c := range []struct {
		district read.Bilingual
		want     string
	}{
		{read.Bilingual{AR: "طرابلس", EN: "Tripoli"}, "LBY-2978"},   // said by its Arabic name
		{read.Bilingual{AR: "الجفارة", EN: "Jafara"}, "LBY-2973"},   // said by its English one
		{read.Bilingual{AR: "البطنان", EN: "LBY-2987"}, "LBY-2987"}, // its key
		{read.Bilingual{AR: "سرت", EN: "Sirte"}, "LBY-2985"},        // as the file spells it
		{read.Bilingual{AR: "سبها", EN: "Sabhah"}, "LBY-2971"},
		{read.Bilingual{AR: "الجفرة", EN: "Jufra"}, "LBY-2964"}, // without the article and the last letter
		{read.Bilingual{AR: "القاهرة", EN: "Cairo"}, ""},
		{read.Bilingual{}, ""},
	} {
		if key, _ := a.Find(c.district); key != c.want {
			t.Errorf("%s is %q, want %q", c.district.EN, key, c.want)
		}
	}
	tiles := LibyaTiles()
	for name, want := range map[string]string{"الجبل الغربي": "JG", "وادي الشاطىء": "WS", "النقاط الخمس": "NQ", "القاهرة": ""} {
		if key, _ := tiles.Find(read.Bilingual{AR: name}); key != want {
			t.Errorf("%s is %q", name, key)
		}
	}
	keys := tiles.Match([]read.Bilingual{{AR: "غات"}, {EN: "ghat"}, {EN: "Sabha"}})
	if strings.Join(keys, " ") != "GT  SB" {
		t.Errorf("%q", keys)
	}
}

func TestTwoFeaturesOfOneNameAreNobodys(t *testing.T) {
	const two = `{"type":"FeatureCollection","features":[
		{"properties":{"id":1,"name":"Ghat"},"geometry":{"type":"Polygon","coordinates":[[[10,20],[11,20],[11,21],[10,20]]]}},
		{"properties":{"id":2,"name":"Ghat"},"geometry":{"type":"Polygon","coordinates":[[[11,20],[12,20],[11,21],[11,20]]]}}]}`
	a, err := Geographic{Key: "id", EN: []string{"name"}}.Parse([]byte(two))
	if err != nil {
		t.Fatal(err)
	}
	if key, ok := a.Find(read.Bilingual{EN: "Ghat"}); ok {
		t.Errorf("it is %s", key)
	}
	if key, _ := a.Find(read.Bilingual{EN: "2"}); key != "2" {
		t.Error("a key that is a number is not found")
	}
}

func TestFilesThatAreNoMapAreRefused(t *testing.T) {
	const ring = `[[[10,20],[11,20],[11,21],[10,20]]]`
	feature := func(properties, kind, coordinates string) string {
		return `{"properties":` + properties + `,"geometry":{"type":"` + kind + `","coordinates":` + coordinates + `}}`
	}
	one := feature(`{"code":"A"}`, "Polygon", ring)
	for text, want := range map[string]string{
		`{`: "unexpected end", `{"type":"Topology"}`: "not a FeatureCollection", one + "," + one: `property "code" of its own`,
		feature(`{}`, "Polygon", ring): `property "code" of its own`, feature(`{"code":"A"}`, "Point", `[1,2]`): "is no outline",
		feature(`{"code":"A"}`, "Polygon", `[[[10]]]`): "a point of 1 numbers", feature(`{"code":"A"}`, "Polygon", `[[[10,91]]]`): "is no place",
		feature(`{"code":"A"}`, "Polygon", `[[]]`): "no outline", feature(`{"code":"A"}`, "Polygon", `[[[1,1],[1,1]]]`): "no size",
		feature(`{"code":"A"}`, "Polygon", `[[[-170,1],[170,1],[0,2]]]`): "around the earth",
	} {
		if strings.HasPrefix(text, `{"properties"`) {
			text = `{"type":"FeatureCollection","features":[` + text + `]}`
		}
		if _, err := (Geographic{Key: "code"}).Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: %v", text, err)
		}
	}
	whole := []byte(`{"type":"FeatureCollection","features":[` + one + `]}`)
	for _, districts := range []string{"Ghat", "Ghat = B", " = A"} {
		if _, err := (Geographic{Key: "code", Districts: []string{districts}}).Parse(whole); err == nil {
			t.Errorf("%q was taken", districts)
		}
	}
}

func TestAMapTellsClassesByColourAndPattern(t *testing.T) {
	m := Map{
		Name: "m", Title: "turnout", Table: "figures", Note: "Not on the map: Cairo", Atlas: LibyaTiles(), Lang: "en",
		Bounds: []float64{0.5, 0.6}, Says: []string{"under 50%", "50% to 60%", "60% and more"},
		Areas: []Area{
			{Key: "TB", Label: "Tripoli", Number: "48%", Value: 0.48, Href: "/en/elections/1"},
			{Key: "BA", Label: "Benghazi", Number: "50%", Value: 0.5},
			{Key: "SB", Label: "Sabha", Number: "71%", Value: 0.71},
			{Label: "Cairo", Number: "40%", Value: 0.4},
			{Key: "GT", Label: "Ghat", Unknown: true},
		},
	}
	all, err := m.Drawn()
	if err != nil || len(all) != 22 {
		t.Fatalf("%d districts, %v", len(all), err)
	}
	for i, want := range []int{0, 1, 2} {
		if d := all[18+i]; d.Class != want || d.Unknown {
			t.Errorf("%s is in class %d", d.Label, d.Class)
		}
	}
	if !all[0].Unknown || !all[21].Unknown {
		t.Error("a district without a value has a class")
	}
	page := html.UnescapeString(draw(t, "map", m))
	for _, want := range []string{
		`fill="url(#m-2)"`, "60% and more", "<td><bdi>71%</bdi></td>", `<a href="/en/elections/1" aria-label="Tripoli: 48%">`,
		"<td><bdi>40%</bdi></td>", "Not on the map: Cairo", `<a href="/en/elections/1">Tripoli</a>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is not on the map", want)
		}
	}
	for _, wrong := range []Area{{Key: "XX"}, {Key: "TB"}} {
		m := m
		m.Areas = append(m.Areas, wrong)
		if _, err := m.Drawn(); err == nil {
			t.Errorf("%q was drawn", wrong.Key)
		}
	}
}

func FuzzParseGeoJSON(f *testing.F) {
	f.Add([]byte(`{"type":"FeatureCollection","features":[{"properties":{"code":"A","name":"غات"},"geometry":{"type":"Polygon","coordinates":[[[10,20],[11,20],[11,21],[10,20]]]}}]}`))
	f.Add([]byte(`{"type":"FeatureCollection","features":[{"properties":{"code":"A"},"geometry":{"type":"MultiPolygon","coordinates":[[[[10,20],[10.001,20],[10,20.1]]],[[[12,22],[13,23],[12,24]]]]}},{"properties":{"code":2},"geometry":{"type":"Polygon","coordinates":[[[11,20],[10,20],[11,21]]]}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := Geographic{Key: "code", AR: []string{"name"}, EN: []string{"name"}}.Parse(data)
		if err != nil {
			return
		}
		for _, s := range a.shapes {
			for _, ring := range ringsIn(t, s.path) {
				for _, p := range ring {
					if p[0] < -1 || p[0] > drawn+1 || p[1] < -1 || p[1] > drawn+1 {
						t.Errorf("%v lies outside the drawing", p)
					}
				}
			}
			if key, ok := a.Find(read.Bilingual{AR: s.key}); !ok || key != s.key {
				t.Errorf("%q is found as %q", s.key, key)
			}
		}
	})
}

// placesOf are the outlines as they stand in a file, in its order.
func placesOf(t testing.TB, data []byte) (all [][][]place) {
	t.Helper()
	var c collection
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	for _, f := range c.Features {
		rings, err := f.Geometry.rings()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rings)
	}
	return all
}
