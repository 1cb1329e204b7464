package main

import (
	"bayyina/cmd/bayyina/config"
	"bayyina/platform/identity"
	"bayyina/platform/web/chart"
)

// atlasOf is the map of districts that the settings name: without one, the tiles of Libya.
func atlasOf(m config.Map) (*chart.Atlas, error) {
	if m.File == "" {
		return chart.LibyaTiles(), nil
	}
	data, err := identity.Read(m.File, chart.MaxGeoJSON)
	if err != nil {
		return nil, err
	}
	return chart.Geographic{Key: m.Key, AR: m.NameAR, EN: m.NameEN, Districts: m.Districts}.Parse(data)
}
