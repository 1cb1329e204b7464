package pdf

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

var lines = []string{
	"المفوضية الوطنية العليا للانتخابات",
	"هذه رسالة إلى الناخب (محمد الأمين) بشأن «سجل الناخبين»",
	"Election of the House of Representatives 2026",
	"لا بد من الأمانة",
}

// sheet is a document in Arabic with one page for each text.
func sheet(tb testing.TB, texts ...string) []byte {
	tb.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, "ar", "رسالة إلى الناخب")
	if err != nil {
		tb.Fatal(err)
	}
	for _, text := range texts {
		p := w.Page()
		p.Draw(w.Set("ar", text, 400, Style{Size: 14}), 80, 100)
		if err := p.End(); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// tool runs a program on a document, or skips the test where there is none.
func tool(t *testing.T, document []byte, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("NOT CHECKED: %s is not installed (make setup)", name)
	}
	path := filepath.Join(t.TempDir(), "sheet.pdf")
	if err := os.WriteFile(path, document, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "PDF", path)
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

func TestTextIsFoundAgainInTheOrderInWhichItIsRead(t *testing.T) {
	text := tool(t, sheet(t, lines...), "pdftotext", "PDF", "-")
	marks := strings.NewReplacer("\u202a", "", "\u202b", "", "\u202c", "", "\u200e", "", "\u200f", "")
	got := strings.Fields(marks.Replace(text))
	for _, line := range lines {
		for _, word := range strings.Fields(strings.Trim(line, "()«»")) {
			if word = strings.Trim(word, "()«»"); !slices.ContainsFunc(got, func(w string) bool { return strings.Trim(w, "()«»") == word }) {
				t.Errorf("the word %q is not found in %q", word, got)
			}
		}
	}
}

func TestTheFileIsSoundForAnotherReader(t *testing.T) {
	if out := tool(t, sheet(t, lines...), "qpdf", "--check", "PDF"); !strings.Contains(out, "No syntax or stream encoding errors") {
		t.Error(out)
	}
	fonts := tool(t, sheet(t, lines...), "pdffonts", "PDF")
	if !regexp.MustCompile(`[A-Z]{6}\+Amiri-Regular +CID TrueType +Identity-H +yes yes yes`).MatchString(fonts) {
		t.Errorf("Amiri is not embedded, as a part, with its text:\n%s", fonts)
	}
}

func TestEveryObjectIsWhereTheTableSays(t *testing.T) {
	document := sheet(t, lines...)
	start := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(document)
	at, _ := strconv.Atoi(string(start[1]))
	rows := regexp.MustCompile(`(\d{10}) 00000 n \n`).FindAllSubmatch(document[at:], -1)
	if len(rows) != firstFont-1+objectsPerFont*len(fontFiles)+2*len(lines) {
		t.Fatalf("%d objects", len(rows))
	}
	for i, row := range rows {
		offset, _ := strconv.Atoi(string(row[1]))
		if want := strconv.Itoa(i+1) + " 0 obj\n"; !bytes.HasPrefix(document[offset:], []byte(want)) {
			t.Errorf("object %d is not at %d", i+1, offset)
		}
	}
}

func TestTheSameCallsGiveTheSameBytes(t *testing.T) {
	if !bytes.Equal(sheet(t, lines...), sheet(t, lines...)) {
		t.Error("they differ")
	}
}

func TestFontsHoldNoMoreThanWhatIsDrawn(t *testing.T) {
	if n := len(sheet(t, lines...)); n > 64<<10 {
		t.Errorf("a page of text has %d bytes", n)
	}
	one, many := len(sheet(t, lines[0])), len(sheet(t, slices.Repeat(lines[:1], 11)...))
	if each := (many - one) / 10; each > 2048 {
		t.Errorf("a further page has %d bytes", each)
	}
}

func TestWhatDoesNotFitIsCutAndCounted(t *testing.T) {
	w, err := NewWriter(&bytes.Buffer{}, "ar", "")
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("عبد الرحمن ", 1000)
	b := w.Set("ar", long, 200, Style{Size: 12, Lines: 2})
	if len(b.lines) != 2 || b.Cut == 0 || b.Cut > utf8.RuneCountInString(long) {
		t.Errorf("%d lines, %d characters cut", len(b.lines), b.Cut)
	}
	if b := w.Set("ar", "عبد الرحمن", 200, Style{Size: 12, Lines: 2}); b.Cut != 0 || b.Height != 18 {
		t.Errorf("%d characters cut, height %g", b.Cut, b.Height)
	}
	if b := w.Set("ar", strings.Repeat("ا", 10000), 200, Style{Size: 12, Lines: 1}); b.Cut == 0 {
		t.Error("a word without end was not cut")
	}
}

func TestCharactersThatNoFontHasAreNamed(t *testing.T) {
	w, err := NewWriter(&bytes.Buffer{}, "ar", "")
	if err != nil {
		t.Fatal(err)
	}
	if b := w.Set("ar", "محمد 漢字 漢", 200, Style{Size: 12}); string(b.Missing) != "漢字" {
		t.Errorf("missing: %q", b.Missing)
	}
	if b := w.Set("ar", "محمد\u200f \u200cEl-Amin\u200d", 200, Style{Size: 12, Bold: true}); b.Missing != nil {
		t.Errorf("missing: %q", b.Missing)
	}
}

func TestTextOfOthersTurnsNothingRound(t *testing.T) {
	plain := sheet(t, "الاسم: Ali 12 (انتهى)")
	turned := sheet(t, "الاسم: \u202eAli 12\u202c (انتهى)")
	if !bytes.Equal(plain, turned) {
		t.Error("marks of direction change what is drawn")
	}
	if !bytes.Equal(sheet(t, "سطر وآخر"), sheet(t, "سطر\nوآخر")) {
		t.Error("a line break is not a space")
	}
}

func FuzzAnyTextIsSetAndDrawn(f *testing.F) {
	for _, line := range lines {
		f.Add(line)
	}
	f.Add("")
	f.Add("\xff\x00\u0301\u202e\U0001F600ﷺ")
	w, err := NewWriter(&bytes.Buffer{}, "ar", "")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := w.Page()
		for _, style := range []Style{{Size: 11}, {Size: 11, Bold: true, Lines: 1}, {Size: 11, Mono: true, LTR: true, Align: Centre}} {
			p.Draw(w.Set("ar", text, 100, style), 0, 0)
		}
	})
}
