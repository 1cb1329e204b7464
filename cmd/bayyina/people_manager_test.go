package main

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bayyina/core/ballot"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/module/vote/manage"
	"bayyina/platform/job"
	"bayyina/platform/web/webtest"
)

// write has the manager write the election down, from a file, and make its draft. It returns the
// path of its page.
func (p *people) write(b *webtest.Browser) (outline string) {
	p.must(os.WriteFile(p.file("election.toml"), []byte(outlineOfPeople), 0o600))
	b.Page(p.t, p.origin+"/ar/drafts")
	b.Upload(p.t, "#file", p.file("election.toml"))
	b.Follow(p.t, "button[value=import]")
	outline = strings.TrimPrefix(b.Address(p.t), p.origin+"/ar")
	b.Page(p.t, p.origin+"/ar"+outline+"/questions/1")
	b.Click(p.t, "details summary")
	b.Upload(p.t, "#picture_0", p.picture())
	b.Follow(p.t, `form .actions button[value=save]`)
	b.Follow(p.t, "button[value=draft]")
	p.look(b, "draft-ar-1280")
	made, err := p.r.outlines.Made(p.t.Context(), strings.TrimPrefix(outline, "/drafts/"))
	p.must(err)
	if len(made) != 1 {
		p.t.Fatalf("%d elections were made", len(made))
	}
	p.uuid = made[0].Election
	return outline
}

// picture is a file with a candidate's picture.
func (p *people) picture() string {
	face := image.NewRGBA(image.Rect(0, 0, 300, 400))
	for x := range 300 {
		for y := range 400 {
			face.Set(x, y, color.RGBA{uint8(x * 255 / 300), 120, uint8(y * 255 / 400), 255})
		}
	}
	var b bytes.Buffer
	p.must(jpeg.Encode(&b, face, nil))
	p.must(os.WriteFile(p.file("face.jpg"), b.Bytes(), 0o600))
	return p.file("face.jpg")
}

// illustrated checks that the candidate's picture is what the set-up in the log names, for booths too.
func (p *people) illustrated() {
	p.t.Helper()
	definition, err := p.r.registrar.Definition(p.t.Context(), p.uuid)
	p.must(err)
	e, err := ballot.ParseElection(definition)
	p.must(err)
	photos := evidence.PhotosOf(e)
	if len(photos) != 1 {
		p.t.Fatalf("the questions name the pictures %q", photos)
	}
	resp, err := http.Get(p.r.local + "/api/v1/elections/" + p.uuid + "/photos/" + photos[0])
	p.must(err)
	defer resp.Body.Close()
	picture, err := io.ReadAll(resp.Body)
	p.must(err)
	if a := vote.AttachmentOf(picture); a.SHA256 != photos[0] || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
		p.t.Errorf("%s: %v %s", resp.Status, a, resp.Header)
	}
}

// rehearse has the manager begin a rehearsal of the draft, and returns its id.
func (p *people) rehearse(b *webtest.Browser, outline string) (id string) {
	b.Page(p.t, p.origin+"/ar"+outline+"/rehearsals")
	set(p.t, b, map[string]string{"#voters": "20"})
	p.look(b, "rehearse-ar-1280")
	b.Follow(p.t, "main form button")
	p.look(b, "rehearsing-ar-1280")
	return strings.TrimPrefix(b.Address(p.t), p.origin+"/ar/rehearsals/")
}

// tried has the manager look at what came out of the rehearsal, and delete it.
func (p *people) tried(b *webtest.Browser, id string) {
	p.t.Helper()
	var r manage.Rehearsal
	for begun := time.Now(); !r.Job.Over(); time.Sleep(100 * time.Millisecond) {
		var err error
		r, err = p.r.outlines.Rehearsal(p.t.Context(), id)
		p.must(err)
		if time.Since(begun) > 2*time.Minute {
			p.t.Fatalf("the rehearsal does not end: %+v", r.Job)
		}
	}
	out, err := p.r.outlines.Outcome(id)
	p.must(err)
	if r.Job.Phase != job.Finished || out.False != 0 || !out.Witnessed || len(out.Elections) != 1 || !out.Elections[0].Exact {
		p.t.Fatalf("%+v: %+v", r.Job, out)
	}
	if out.Elections[0].Election == p.uuid {
		p.t.Error("the rehearsal is of the election itself")
	}
	for i, lang := range []string{"ar", "en"} {
		b.Width(p.t, []int64{webtest.Phone, webtest.Desktop}[i])
		b.Page(p.t, p.origin+"/"+lang+"/rehearsals/"+id)
		p.look(b, "rehearsed-"+lang)
	}
	b.Follow(p.t, `main table a[href*="/board/"]`)
	p.look(b, "rehearsed-board-en-1280")
	if banner := b.Text(p.t, ".banner"); !strings.Contains(strings.ToLower(banner), "rehearsal") || !strings.Contains(b.Text(p.t, "h1"), "REHEARSAL") {
		p.t.Errorf("the board says %q", banner)
	}
	if page := webtest.Ask[string](p.t, b, `fetch("none").then(async r => r.status + " " + await r.text())`); !strings.HasPrefix(page, "404 ") || !strings.Contains(page, "<h1") {
		p.t.Errorf("a page that the board does not have: %.200s", page)
	}
	b.Complaints() // of its status
	b.Page(p.t, p.origin+"/ar/rehearsals/"+id)
	b.Follow(p.t, "button[value=delete]")
	if _, err := os.Stat(filepath.Join(p.r.Config.Dir, rehearsalsDir, id)); !os.IsNotExist(err) {
		p.t.Errorf("the rehearsal is still there: %v", err)
	}
}

// stands has the manager look at how far the election is, on its draft's page and on that of all
// elections.
func (p *people) stands(b *webtest.Browser, outline string, stage vote.Stage) {
	p.t.Helper()
	p.await(b, p.origin+"/en/my-elections?stage="+string(stage), `main a[href$="/elections/`+p.uuid+`"]`)
	for i, lang := range []string{"ar", "en"} {
		b.Width(p.t, []int64{webtest.Phone, webtest.Desktop}[i])
		b.Page(p.t, p.origin+"/"+lang+"/my-elections")
		p.look(b, "mine-"+string(stage)+"-"+lang)
		b.Page(p.t, p.origin+"/"+lang+outline)
		p.look(b, "stands-"+string(stage)+"-"+lang)
	}
	if text := b.Text(p.t, "main"); !strings.Contains(text, "does not change any more") || webtest.Ask[bool](p.t, b, `document.querySelector("button[value=add]") != null`) {
		p.t.Errorf("the draft can still be changed:\n%s", text)
	}
	b.Page(p.t, p.origin+"/en"+outline+"/versions")
	if webtest.Ask[bool](p.t, b, `document.querySelector("button[value=restore]") != null`) {
		p.t.Error("an earlier version can be taken back")
	}
}

// owes has somebody who must sign a decision find it among what there is to do.
func (p *people) owes(b *webtest.Browser, decision string) {
	p.t.Helper()
	b.Page(p.t, p.origin+"/ar/my-elections")
	if path := strings.TrimPrefix(decision, p.origin); !webtest.Ask[bool](p.t, b, "document.querySelector(`main a[href=\""+path+"\"]`) != null") {
		p.t.Errorf("%s is not among what there is to do:\n%s", path, b.Text(p.t, "main"))
	}
}
