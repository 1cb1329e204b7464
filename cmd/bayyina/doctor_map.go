package main

import (
	"fmt"
	"slices"
	"strings"

	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
)

// districts looks for the log's districts on the map of the settings.
func (d *doctor) districts() {
	m := d.settings.Map
	if m.File == "" {
		d.well("map", "لا خريطة في الإعدادات: تُرسم دوائر ليبيا مربعات", "the settings name no map: the districts of Libya are drawn as tiles")
		return
	}
	atlas, err := atlasOf(m)
	if err != nil {
		d.ill("map", reason{"لا تصلح خريطة الدوائر: " + err.Error(), err.Error()},
			reason{"صحّح map.file وmap.key وmap.districts في الإعدادات. وحتى ذلك تُرسم الدوائر مربعات", "Correct map.file, map.key and map.districts in the settings. Until then districts are drawn as tiles"})
		return
	}
	names, err := d.districtsInLog()
	if err != nil {
		return // told with the log
	}
	var ar, en []string
	for i, key := range atlas.Match(names) {
		if key == "" {
			ar, en = append(ar, names[i].AR), append(en, names[i].EN)
		}
	}
	if len(ar) > 0 {
		d.ill("map", reason{"دوائر ليست على الخريطة: " + strings.Join(ar, "، "), "districts that are not on the map: " + strings.Join(en, ", ")},
			reason{"اكتب في map.districts مفتاح كل منها، مثل \"طرابلس = LY-TB\"", "Give each its key in map.districts, such as \"Tripoli = LY-TB\""})
		return
	}
	d.well("map", fmt.Sprintf("كل دوائر السجل على الخريطة (%d)", len(names)), fmt.Sprintf("every district that the log names is on the map (%d)", len(names)))
}

// districtsInLog are all districts that elections of the log have.
func (d *doctor) districtsInLog() (names []read.Bilingual, err error) {
	err = d.entries(func(raw []byte) error {
		for _, name := range districtsIn(raw) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		return nil
	})
	return names, err
}

// entries hands each entry of the log to see.
func (d *doctor) entries(see func(raw []byte) error) error {
	source, err := read.OpenSource(d.ctx, d.path(publicDir))
	if err != nil {
		return err
	}
	defer source.Close() // only read from
	newest, err := read.Newest(d.ctx, source)
	if err != nil {
		return err
	}
	for first := int64(0); first < newest.Size; first += read.TileWidth {
		bundle, err := read.ReadBundle(d.ctx, source, first/read.TileWidth, newest.Size)
		if err != nil {
			return err
		}
		for _, raw := range bundle {
			if err := see(raw); err != nil {
				return err
			}
		}
	}
	return nil
}

// districtsIn are the districts that an entry names; what cannot be read names none.
func districtsIn(raw []byte) (names []read.Bilingual) {
	kind := string(read.EntryKind(raw))
	if kind != evidence.KindCredentials && kind != evidence.KindSetup {
		return nil
	}
	entry, err := read.ParseEntry(raw)
	if err != nil {
		return nil
	}
	var authority evidence.Credentials
	if kind == evidence.KindCredentials && read.DecodeBody(entry.Statement.Body, &authority) == nil {
		for _, district := range authority.Districts {
			names = append(names, district.Name)
		}
	}
	var setup evidence.Setup
	if kind == evidence.KindSetup && read.DecodeBody(entry.Statement.Body, &setup) == nil && setup.Part != nil {
		names = append(names, setup.Part.Districts...)
	}
	return names
}
