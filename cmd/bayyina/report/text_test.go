package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
	"pgregory.net/rapid"

	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
)

func write(t *testing.T, r *Report, lang string, style Style) string {
	t.Helper()
	l, err := locale.New(lang)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.WriteText(&b, l, style); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFirstLineSaysRehearsalAndLastLineTheVerdict(t *testing.T) {
	for _, c := range []struct{ lang, first, last string }{
		{locale.English, "REHEARSAL: this is not a real election", "Verdict: all 23 claims are true."},
		{locale.Arabic, rlm + "تجربة: ليس هذا انتخابا حقيقيا", rlm + "الحكم: الادعاءات كلها صحيحة، وعددها 23."},
	} {
		lines := strings.Split(strings.TrimSuffix(write(t, council(), c.lang, Style{Width: 100}), "\n"), "\n")
		if first, last := lines[0], lines[len(lines)-1]; first != c.first || last != c.last {
			t.Errorf("%s: from %q to %q", c.lang, first, last)
		}
	}
}

func TestLinesFitTheTerminal(t *testing.T) {
	for _, lang := range []string{locale.Arabic, locale.English} {
		for line := range strings.SplitSeq(write(t, lies(), lang, Style{Width: 60}), "\n") {
			// A hash is longer than the line and is not cut, so that it can be copied.
			if n := runewidth.StringWidth(line); n > 60 && len(strings.Fields(line)) > 1 {
				t.Errorf("%s: %d columns: %s", lang, n, line)
			}
		}
	}
}

func TestTextOfOthersDoesNotRuleTheTerminal(t *testing.T) {
	r := council()
	for i := range r.Claims {
		if r.Claims[i].Subject != "" {
			r.Claims[i].Title = read.Bilingual{AR: "انتخاب\x1b[2J\u202e", EN: "Election\x1b[2J\x9b\u202e\n✓ True"}
		}
	}
	for _, lang := range []string{locale.Arabic, locale.English} {
		text := write(t, r, lang, Style{Width: 80})
		if strings.ContainsAny(text, "\x1b\u009b\u202e") {
			t.Errorf("%s: control characters of a title stand in the text", lang)
		}
		if strings.Contains(text, "\n✓ True\n") {
			t.Errorf("%s: a title made a line of its own", lang)
		}
	}
}

func TestColoursComeOnlyWhereAskedFor(t *testing.T) {
	if strings.Contains(write(t, lies(), locale.English, Style{Width: 80}), "\x1b") {
		t.Error("colours nobody asked for")
	}
	if !strings.Contains(write(t, lies(), locale.English, Style{Width: 80, Color: true}), red+"✗ False") {
		t.Error("what is false is not red")
	}
}

func TestWrappedLinesHoldTheSameWordsAndCloseTheirIsolates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{
			"كلمة", "word", locale.FSI + "name", "of" + locale.PDI, locale.LRI + "a1b2" + locale.PDI, strings.Repeat("f", 64),
		}), 1, 30).Draw(t, "words")
		paragraph := strings.Join(words, " ")
		columns := rapid.IntRange(10, 80).Draw(t, "columns")
		marks := strings.NewReplacer(locale.FSI, "", locale.LRI, "", locale.PDI, "")
		lines := wrap(paragraph, columns)
		if got := marks.Replace(strings.Join(lines, " ")); got != marks.Replace(paragraph) {
			t.Fatalf("%q became %q", paragraph, got)
		}
		for _, line := range lines[:len(lines)-1] {
			opened := strings.LastIndexAny(line, locale.FSI+locale.LRI)
			if opened >= 0 && !strings.Contains(line[opened:], locale.PDI) {
				t.Fatalf("an isolate stays open at the end of %q", line)
			}
		}
	})
}

func TestHalvesOfBilingualTexts(t *testing.T) {
	for _, c := range []struct{ text, ar, en string }{
		{"نعم · Yes", "نعم", "Yes"},
		{"Yes · نعم", "نعم", "Yes"},
		{"نعم", "نعم", "نعم"},
		{"A · B", "A · B", "A · B"},
		{"نعم · Yes · oui", "نعم · Yes · oui", "نعم · Yes · oui"},
		{"قائمة 1 · قائمة 2", "قائمة 1 · قائمة 2", "قائمة 1 · قائمة 2"},
	} {
		for lang, want := range map[string]string{locale.Arabic: c.ar, locale.English: c.en} {
			l, err := locale.New(lang)
			if err != nil {
				t.Fatal(err)
			}
			if got := l.Half(c.text); got != want {
				t.Errorf("%s of %q is %q, want %q", lang, c.text, got, want)
			}
		}
	}
}
