package vote

import (
	"net/http"
	"slices"

	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/board"
	"bayyina/platform/web"
)

// photoPath is where a picture of an election's candidates is, for pages and booths.
func photoPath(uuid, hash string) string { return "/api/v1/elections/" + uuid + "/photos/" + hash }

// photo gives a picture that the set-up of an election brought, to booths on other hosts, too.
func (p *Pages) photo(w http.ResponseWriter, r *http.Request, s *board.Snapshot, _ *evidence.Judge, f found) error {
	at := slices.IndexFunc(f.Acts, func(a evidence.Act) bool { return a.Kind == evidence.KindSetup })
	if f.Told.Setup == nil || at < 0 {
		return web.NotFound()
	}
	for _, a := range f.Told.Setup.Photos {
		if a.SHA256 != r.PathValue("sha256") {
			continue
		}
		picture, err := s.AttachmentAt(r.Context(), f.Acts[at].Sequence, a)
		if err != nil {
			return err
		}
		h := w.Header()
		h.Set("Content-Type", "image/jpeg")
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		_, _ = w.Write(picture) // a reader who is gone is nobody's fault
		return nil
	}
	return web.NotFound()
}
