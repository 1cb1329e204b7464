package vote

import (
	"fmt"
	"strings"

	"bayyina/module/vote/evidence"
	"bayyina/platform/locale"
	"bayyina/platform/web"
)

// digits are those of trackers, in the order of their values (RFC 4648, section 4).
const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// trackersPage finds ballots by how their trackers begin.
type trackersPage struct {
	UUID     string
	Crumbs   []web.Crumb
	Asked    string // what the reader typed
	Wrong    bool   // that cannot begin a tracker
	Prefix   string // that the page lists
	Ballots  []evidence.Tracked
	More     bool
	Pages    []prefixLink
	Total    int64
	Evidence web.Evidence
}

// prefixLink leads to the page of all trackers that begin so. Letters differ by their
// case, and files may not: the path has the digits' values.
type prefixLink struct{ Prefix, Path string }

const (
	fewestDigits = 4  // of a tracker, to look it up
	mostFound    = 20 // by a look-up
	mostListed   = 5000
)

// find looks a ballot up by the beginning of its tracker.
func (p *Pages) find(v *web.Visit) (web.Answer, error) {
	data, all, err := p.trackersPage(v)
	if err != nil {
		return web.Answer{}, err
	}
	data.Asked = locale.ASCIIDigits(strings.TrimSpace(v.FormValue("tracker")))
	switch {
	case data.Asked == "":
	case len(data.Asked) < fewestDigits || len(data.Asked) > 43 || strings.Trim(data.Asked, digits) != "":
		data.Wrong = true
	default:
		data.Ballots, data.More = all.Find(data.Asked, mostFound)
	}
	return p.show(v, "trackers", "elections.trackers", data)
}

// byPrefix lists all ballots whose trackers begin alike.
func (p *Pages) byPrefix(v *web.Visit) (web.Answer, error) {
	data, all, err := p.trackersPage(v)
	if err != nil {
		return web.Answer{}, err
	}
	for _, l := range data.Pages {
		if l.Path == v.URL.Path[strings.Index(v.URL.Path[1:], "/")+1:] {
			data.Prefix = l.Prefix
		}
	}
	if data.Prefix == "" {
		return web.Answer{}, web.NotFound()
	}
	data.Ballots, data.More = all.Find(data.Prefix, mostListed)
	return p.show(v, "trackers", "elections.trackers", data)
}

func (p *Pages) trackersPage(v *web.Visit) (*trackersPage, *evidence.Trackers, error) {
	s, j, err := p.judged()
	if err != nil {
		return nil, nil, err
	}
	f, err := p.found(v.Request, s)
	if err != nil {
		return nil, nil, err
	}
	words := words{Locale: v.Locale}
	all := p.trackersOf(s, j, f.UUID)
	data := &trackersPage{
		UUID: f.UUID, Crumbs: []web.Crumb{
			{Label: words.text("elections.title"), Path: "/elections"},
			{Label: f.Name(v.Locale), Path: "/elections/" + f.UUID},
			{Label: words.text("elections.trackers")},
		}, Total: int64(all.Len()), Evidence: p.board.Evidence(s, f.pick("vote.ballots", "vote.once", "vote.batches")),
	}
	data.Pages = prefixes(all, "/elections/"+f.UUID+"/trackers/")
	return data, all, words.err
}

// prefixes are as few beginnings as let each page list a few hundred trackers.
func prefixes(all *evidence.Trackers, base string) []prefixLink {
	var list []prefixLink
	var add func(prefix, path string, depth int)
	depth := 1
	for n := all.Len(); n > len(digits)*200; n /= len(digits) {
		depth++
	}
	add = func(prefix, path string, depth int) {
		if depth == 0 {
			if some, _ := all.Find(prefix, 1); len(some) > 0 {
				list = append(list, prefixLink{prefix, path})
			}
			return
		}
		for i := range digits {
			add(prefix+digits[i:i+1], path+fmt.Sprintf("%02d", i), depth-1)
		}
	}
	if all.Len() > 0 {
		add("", base, depth)
	}
	return list
}
