package vote_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bayyina/internal/sendtest"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/module/vote/letter"
	"bayyina/module/vote/local"
	"bayyina/platform/identity"
	"bayyina/platform/identity/decide"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
	"bayyina/platform/message"
	"bayyina/platform/store"
	"bayyina/platform/web"
)

// reachable have addresses of all kinds: the mail server refuses who is called nobody for good, and
// who is called later for now.
const reachable = "voter,name,language,email,phone\n" +
	"1,فاطمة,ar,fatima@example.ly,+218912345678\n" +
	"2,Nobody,en,nobody@example.ly,\n" +
	"3,Later,en,later@example.ly,\n" +
	"4,Salem,en,,00218 91 234 5679\n"

// publishes has the authority publish its list of the voters of a file.
func (h *hall) publishes(t *testing.T, a *local.Authority, file string) *local.Desk {
	t.Helper()
	d := must(a.Ask(ctx, h.draft))
	check(t, d.Issue([]byte(file), []byte(passphrase)))
	check(t, d.SetWording(letter.Election{UUID: h.draft, Opens: opens, Closes: closes, Booth: "https://vote.test/booth/", Code: message.SMS}))
	return h.publishesAgain(t, d)
}

func (h *hall) publishesAgain(t *testing.T, d *local.Desk) *local.Desk {
	t.Helper()
	check(t, d.RestoreList(must(d.Sealed()), []byte(passphrase)))
	check(t, d.Publish([]byte(passphrase)))
	d = must(d.Send(ctx))
	h.drain()
	return d
}

// contentOf is what stands after a parcel's note.
func contentOf(parcel []byte) []byte {
	r := tar.NewReader(bytes.NewReader(parcel))
	must(r.Next())
	must(r.Next())
	return must(io.ReadAll(r))
}

// secretOf is a voter's credential.
func secretOf(t *testing.T, d *local.Desk, voter string) string {
	t.Helper()
	open := identity.AskPassphrase(func() ([]byte, error) { return []byte(passphrase), nil })
	holders := must(vote.ParsePrivateList(must(identity.OpenSecret(vote.PrivateLabel(d.Election), must(d.Sealed()), open))))
	i := slices.IndexFunc(holders, func(h vote.Holder) bool { return h.ID == voter })
	return holders[i].Private.Reveal()
}

// lettersAre fails unless something happened to so many letters.
func lettersAre(t *testing.T, d *local.Desk, what local.What, by message.Channel, want int) {
	t.Helper()
	got := 0
	for _, c := range must(d.LetterRecord()).Counts() {
		if c.Fact == (local.Fact{What: what, By: by}) {
			got = c.Letters
		}
	}
	if got != want {
		t.Errorf("%s %s: %d letters, not %d", what, by, got, want)
	}
}

