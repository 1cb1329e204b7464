package web_test

import (
	"net/url"
	"strings"
	"testing"

	"bayyina/platform/web"
)

func TestFormsTakeTheDigitsOfBothScripts(t *testing.T) {
	f := web.NewForm(url.Values{"a": {" ١٬٢٣٤ "}, "b": {"1,234"}, "c": {"۱۲۳۴"}, "code": {"١٢٣ ٤٥٦"}})
	for _, name := range []string{"a", "b", "c"} {
		if n := f.Number(name, 1, 2000); n != 1234 {
			t.Errorf("%s is %d", f.Value(name), n)
		}
	}
	if code := f.Code("code", 8); code != "123456" {
		t.Errorf("the code is %q", code)
	}
	if !f.OK() {
		t.Errorf("wrong: %v", f.Wrongs())
	}
}

func TestWhatCannotBeTakenIsSaidBesideItsField(t *testing.T) {
	for name, c := range map[string]struct {
		value string
		read  func(*web.Form)
		want  string
	}{
		"a line that is too long":        {strings.Repeat("ن", 11), func(f *web.Form) { f.Line("x", 10) }, "web.wrong-long"},
		"a line of two lines":            {"a\nb", func(f *web.Form) { f.Line("x", 10) }, "web.wrong-characters"},
		"marks that turn the text":       {"a\u202eb", func(f *web.Form) { f.Text("x", 10) }, "web.wrong-characters"},
		"no text":                        {"\xff\xfe", func(f *web.Form) { f.Line("x", 10) }, "web.wrong-characters"},
		"nothing where it is needed":     {"  ", func(f *web.Form) { f.Required("x", 10) }, "web.wrong-empty"},
		"a word for a number":            {"كثير", func(f *web.Form) { f.Number("x", 0, 9) }, "web.wrong-number"},
		"a number beyond the limits":     {"١٠", func(f *web.Form) { f.Number("x", 0, 9) }, "web.wrong-number"},
		"a number beyond all numbers":    {strings.Repeat("9", 39), func(f *web.Form) { f.Number("x", 0, 9) }, "web.wrong-number"},
		"a word for a time":              {"غدًا", func(f *web.Form) { f.Moment("x") }, "web.wrong-moment"},
		"a day that is in no month":      {"2026-02-30T10:00", func(f *web.Form) { f.Moment("x") }, "web.wrong-moment"},
		"an answer that was not offered": {"c", func(f *web.Form) { f.OneOf("x", "a", "b") }, "web.wrong-choice"},
	} {
		f := web.NewForm(url.Values{"x": {c.value}})
		c.read(f)
		if wrongs := f.Wrongs(); f.OK() || len(wrongs) != 1 || wrongs[0].Name != "x" || wrongs[0].Says.ID != c.want {
			t.Errorf("%s: %v", name, wrongs)
		}
	}
}

func TestTextsOfSeveralLinesKeepThem(t *testing.T) {
	f := web.NewForm(url.Values{"x": {" سطر\r\nآخر\n"}})
	if got := f.Text("x", 20); got != "سطر\nآخر" || !f.OK() {
		t.Errorf("%q, %v", got, f.Wrongs())
	}
}
