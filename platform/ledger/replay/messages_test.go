package replay

import (
	"strings"
	"testing"
	"time"

	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
)

// everyArgument holds each argument that any message of the log may have, of the
// type that it has.
var everyArgument = map[string]any{
	"After": 7, "Before": time.Unix(0, 0), "Bundle": 7, "Bytes": 7, "Checkpoints": 7, "Claimed": 7, "Count": 7, "From": time.Unix(0, 0),
	"Have": 7, "ID": "00", "Key": "key", "Kind": "kind", "Kinds": "kind", "Limit": 7, "Need": 7, "Origin": "origin", "Other": "other",
	"Path": "path", "Policy": "policy", "Role": read.Bilingual{AR: "دور", EN: "role"}, "SHA256": "00", "Seconds": 7, "Sequence": 7, "Signatures": 7, "Signers": "signers",
	"Size": 7, "Successor": "successor", "Time": time.Unix(0, 0), "Until": time.Unix(0, 0), "Witnessed": time.Unix(0, 0), "Witnesses": "witnesses",
}

func TestEveryMessageCanBeToldInBothLanguages(t *testing.T) {
	ids := Messages()
	for _, code := range read.ReceiptViolations() {
		ids = append(ids, "fault."+code)
	}
	for _, lang := range []string{locale.Arabic, locale.English} {
		l, err := locale.New(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			text, err := l.Text(id, everyArgument)
			if err != nil {
				t.Errorf("%s: %v", lang, err)
			} else if strings.Contains(text, "no value") {
				t.Errorf("%s: %s lacks an argument: %s", lang, id, text)
			}
		}
	}
}

func TestEveryCodeBelongsToAClaim(t *testing.T) {
	seen := make(map[string]bool)
	for _, code := range Codes() {
		if seen[code] {
			t.Errorf("%s is listed twice", code)
		}
		seen[code] = true
	}
	for code := range claimOf {
		if !seen[code] {
			t.Errorf("%s belongs to a claim and is no code", code)
		}
	}
}