func TestTheAuthorityMailsEachVoterOnceAndGoesOnWhereItStopped(t *testing.T) {
	slow(t)
	sender, mails := sendtest.Mail(t, "starttls")
	h := newHall(t, newWorld(t, store.SQLite))
	h.begin(t, false)
	cfg := h.keyed(t, h.Authority)
	cfg.Senders = map[message.Channel]message.Sender{message.Email: sender}
	d := h.publishes(t, must(local.NewAuthority(cfg)), reachable)
	phrase := []byte(passphrase)
	check(t, d.SendAll(ctx, message.Email, phrase, ignore))
	got := must(mail.ReadMessage(strings.NewReader((<-mails).Text)))
	body := strings.ReplaceAll(string(must(io.ReadAll(quotedprintable.NewReader(got.Body)))), "\r\n", "\n")
	secret := secretOf(t, d, "1")
	for _, line := range []string{secret, "https://vote.test/booth/#" + h.draft + ":" + secret, "1"} {
		if !slices.Contains(strings.Split(body, "\n"), line) {
			t.Errorf("%q stands on no line of its own in\n%s", line, body)
		}
	}
	if !strings.Contains(body, "فاطمة") {
		t.Error("the mail does not greet")
	}
	lettersAre(t, d, local.Sent, message.Email, 1)
	lettersAre(t, d, local.Refused, message.Email, 1)
	lettersAre(t, d, local.Later, message.Email, 1)

	// Another process goes on from there: only who was to come later is tried.
	d = must(must(local.NewAuthority(cfg)).Ask(ctx, h.draft))
	check(t, d.SendAll(ctx, message.Email, phrase, func(_, total int64) {
		if total != 1 {
			t.Errorf("%d messages to send", total)
		}
	}))
	// The same credential again, for whoever asks, and it is noted.
	check(t, d.SendOne(ctx, "١", message.Email, phrase))
	if again := must(mail.ReadMessage(strings.NewReader((<-mails).Text))); !strings.Contains(string(must(io.ReadAll(quotedprintable.NewReader(again.Body)))), secret) {
		t.Error("the second mail has another credential")
	}
	if last := must(d.LetterRecord()).Last()[0]; last.What != local.Sent || last.Letter != 1 {
		t.Errorf("noted %+v", last)
	}
	if err := d.SendOne(ctx, "4", message.Email, phrase); !errors.Is(err, local.ErrNoAddress) {
		t.Errorf("a voter without a mailbox: %v", err)
	}
	if err := d.SendOne(ctx, "2", message.Email, phrase); !errors.Is(err, message.ErrRefused) {
		t.Errorf("a mailbox that is none: %v", err)
	}

	// Codes and credentials never go the same way.
	e := must(d.Wording())
	e.Code = message.Email
	check(t, d.SetWording(e))
	for _, err := range []error{d.SendAll(ctx, message.Email, phrase, ignore), d.SendOne(ctx, "1", message.Email, phrase)} {
		if !errors.Is(err, local.ErrSameChannel) {
			t.Errorf("by the channel of the codes: %v", err)
		}
	}
	select {
	case more := <-mails:
		t.Errorf("one mail more, to %v", more.To)
	default:
	}
	// A mail server that nobody may use is told before any voter is tried.
	e.Code = ""
	check(t, d.SetWording(e))
	sender.Password = "guessed"
	if err := d.SendAll(ctx, message.Email, phrase, ignore); err == nil {
		t.Error("a wrong password")
	}
	lettersAre(t, d, local.Later, message.Email, 1)
}

func TestCredentialsThatTextMessagesBringAreKnownToHaveArrived(t *testing.T) {
	slow(t)
	h := newHall(t, newWorld(t, store.SQLite))
	h.begin(t, false)
	var a *local.Authority
	told := make(chan bool, 10)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux := http.NewServeMux()
		mux.Handle("GET /messages/{id}", message.Receipts(a.Receipt))
		mux.ServeHTTP(w, r)
		told <- true
	}))
	defer site.Close()
	kannel, lines := sendtest.Kannel(t, site.URL+"/messages/")
	cfg := h.keyed(t, h.Authority)
	cfg.Senders = map[message.Channel]message.Sender{message.SMS: kannel}
	a = must(local.NewAuthority(cfg))
	d := h.publishes(t, a, reachable)
	if err := d.SendAll(ctx, message.SMS, []byte(passphrase), ignore); !errors.Is(err, local.ErrSameChannel) {
		t.Errorf("by the channel of the codes: %v", err)
	}
	e := must(d.Wording())
	e.Code = ""
	check(t, d.SetWording(e))
	check(t, d.SendAll(ctx, message.SMS, []byte(passphrase), ignore))
	var texts strings.Builder
	for !strings.Contains(texts.String(), secretOf(t, d, "4")) { // in English, in the phones' own alphabet
		select {
		case line := <-lines:
			texts.WriteString(line)
		case <-time.After(20 * time.Second):
			t.Fatalf("the phones got %q", texts.String())
		}
	}
	for range 2 {
		select {
		case <-told:
		case <-time.After(20 * time.Second):
			t.Fatal("no receipt")
		}
	}
	lettersAre(t, d, local.Sent, message.SMS, 2)
	lettersAre(t, d, local.Delivered, message.SMS, 2)
	if err := a.Receipt(ctx, "0123", true); err == nil {
		t.Error("a receipt of no message is taken")
	}
}

