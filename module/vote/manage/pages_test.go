package manage

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/access"
	"bayyina/platform/identity/account"
	"bayyina/platform/job"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/store/seal/sealtest"
	"bayyina/platform/store/storetest"
	"bayyina/platform/web"
	"bayyina/platform/web/webtest"
)

var now = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

// office is where two managers write outlines.
type office struct {
	*Outlines
	site     http.Handler
	managers [2]*access.Person
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newOffice(t *testing.T, db *store.DB) *office {
	t.Helper()
	ctx := t.Context()
	clock := func() time.Time { return now }
	name := read.Bilingual{AR: "بيّنة", EN: "Bayyina"}
	accounts := must(account.New(ctx, account.Config{
		DB: db, Keys: sealtest.New(t, db), Name: name, Origin: webtest.Origin, Now: clock, Random: rand.Reader, Log: slog.New(slog.DiscardHandler), Demo: true,
	}))
	if err := accounts.AddOrganisation(ctx, account.Organisation{Code: "hnec", Kind: account.Commission, Name: name}); err != nil {
		t.Fatal(err)
	}
	if _, err := vote.NewRegistrar(ctx, vote.Config{DB: db}); err != nil { // whose tables tell what has begun
		t.Fatal(err)
	}
	o := &office{Outlines: must(New(ctx, Config{DB: db, Now: clock, Random: rand.Reader, Rehearsals: t.TempDir()}))}
	for i := range o.managers {
		id, _, err := accounts.Invite(ctx, nil, account.Newcomer{Name: fmt.Sprint("Manager ", i+1), Address: fmt.Sprint(i, "@example.ly"), Organisation: "hnec"})
		if err == nil {
			err = db.Tx(ctx, func(tx *store.Tx) error {
				return accounts.ApplyGrant(ctx, tx, id, access.Grant{Role: access.ElectionManager}, fmt.Sprint("test", i))
			})
		}
		if err != nil {
			t.Fatal(err)
		}
		member := must(accounts.Member(ctx, id))
		o.managers[i] = &member.Person
	}
	site := must(web.New(web.Config{
		Name: name, Rehearsal: true, Origin: webtest.Origin, Zone: time.FixedZone("EET", 2*60*60), Visitor: accounts.SignedIn, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}))
	accounts.Mount(site)
	site.Page(http.MethodGet, "/my-elections", access.Public, func(v *web.Visit) (web.Answer, error) { return v.SeeOther("/drafts", read.Message{}), nil })
	if err := o.Mount(site); err != nil {
		t.Fatal(err)
	}
	o.site = accounts.Handler(site.Handler())
	return o
}

func (o *office) signIn(t *testing.T, b *webtest.Browser, manager int) {
	t.Helper()
	b.Page(t, "/en/demo")
	b.Follow(t, fmt.Sprintf(`form:has([name=person][value="%d"]) button`, o.managers[manager].ID))
}

func (o *office) newest(t *testing.T) Version {
	t.Helper()
	list := must(o.List(t.Context()))
	if len(list) == 0 {
		t.Fatal("there is no outline")
	}
	return list[0]
}

func TestAnElectionIsWrittenOnPagesFromItsTitleToItsDraft(t *testing.T) {
	o := newOffice(t, storetest.Open(t, storetest.DSN(t, store.SQLite)))
	b := webtest.Open(t, o.site)
	o.signIn(t, b, 0)
	b.Page(t, "/ar/drafts")
	b.Type(t, "#title_ar", "مجلس النواب")
	b.Type(t, "#title_en", "House")
	b.Follow(t, `button[value=new]`)
	page := "/drafts/" + o.newest(t).ID
	b.Follow(t, `button[value=add]`)
	b.Type(t, "#title_ar", "من تختار؟")
	b.Type(t, "#title_en", "Whom do you choose?")
	b.Type(t, "#ar_0", "سالمة")
	b.Type(t, "#en_0", "Salma")
	b.Follow(t, `button[value=add-answer]`) // what was typed stays
	b.Type(t, "#ar_2", "عمر")
	b.Type(t, "#en_2", "Omar")
	b.Follow(t, `button[value=up-2]`)
	b.Follow(t, `form .actions button[value=save]`)
	q := o.newest(t).Outline.Questions[0]
	if len(q.Answers) != 2 || q.Answers[0].Name.EN != "Salma" || q.Answers[1].Name.EN != "Omar" {
		t.Fatalf("%+v", q)
	}
	b.Page(t, "/ar"+page+"/districts")
	file := filepath.Join(t.TempDir(), "districts.csv")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("name_ar;name_en;voters\r\nطرابلس;Tripoli;many\r\n")
	b.Click(t, "details summary")
	b.Upload(t, "#table", file)
	b.FollowTo(t, 422, `button[value=table]`)
	if text := b.Text(t, ".errors"); !strings.Contains(text, "السطر 2") || !strings.Contains(text, "many") {
		t.Error(text)
	}
	write("\ufeffname_ar;name_en;voters\r\nطرابلس;Tripoli;5000\r\nغات;Ghat;٣٠\r\n")
	b.Upload(t, "#table", file)
	b.Follow(t, `button[value=table]`)
	b.Follow(t, `form .actions button[value=save]`)
	if list := o.newest(t).Outline.Districts; len(list) != 2 || list[1].Voters != 30 {
		t.Fatalf("%+v", list)
	}
	b.Follow(t, `button[value=draft]`)
	number, made, err := o.Drafted(t.Context(), o.newest(t).ID)
	if err != nil || number != o.newest(t).Number || len(made) != 1 || len(made[0].Districts) != 2 {
		t.Errorf("version %d, %+v, %v", number, made, err)
	}
	b.Page(t, "/en"+page+"/text")
	before := b.Text(t, "#text")
	b.Type(t, "#text", "\nbogus = 1\n")
	b.FollowTo(t, 422, `form .actions button[value=save]`)
	if !strings.Contains(b.Text(t, ".errors"), "bogus") {
		t.Error(b.Text(t, ".errors"), before)
	}
}

func TestPagesOfOutlinesAreReadableInBothLanguagesOnPhoneAndDesk(t *testing.T) {
	o := newOffice(t, storetest.Open(t, storetest.DSN(t, store.SQLite)))
	outline := parsed(t, country)
	outline.Questions[0].Answers[0].Photo = must(o.Keep(t.Context(), must(portrait(picture(t, 600, 900)))))
	outline.Questions[2].Answers[0].Name.EN = ""
	id := must(o.Create(t.Context(), o.managers[0], outline))
	b := webtest.Open(t, o.site)
	o.signIn(t, b, 0)
	pages := map[string]string{
		"list": "", "overview": "/" + id, "general": "/" + id + "/general", "districts": "/" + id + "/districts", "text": "/" + id + "/text",
		"choose": "/" + id + "/questions/1", "lists": "/" + id + "/questions/2", "rank": "/" + id + "/questions/3", "grade": "/" + id + "/questions/4",
		"paper": "/" + id + "/paper", "versions": "/" + id + "/versions",
	}
	for name, path := range pages {
		t.Run(name, func(t *testing.T) { b.Look(t, "manage-"+name, "/drafts"+path) })
	}
}

func TestWhatTwoManagersChangeAtOnceIsNotLost(t *testing.T) {
	o := newOffice(t, storetest.Open(t, storetest.DSN(t, store.SQLite)))
	id := must(o.Create(t.Context(), o.managers[0], parsed(t, country)))
	one := webtest.Open(t, o.site)
	two := one.Another(t)
	o.signIn(t, one, 0)
	o.signIn(t, two, 1)
	one.Page(t, "/en/drafts/"+id+"/general")
	two.Page(t, "/en/drafts/"+id+"/general")
	fill := func(b *webtest.Browser, title string) {
		webtest.Ask[string](t, b, fmt.Sprintf(`document.querySelector('#title_en').value = %q`, title))
	}
	fill(two, "Parliament")
	two.Follow(t, `form .actions button[value=save]`)
	fill(one, "Assembly")
	one.FollowTo(t, 422, `form .actions button[value=save]`)
	if text := one.Text(t, "main"); !strings.Contains(text, "Manager 2") || !strings.Contains(text, "Parliament") {
		t.Error(text)
	}
	if typed := webtest.Ask[string](t, one, `document.querySelector('#title_en').value`); typed != "Assembly" {
		t.Errorf("%q was typed", typed)
	}
	one.Follow(t, `form .actions button[value=save]`)
	if got := o.newest(t); got.Outline.Title.EN != "Assembly" || got.Number != 3 {
		t.Errorf("%+v", got)
	}
	if was := must(o.Outline(t.Context(), id, 2)); was.Outline.Title.EN != "Parliament" || was.Name != "Manager 2" {
		t.Errorf("%+v", was)
	}
}

func TestChangesOfDifferentPartsGoTogetherOnBothDatabases(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		ctx := t.Context()
		id := must(o.Create(ctx, o.managers[0], parsed(t, country)))
		title := func(o *Outline) *Outline { return &Outline{Title: o.Title} }
		places := func(o *Outline) *Outline { return &Outline{Districts: o.Districts} }
		if err := o.Change(ctx, o.managers[0], id, 1, title, func(o *Outline) error { o.Title.EN = "A"; return nil }); err != nil {
			t.Fatal(err)
		}
		if err := o.Change(ctx, o.managers[1], id, 1, places, func(o *Outline) error { o.Districts = nil; return nil }); err != nil {
			t.Fatal(err)
		}
		if err := o.Change(ctx, o.managers[1], id, 3, places, func(*Outline) error { return nil }); err != nil {
			t.Fatal(err)
		}
		got := o.newest(t)
		if got.Number != 3 || got.Outline.Title.EN != "A" || got.Outline.Districts != nil {
			t.Errorf("%+v", got)
		}
		first, again := must(o.Draft(ctx, id, 3)), must(o.Draft(ctx, id, 3))
		if len(first) != 1 || first[0].Election != again[0].Election {
			t.Errorf("%+v and %+v", first, again)
		}
		picture := must(portrait(picture(t, 10, 10)))
		if kept := must(o.Photo(ctx, must(o.Keep(ctx, picture)))); !bytes.Equal(kept, picture) {
			t.Error("another picture comes back")
		}
	})
}

