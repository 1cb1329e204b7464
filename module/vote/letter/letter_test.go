package letter_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bayyina/module/vote/letter"
	"bayyina/platform/ledger/read"
	"bayyina/platform/message"
)

var libya = time.FixedZone("EET", 2*60*60)

var election = letter.Election{
	UUID:       "8QrCAeS5xbQKAY",
	Commission: read.Bilingual{AR: "المفوضية الوطنية العليا للانتخابات", EN: "High National Elections Commission"},
	Authority:  read.Bilingual{AR: "الهيئة العامة للمعلومات", EN: "General Information Authority"},
	Title:      read.Bilingual{AR: "انتخاب مجلس النواب 2026", EN: "Election of the House of Representatives 2026"},
	Opens:      time.Date(2026, 12, 10, 8, 0, 0, 0, libya),
	Closes:     time.Date(2026, 12, 12, 20, 0, 0, 0, libya),
	Zone:       read.Bilingual{AR: "بتوقيت ليبيا", EN: "Libyan time"},
	Booth:      "https://vote.hnec.example/booth/",
	Contact:    read.Bilingual{AR: "الهاتف المجاني 1441", EN: "free telephone 1441"},
	Code:       message.SMS,
}

var fatima = letter.Letter{
	Number: 1, Language: "ar", Name: "فاطمة الزهراء محمد المبروك",
	Address: []string{"شارع الجمهورية 12، عمارة 4", "حي الأندلس", "طرابلس"}, Voter: "1198-20041", Credential: "Xp7Qa-kW3mZt-9bRfE-hT5cYu",
}

var salem = letter.Letter{
	Number: 2, Language: "en", Name: "Salem Al-Barasi", Address: []string{"12 Gamal Street", "Benghazi"}, Voter: "1198-20042", Credential: "h3MNb-2VzXk8-QqWtA-4eRcPf",
}

// printed are letters in one document, and what the printer says of them.
func printed(t *testing.T, letters ...letter.Letter) (document []byte, troubles []letter.Trouble) {
	t.Helper()
	var out bytes.Buffer
	p, err := letter.NewPrinter(&out, "ar", election)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range letters {
		if err := p.Print(v); err != nil {
			t.Fatal(err)
		}
	}
	if troubles, err = p.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), troubles
}

// run runs a program in a folder with the document letters.pdf.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("NOT CHECKED: %s is not installed (make setup)", name)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(out)
}

func folder(t *testing.T, document []byte) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "letters.pdf"), document, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// plain is the text of a page without marks of direction.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if '\u200e' <= r && r <= '\u200f' || '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069' {
			return -1
		}
		return r
	}, text)
}

func TestALetterTellsTheVoterAllThatIsNeeded(t *testing.T) {
	document, troubles := printed(t, fatima, salem)
	if len(troubles) > 0 {
		t.Errorf("troubles: %+v", troubles)
	}
	dir := folder(t, document)
	for page, want := range map[string][]string{
		"1": {"فاطمة", "المبروك", "طرابلس", fatima.Credential, fatima.Voter, election.Booth, "08:00", "ديسمبر", "ليبيا"},
		"2": {"Salem", "Benghazi", salem.Credential, salem.Voter, election.Booth, "December", "20:00", "Libyan"},
	} {
		got := plain(run(t, dir, "pdftotext", "-f", page, "-l", page, "letters.pdf", "-"))
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("page %s does not say %q: %q", page, w, got)
			}
		}
	}
}

func TestTheSquareOpensTheBoothWithTheCredential(t *testing.T) {
	document, _ := printed(t, fatima, salem)
	dir := folder(t, document)
	run(t, dir, "pdftoppm", "-r", "150", "-png", "letters.pdf", "page")
	for page, v := range map[string]letter.Letter{"page-1.png": fatima, "page-2.png": salem} {
		got := strings.Fields(run(t, dir, "zbarimg", "--quiet", "--raw", page))
		slices.Sort(got)
		if want := []string{letter.Mark(election.UUID, v.Number), election.Booth + "#" + election.UUID + ":" + v.Credential}; !slices.Equal(got, want) {
			t.Errorf("%s holds %q, want %q", page, got, want)
		}
	}
}

func TestNothingSecretIsSeenOfAFoldedLetter(t *testing.T) {
	document, _ := printed(t, fatima)
	dir := folder(t, document)
	// The third that lies outside, in points of 1/72 inch.
	seen := run(t, dir, "pdftotext", "-x", "0", "-y", "0", "-W", "596", "-H", "297", "letters.pdf", "-")
	for _, secret := range []string{fatima.Credential, fatima.Voter, election.Booth} {
		if strings.Contains(seen, secret) {
			t.Errorf("%q is seen on the folded letter", secret)
		}
	}
	if !strings.Contains(seen, "طرابلس") {
		t.Errorf("the address is not seen: %q", seen)
	}
}

func TestHostileNamesStayInTheirPlace(t *testing.T) {
	long := fatima
	long.Name = strings.Repeat("عبد الرحمن ", 80)
	long.Address = []string{strings.Repeat("X", 900), "\u202eolleh\u202c", "=cmd|'/c calc'!A1", "<script>\n\x00"}
	unknown := salem
	unknown.Name = "Salem 漢字"
	document, troubles := printed(t, long, unknown)
	if len(troubles) != 2 || !troubles[0].Cut || troubles[1].Cut || troubles[1].Missing == "" {
		t.Errorf("troubles: %+v", troubles)
	}
	dir := folder(t, document)
	if got := strings.Count(run(t, dir, "pdftotext", "letters.pdf", "-"), "\f"); got != 2 {
		t.Errorf("%d pages", got)
	}
	if got := plain(run(t, dir, "pdftotext", "-f", "1", "-l", "1", "letters.pdf", "-")); !strings.Contains(got, "\n"+fatima.Credential+"\n") {
		t.Errorf("the credential cannot be read beside such a name: %q", got)
	}
}

