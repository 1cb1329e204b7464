package vote_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bayyina/module/vote"
	"bayyina/module/vote/letter"
	"bayyina/module/vote/local"
	"bayyina/platform/identity"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// voterFile has names that would do harm where they are not taken as text.
const voterFile = "voter,name,address1,district,language\n" +
	"1198-1,فاطمة المبروك,شارع الجمهورية,طرابلس,ar\n" +
	"١١٩٨-٢,\"=cmd|'/c calc'!A1\",<script>alert(1)</script>,طرابلس,en\n" +
	"1198-3,Salem,Gamal Street,بنغازي,\n"

func (h *hall) authority(t *testing.T) *local.Authority {
	t.Helper()
	return must(local.NewAuthority(h.keyed(t, h.Authority)))
}

func TestTheAuthorityMakesCredentialsThatTheServerNeverSees(t *testing.T) {
	slow(t)
	h := newHall(t, newWorld(t, store.SQLite))
	h.begin(t, false)
	d := must(h.authority(t).Ask(ctx, h.draft))
	phrase := []byte(passphrase)
	check(t, d.Issue([]byte(voterFile), phrase))
	first := must(d.Sealed())
	check(t, d.Issue([]byte(voterFile), phrase)) // before the list is published they may be made again
	if err := d.Publish(phrase); !errors.Is(err, local.ErrNotRestored) {
		t.Errorf("published before a copy was tried: %v", err)
	}
	if err := d.RestoreList(first, phrase); !errors.Is(err, local.ErrOtherSecret) {
		t.Errorf("an older copy: %v", err)
	}
	check(t, d.RestoreList(must(d.Sealed()), phrase))
	if err := d.RestoreList(must(d.Sealed()), []byte("another passphrase")); !errors.Is(err, identity.ErrPassphrase) {
		t.Errorf("a wrong passphrase: %v", err)
	}
	check(t, d.SetWording(letter.Election{UUID: h.draft, Opens: time.Now(), Closes: time.Now().Add(time.Hour), Booth: "https://vote.test/booth/"}))
	if _, err := d.PrintOne("1198-2", phrase); !errors.Is(err, vote.ErrTooEarly) {
		t.Errorf("a letter whose credential nobody has published: %v", err)
	}
	check(t, d.Publish(phrase))
	if err := d.Issue([]byte(voterFile), phrase); !errors.Is(err, vote.ErrSaid) {
		t.Errorf("made again after they were published: %v", err)
	}
	d = must(d.Send(ctx))
	files := 0
	for range 2 { // the second time nothing is left to do
		check(t, d.Print(ctx, phrase, ignore))
		files = len(must(d.Letters()))
	}
	if counts := must(d.LetterRecord()).Counts(); files != 2 || len(counts) != 1 || counts[0] != (local.Count{Fact: local.Fact{What: local.Printed}, Letters: 3}) {
		t.Errorf("%d files, not one for each district; %+v", files, counts)
	}
	if text := must(d.PrintOne("1198-2", phrase)); !bytes.HasPrefix(text, []byte("%PDF")) {
		t.Error("a letter that is printed again is no PDF")
	}
	open := identity.AskPassphrase(func() ([]byte, error) { return []byte(passphrase), nil })
	holders := must(vote.ParsePrivateList(must(identity.OpenSecret(vote.PrivateLabel(h.draft), must(d.Sealed()), open))))
	if len(holders) != 3 || holders[1].ID != "1198-2" {
		t.Fatalf("%d holders", len(holders))
	}
	for _, secret := range []string{holders[0].Private.Reveal(), holders[2].Private.Reveal(), passphrase, "المبروك", "1198-1"} {
		if h.traffic.has([]byte(secret)) {
			t.Error("a secret, or a voter's name, reached the server")
		}
	}
	if c := must(h.ceremonies.Ceremony(ctx, h.draft)); c.Has(vote.StepCredentials, 0) == nil {
		t.Error("the server has no list")
	}
	check(t, filepath.Walk(filepath.Dir(must(d.Letters())[0]), func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() && info.Mode().Perm() != 0o600 {
			t.Errorf("%s may be read by others: %v", path, info.Mode())
		}
		return err
	}))
}

func TestWrongLinesOfAVotersFileAreNamed(t *testing.T) {
	const head = "voter,name,language,weight\n"
	for _, c := range []struct {
		text, reason string
		line         int
	}{
		{"", "table", 1},
		{"voter,name,surname\n1,a,b\n", "header", 1},
		{"name\na\n", "header", 1},
		{head, "nobody", 1},
		{head + "1,a,ar,1\n1,b,ar,1\n", "twice", 3},
		{head + "1,a,ar,1\n١,b,ar,1\n", "twice", 3}, // the same number in other digits
		{head + "1,,ar,1\n", "name", 2},
		{head + ",a,ar,1\n", "voter", 2},
		{head + "1,a,fr,1\n", "language", 2},
		{head + "1,a,ar,0\n", "weight", 2},
		{"voter,name,phone\n1,a,0912345678\n", "phone", 2}, // without its country's code
		{"voter,name,email\n1,a,b@\n", "email", 2},
		{head + "1,a\u202eb,ar,1\n", "text", 2},
		{head + "1," + strings.Repeat("ا", 121) + ",ar,1\n", "text", 2},
		{head + "1,a,ar\n", "table", 2},
		{head + "1,\"a\n", "table", 2},
		{"voter,name\n\"0", "table", 2}, // no field of the line is whole
	} {
		_, err := local.ReadRoll([]byte(c.text))
		wrong := local.RollError{}
		if !errors.As(err, &wrong) || wrong[0].Reason != c.reason || wrong[0].Line != c.line {
			t.Errorf("%.60q: %v, not %s in line %d", c.text, err, c.reason, c.line)
		}
	}
}

