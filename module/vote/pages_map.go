package vote

import (
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web/chart"
)

// placed is a district with what a map shows of it.
type placed struct {
	Name read.Bilingual
	chart.Area
}

// draw draws districts on a map; nil where the atlas has none of them. Tiles are those of one
// country: they are drawn where all of the districts are.
func (w *words) draw(m chart.Map, districts []placed) *chart.Map {
	names := make([]read.Bilingual, len(districts))
	for i, d := range districts {
		names[i] = d.Name
	}
	var missing []string
	for i, key := range m.Atlas.Match(names) {
		a := districts[i].Area
		if a.Key = key; a.Label == "" {
			a.Label = w.Pick(names[i])
		}
		if key == "" {
			missing = append(missing, w.Pick(names[i]))
		}
		m.Areas = append(m.Areas, a)
	}
	if len(missing) == len(districts) || m.Atlas.Tiles && len(missing) > 0 {
		return nil
	}
	if len(missing) > 0 {
		m.Note = w.textOf("elections.not-on-map", map[string]any{"Names": w.Join(missing)})
	}
	m.Says = append(m.Says, w.textOf("elections.less-than", map[string]any{"Share": w.Percent(m.Bounds[0], 0)}))
	for _, least := range m.Bounds {
		m.Says = append(m.Says, w.textOf("elections.at-least", map[string]any{"Share": w.Percent(least, 0)}))
	}
	m.Lang, m.Heads[0] = w.Lang(), w.text("elections.district")
	return &m
}

// rollMap draws which share of the voters each district has.
func (w *words) rollMap(atlas *chart.Atlas, d *evidence.SetupData) *chart.Map {
	m := chart.Map{
		Name: "roll", Title: w.text("elections.districts"), Heads: [2]string{1: w.text("elections.share-of-roll")},
		Atlas: atlas, Bounds: []float64{0.01, 0.02, 0.05, 0.10, 0.20},
	}
	var districts []placed
	for _, row := range d.Districts {
		share := float64(row.Voters) / float64(max(d.Voters, 1))
		districts = append(districts, placed{row.Name, chart.Area{Number: w.Percent(share, 1), Value: share}})
	}
	return w.draw(m, districts)
}

// shares are where the classes of turnouts and of shares of votes begin.
var shares = []float64{0.3, 0.4, 0.5, 0.6, 0.7}

// turnoutMap draws the turnout of each district of a contest, with how far its election is. Each
// leads to the election.
func (w *words) turnoutMap(atlas *chart.Atlas, c *contest, link func(string) string) *chart.Map {
	m := chart.Map{
		Name: "turnout", Title: w.text("elections.turnout-by-district"), Atlas: atlas, Bounds: shares, None: w.text("elections.no-ballots-yet"),
	}
	return w.draw(m, c.placed(func(l line) chart.Area {
		a := chart.Area{Number: w.text(l.State), Href: link("/elections/" + l.UUID), Value: l.Turnout(), Unknown: l.Votes == nil}
		if l.Votes != nil {
			a.Number = w.Percent(a.Value, 1) + " · " + a.Number
		}
		return a
	}))
}

// resultMap draws how strong the first is in each district of a contest.
func (w *words) resultMap(atlas *chart.Atlas, c *contest, r *districtResults, link func(string) string) *chart.Map {
	m := chart.Map{Name: r.Name, Title: w.text("elections.first-by-district"), Atlas: atlas, Bounds: shares, None: w.text("elections.no-result-yet")}
	return w.draw(m, c.placed(func(l line) chart.Area {
		a := chart.Area{Number: w.text(l.State), Href: link("/elections/" + l.UUID), Unknown: true}
		for _, row := range r.Rows {
			if row.UUID == l.UUID && row.First != "" {
				a.Value, a.Number, a.Unknown = row.share, row.First+" "+row.Share, false
			}
		}
		return a
	}))
}
