package read_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"bayyina/platform/ledger/read"

	"pgregory.net/rapid"
)

// sample is a body with each kind of member.
type sample struct {
	Text     string           `json:"text"`
	Number   int64            `json:"number"`
	Flag     bool             `json:"flag"`
	List     []string         `json:"list"`
	Name     read.Bilingual   `json:"name"`
	File     *read.Attachment `json:"file,omitempty"`
	Optional string           `json:"optional,omitempty"`
}

const plain = `{"text":"a","number":1,"flag":true,"list":["x","y"],"name":{"ar":"اسم","en":"name"}}`

// statementOf is a statement with a body, signed by nobody known.
func statementOf(body string) string {
	return "bayyina.statement/1\n" + origin + "\ntest.sample/1\n00112233445566778899aabbccddeeff\n" +
		"2026-11-24T09:00:00Z 2026-11-24T10:00:00Z\n" + body + "\n\n" + peterLine
}

func TestBodiesOfOtherSpellingAreRefused(t *testing.T) {
	with := func(old, new string) string { return strings.Replace(plain, old, new, 1) }
	cases := []struct{ name, body string }{
		{"empty", ""},
		{"no object", `["a"]`},
		{"null", `null`},
		{"white space after a comma", with(`,"n`, `, "n`)},
		{"white space after a colon", with(`:1`, `: 1`)},
		{"white space before", " " + plain},
		{"white space behind", plain + " "},
		{"a second object", plain + plain},
		{"cut off", plain[:len(plain)-1]},
		{"a member twice", with(`"number":1`, `"number":1,"number":1`)},
		{"a member twice, one with an escape", with(`"number":1`, `"number":1,"\u006eumber":1`)},
		{"null for a member", with(`"number":1`, `"number":null`)},
		{"leading zero", with(`:1`, `:01`)},
		{"plus", with(`:1`, `:+1`)},
		{"minus nothing", with(`:1`, `:-`)},
		{"minus zero", with(`:1`, `:-0`)},
		{"fraction", with(`:1`, `:1.0`)},
		{"exponent", with(`:1`, `:1e0`)},
		{"2^53", with(`:1`, `:9007199254740992`)},
		{"-2^53", with(`:1`, `:-9007199254740992`)},
		{"beyond 64 bits", with(`:1`, `:18446744073709551617`)},
		{"slash escaped", with(`"a"`, `"\/"`)},
		{"letter escaped", with(`"a"`, `"\u0061"`)},
		{"less-than escaped", with(`"a"`, `"\u003c"`)},
		{"DEL escaped", with(`"a"`, `"\u007f"`)},
		{"hex in capitals", with(`"a"`, `"\u001F"`)},
		{"line end in the long form", with(`"a"`, `"\u000a"`)},
		{"tab in the long form", with(`"a"`, `"\u0009"`)},
		{"backspace in the long form", with(`"a"`, `"\u0008"`)},
		{"half a surrogate pair", with(`"a"`, `"\ud83d"`)},
		{"surrogate pair", with(`"a"`, `"\ud83d\ude00"`)},
		{"U+2028 as it is", with(`"a"`, "\"\u2028\"")},
		{"U+2029 as it is", with(`"a"`, "\"\u2029\"")},
		{"string without end", with(`"a"`, `"a`)},
		{"escape cut off", `{"text":"\u00`},
		{"comma at the end of a list", with(`"y"]`, `"y",]`)},
		{"comma at the end", with(`}}`, `},}`)},
		{"no comma", with(`true,`, `true`)},
		{"no colon", with(`"text":`, `"text"`)},
		{"name without its first quote", with(`"text"`, `xtext"`)},
		{"backslash at the end", `{"text":"\`},
		{"name without quotes", with(`"text"`, `text`)},
		{"single quotes", with(`"a"`, `'a'`)},
		{"capitals", with(`true`, `True`)},
		{"33 levels", `{"text":` + strings.Repeat("[", 33) + strings.Repeat("]", 33) + `}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := read.ParseStatement([]byte(statementOf(c.body))); !errors.Is(err, read.ErrBody) {
				t.Errorf("%q: %v", c.body, err)
			}
			if err := read.DecodeBody([]byte(c.body), new(sample)); err == nil {
				t.Errorf("%q was decoded", c.body)
			}
		})
	}
}

func TestControlCharactersInABodyAreRefused(t *testing.T) {
	for b := range byte(0x20) {
		body := fmt.Sprintf(`{"text":"%c"}`, b)
		if err := read.DecodeBody([]byte(body), &struct {
			Text string `json:"text"`
		}{}); !errors.Is(err, read.ErrBody) {
			t.Errorf("U+%04X: %v", b, err)
		}
	}
	if err := read.DecodeBody([]byte("{\"text\":\"\xff\"}"), new(sample)); !errors.Is(err, read.ErrBody) {
		t.Errorf("not UTF-8: %v", err)
	}
}

