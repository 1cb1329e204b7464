package message_test

import (
	"errors"
	"strings"
	"testing"

	"bayyina/platform/message"
)

func TestAddressesComeInOneFormOrAreRefused(t *testing.T) {
	for _, test := range []struct {
		channel    message.Channel
		text, want string
	}{
		{message.SMS, "+218 91-234 5678", "+218912345678"},
		{message.SMS, "00218912345678", "+218912345678"},
		{message.SMS, " ٠٠٢١٨٩١٢٣٤٥٦٧٨ ", "+218912345678"},
		{message.SMS, "+۲۱۸۹۱۲۳۴۵۶۷۸", "+218912345678"},
		{message.SMS, "0912345678", ""},
		{message.SMS, "912345678", ""},
		{message.SMS, "+218 91 x", ""},
		{message.SMS, "+1", ""},
		{message.SMS, "+1234567890123456", ""},
		{message.SMS, "+218912345678&to=+1", ""},
		{message.Email, "amal@example.ly", "amal@example.ly"},
		{message.Email, "Amal <amal@example.ly>", ""},
		{message.Email, "amal@example.ly\r\nBcc: all@example.ly", ""},
		{message.Email, "a@b, c@d", ""},
		{message.Email, "\"a b\"@example.ly", ""},
		{message.Email, strings.Repeat("a", 250) + "@example.ly", ""},
		{message.Email, "", ""},
		{"pigeon", "x", ""},
	} {
		got, err := message.Address(test.channel, test.text)
		if got != test.want || (test.want == "") != errors.Is(err, message.ErrMalformed) {
			t.Errorf("%s %q: %q, %v", test.channel, test.text, got, err)
		}
	}
}

func TestPartsAreWhatIsPaid(t *testing.T) {
	for _, test := range []struct {
		text string
		want int
	}{
		{"a", 1},
		{strings.Repeat("a", 160), 1},
		{strings.Repeat("a", 161), 2},
		{strings.Repeat("€", 80), 1},
		{strings.Repeat("€", 81), 2},
		{strings.Repeat("ب", 70), 1},
		{strings.Repeat("ب", 71), 2},
		{strings.Repeat("ب", 134), 2},
		{strings.Repeat("ب", 135), 3},
		{strings.Repeat("😀", 35), 1},
	} {
		if got := message.Parts(test.text); got != test.want {
			t.Errorf("%d letters beginning with %.4q are %d messages, want %d", len([]rune(test.text)), test.text, got, test.want)
		}
	}
}

func FuzzAddress(f *testing.F) {
	f.Add("+218 91-234 5678")
	f.Add("amal@example.ly")
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range []message.Channel{message.SMS, message.Email} {
			a, err := message.Address(c, text)
			if err != nil {
				continue
			}
			if again, err := message.Address(c, a); err != nil || again != a {
				t.Fatalf("%q is %q, which is %q, %v", text, a, again, err)
			}
			if strings.ContainsAny(a, "\r\n <>,;&") {
				t.Fatalf("%q is %q", text, a)
			}
		}
	})
}