func FuzzVotersFile(f *testing.F) {
	f.Add([]byte(voterFile))
	f.Add([]byte("\ufeffvoter,name,weight\n\"a\"\"b\",c,2\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		roll, err := local.ReadRoll(data)
		if err == nil && len(roll.Voters) == 0 {
			t.Error("a file without voters is taken")
		}
	})
}

func TestTheAuthoritysPagesLeadFromTheVotersFileToLetters(t *testing.T) {
	slow(t)
	h := newHall(t, newWorld(t, store.SQLite))
	h.begin(t, false)
	a := h.authority(t)
	shell := must(local.Listen(local.Config{Name: read.Bilingual{AR: "جهة الرموز", EN: "Authority"}, Random: rand.Reader, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}))
	check(t, a.Mount(shell))
	served, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- shell.Serve(served) }()
	defer func() { stop(); check(t, <-ended) }()
	client := &http.Client{Jar: must(cookiejar.New(nil))}
	origin, _, _ := strings.Cut(shell.URL(), "/enter/")
	get := func(address string) string {
		answer := must(client.Get(address))
		defer answer.Body.Close()
		text := string(must(io.ReadAll(answer.Body)))
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s", address, answer.StatusCode, text)
		}
		return text
	}
	get(shell.URL())
	page := "/ceremonies/" + h.draft
	look := func(ar, en string) {
		t.Helper()
		for range 200 { // what goes on in the background comes to its end
			if !strings.Contains(get(origin+"/en"+page), "<progress") {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		if !strings.Contains(get(origin+"/ar"+page), ar) || !strings.Contains(get(origin+"/en"+page), en) {
			t.Errorf("the page does not say %q", en)
		}
	}
	post := func(to string, status int, fields map[string]string, file string, content []byte) string {
		t.Helper()
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		check(t, w.WriteField("passphrase", passphrase))
		for name, value := range fields {
			check(t, w.WriteField(name, value))
		}
		if file != "" {
			must(must(w.CreateFormFile(file, "file")).Write(content))
		}
		check(t, w.Close())
		answer := must(client.Post(origin+"/en"+page+to, w.FormDataContentType(), &body))
		defer answer.Body.Close()
		text := string(must(io.ReadAll(answer.Body)))
		if answer.StatusCode != status {
			t.Fatalf("%s: %d %s", to, answer.StatusCode, text)
		}
		return text
	}
	if !strings.Contains(get(origin+"/ar/"), page) {
		t.Error("the first page does not lead to the election")
	}
	look("إنشاء الرموز", "Make credentials")
	if text := post("/issue", http.StatusUnprocessableEntity, nil, "voters", []byte("voter,name\n1,\n")); !strings.Contains(text, "Line") {
		t.Error("the wrong line is not named")
	}
	post("/issue", http.StatusOK, nil, "voters", []byte(voterFile))
	look("فتح النسخة", "stick")
	post("/restore", http.StatusOK, nil, "copy", []byte(get(origin+"/en"+page+"/secret.age")))
	look("نشر القائمة", "Sign and publish")
	post("/publish", http.StatusOK, nil, "", nil)
	look("ما تقوله الرسائل", "What the letters say")
	wording := map[string]string{"opens": "2026-12-10T08:00", "closes": "2026-12-12T20:00", "booth": "https://vote.test/booth/", "code": "sms"}
	for _, name := range []string{"title", "commission", "authority", "contact", "zone"} {
		wording[name+"-ar"], wording[name+"-en"] = "اسم", "Name"
	}
	post("/wording", http.StatusOK, wording, "", nil)
	post("/print", http.StatusOK, nil, "", nil)
	look("عدد الناخبين: 3", "<dt>printed</dt><dd>3</dd>")
	if text := post("/tasks/voter", http.StatusOK, map[string]string{"voter": "1198-3", "action": "print"}, "", nil); !strings.HasPrefix(text, "%PDF") {
		t.Error("a lost letter is not printed again")
	}
	if text := post("/tasks/voter", http.StatusOK, map[string]string{"voter": "1198-1", "action": "find"}, "", nil); !strings.Contains(text, "المبروك") || !strings.Contains(text, "<li>printed</li>") {
		t.Error("the voter's letter is not shown")
	}
	post("/tasks/voter", http.StatusUnprocessableEntity, map[string]string{"voter": "1198-9", "action": "print"}, "", nil)
	post("/tasks/handed", http.StatusUnprocessableEntity, map[string]string{"what": "handed", "numbers": "1\n4"}, "", nil)
	if text := post("/tasks/handed", http.StatusOK, map[string]string{"what": "handed", "numbers": "١\n2-3"}, "", nil); !strings.Contains(text, "just now: 3") {
		t.Error("the letters that were handed over are not counted")
	}
	post("/tasks/lists", http.StatusOK, nil, "", nil)
	look("سُلّمت إلى صاحبها", "<dt>handed over</dt><dd>3</dd>")
	post("/tasks/wording", http.StatusOK, wording, "", nil)
	post("/tasks/email", http.StatusNotFound, nil, "", nil) // it has no settings for that
}
