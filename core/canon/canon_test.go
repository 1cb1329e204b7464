package canon

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestStringsHaveBeleniosEscapes(t *testing.T) {
	for s, want := range map[string]string{
		"":                        `""`,
		"\"\\\b\t\n\f\r":          `"\"\\\b\t\n\f\r"`,
		"\x00\x1f\x7f":            `"\u0000\u001f\u007f"`,
		"</script>&\u2028\u2029'": "\"</script>&\u2028\u2029'\"",
		"انتخابات":                `"انتخابات"`,
	} {
		if got := string(AppendString(nil, s)); got != want {
			t.Errorf("%q is written %s, want %s", s, got, want)
		}
		r := NewReader([]byte(want), 1000)
		if got := r.String(); got != s || r.End() != nil {
			t.Errorf("%s is read as %q, error %v", want, got, r.Err())
		}
	}
}

func TestOtherSpellingsOfStringsAreRefused(t *testing.T) {
	for _, text := range []string{
		`"\/"`, `"\u0041"`, `"\u000a"`, `"\u001F"`, "\"\x7f\"", "\"\n\"", "\"\xff\"", `"\u00e9"`, `"\u00zz"`, `"\u00"`,
		`"`, `"\"`, `"abc`, `abc`, `"\x41"`, ` "a"`, `'a'`, `"\u+07f"`,
	} {
		r := NewReader([]byte(text), 1000)
		s := r.String()
		if err := r.End(); !errors.Is(err, ErrNotCanonical) {
			t.Errorf("%s is read as %q, error %v", text, s, err)
		}
	}
}

func TestWriterSetsCommas(t *testing.T) {
	var w Writer
	w.Begin('{').Key("a").Int(-1).Key("b").Begin('[').String("{").String("[:").Begin('[').End(']').Begin('{').End('}').End(']')
	w.Key("c").Bool(true).Key("d").Raw([]byte(`{"x":1}`)).Key("w").Begin('[').Weight(1073741823).Weight(1073741824).End(']')
	w.Key("e").Append(func(dst []byte) []byte { return append(dst, "ff"...) }).End('}')
	want := `{"a":-1,"b":["{","[:",[],{}],"c":true,"d":{"x":1},"w":[1073741823,"1073741824"],"e":"ff"}`
	if got := string(w.Bytes()); got != want {
		t.Errorf("wrote %s\nwant  %s", got, want)
	}
}

func TestReaderReadsWhatIsExpectedOnly(t *testing.T) {
	read := func(text string) error {
		r := NewReader([]byte(text), 40)
		r.Literal(`{"n":`)
		r.Int(100)
		r.Literal(`,"l":`)
		r.Array(2, func(int) { r.Weight(2000000000) })
		if r.Try(`,"b":`) {
			r.Bool()
		}
		if r.Next(`,"e":`) {
			r.Literal(`,"e":`)
			r.Raw()
		}
		r.Literal("}")
		return r.End()
	}
	for _, text := range []string{`{"n":0,"l":[]}`, `{"n":100,"l":[0,"1073741824"],"b":false}`, `{"n":1,"l":[7],"e":{"a":[1,2]}}`} {
		if err := read(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{
		``, `{`, `{"n":0,"l":[]}x`, `{"n":101,"l":[]}`, `{"n":01,"l":[]}`, `{"n":-1,"l":[]}`, `{"n":,"l":[]}`, `{"n":0,"l":[1,2,3]}`,
		`{"n":0,"l":[1,]}`, `{"n":0,"l":["1"]}`, `{"n":0,"l":[1073741824]}`, `{"n":0,"l":["2000000001"]}`, `{"n":0,"l":["01073741824"]}`,
		`{"n":0, "l":[]}`, `{"l":[],"n":0}`, `{"n":0,"l":[],"l":[]}`, `{"n":0,"l":[],"b":null}`, `{"n":0,"l":[],"e":{"a": 1}}`, `{"n":0,"l":[],"e": 1}`, `{"n":0,"l":[],"e":}`, `{"n":0,"l":[1`,
	} {
		if err := read(text); !errors.Is(err, ErrNotCanonical) {
			t.Errorf("%s: error is %v", text, err)
		}
	}
	if err := read(`{"n":0,"l":[],"e":"` + strings.Repeat("a", 40) + `"}`); !errors.Is(err, ErrTooLong) {
		t.Errorf("long text: error is %v", err)
	}
}

func TestPlainStringsHoldPrintableASCIIOnly(t *testing.T) {
	r := NewReader([]byte(`"Az09+/= ~"`), 100)
	if got := string(r.Plain()); got != "Az09+/= ~" || r.End() != nil {
		t.Errorf("read %q: %v", got, r.Err())
	}
	for _, text := range []string{`"\u0041"`, "\"\x7f\"", "\"\n\"", `"é"`, `"abc`, `abc"`, `""x`} {
		r := NewReader([]byte(text), 100)
		r.Plain()
		if err := r.End(); !errors.Is(err, ErrNotCanonical) {
			t.Errorf("%s: error is %v", text, err)
		}
	}
}

func TestValuesWithSpacesAreRefusedAtOnce(t *testing.T) {
	for _, text := range []string{` 1`, "\n{}", `[1, 2]`, `{"a" :1}`} {
		r := NewReader([]byte(text), 100)
		if value := r.Raw(); r.OK() {
			t.Errorf("%q is read as %q", text, value)
		}
	}
}

func TestFirstErrorStays(t *testing.T) {
	first := errors.New("first")
	r := NewReader([]byte(`[1]`), 100)
	r.Fail(first)
	r.Fail(errors.New("second"))
	r.Array(5, func(int) { r.Int(5) })
	if r.OK() || r.Position() != 0 || r.End() != first {
		t.Errorf("error is %v at byte %d", r.Err(), r.Position())
	}
}

func TestAnyTextSurvivesWritingAndReading(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		r := NewReader(AppendString(nil, s), 1<<20)
		if got := r.String(); got != s || r.End() != nil {
			t.Fatalf("%q is read as %q: %v", s, got, r.Err())
		}
	})
}

func FuzzReader(f *testing.F) {
	for _, seed := range []string{`"a\u007f\n"`, `{"x":[1,2.5e3,null]}`, `12`, `"1073741824"`, `true`, `[1,[2]]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := NewReader(data, 1<<16)
		if s := r.String(); r.End() == nil && (!bytes.Equal(AppendString(nil, s), data) || !utf8.ValidString(s)) {
			t.Fatalf("%q is read as %q", data, s)
		}
		var w Writer
		r = NewReader(data, 1<<16)
		if n := r.Weight(1 << 40); r.End() == nil && !bytes.Equal(w.Weight(n).Bytes(), data) {
			t.Fatalf("%q is read as weight %d", data, n)
		}
		r = NewReader(data, 1<<16)
		if raw := r.Raw(); r.End() == nil && !bytes.Equal(raw, data) {
			t.Fatalf("%q is read as value %q", data, raw)
		}
	})
}