// Canonical JSON, but not the members of the kind.
func TestBodiesWithOtherMembersAreRefused(t *testing.T) {
	with := func(old, new string) string { return strings.Replace(plain, old, new, 1) }
	for name, body := range map[string]string{
		"unknown member":               with(`"flag"`, `"other":1,"flag"`),
		"missing member":               with(`"number":1,`, ``),
		"another order":                with(`"number":1,"flag":true`, `"flag":true,"number":1`),
		"another order within":         with(`"ar":"اسم","en":"name"`, `"en":"name","ar":"اسم"`),
		"another letter case":          with(`"flag"`, `"Flag"`),
		"string for a number":          with(`:1`, `:"1"`),
		"optional member, but empty":   with(`}}`, `},"optional":""}`),
		"member beyond, after the end": with(`}}`, `},"z":1}`),
	} {
		if _, err := read.ParseStatement([]byte(statementOf(body))); err != nil {
			t.Errorf("%s: the statement alone is at fault: %v", name, err)
		}
		if err := read.DecodeBody([]byte(body), new(sample)); err == nil {
			t.Errorf("%s: decoded", name)
		}
	}
	if err := read.DecodeBody([]byte(plain), new(sample)); err != nil {
		t.Error(err)
	}
}

func TestBodiesInTheOneSpellingAreRead(t *testing.T) {
	for _, body := range []string{
		`{}`, `{"a":[]}`, `{"a":{}}`, `{"a":-1,"b":0,"c":9007199254740991,"d":-9007199254740991}`,
		`{"a":"\"\\\b\f\n\r\t\u0000\u001f\u2028\u2029"}`, "{\"a\":\"<>&/'\u007f\u0600😀\"}", `{"":""}`,
		`{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, `{"a":[true,false,[1,"x",{"b":[]}]]}`,
	} {
		s, err := read.ParseStatement([]byte(statementOf(body)))
		if err != nil || string(s.Body) != body {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestWhatIsEncodedDecodes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := sample{
			Text: rapid.String().Draw(t, "text"), Number: rapid.Int64Range(-(1<<53-1), 1<<53-1).Draw(t, "number"),
			Flag: rapid.Bool().Draw(t, "flag"), List: rapid.SliceOf(rapid.String()).Draw(t, "list"),
			Name: read.Bilingual{AR: rapid.String().Draw(t, "ar"), EN: rapid.String().Draw(t, "en")}, Optional: rapid.String().Draw(t, "optional"),
		}
		body, err := read.EncodeBody(v)
		if err != nil {
			t.Fatal(err)
		}
		var again sample
		if err := read.DecodeBody(body, &again); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if fmt.Sprint(again) != fmt.Sprint(v) {
			t.Fatalf("%+v, want %+v", again, v)
		}
		// Another spelling that means the same is refused.
		indented, err := json.MarshalIndent(v, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		if err := read.DecodeBody(indented, &again); err == nil {
			t.Fatal("decoded with white space")
		}
	})
}

func TestAttachmentsAreFoundWhereverTheyStand(t *testing.T) {
	a, b := strings.Repeat("a", 64), strings.Repeat("b", 64)
	file := func(hash string, size any) string { return fmt.Sprintf(`{"sha256":"%s","size":%v}`, hash, size) }
	cases := []struct {
		name, body string
		want       []read.Attachment
	}{
		{"none", `{"a":1}`, nil},
		{"a member", `{"ballot":` + file(a, 7) + `}`, []read.Attachment{{SHA256: a, Size: 7}}},
		{"the body itself", file(a, 7), []read.Attachment{{SHA256: a, Size: 7}}},
		{"deep within", `{"x":[[{"y":` + file(b, 4294967296) + `}]]}`, []read.Attachment{{SHA256: b, Size: 1 << 32}}},
		{"in order, each once", `{"x":[` + file(b, 1) + `,` + file(a, 2) + `,` + file(b, 1) + `]}`, []read.Attachment{{SHA256: b, Size: 1}, {SHA256: a, Size: 2}}},
		{"one hash, two sizes", `{"x":[` + file(a, 1) + `,` + file(a, 2) + `]}`, []read.Attachment{{SHA256: a, Size: 1}, {SHA256: a, Size: 2}}},
		{"members in another order", `{"x":{"size":7,"sha256":"` + a + `"}}`, nil},
		{"a member more", `{"x":{"sha256":"` + a + `","size":7,"z":1}}`, nil},
		{"size as a string", `{"x":{"sha256":"` + a + `","size":"7"}}`, nil},
		{"hash too short", `{"x":` + file(a[1:], 7) + `}`, nil},
		{"hash in capitals", `{"x":` + file(strings.ToUpper(a), 7) + `}`, nil},
		{"spelled in a string", `{"x":"{\"sha256\":\"` + a + `\",\"size\":7}"}`, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, err := read.ParseStatement([]byte(statementOf(c.body)))
			if err != nil || fmt.Sprint(s.Attachments) != fmt.Sprint(c.want) {
				t.Errorf("%v, %v, want %v", s.Attachments, err, c.want)
			}
		})
	}
	for _, size := range []any{0, -1, 4294967297, 9007199254740991} {
		_, err := read.ParseStatement([]byte(statementOf(`{"x":` + file(a, size) + `}`)))
		tells(t, err, "not of 1 to 2^32")
	}
}
