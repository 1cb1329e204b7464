package vote_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bayyina/core/count"
	"bayyina/core/group"
	"bayyina/internal/peerdata"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/web/chart"
	"bayyina/platform/web/webtest"
)

// parts are districts that vote together in a contest, and how many of their eight voters do.
var parts = []struct {
	districts []read.Bilingual
	voted     int
}{
	{[]read.Bilingual{{AR: "طرابلس", EN: "Tripoli"}, {AR: "الجفارة", EN: "Jafara"}, {AR: "مصراتة", EN: "Misrata"}, {AR: "سرت", EN: "Sirte"}}, 7},
	{[]read.Bilingual{{AR: "بنغازي", EN: "Benghazi"}, {AR: "الواحات", EN: "Wahat"}, {AR: "الكفرة", EN: "Kufra"}, {AR: "درنة", EN: "Derna"}}, 5},
	{[]read.Bilingual{{AR: "غات", EN: "Ghat"}, {AR: "سبها", EN: "Sabha"}, {AR: "مرزق", EN: "Murzuq"}, {AR: "الجفرة", EN: "Jufra"}}, 3},
}

// country is a contest in three parts of a country, of which two are counted.
func country(tb testing.TB) *world {
	tb.Helper()
	w := newWorldOf(tb, store.SQLite, theNation())
	w.rules = []evidence.QuestionRule{{Question: 1, Rule: count.Rule{Name: "plurality"}}}
	nations := make([]*nation, len(parts))
	for i, part := range parts {
		nations[i] = newNation(group.Ed25519)
		w.nation, w.roll = nations[i], nil
		for j, d := range part.districts {
			w.roll = append(w.roll, evidence.District{Name: d, Voters: int64(voters / len(part.districts))})
			if j == 0 {
				w.roll[0].Voters += int64(voters % len(part.districts))
			}
		}
		w.part = &evidence.Part{Contest: read.Bilingual{AR: "مجلس النواب", EN: "House of Representatives"}, Districts: part.districts, Least: 5}
		w.decided()
	}
	w.at(opens)
	for i, part := range parts {
		w.nation = nations[i]
		for voter := range part.voted {
			w.cast(w.ballot(voter, (voter%3)*i/2))
		}
		w.tick(batch)
	}
	w.at(closes)
	for _, n := range nations[:2] {
		w.nation = n
		must(w.reg.Close(ctx, w.uuid))
		w.drain()
		w.count(1, 2)
		must(w.reg.Seats(ctx, w.uuid))
		w.drain()
	}
	w.nation = nations[0]
	return w
}

// libya is the map of its districts that an installation may have.
func libya(tb testing.TB) *chart.Atlas {
	tb.Helper()
	data := must(os.ReadFile(filepath.Join(peerdata.Dir(tb, "geo"), "libya-admin1.geojson")))
	return must(chart.Geographic{
		Key: "adm1_code", EN: []string{"name", "name_alt"},
		Districts: []string{"طرابلس = LBY-2978", "الجفارة = LBY-2973", "الواحات = LBY-2983"},
	}.Parse(data))
}

func TestAContestIsShownByDistrictOnEveryMap(t *testing.T) {
	slow(t)
	w := country(t)
	path := "/elections/" + w.uuid + "/contest"
	for name, atlas := range map[string]*chart.Atlas{"tiles": chart.LibyaTiles(), "outlines": libya(t)} {
		t.Run(name, func(t *testing.T) {
			s := showOn(w, atlas)
			s.says("/en/elections", "House of Representatives", "Results are in for 2 of 3.", `href="/en`+path+`"`)
			s.says("/ar/", "مجلس النواب", "أُعلنت النتيجة في 2 من 3.", `href="/ar`+path+`"`)
			s.says("/en/elections/"+w.uuid, `href="/en`+path+`"`)
			s.says("/en"+path, `<a href="/en/elections/`+w.uuid+`" aria-label="Misrata: 87.5% · `, "Turnout by district", "The first one's share", "aria-label=\"Misrata: \u2068أ\u2069 100.0%\"", "No result yet")
			s.says("/ar"+path, `aria-label="مصراتة: 87.5% · `, "نصيب الأول")
			page := s.get("/en"+path, http.StatusOK)
			for part := range strings.SplitSeq(page, `<svg class="map"`) {
				if svg, _, ok := strings.Cut(part, "</svg></div>"); ok && len(svg) > 60_000 {
					t.Errorf("a map has %d bytes", len(svg))
				}
			}
			if name == "outlines" {
				s.says("/en"+path, "Not on the map: ", "The table has every district.")
			}
			if n := strings.Count(page, `<svg class="map"`); n != 2 {
				t.Errorf("%d maps", n)
			}
		})
	}
	show(w).get("/en/elections/8QrCAeS5xbQKAY/contest", http.StatusNotFound)
}

func TestMapsAreReadableByEverybody(t *testing.T) {
	t.Parallel()
	w := country(t)
	for name, atlas := range map[string]*chart.Atlas{"tiles": chart.LibyaTiles(), "outlines": libya(t)} {
		s := showOn(w, atlas)
		check(t, s.board.Refresh(ctx))
		b := webtest.Open(t, s.site)
		b.Look(t, "contest-"+name, "/elections/"+w.uuid+"/contest")
		if name == "tiles" {
			b.Look(t, "elections-contests", "/elections")
			b.Look(t, "election-of-contest", "/elections/"+w.uuid)
		}
	}
}
