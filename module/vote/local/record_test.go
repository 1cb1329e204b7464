package local

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"bayyina/platform/message"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func sms(letter int, what What, id string) Event {
	return Event{Fact: Fact{what, message.SMS}, Time: noon, Letter: letter, ID: id}
}

func reopened(t *testing.T, path string) *Record {
	t.Helper()
	r, err := openRecord(path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAReceiptThatIsFasterThanItsSenderStands(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letters.record")
	r := reopened(t, path)
	r.expect(sms(1, Sent, "a1"))
	if known, err := r.receipt("a1", true, noon); !known || err != nil {
		t.Fatalf("known %v, %v", known, err)
	}
	if err := r.Add(sms(1, Sent, "a1")); err != nil {
		t.Fatal(err)
	}
	want := []Fact{{Sent, message.SMS}, {Delivered, message.SMS}}
	for _, r := range []*Record{r, reopened(t, path)} {
		if got := r.Of(1); !slices.Equal(got, want) {
			t.Errorf("%v, expected are %v", got, want)
		}
	}
	// One that is sent anew has not arrived yet.
	if err := r.Add(sms(1, Sent, "a2")); err != nil {
		t.Fatal(err)
	}
	if got := reopened(t, path).Of(1); !slices.Equal(got, want[:1]) {
		t.Errorf("after another message: %v", got)
	}
}

func TestALineThatWasNotWrittenWholeIsDropped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letters.record")
	if err := reopened(t, path).Add(sms(1, Sent, "a1"), sms(2, Sent, "a2")); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	second := sms(2, Sent, "a2").line()
	for cut := 1; cut < len(second); cut++ {
		if err := os.WriteFile(path, whole[:len(whole)-cut], 0o600); err != nil {
			t.Fatal(err)
		}
		r := reopened(t, path)
		if len(r.Of(1)) != 1 || len(r.Of(2)) != 0 {
			t.Fatalf("%d bytes short: %v, %v", cut, r.Of(1), r.Of(2))
		}
		if err := r.Add(sms(3, Sent, "a3")); err != nil {
			t.Fatal(err)
		}
		if r := reopened(t, path); len(r.Of(1)) != 1 || len(r.Of(2)) != 0 || len(r.Of(3)) != 1 {
			t.Fatalf("%d bytes short, and one more: %v", cut, r.Last())
		}
	}
}
