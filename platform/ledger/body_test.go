package ledger_test

import (
	"strings"
	"testing"

	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
)

// The writer and the reader share no code; they must accept the same bodies, and
// find the same attachments in them.
func FuzzWriterAndReaderAcceptTheSameBodies(f *testing.F) {
	const hash = `"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`
	for _, body := range []string{
		`{}`, `{"a":[]}`, `{"a":{}}`, `{"a":-1,"b":0,"c":9007199254740991,"d":-9007199254740991}`, `{"a":9007199254740992}`, `{"a":-0}`, `{"a":01}`,
		`{"a":1.0}`, `{"a":1e3}`, `{"a":--1}`, `{"a":-}`, `{"a":[true,false,[1,"x",{"b":[]}]]}`, `{"a":null}`, `{"a":True}`, `{"a": 1}`, `{"a":1,}`,
		`{,"a":1}`, `{"a":[1,]}`, `{"a":[,1]}`, `{"a":[1 ,2]}`, `{"a":1,"a":2}`, `{"a":{"b":1,"b":2}}`, `{"a":1}{}`, `{"a":1`, `{"a":"b}`, `{"a"1}`, `[]`, ``, `"a"`,
		`{"a":"\"\\\b\f\n\r\t\u0000\u001f\u2028\u2029"}`, `{"a":"\/"}`, `{"a":"\u0041"}`, `{"a":"\u000A"}`, `{"a":"\u000a"}`, `{"a":"\ud83d\ude00"}`, `{"a":"\`, `{"a":"\"}`,
		"{\"a\":\"\u2028\"}", "{\"a\":\"<>&/'\u007f\u0600😀\"}", `{"":""}`, `{"اسم":"بيّنة"}`, `{"a":"b","\u0061":"c"}`,
		`{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, `{"a":` + strings.Repeat("[", 33) + strings.Repeat("]", 33) + `}`,
		`{"a":{` + hash + `,"size":1},"b":[{` + hash + `,"size":1}]}`, `{"a":{` + hash + `,"size":4294967296}}`, `{"a":{` + hash + `,"size":4294967297}}`,
		`{"a":{` + hash + `,"size":0}}`, `{"a":{` + hash + `,"size":-1}}`, `{"a":{` + hash + `,"size":1,"more":1}}`, `{"a":{"size":1,` + hash + `}}`, `{` + hash + `,"size":7}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		note := "bayyina.statement/1\nlog.example\ntest.word/1\n00112233445566778899aabbccddeeff\n" +
			"2026-01-01T00:00:00Z 2026-01-02T00:00:00Z\n" + body + "\n\n— somebody.example AAAAAAA=\n"
		_, found, err := ledger.ParseStatement([]byte(note))
		s, readErr := read.ParseStatement([]byte(note))
		if err != nil && strings.Contains(err.Error(), "two sizes") {
			return // of these the reader keeps the one that its file proves
		}
		if (err == nil) != (readErr == nil) {
			t.Fatalf("%q: the writer says %v, the reader %v", body, err, readErr)
		}
		if err != nil {
			return
		}
		if len(found) != len(s.Attachments) {
			t.Fatalf("%q: %v and %v", body, found, s.Attachments)
		}
		for i, a := range found {
			if read.Attachment(a) != s.Attachments[i] {
				t.Errorf("%q: attachment %d is %v and %v", body, i, a, s.Attachments[i])
			}
		}
	})
}