func TestTheAuthorityKnowsByWhichChannelTheServerSendsCodes(t *testing.T) {
	p := poll(newWorld(t, store.SQLite))
	server := httptest.NewServer(p.site)
	defer server.Close()
	client := must(local.NewClient(server.URL))
	if known, codes, err := client.Voting(ctx, p.uuid); err != nil || !known || codes != message.SMS {
		t.Errorf("known %v, codes by %q, %v", known, codes, err)
	}
	if known, _, err := client.Voting(ctx, "8QrCAeS5xbQKAY"); err != nil || known {
		t.Errorf("an election that is none: %v, %v", known, err)
	}
}

func TestACredentialIsReplacedUntilTheElectionIsSetUp(t *testing.T) {
	slow(t)
	h := newHall(t, newWorld(t, store.SQLite))
	h.begin(t, false)
	h.hold(t)
	a := h.authority(t)
	d := h.publishes(t, a, voterFile)
	phrase := []byte(passphrase)
	check(t, d.Print(ctx, phrase, ignore))
	first, others := secretOf(t, d, "1198-2"), secretOf(t, d, "1198-1")
	old := must(d.Parcel(vote.StepCredentials))
	trustee := h.ask(t, 0)

	check(t, d.Replace(ctx, "1198-2", phrase))
	d = must(a.Ask(ctx, h.draft))
	if _, err := d.PrintOne("1198-1", phrase); !d.Replacing() || !errors.Is(err, vote.ErrTooEarly) {
		t.Errorf("a letter while the server has another list: %v", err)
	}
	check(t, d.Withdraw()) // nothing has changed
	if secretOf(t, d, "1198-2") != first || d.Replacing() {
		t.Error("a replacement that was withdrawn")
	}
	must(d.PrintOne("1198-1", phrase))
	check(t, d.Replace(ctx, "1198-2", phrase))
	d = h.publishesAgain(t, d)
	second := secretOf(t, d, "1198-2")
	if second == first || secretOf(t, d, "1198-1") != others || d.Replacing() {
		t.Error("not the one credential was replaced")
	}
	if facts := must(d.LetterRecord()).Of(2); !slices.Equal(facts, []local.Fact{{What: local.Replaced}}) {
		t.Errorf("of the letter it is known that it was %v", facts)
	}
	if text := must(d.PrintOne("1198-2", phrase)); !strings.HasPrefix(string(text), "%PDF") {
		t.Error("the new letter is no PDF")
	}
	// Nobody brings the old list back, and the trustees go on.
	h.refuses(t, "the list that was replaced", "said-otherwise", old)
	if now := h.ask(t, 0); now.Has(vote.StepCredentials, 0).SHA256 == trustee.Has(vote.StepCredentials, 0).SHA256 {
		t.Error("the trustees see the old list")
	}
	c := must(h.ceremonies.Ceremony(ctx, h.draft))
	record := must(c.Record())
	definition := must(must(c.Template()).Definition(record))
	setUp := func(list []byte) (signed []byte, contents [][]byte) {
		body := must(vote.SetupStatement(read.Bilingual{AR: "انتخاب", EN: "Election"}, definition, record, list, 0))
		return must(h.Say(evidence.KindSetup, body, h.Two()...)), attachments(definition, record, list)
	}
	signers := func(signed []byte, contents [][]byte) ([]decide.Row, error) { // what they read
		return h.reg.Decisions()[evidence.KindSetup].Describe(ctx, nil, must(read.ParseStatement(signed)), func() ([][]byte, error) { return contents, nil })
	}
	signed, contents := setUp(contentOf(old))
	_, err := signers(signed, contents)
	if told, ok := errors.AsType[*web.Problem](err); !ok || told.Says.ID != "decide.problem.vote-list-replaced" {
		t.Errorf("signers of a set-up with the list that was replaced are told %v", err)
	}
	if err := h.reg.Enter(ctx, signed, contents...); !errors.Is(err, vote.ErrListReplaced) {
		t.Errorf("a set-up with the list that was replaced: %v", err)
	}
	signed, contents = setUp(contentOf(must(d.Parcel(vote.StepCredentials))))
	var names []string
	l := must(locale.New(locale.Arabic))
	for _, row := range must(signers(signed, contents)) {
		for _, one := range row.List {
			names = append(names, must(l.Message(one)))
		}
	}
	for _, p := range c.Trustees() { // the record of a threshold group names nobody
		if !slices.Contains(names, p.Name.AR) {
			t.Errorf("signers do not read %s in %q", p.Name.AR, names)
		}
	}
	check(t, h.reg.Enter(ctx, signed, contents...))
	h.drain()
	// Now they stay, whatever the authority does.
	check(t, d.Replace(ctx, "1198-1", phrase)) // as if the server could not be asked
	check(t, d.RestoreList(must(d.Sealed()), phrase))
	check(t, d.Publish(phrase))
	h.refuses(t, "another list after the set-up", "said-otherwise", must(d.Parcel(vote.StepCredentials)))
	check(t, d.Withdraw())
	if secretOf(t, d, "1198-2") != second {
		t.Error("what was withdrawn is not as it was")
	}
	must(d.PrintOne("1198-1", phrase))
	report, _, _ := h.replay()
	for _, claim := range report.Claims {
		if claim.Verdict == read.False {
			t.Errorf("%s: %+v", claim.ID, claim.Faults)
		}
	}
}

