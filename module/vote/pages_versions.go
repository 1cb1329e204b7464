package vote

import (
	"slices"

	"bayyina/module/vote/evidence"
	"bayyina/platform/locale"
)

// versionLine is a version of the result on an election's page.
type versionLine struct {
	evidence.Version
	Ruling    *rulingLine // that made it; nil for the first
	Elected   []electedIn
	Certified bool
}

// electedIn is who is elected by a question.
type electedIn struct {
	Question string
	Names    []string
}

// versionLines are the versions of a result, the newest first, each with who is elected in it and why it was made.
func versionLines(l *locale.Locale, f found, j *evidence.Judge) ([]versionLine, error) {
	disputes := j.Disputes(f.UUID)
	if disputes == nil {
		return nil, nil
	}
	d, w := disputed{found: f, Disputes: disputes, naming: evidence.NewNaming(f.Definition)}, &words{Locale: l}
	var list []versionLine
	for _, version := range disputes.Versions {
		line := versionLine{Version: version, Certified: disputes.Standing.Certified == version.Number}
		for i, r := range disputes.Rulings {
			if r.Sequence == version.Sequence {
				ruling := d.ruling(w, i+1, r)
				line.Ruling = &ruling
			}
		}
		for _, c := range j.CountsOf(f.UUID, version) {
			e := electedIn{Question: w.Half(c.Title)}
			for _, won := range c.Seats {
				name := w.Half(won.Name)
				if won.Member != "" {
					name = w.Half(won.Member) + " (" + name + ")"
				}
				e.Names = append(e.Names, name)
			}
			line.Elected = append(line.Elected, e)
		}
		list = append(list, line)
	}
	slices.Reverse(list)
	return list, w.err
}

// outOf are the answers to a question, as the ballot has them, that do not stand any more.
func outOf(d *evidence.Disputes, naming *evidence.Naming, question int) map[string]bool {
	out := make(map[string]bool)
	if d == nil || len(d.Versions) == 0 {
		return out
	}
	for _, s := range d.Versions[len(d.Versions)-1].Excluded {
		if names := naming.Of(s); s.Question == question && len(names) > 1 {
			out[names[len(names)-1]] = true
		}
	}
	return out
}
