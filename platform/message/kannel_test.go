package message_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"bayyina/internal/sendtest"
	"bayyina/platform/message"
)

func line(t *testing.T, lines <-chan string) string {
	t.Helper()
	select {
	case text := <-lines:
		return text
	case <-time.After(20 * time.Second):
		t.Fatal("nothing comes to the phone")
		return ""
	}
}

// arabic reads what the fake centre writes of a text in UCS-2.
func arabic(t *testing.T, escaped string) string {
	t.Helper()
	raw, err := url.QueryUnescape(escaped)
	if err != nil {
		t.Fatal(err)
	}
	var units []uint16
	for i := 0; i+1 < len(raw); i += 2 {
		units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
	}
	return string(utf16.Decode(units))
}

func sms(text string) message.Message {
	return message.Message{Channel: message.SMS, To: "+218912345678", Text: text, Until: time.Now().Add(time.Minute)}
}

func TestKannelBringsTextsToPhonesAndTellsThatTheyArrived(t *testing.T) {
	told := make(chan string, 10)
	site := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { told <- r.URL.String() }))
	defer site.Close()
	k, lines := sendtest.Kannel(t, site.URL+"/receipt/")
	if err := k.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := k.Send(t.Context(), "0123", sms("Your code: 123456")); err != nil {
		t.Fatal(err)
	}
	if got := line(t, lines); got != "HNEC +218912345678 text Your code: 123456" {
		t.Errorf("the phone gets %q", got)
	}
	select {
	case got := <-told:
		if got != "/receipt/0123?status=1" {
			t.Errorf("receipt %q", got)
		}
	case <-time.After(20 * time.Second):
		t.Error("no receipt")
	}

	text := "رمز التحقق للتصويت: ١٢٣٤٥٦"
	if err := k.Send(t.Context(), "1", sms(text)); err != nil {
		t.Fatal(err)
	}
	got := line(t, lines)
	_, data, ok := strings.Cut(got, " ucs-2 ")
	if !ok || arabic(t, data) != text {
		t.Errorf("the phone gets %q, which is %q", got, arabic(t, data))
	}

	long := strings.Repeat("نص طويل ", 20)
	if err := k.Send(t.Context(), "2", sms(long)); err != nil {
		t.Fatal(err)
	}
	var whole strings.Builder
	for range message.Parts(long) {
		fields := strings.Fields(line(t, lines))
		if len(fields) != 6 || fields[2] != "udh" || fields[4] != "data" {
			t.Fatalf("a part is %q", fields)
		}
		whole.WriteString(arabic(t, fields[5]))
	}
	if whole.String() != long {
		t.Errorf("the parts are together %q", whole.String())
	}
	select {
	case more := <-lines:
		t.Errorf("one more part: %q", more)
	case <-time.After(200 * time.Millisecond):
	}
}

func TestWhatKannelRefusesIsTold(t *testing.T) {
	k, _ := sendtest.Kannel(t, "")
	k.Password = "guessed"
	if err := k.Check(t.Context()); err == nil {
		t.Error("a wrong password is right")
	}
	err := k.Send(t.Context(), "1", sms("a"))
	if !errors.Is(err, message.ErrRefused) || strings.Contains(err.Error(), "guessed") {
		t.Errorf("a wrong password: %v", err)
	}
	k.URL = "http://127.0.0.1:1/cgi-bin/sendsms"
	err = k.Send(t.Context(), "1", sms("a"))
	if err == nil || errors.Is(err, message.ErrRefused) || strings.Contains(err.Error(), "912345678") || strings.Contains(err.Error(), "guessed") {
		t.Errorf("nobody there: %v", err)
	}
}
