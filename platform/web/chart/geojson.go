package chart

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
)

// Limits of a file of outlines.
const (
	MaxGeoJSON  = 32 << 20 // bytes
	maxFeatures = 1000
	maxPoints   = 500_000
	maxName     = 200 // bytes of a key or name
)

// Geographic says how the features of a map of districts are known.
type Geographic struct {
	Key string // the property with each feature's own key
	// AR and EN are the properties with its names, where the file has them: the first one is shown.
	// Several names in one property stand between strokes or commas.
	AR, EN []string
	// Districts are districts whose names the file does not spell, as "name = key".
	Districts []string
}

// collection is what is read of a FeatureCollection (RFC 7946, section 3.3).
type collection struct {
	Type     string `json:"type"`
	Features []struct {
		Properties map[string]any `json:"properties"`
		Geometry   geometry       `json:"geometry"`
	} `json:"features"`
}

type geometry struct {
	Type        string          `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`
}

// Parse reads outlines of districts from GeoJSON (RFC 7946): a FeatureCollection of Polygons and
// MultiPolygons, within the limits above. They are made as simple as a page's drawing needs.
func (g Geographic) Parse(data []byte) (*Atlas, error) {
	if len(data) > MaxGeoJSON {
		return nil, fmt.Errorf("map of districts: %d bytes, at most %d allowed", len(data), MaxGeoJSON)
	}
	var c collection
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("map of districts: %w", err)
	}
	if c.Type != "FeatureCollection" || len(c.Features) == 0 || len(c.Features) > maxFeatures {
		return nil, fmt.Errorf("map of districts: a %.40q of %d features, not a FeatureCollection of 1 to %d", c.Type, len(c.Features), maxFeatures)
	}
	a := newAtlas()
	outlines := make([][][]place, len(c.Features)) // of each district its rings
	points := 0
	for i, f := range c.Features {
		key := text(f.Properties[g.Key])
		if _, taken := a.keys[key]; key == "" || len(key) > maxName || taken {
			return nil, fmt.Errorf("map of districts: feature %d has no property %q of its own", i+1, g.Key)
		}
		rings, err := f.Geometry.rings()
		if err != nil {
			return nil, fmt.Errorf("map of districts: %.80s: %w", key, err)
		}
		for _, ring := range rings {
			points += len(ring)
		}
		if points > maxPoints {
			return nil, fmt.Errorf("map of districts: more than %d points", maxPoints)
		}
		outlines[i] = rings
		ar, en := names(f.Properties, g.AR), names(f.Properties, g.EN)
		s := shape{key: key, name: read.Bilingual{AR: key, EN: key}}
		for _, name := range []struct {
			to   *string
			from []string
		}{{&s.name.AR, ar}, {&s.name.EN, en}} {
			if len(name.from) > 0 {
				*name.to = name.from[0]
			}
		}
		a.add(s, append(ar, en...)...)
	}
	if err := a.give(g.Districts); err != nil {
		return nil, fmt.Errorf("map of districts: %w", err)
	}
	flat, width, height, err := project(outlines)
	if err != nil {
		return nil, fmt.Errorf("map of districts: %w", err)
	}
	a.box = fmt.Sprintf("0 0 %d %d", width, height)
	for i, rings := range simplify(flat) {
		a.shapes[i].path = path(rings)
	}
	return a, nil
}

// give notes which districts have which keys, "name = key".
func (a *Atlas) give(districts []string) error {
	for _, text := range districts {
		name, key, ok := strings.Cut(text, "=")
		name, key = locale.FoldName(name), strings.TrimSpace(key)
		if _, known := a.keys[key]; !ok || name == "" || !known {
			return fmt.Errorf("%.80q is no district and a key in the file, \"name = key\"", text)
		}
		a.given[name] = key
	}
	return nil
}

// text is a property that is a text or a whole number.
func text(property any) string {
	switch p := property.(type) {
	case string:
		return strings.TrimSpace(p)
	case float64:
		return strconv.FormatFloat(p, 'f', -1, 64)
	}
	return ""
}

// names are the names in some properties.
func names(properties map[string]any, from []string) (list []string) {
	for _, property := range from {
		for _, name := range strings.FieldsFunc(text(properties[property]), func(r rune) bool { return strings.ContainsRune("|,،", r) }) {
			if name = strings.TrimSpace(name); name != "" && len(name) <= maxName {
				list = append(list, name)
			}
		}
	}
	return list
}

// rings reads the closed lines of a geometry (RFC 7946, sections 3.1.6 and 3.1.7).
func (g geometry) rings() ([][]place, error) {
	var polygons [][][][]float64
	switch g.Type {
	case "Polygon":
		polygons = make([][][][]float64, 1)
		if err := json.Unmarshal(g.Coordinates, &polygons[0]); err != nil {
			return nil, err
		}
	case "MultiPolygon":
		if err := json.Unmarshal(g.Coordinates, &polygons); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("a %.40q is no outline", g.Type)
	}
	var rings [][]place
	for _, polygon := range polygons {
		for _, line := range polygon {
			ring := make([]place, 0, len(line))
			for _, p := range line {
				if len(p) < 2 {
					return nil, fmt.Errorf("a point of %d numbers", len(p))
				}
				if p[0] < -180 || p[0] > 180 || p[1] < -90 || p[1] > 90 {
					return nil, fmt.Errorf("%v is no place", p[:2])
				}
				ring = append(ring, place{p[0], p[1]})
			}
			if len(ring) > 0 {
				rings = append(rings, ring)
			}
		}
	}
	if len(rings) == 0 {
		return nil, errors.New("it has no outline")
	}
	return rings, nil
}
