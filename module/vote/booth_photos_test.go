package vote_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	"bayyina/core/ballot"
	"bayyina/module/vote"
	"bayyina/platform/store"
	"bayyina/platform/web/webtest"
)

// portrait is a picture of one colour.
func portrait(i int) []byte {
	picture := image.NewRGBA(image.Rect(0, 0, 48, 60))
	draw.Draw(picture, picture.Bounds(), image.NewUniform(color.RGBA{uint8(40 * i), 90, 160, 255}), image.Point{}, draw.Src)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, nil); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// What is asked of the server does not tell whose photographs a voter looks at, and a photograph that
// is not the one of the definition is not shown.
func TestPhotographsAreTheDefinitionSAndAskedForInItsOrder(t *testing.T) {
	const candidates, forged = 6, 4
	photos := make(map[string][]byte)
	var names, hashes []string
	for i := range candidates {
		picture := portrait(i)
		hash := vote.AttachmentOf(picture).SHA256
		photos[hash] = picture
		names, hashes = append(names, fmt.Sprintf("مرشح %d · Candidate %d", i+1, i+1)), append(hashes, hash)
	}
	n := *theNation()
	draft := must(vote.ParseTemplate([]byte(fmt.Sprintf(`{"name":"انتخاب","description":"","questions":[{"type":"Homomorphic","value":{"question":"من؟","answers":%s,"min":1,"max":1},"extra":{"order":"drawn","photos":%s}}]}`,
		must(json.Marshal(names)), must(json.Marshal(hashes))))))
	draft.UUID, draft.Group = n.uuid, n.group.Name()
	n.definition = must(draft.Definition(n.record))
	n.election = must(ballot.ParseElection(n.definition))
	w := newWorldOf(t, store.SQLite, &n)
	w.photos = photos
	w.open()
	s := show(w)
	s.get("/en/elections", http.StatusOK) // the board reads the log
	p := newPolling(t, s)
	b := webtest.Open(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/photos/"+hashes[forged]) {
			r.URL.Path = path.Dir(r.URL.Path) + "/" + hashes[0]
		}
		p.site.ServeHTTP(rw, r)
	}))
	b.Width(t, webtest.Phone)
	p.enterBooth(t, b, 0)
	shown := webtest.Ask[[]string](t, b, `new Promise(yes => { const look = () => { const shown = [...document.querySelectorAll(".photo img")].filter(i => i.naturalWidth === 48).map(i => i.parentElement.dataset.photo);
		shown.length >= `+fmt.Sprint(candidates-1)+` ? yes(shown) : setTimeout(look, 50) }; look() })`)
	for i, hash := range hashes {
		if slices.Contains(shown, hash) != (i != forged) {
			t.Errorf("candidate %d: shown are %v", i+1, shown)
		}
	}
	b.Fits(t)
	b.Axe(t)
	b.Screenshot(t, "booth-photos-ar-390")
	p.mu.Lock()
	var asked []string
	for _, s := range p.sent {
		if hash, ok := strings.CutPrefix(s.path, "/api/v1/elections/"+p.uuid+"/photos/"); ok {
			asked = append(asked, hash)
		}
	}
	p.mu.Unlock()
	want := slices.Clone(hashes)
	want[forged] = hashes[0]
	if !slices.Equal(asked, want) {
		t.Errorf("asked for were %v", asked)
	}

	// The voter sees whom they have chosen before it is encrypted.
	chosen := webtest.Ask[string](t, b, `(() => { const row = [...document.querySelectorAll(".choice:has(.photo img)")].at(-1); row.click(); return row.querySelector(".photo").dataset.photo })()`)
	goOn(t, b)
	b.Wait(t, ".answers .photo img")
	if seen := webtest.Ask[[]string](t, b, `[...document.querySelectorAll(".answers .photo")].map(e => e.dataset.photo)`); !slices.Equal(seen, []string{chosen}) {
		t.Errorf("chosen was %s, the review shows %v", chosen, seen)
	}
	b.Fits(t)
	b.Axe(t)
	b.Screenshot(t, "booth-photos-review-ar-390")
}
