package vote

import (
	"maps"
	"path"
	"slices"

	"bayyina/module/vote/booth"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/access"
	"bayyina/platform/identity/decide"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// boothFile is a file of one booth beside that of the same path in another.
type boothFile struct {
	Path     string
	Was, Now *evidence.BoothFile // nil where the booth has no such file
}

// compareBooths puts the files of two booths side by side, by their paths.
func compareBooths(was, now []evidence.BoothFile) []boothFile {
	by := make(map[string]boothFile)
	for i, f := range was {
		by[f.Path] = boothFile{Path: f.Path, Was: &was[i]}
	}
	for i, f := range now {
		by[f.Path] = boothFile{Path: f.Path, Was: by[f.Path].Was, Now: &now[i]}
	}
	var list []boothFile
	for _, name := range slices.Sorted(maps.Keys(by)) {
		list = append(list, by[name])
	}
	return list
}

// Same says whether both booths have the same file.
func (f boothFile) Same() bool { return f.Was != nil && f.Now != nil && *f.Was == *f.Now }

// boothParts tell what the files of our booth are, by their names' ends.
var boothParts = map[string]string{
	"index.html": "page", "booth.js": "script", "worker.js": "cryptography", "booth.json": "settings", "texts.json": "texts",
	".css": "look", ".woff2": "font", ".svg": "picture", ".txt": "licence",
}

// Part is what the file is, in words.
func (f boothFile) Part() read.Message {
	for _, end := range []string{f.Path, path.Ext(f.Path)} {
		if part, ok := boothParts[end]; ok {
			return decide.Message("booth-part-" + part)
		}
	}
	return decide.Message("booth-part-other")
}

// Change tells what became of the file.
func (f boothFile) Change() read.Message {
	switch {
	case f.Was == nil:
		return decide.Message("booth-new", "Size", f.Now.Size)
	case f.Now == nil:
		return decide.Message("booth-gone")
	case f.Same():
		return decide.Message("unchanged")
	}
	return decide.Message("booth-changed", "Size", f.Now.Size)
}

// serves says whether the booth that voters are given here is the one of a manifest.
func (p *Pages) serves(manifest read.Attachment) bool {
	return p.served != nil && AttachmentOf(p.served.Manifest()) == manifest
}

// boothPage tells which booth is in the log.
type boothPage struct {
	Crumbs   []web.Crumb
	Decided  *evidence.DecidedBooth // nil where the log names none
	Files    []boothFile            // of it
	Served   *booth.Settings        // of the one that voters are given here; nil where they are given none
	Same     bool                   // it is the one in the log
	Propose  bool                   // the visitor may propose it
	Evidence web.Evidence
}

func (p *Pages) booth(v *web.Visit) (web.Answer, error) {
	s, j, err := p.judged()
	if err != nil {
		return web.Answer{}, err
	}
	data := boothPage{Evidence: p.board.Evidence(s, pick(s.Claims(""), "vote.booth"))}
	if decided, ok := j.Booth(); ok {
		data.Decided, data.Same = &decided, p.serves(decided.Manifest)
		data.Files = compareBooths(nil, decided.Files)
	}
	if p.served != nil {
		settings := p.served.Settings()
		data.Served = &settings
		data.Propose = !data.Same && v.Person.May(access.ElectionPropose, access.Scope{})
		data.Evidence.Command += " --booth " + settings.Server + "/booth/"
	}
	w := words{Locale: v.Locale}
	data.Crumbs = []web.Crumb{{Label: w.text("elections.title"), Path: "/elections"}, {Label: w.text("elections.booth-title")}}
	if w.err != nil {
		return web.Answer{}, w.err
	}
	return p.show(v, "booth", "elections.booth-title", data)
}

// manifestIn is the manifest that a statement names, of its attachments.
func manifestIn(b evidence.Booth, contents [][]byte) ([]evidence.BoothFile, error) {
	at := slices.IndexFunc(contents, func(content []byte) bool { return AttachmentOf(content) == b.Booth })
	if at < 0 {
		return nil, evidence.ErrBoothManifest
	}
	return evidence.ParseBoothManifest(contents[at])
}
