package locale

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"bayyina/platform/ledger/read"
)

func mustNew(tb testing.TB, lang string) *Locale {
	tb.Helper()
	l, err := New(lang)
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

func TestArabicChoosesAmongSixPluralForms(t *testing.T) {
	ar, en := mustNew(t, Arabic), mustNew(t, English)
	for _, c := range []struct {
		n      int
		ar, en string
	}{
		{0, "لا أوراق اقتراع", "0 ballots"},
		{1, "ورقة اقتراع واحدة", "1 ballot"},
		{2, "ورقتا اقتراع", "2 ballots"},
		{3, "3 أوراق اقتراع", "3 ballots"},
		{10, "10 أوراق اقتراع", "10 ballots"},
		{11, "11 ورقة اقتراع", "11 ballots"},
		{99, "99 ورقة اقتراع", "99 ballots"},
		{100, "100 ورقة اقتراع", "100 ballots"},
		{103, "103 أوراق اقتراع", "103 ballots"},
		{1384, "1,384 ورقة اقتراع", "1,384 ballots"},
	} {
		for l, want := range map[*Locale]string{ar: c.ar, en: c.en} {
			if got, err := l.Text("n.ballots", map[string]any{"Count": c.n}); err != nil || got != want {
				t.Errorf("%s, %d: %q, %v; want %q", l.Lang(), c.n, got, err, want)
			}
		}
	}
}

func TestArgumentsReadTheSameAfterJSON(t *testing.T) {
	args := map[string]any{
		"Count": int64(1234567),
		"Time":  time.Date(2026, 11, 24, 9, 30, 5, 0, time.UTC),
		"Name":  read.Bilingual{AR: "طرابلس", EN: "Tripoli"},
		"Hash":  "a1b2c3",
	}
	data, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{Arabic, English} {
		l := mustNew(t, lang)
		for name := range args {
			a, err := l.value(args[name])
			if err != nil {
				t.Fatal(err)
			}
			b, err := l.value(back[name])
			if err != nil {
				t.Fatal(err)
			}
			if a != b {
				t.Errorf("%s %s: %+v before JSON, %+v after", lang, name, a, b)
			}
		}
	}
}

func TestMessageThatCannotBeWrittenIsAnError(t *testing.T) {
	l := mustNew(t, Arabic)
	for name, c := range map[string]struct {
		id   string
		args map[string]any
		want string
	}{
		"unknown message":            {"no.such", nil, "no.such"},
		"missing count":              {"n.ballots", nil, "no argument Count"},
		"missing argument":           {"unit.fraction-seconds", map[string]any{"Second": 1}, "Seconds"},
		"argument of a foreign type": {"n.ballots", map[string]any{"Count": []int{1}}, "cannot stand in a message"},
		"count that is no integer":   {"n.ballots", map[string]any{"Count": "many"}, "no argument Count"},
	} {
		if got, err := l.Text(c.id, c.args); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	if _, err := New("fr"); err == nil {
		t.Error("a language without a catalogue was accepted")
	}
}

func TestMessageInOneLanguageOnlyIsNotShownInTheOther(t *testing.T) {
	files := fstest.MapFS{
		"catalogue/ar/a.toml": {Data: []byte("[x]\nother = \"س\"\n")},
		"catalogue/en/a.toml": {Data: []byte("[y]\nother = \"y\"\n")},
	}
	m, err := loadFrom(files)
	if err != nil {
		t.Fatal(err)
	}
	for lang, id := range map[string]string{Arabic: "y", English: "x"} {
		l := mustNew(t, lang)
		l.messages = m
		if got, err := l.Text(id, nil); err == nil {
			t.Errorf("%s showed %q for a message of the other language", lang, got)
		}
	}
}

func TestMessageThatStandsTwiceIsRefused(t *testing.T) {
	_, err := loadFrom(fstest.MapFS{
		"catalogue/ar/a.toml": {Data: []byte("[x]\nother = \"س\"\n")},
		"catalogue/ar/b.toml": {Data: []byte("[x]\nother = \"ص\"\n")},
	})
	if err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("got %v", err)
	}
}

func TestNumbers(t *testing.T) {
	l := mustNew(t, Arabic)
	indic := l.WithArabicIndicDigits()
	for _, c := range [][2]string{
		{l.Integer(0), "0"},
		{l.Integer(999), "999"},
		{l.Integer(1000), "1,000"},
		{l.Integer(-1234567), "-1,234,567"},
		{l.Decimal(1234.56, 1), "1,234.6"},
		{l.Decimal(-0.25, 2), "-0.25"},
		{l.Decimal(7, 0), "7"},
		{l.Percent(0.125, 1), "12.5%"},
		{indic.Integer(1234567), "١٬٢٣٤٬٥٦٧"},
		{indic.Percent(0.125, 1), "١٢٫٥٪"},
		{indic.Date(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)), "١ فبراير ٢٠٢٦"},
		{ASCIIDigits("٢٠٢٦/۱۲-3 سنة"), "2026/12-3 سنة"},
	} {
		if c[0] != c[1] {
			t.Errorf("got %q, want %q", c[0], c[1])
		}
	}
}

func TestDigitsTypedBackAreTheNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		l := mustNew(&testing.T{}, Arabic)
		plain := l.Integer(n)
		typed := strings.ReplaceAll(ASCIIDigits(l.WithArabicIndicDigits().Integer(n)), "٬", ",")
		if typed != plain {
			t.Fatalf("%s came back as %s", plain, typed)
		}
	})
}

func TestDates(t *testing.T) {
	ar, en := mustNew(t, Arabic), mustNew(t, English)
	at := time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)
	tripoli := time.FixedZone("EET", 2*60*60)
	for _, c := range [][2]string{
		{ar.Date(at), "24 نوفمبر 2026"},
		{en.Date(at), "24 November 2026"},
		{ar.Time(at), "24 نوفمبر 2026، 09:30 بالتوقيت العالمي"},
		{en.Time(at.Add(5 * time.Second)), "24 November 2026, 09:30:05 UTC"},
		{en.Time(at.In(tripoli)), "24 November 2026, 09:30 UTC"},
		{hijriOf(t, ar, at), "14 جمادى الآخرة 1448 هـ"},
		// 1 Rajab 1447 began on 21 December 2025 (Umm al-Qura).
		{hijriOf(t, ar, time.Date(2025, 12, 21, 0, 30, 0, 0, tripoli)), "1 رجب 1447 هـ"},
		{hijriOf(t, en, time.Date(2025, 12, 21, 23, 30, 0, 0, tripoli)), "1 Rajab 1447 AH"},
	} {
		if c[0] != c[1] {
			t.Errorf("got %q, want %q", c[0], c[1])
		}
	}
}

func hijriOf(t *testing.T, l *Locale, at time.Time) string {
	t.Helper()
	text, err := l.Hijri(at)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestHijriOutsideTheCalendarIsAnError(t *testing.T) {
	if text, err := mustNew(t, Arabic).Hijri(time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC)); err == nil {
		t.Errorf("got %q", text)
	}
}

func TestDurationsAndSizes(t *testing.T) {
	ar, en := mustNew(t, Arabic), mustNew(t, English)
	for _, c := range []struct {
		d      time.Duration
		ar, en string
	}{
		{0, "0 ثانية", "0 seconds"},
		{420 * time.Millisecond, "0.4 ثانية", "0.4 seconds"},
		{time.Second, "ثانية واحدة", "1 second"},
		{12 * time.Second, "12 ثانية", "12 seconds"},
		{192 * time.Second, "3 دقائق و12 ثانية", "3 minutes and 12 seconds"},
		{2 * time.Hour, "ساعتان", "2 hours"},
		{49*time.Hour + 59*time.Second, "يومان وساعة واحدة", "2 days and 1 hour"},
	} {
		for l, want := range map[*Locale]string{ar: c.ar, en: c.en} {
			if got, err := l.Duration(c.d); err != nil || got != want {
				t.Errorf("%v: %q, %v; want %q", c.d, got, err, want)
			}
		}
	}
	for _, c := range []struct {
		bytes  int64
		ar, en string
	}{
		{1, "بايت واحد", "1 byte"},
		{999, "999 بايتا", "999 bytes"},
		{104_300, "104.3 كيلوبايت", "104.3 kB"},
		{999_999, "1.0 ميغابايت", "1.0 MB"},
		{300_000_000, "300.0 ميغابايت", "300.0 MB"},
	} {
		for l, want := range map[*Locale]string{ar: c.ar, en: c.en} {
			if got, err := l.Size(c.bytes); err != nil || got != want {
				t.Errorf("%d bytes: %q, %v; want %q", c.bytes, got, err, want)
			}
		}
	}
}

func TestTextOfOthersCannotTurnTheSentence(t *testing.T) {
	ar, en := mustNew(t, Arabic), mustNew(t, English)
	for _, c := range [][2]string{
		{ar.Isolate("قائمة الميناء"), "قائمة الميناء"},
		{ar.Isolate("hnec.example/root"), "\u2068hnec.example/root\u2069"},
		{en.Isolate("Harbour list"), "Harbour list"},
		{en.Isolate("قائمة الميناء"), "\u2068قائمة الميناء\u2069"},
		{en.Isolate("evil\u202e\u2069txt"), "\u2068eviltxt\u2069"},
		{ar.Code("a1b2"), "\u2066a1b2\u2069"},
		{en.Code("a1b2"), "a1b2"},
	} {
		if c[0] != c[1] {
			t.Errorf("got %q, want %q", c[0], c[1])
		}
	}
}
