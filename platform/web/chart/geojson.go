package chart

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// Limits of a file of outlines.
const (
	maxFeatures = 1000
	maxPoints   = 200_000
)

// drawnWidth is the width of a geographic map in its own units: outlines are rounded to them,
// so that neighbours' borders stay the same line and pages stay small.
const drawnWidth = 800

// collection is what is read of a FeatureCollection (RFC 7946, section 3.3).
type collection struct {
	Type     string `json:"type"`
	Features []struct {
		Properties map[string]any `json:"properties"`
		Geometry   struct {
			Type        string          `json:"type"`
			Coordinates json.RawMessage `json:"coordinates"`
		} `json:"geometry"`
	} `json:"features"`
}

// ParseGeoJSON reads outlines of districts (RFC 7946: a FeatureCollection of Polygons and
// MultiPolygons). The property named code holds each district's code. North is up; degrees of
// longitude are as long as they are in the map's middle.
func ParseGeoJSON(data []byte, code string) (*Atlas, error) {
	var c collection
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("map of districts: %w", err)
	}
	if c.Type != "FeatureCollection" || len(c.Features) == 0 || len(c.Features) > maxFeatures {
		return nil, fmt.Errorf("map of districts: a %q of %d features, not a FeatureCollection of 1 to %d", c.Type, len(c.Features), maxFeatures)
	}
	outlines := make([][][][2]float64, len(c.Features)) // of each district its rings
	codes := make(map[string]bool)
	west, south, east, north := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	points := 0
	for i, f := range c.Features {
		id, _ := f.Properties[code].(string)
		if id == "" || codes[id] {
			return nil, fmt.Errorf("map of districts: feature %d has no property %q of its own", i, code)
		}
		codes[id] = true
		rings, err := ringsOf(f.Geometry.Type, f.Geometry.Coordinates)
		if err != nil {
			return nil, fmt.Errorf("map of districts: %s: %w", id, err)
		}
		for _, ring := range rings {
			points += len(ring)
			for _, p := range ring {
				if math.Abs(p[0]) > 180 || math.Abs(p[1]) > 85 {
					return nil, fmt.Errorf("map of districts: %s: %v is no place", id, p)
				}
				west, east, south, north = min(west, p[0]), max(east, p[0]), min(south, p[1]), max(north, p[1])
			}
		}
		outlines[i] = rings
	}
	if points > maxPoints || east <= west || north <= south {
		return nil, fmt.Errorf("map of districts: %d points from %g to %g east", points, west, east)
	}
	narrow := math.Cos((south + north) / 2 * math.Pi / 180)
	scale := drawnWidth / ((east - west) * narrow)
	a := &Atlas{Box: fmt.Sprintf("0 0 %d %d", drawnWidth, int(math.Ceil((north-south)*scale)))}
	for i, rings := range outlines {
		var b strings.Builder
		for _, ring := range rings {
			if len(ring) == 0 {
				continue
			}
			var before [2]int
			for j, p := range ring {
				at := [2]int{int(math.Round((p[0] - west) * narrow * scale)), int(math.Round((north - p[1]) * scale))}
				switch {
				case j == 0:
					fmt.Fprintf(&b, "M%d %d", at[0], at[1])
				case at != before:
					fmt.Fprintf(&b, "L%d %d", at[0], at[1])
				}
				before = at
			}
			b.WriteByte('z')
		}
		id, _ := c.Features[i].Properties[code].(string)
		a.shapes = append(a.shapes, shape{code: id, path: b.String()})
	}
	return a, nil
}

// ringsOf reads the closed lines of a geometry.
func ringsOf(kind string, coordinates json.RawMessage) ([][][2]float64, error) {
	var polygons [][][][]float64
	switch kind {
	case "Polygon":
		var one [][][]float64
		if err := json.Unmarshal(coordinates, &one); err != nil {
			return nil, err
		}
		polygons = append(polygons, one)
	case "MultiPolygon":
		if err := json.Unmarshal(coordinates, &polygons); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("a %q is no outline", kind)
	}
	var rings [][][2]float64
	for _, polygon := range polygons {
		for _, line := range polygon {
			ring := make([][2]float64, 0, len(line))
			for _, p := range line {
				if len(p) < 2 {
					return nil, fmt.Errorf("a point of %d numbers", len(p))
				}
				ring = append(ring, [2]float64{p[0], p[1]})
			}
			rings = append(rings, ring)
		}
	}
	return rings, nil
}
