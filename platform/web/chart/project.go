package chart

import (
	"errors"
	"math"
	"strconv"
)

// drawn is the longer side of a geographic map in its own units. Corners lie on whole ones, so
// that neighbours' borders stay the same line and pages stay small.
const drawn = 1000

// place is a point by longitude and latitude, in degrees.
type place [2]float64

// point is a corner in the drawing, to the right and downwards.
type point [2]int

// project lays outlines into the drawing, so that equal areas stay equal: Lambert's azimuthal
// projection about the map's middle (J. P. Snyder, Map Projections: A Working Manual, USGS
// Professional Paper 1395, 1987, equations 24-2, 22-4 and 22-5, of a sphere). North is up.
func project(outlines [][][]place) (flat [][][]point, width, height int, err error) {
	west, south, east, north := bounds(outlines)
	if east-west > 180 {
		return nil, 0, 0, errors.New("it reaches around the earth")
	}
	middle := place{(west + east) / 2, (south + north) / 2}
	sin1, cos1 := math.Sincos(middle[1] * math.Pi / 180)
	onto := func(p place) place {
		sin, cos := math.Sincos(p[1] * math.Pi / 180)
		sinL, cosL := math.Sincos((p[0] - middle[0]) * math.Pi / 180)
		k := math.Sqrt(2 / max(1e-9, 1+sin1*sin+cos1*cos*cosL))
		return place{k * cos * sinL, -k * (cos1*sin - sin1*cos*cosL)}
	}
	for _, rings := range outlines {
		for _, ring := range rings {
			for i, p := range ring {
				ring[i] = onto(p)
			}
		}
	}
	left, top, right, bottom := bounds(outlines)
	longer := max(right-left, bottom-top)
	if longer < 1e-7 { // less than a metre
		return nil, 0, 0, errors.New("it has no size")
	}
	scale := drawn / longer
	flat = make([][][]point, len(outlines))
	for i, rings := range outlines {
		for _, ring := range rings {
			line := make([]point, len(ring))
			for j, p := range ring {
				line[j] = point{int(math.Round((p[0] - left) * scale)), int(math.Round((p[1] - top) * scale))}
			}
			flat[i] = append(flat[i], line)
		}
	}
	return flat, int(math.Ceil((right - left) * scale)), int(math.Ceil((bottom - top) * scale)), nil
}

// bounds are the least and greatest coordinates.
func bounds(outlines [][][]place) (left, top, right, bottom float64) {
	left, top, right, bottom = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, rings := range outlines {
		for _, ring := range rings {
			for _, p := range ring {
				left, right, top, bottom = min(left, p[0]), max(right, p[0]), min(top, p[1]), max(bottom, p[1])
			}
		}
	}
	return left, top, right, bottom
}

// path writes rings as a path (SVG 2, section 9.3) of relative steps.
func path(rings [][]point) string {
	var b []byte
	for _, ring := range rings {
		for i, p := range ring {
			switch i {
			case 0:
				b = append(b, 'M')
			case 1:
				b = append(b, 'l')
			}
			if i > 0 {
				p = point{p[0] - ring[i-1][0], p[1] - ring[i-1][1]}
			}
			if i > 1 && p[0] >= 0 {
				b = append(b, ' ')
			}
			b = strconv.AppendInt(b, int64(p[0]), 10)
			if p[1] >= 0 {
				b = append(b, ' ')
			}
			b = strconv.AppendInt(b, int64(p[1]), 10)
		}
		b = append(b, 'z')
	}
	return string(b)
}
