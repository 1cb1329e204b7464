package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
)

var pages = flag.String("pages", "", "write the pages of the samples to this folder, to be looked at")

func TestPagesAreWritten(t *testing.T) {
	for name, r := range map[string]*Report{"council": council(), "lies": lies(), "country": country()} {
		var b bytes.Buffer
		if err := r.WriteHTML(&b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if *pages != "" {
			if err := os.WriteFile(filepath.Join(*pages, name+".html"), b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestPageEscapesWhatOthersWrote(t *testing.T) {
	r := lies()
	const attack = `</style><script>alert(1)</script><img src=x onerror="alert(1)">`
	r.Checked.Name = read.Bilingual{AR: attack, EN: attack}
	r.Checked.Location, r.Command = attack, attack
	for i := range r.Claims {
		c := &r.Claims[i]
		if c.Subject != "" {
			c.Title = read.Bilingual{AR: attack, EN: attack}
		}
		for f := range c.Faults {
			c.Faults[f].Detail, c.Faults[f].Kind, c.Faults[f].SignedBy = attack, attack, []string{attack}
			c.Faults[f].Says.Args["Tracker"] = attack
		}
		if d, ok := c.Data.(evidence.ResultData); ok {
			d.Questions[0].Question, d.Questions[0].Answers[1].Answer = attack, attack
		}
	}
	var b bytes.Buffer
	if err := r.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	for _, forbidden := range []string{"<script", "<img", "http://", "https://"} {
		// The name of SVG's own language in the icon and the masthead is no address.
		if strings.Contains(strings.ReplaceAll(b.String(), "http://www.w3.org/2000/svg", ""), forbidden) {
			t.Errorf("the page holds %s", forbidden)
		}
	}
	if n := strings.Count(b.String(), "</style>"); n != 1 {
		t.Errorf("%d ends of style sheets", n)
	}
}

func TestMachinesGetBothLanguages(t *testing.T) {
	d, err := lies().Document()
	if err != nil {
		t.Fatal(err)
	}
	if d.Verdict != read.False || d.Counts != (Counts{True: 14, False: 2, NotShown: 7}) || d.Checked.What != "log" {
		t.Errorf("verdict %s, counts %+v, of a %s", d.Verdict, d.Counts, d.Checked.What)
	}
	for _, c := range d.Claims {
		for _, s := range []*Sentence{c.Says, c.How, c.Belief} {
			if s != nil && (s.AR == "" || s.EN == "" || s.AR == s.EN) {
				t.Errorf("claim %s: sentence %s is %q and %q", c.ID, s.ID, s.AR, s.EN)
			}
		}
	}
}
