package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
)

// general is a report on two contests in 22 districts: of the first all districts have the
// same questions, of the second each has its own.
func general() *Report {
	r := council()
	r.Claims = own(true)
	for c, name := range []read.Bilingual{{AR: "الرئاسة", EN: "President"}, {AR: "المجلس", EN: "Council"}} {
		for i := range 22 {
			place := read.Bilingual{AR: fmt.Sprintf("دائرة %d", i+1), EN: fmt.Sprintf("District %d", i+1)}
			title := read.Bilingual{AR: name.AR + " · " + place.AR, EN: name.EN + " · " + place.EN}
			for _, claim := range election(fmt.Sprintf("%d%02d", c, i), title, 1) {
				switch d := claim.Data.(type) {
				case evidence.SetupData:
					d.Part = &evidence.Part{Contest: name, Districts: []read.Bilingual{place}, Least: 50}
					claim.Data = d
				case evidence.ResultData:
					d.Questions = d.Questions[:1]
					if c == 1 {
						d.Questions[0].Question = "من يمثل " + place.AR + "؟"
					}
					claim.Data = d
				case evidence.SeatsData:
					continue
				}
				r.Claims = append(r.Claims, claim)
			}
		}
	}
	return r
}

// spoil makes one claim on one election false.
func spoil(r *Report, subject string) {
	for i := range r.Claims {
		if c := &r.Claims[i]; c.Subject == subject && c.ID == "vote.once" {
			c.Verdict, c.How = read.False, read.Message{ID: "vote.faults", Args: args{"Count": 1}}
		}
	}
}

func TestAContestIsOneRowForAllItsDistricts(t *testing.T) {
	for lang, rows := range map[string][]string{
		locale.English: {"Contest: ", "✓ True: every claim on its elections: 22, in districts: 22\n"},
		locale.Arabic:  {"المنافسة: ", "كل ادعاء على انتخاباتها، وعددها 22، في دوائر عددها 22\n"},
	} {
		text := write(t, general(), lang, Style{Width: 120})
		for _, row := range rows {
			if n := strings.Count(text, row); n != 2 {
				t.Errorf("%s: %q stands there %d times\n%s", lang, row, n, text)
			}
		}
		// Of 22 equal districts the votes are added up; others stand each for itself.
		if n := strings.Count(text, "قائمة النخيل"); n != 1+22 {
			t.Errorf("%s: a list stands there %d times", lang, n)
		}
		if n := strings.Count(text, "✓"); n != 11+2 {
			t.Errorf("%s: %d claims are told, and not those on the log and two rows", lang, n)
		}
	}
	if text := write(t, general(), locale.English, Style{Width: 120}); !strings.Contains(text, "13,464") { // 22 times 612
		t.Error("the votes of the districts are not added up")
	}
}

func TestAFalseElectionIsToldApartFromItsContest(t *testing.T) {
	r := general()
	spoil(r, "007")
	text := write(t, r, locale.English, Style{Width: 120})
	for _, want := range []string{
		"✗ False: a claim on its elections: 1, in districts: 1\n", "✓ True: every claim on its elections: 21, in districts: 21\n",
	} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%q does not stand there once", want)
		}
	}
	if n := strings.Count(text, "✗"); n != 2 { // the row, and the claim among the others on that election
		t.Errorf("%d things are false", n)
	}
	if n := strings.Count(text, "\nElection: "); n != 1 {
		t.Errorf("%d elections are told in full", n)
	}
	d, err := r.Document()
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Contests) != 2 || d.Contests[0].Elections != (Counts{True: 21, False: 1}) || d.Contests[0].Districts != 22 || d.Contests[1].Elections.True != 22 {
		t.Errorf("contests %+v", d.Contests)
	}
	var page bytes.Buffer
	if err := r.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<bdi>President</bdi>: a claim on its elections: 1, in districts: 1`, `<a href="#en-s8">`, "<h2>المنافسات</h2>"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page does not say %s", want)
		}
	}
}

func TestNamesOfContestsDoNotRuleTheTerminal(t *testing.T) {
	r := general()
	for i := range r.Claims {
		if d, ok := r.Claims[i].Data.(evidence.SetupData); ok {
			d.Part.Contest.EN += "\x1b[2J\u202e"
		}
		if r.Claims[i].Subject != "" {
			r.Claims[i].Title.EN += "\x1b[2J\u202e"
		}
	}
	spoil(r, "007")
	if text := write(t, r, locale.English, Style{Width: 120}); strings.ContainsAny(text, "\x1b\u202e") {
		t.Error("somebody's text reaches the terminal as it is")
	}
}