func TestWhatIsNoLetterIsRefused(t *testing.T) {
	p, err := letter.NewPrinter(&bytes.Buffer{}, "ar", election)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*letter.Letter){
		"no credential":  func(l *letter.Letter) { l.Credential = "" },
		"no number":      func(l *letter.Letter) { l.Voter = "" },
		"other language": func(l *letter.Letter) { l.Language = "fr" },
		"long address":   func(l *letter.Letter) { l.Address = make([]string, 5) },
		"endless name":   func(l *letter.Letter) { l.Name = strings.Repeat("ا", 1001) },
	} {
		v := fatima
		spoil(&v)
		if err := p.Print(v); err == nil {
			t.Errorf("%s: printed", name)
		}
	}
}

func BenchmarkPrint(b *testing.B) {
	p, err := letter.NewPrinter(&bytes.Buffer{}, "ar", election)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := p.Print(fatima); err != nil {
			b.Fatal(err)
		}
	}
}

func TestAMessageGivesCredentialAndLinkOnLinesOfTheirOwn(t *testing.T) {
	for _, v := range []letter.Letter{fatima, salem} {
		for c, to := range map[message.Channel]string{message.Email: "voter@example.ly", message.SMS: "+218912345678"} {
			m, err := letter.Message(election, v, c, to)
			if err != nil || m.Check() != nil {
				t.Fatalf("%v, %v", err, m.Check())
			}
			lines := strings.Split(m.Text, "\n")
			for _, want := range []string{v.Credential, election.Booth + "#" + election.UUID + ":" + v.Credential, v.Voter} {
				if !slices.Contains(lines, want) {
					t.Errorf("%q stands on no line of its own in\n%s", want, m.Text)
				}
			}
			if strings.Contains(m.Text, "REHEARSAL") || strings.Contains(m.Text, "تجربة") || c == message.SMS && message.Parts(m.Text) > 5 {
				t.Errorf("%d parts:\n%s", message.Parts(m.Text), m.Text)
			}
		}
	}
}

func TestEverythingOfARehearsalSaysSo(t *testing.T) {
	e := election
	e.Rehearsal = true
	for v, says := range map[*letter.Letter]string{&fatima: "تجربة", &salem: "REHEARSAL"} {
		for c, to := range map[message.Channel]string{message.Email: "voter@example.ly", message.SMS: "+218912345678"} {
			m, err := letter.Message(e, *v, c, to)
			if err != nil || !strings.HasPrefix(m.Text, says) || c == message.Email && !strings.Contains(m.Subject, says) {
				t.Errorf("%v, %q: %s", err, m.Subject, m.Text)
			}
		}
		var letters, list bytes.Buffer
		p, err := letter.NewPrinter(&letters, v.Language, e)
		if err == nil {
			err = p.Print(*v)
		}
		if err == nil {
			_, err = p.Close()
		}
		if err == nil {
			_, err = letter.WriteList(&list, v.Language, e, "", []letter.Line{{Number: 1, Name: v.Name, Voter: v.Voter}})
		}
		if err != nil {
			t.Fatal(err)
		}
		for document, times := range map[*bytes.Buffer]int{&letters: 2, &list: 1} { // outside and inside of a folded letter
			if got := strings.Count(plain(run(t, folder(t, document.Bytes()), "pdftotext", "letters.pdf", "-")), says); got != times {
				t.Errorf("%s stands %d times on a page, not %d", says, got, times)
			}
		}
	}
}

func TestTheListForSignaturesNamesEachLetterOnce(t *testing.T) {
	var lines []letter.Line
	for i := range 45 {
		lines = append(lines, letter.Line{Number: 100 + i, Name: fatima.Name, Voter: fmt.Sprintf("1198-%d", i)})
	}
	lines[3].Name = strings.Repeat("عبد الرحمن ", 20)
	lines[44].Name = "\u202eolleh"
	var out bytes.Buffer
	troubles, err := letter.WriteList(&out, "ar", election, "طرابلس المركز", lines)
	if err != nil || len(troubles) != 1 || troubles[0].Number != 103 || !troubles[0].Cut {
		t.Errorf("%+v, %v", troubles, err)
	}
	dir := folder(t, out.Bytes())
	text := plain(run(t, dir, "pdftotext", "-layout", "letters.pdf", "-"))
	if pages := strings.Count(text, "\f"); pages != 3 {
		t.Errorf("%d pages", pages)
	}
	for i := range lines {
		if n := strings.Count(text, lines[i].Voter+" ") + strings.Count(text, lines[i].Voter+"\n"); n != 1 {
			t.Errorf("%s stands %d times", lines[i].Voter, n)
		}
	}
	for _, want := range []string{"التوقيع", "طرابلس", "فاطمة"} {
		if strings.Count(text, want) < 3 {
			t.Errorf("not every page says %s", want)
		}
	}
	if strings.Contains(text, fatima.Credential) {
		t.Error("a credential is on the list")
	}
}