func TestAnOutlineOfWhichAnElectionHasBegunStaysAsItIs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		ctx := t.Context()
		id := must(o.Create(ctx, o.managers[0], parsed(t, country)))
		made := must(o.Draft(ctx, id, 1))
		if list := must(o.Made(ctx, id)); len(list) != len(made) || must(o.Begun(ctx, id)) {
			t.Errorf("%d elections; begun", len(list))
		}
		rename := func() error {
			return o.Change(ctx, o.managers[0], id, 1, func(o *Outline) *Outline { return o }, func(o *Outline) error { o.Title.EN = "B"; return nil })
		}
		if err := rename(); err != nil {
			t.Fatal(err)
		}
		if list := must(o.Made(ctx, id)); list != nil {
			t.Error("what was made is no longer what the outline says, and could begin")
		}
		if err := db.Tx(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO vote_ceremony (election, round, roster, begun) VALUES (?1, 1, ?2, 0)`, made[0].Election, []byte("{}"))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := rename(); !errors.Is(err, ErrBegun) || !must(o.Begun(ctx, id)) {
			t.Errorf("it was changed: %v", err)
		}
	})
}

func TestARehearsalIsHeldAloneAndDeletedWithWhatItLeft(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		ctx := t.Context()
		if _, err := job.New(ctx, job.Config{DB: db}); err != nil {
			t.Fatal(err)
		}
		id := must(o.Create(ctx, o.managers[0], parsed(t, country)))
		first := must(o.Rehearse(ctx, id, 1, 20))
		if _, err := o.Rehearse(ctx, id, 1, 20); !errors.Is(err, ErrBusy) {
			t.Errorf("another began: %v", err)
		}
		if err := o.DropRehearsal(ctx, first); !errors.Is(err, ErrBusy) {
			t.Errorf("it was deleted while it is held: %v", err)
		}
		if err := o.changeRehearsal(ctx, first, false); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(o.RehearsalDir(first), BoardDir), 0o700); err != nil {
			t.Fatal(err)
		}
		second := must(o.Rehearse(ctx, id, 1, 30))
		if list := must(o.Rehearsals(ctx, id)); len(list) != 2 || must(o.Rehearsal(ctx, second)).Voters != 30 {
			t.Errorf("%+v", list)
		}
		if err := o.changeRehearsal(ctx, first, true); !errors.Is(err, ErrBusy) {
			t.Errorf("two are held at once: %v", err)
		}
		if err := o.DropRehearsal(ctx, first); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(o.RehearsalDir(first)); !os.IsNotExist(err) {
			t.Error(err)
		}
		if _, err := o.Rehearsal(ctx, first); !errors.Is(err, ErrUnknown) {
			t.Error(err)
		}
	})
}

func TestAPictureIsSmallHoweverMuchItShows(t *testing.T) {
	noise := image.NewRGBA(image.Rect(0, 0, 900, 900))
	if _, err := rand.Read(noise.Pix); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, noise, nil); err != nil {
		t.Fatal(err)
	}
	if kept := must(portrait(b.Bytes())); len(kept) > evidence.MaxPhoto {
		t.Errorf("%d bytes", len(kept))
	}
}

func picture(t *testing.T, w, h int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		img.Set(x, 0, color.RGBA{uint8(x), 90, 120, 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