func TestWhatHappenedToLettersIsKnownAfterACrash(t *testing.T) {
	slow(t)
	h := newHall(t, newWorld(t, store.SQLite))
	h.begin(t, false)
	cfg := h.keyed(t, h.Authority)
	d := h.publishes(t, must(local.NewAuthority(cfg)), voterFile)
	if n := must(d.Mark(local.Handed, "1\n"+h.draft+"/3\n1\n\n")); n != 2 {
		t.Errorf("%d letters", n)
	}
	if n := must(d.Mark(local.Returned, "٣")); n != 1 {
		t.Errorf("%d letters", n)
	}
	for _, wrong := range []string{"0", "4", "2-1", "1-4", "x", "another/1"} {
		mark := new(local.MarkError)
		if _, err := d.Mark(local.Handed, "1\n"+wrong); !errors.As(err, &mark) || mark.Line != 2 {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	path := filepath.Join(cfg.Dir, h.draft, "round-1", "letters.txt")
	f := must(os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600))
	must(f.WriteString("2026-11-24T08:00:00Z 2 han"))
	check(t, f.Close())
	d = must(must(local.NewAuthority(cfg)).Ask(ctx, h.draft))
	lettersAre(t, d, local.Handed, "", 1)
	lettersAre(t, d, local.Returned, "", 1)
	if must(d.Mark(local.Handed, "2")); strings.Contains(string(must(os.ReadFile(path))), "hanhan") {
		t.Error("a line that was cut stays")
	}
	d = must(must(local.NewAuthority(cfg)).Ask(ctx, h.draft))
	lettersAre(t, d, local.Handed, "", 2)
	check(t, os.WriteFile(path, []byte("yesterday 2 handed\n"), 0o600))
	if _, err := must(must(local.NewAuthority(cfg)).Ask(ctx, h.draft)).LetterRecord(); err == nil {
		t.Error("a record that is none")
	}
}
