package manage

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"bayyina/core/ballot"
	"bayyina/core/count"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// maxRows is how many rows a form may have: more come from files only.
const maxRows = ballot.MaxAnswers

// Forms of answers and districts have numbered rows: "ar_0", "en_0" and so on. Buttons that add, move or
// drop a row send the form and show it again; only "save" keeps anything.

// rowCount is how many rows a form has.
func rowCount(form *web.Form) int {
	n, err := strconv.Atoi(form.Value("rows"))
	if err != nil || n < 0 {
		return 0
	}
	return min(n, maxRows)
}

// values are the fields of rows.
func setRows(values url.Values, rows []row) {
	values.Set("rows", strconv.Itoa(len(rows)))
	for i, r := range rows {
		at := strconv.Itoa(i)
		values.Set("ar_"+at, r.Name.AR)
		values.Set("en_"+at, r.Name.EN)
		values.Set("photo_"+at, r.Photo)
		for name, on := range map[string]bool{"list_": r.List, "woman_": r.Woman, "reserved_": r.Reserved} {
			values.Del(name + at)
			if on {
				values.Set(name+at, "yes")
			}
		}
	}
}

// readRows reads the rows that are filled in, and the pictures that were chosen.
func (e *edit) readRows() ([]row, error) {
	var rows []row
	for i := range rowCount(e.Form) {
		at := strconv.Itoa(i)
		r := row{
			List: e.Form.Value("list_"+at) != "", Name: Text{AR: e.Form.Line("ar_"+at, maxTitle), EN: e.Form.Line("en_"+at, maxTitle)},
			Woman: e.Form.Value("woman_"+at) != "", Reserved: e.Form.Value("reserved_"+at) != "", Photo: e.Form.Line("photo_"+at, 64),
		}
		if e.Form.Value("unphoto_"+at) != "" {
			r.Photo = ""
		}
		if field := "picture_" + at; e.Form.HasFile(field) {
			data, err := e.Form.File(field, maxPicture)
			if err != nil {
				return nil, err
			}
			if data != nil {
				picture, err := portrait(data)
				if err != nil {
					e.Form.Wrong(field, read.Message{ID: "manage.wrong-picture"})
				} else if r.Photo, err = e.Keep(e.Context(), picture); err != nil {
					return nil, err
				}
			}
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// blank says whether nothing is filled in.
func (r row) blank() bool { return r.Name == Text{} && r.Photo == "" }

// again shows the form again with other rows.
func (e *edit) again(rows []row) {
	values := make(url.Values)
	for name, list := range e.Request.Form {
		values[name] = list
	}
	setRows(values, rows)
	e.Form = web.NewForm(values)
}

func fillQuestion(e *edit) (url.Values, error) {
	q := e.Outline.Questions[e.n]
	values := url.Values{
		"kind": {string(q.Kind)}, "title_ar": {q.Title.AR}, "title_en": {q.Title.EN}, "least": {strconv.Itoa(q.Least)}, "most": {strconv.Itoa(q.Most)},
		"rule": {q.Rule}, "seats": {optional(q.Seats)}, "threshold": {q.Threshold}, "women": {optional(q.Women)}, "reserved": {optional(q.Reserved)},
	}
	if q.Blank {
		values.Set("blank", "yes")
	}
	var ar, en []string
	for _, g := range q.Grades {
		ar, en = append(ar, g.AR), append(en, g.EN)
	}
	values.Set("grades_ar", strings.Join(ar, "\n"))
	values.Set("grades_en", strings.Join(en, "\n"))
	rows := rowsOf(&q)
	for len(rows) < 2 {
		rows = append(rows, row{List: q.Kind == Choice && len(rows) == 0})
	}
	setRows(values, rows)
	return values, nil
}

// rowsOf are a question's answers, or its lists, each before its candidates.
func rowsOf(q *Question) (rows []row) {
	of := func(a Answer) row { return row{Name: a.Name, Woman: a.Woman, Reserved: a.Reserved, Photo: a.Photo} }
	for _, a := range q.Answers {
		rows = append(rows, of(a))
	}
	for _, l := range q.Lists {
		rows = append(rows, row{List: true, Name: l.Name})
		for _, a := range l.Candidates {
			rows = append(rows, of(a))
		}
	}
	return rows
}

// setAnswers makes rows a question's answers or lists. Candidates before the first list belong to a list
// that has no name yet.
func (q *Question) setAnswers(rows []row) {
	q.Answers, q.Lists = nil, nil
	for _, r := range rows {
		a := Answer{Name: r.Name, Woman: r.Woman, Reserved: r.Reserved, Photo: r.Photo}
		switch {
		case q.Kind != Choice:
			q.Answers = append(q.Answers, a)
		case r.List:
			q.Lists = append(q.Lists, List{Name: r.Name})
		default:
			if len(q.Lists) == 0 {
				q.Lists = append(q.Lists, List{})
			}
			last := &q.Lists[len(q.Lists)-1]
			last.Candidates = append(last.Candidates, a)
		}
	}
}

func readQuestion(e *edit) (func(*Outline), error) {
	kind := Kind(e.Form.Value("kind"))
	if !slices.Contains(Kinds, kind) {
		return nil, web.Invalid(read.Message{ID: "web.wrong-choice"})
	}
	rows, err := e.readRows()
	if err != nil {
		return nil, err
	}
	do, place, _ := strings.Cut(e.Form.Value("do"), "-")
	at, _ := strconv.Atoi(place)
	switch do {
	case "add":
		e.again(append(rows, row{List: place == "list"}))
		return nil, nil
	case "up", "down", "drop":
		e.again(moved(rows, do, at))
		return nil, nil
	case "table":
		return nil, e.readTable(kind, rows)
	}
	rows = slices.DeleteFunc(rows, row.blank)
	q := Question{
		Kind: kind, Title: e.text("title", 2*maxTitle), Rule: e.Form.Line("rule", 40), Seats: int(e.number("seats", count.MaxSeats)),
		Threshold: e.Form.Line("threshold", 20), Women: int(e.number("women", count.MaxSeats)), Reserved: int(e.number("reserved", count.MaxSeats)),
		Blank: e.Form.Value("blank") != "",
	}
	switch kind {
	case Choose:
		q.Least, q.Most = int(e.number("least", maxRows)), int(e.number("most", maxRows))
	case Grade:
		q.Grades = e.grades()
	}
	q.setAnswers(rows)
	return func(o *Outline) {
		if e.n < len(o.Questions) {
			o.Questions[e.n] = q
		}
	}, nil
}

// grades reads the names of grades, one a line in each language.
func (e *edit) grades() (list []Text) {
	ar, en := strings.Split(e.Form.Text("grades_ar", 10*maxTitle), "\n"), strings.Split(e.Form.Text("grades_en", 10*maxTitle), "\n")
	for i := range max(len(ar), len(en)) {
		var g Text
		if i < len(ar) {
			g.AR = strings.TrimSpace(ar[i])
		}
		if i < len(en) {
			g.EN = strings.TrimSpace(en[i])
		}
		if g != (Text{}) {
			list = append(list, g)
		}
	}
	return list
}

// readTable puts the candidates of a file after those that are there, or in their place.
func (e *edit) readTable(kind Kind, rows []row) error {
	data, err := e.Form.File("table", maxTable)
	if err != nil || data == nil {
		return err
	}
	read, wrong := readCandidates(data, kind == Choice)
	for _, says := range wrong {
		e.Form.Wrong("table", says)
	}
	if len(wrong) > 0 {
		return nil
	}
	if e.Form.Value("replace") == "" {
		read = append(slices.DeleteFunc(rows, row.blank), read...)
	}
	e.again(read[:min(len(read), maxRows)])
	return nil
}

func fillDistricts(e *edit) (url.Values, error) {
	values := make(url.Values)
	list := e.Outline.Districts
	if len(list) == 0 {
		list = make([]District, 2)
	}
	setDistricts(values, list)
	return values, nil
}

func setDistricts(values url.Values, list []District) {
	values.Set("rows", strconv.Itoa(len(list)))
	for i, d := range list {
		at := strconv.Itoa(i)
		values.Set("ar_"+at, d.Name.AR)
		values.Set("en_"+at, d.Name.EN)
		values.Set("voters_"+at, optional(d.Voters))
		values.Set("near_"+at, strings.Join(d.Near, " | "))
	}
}

func readDistrictForm(e *edit) (func(*Outline), error) {
	var list []District
	for i := range rowCount(e.Form) {
		at := strconv.Itoa(i)
		list = append(list, District{
			Name:   Text{AR: e.Form.Line("ar_"+at, maxTitle), EN: e.Form.Line("en_"+at, maxTitle)},
			Voters: e.number("voters_"+at, 1<<40), Near: nearList(e.Form.Line("near_"+at, 2000)),
		})
	}
	again := func(list []District) {
		values := make(url.Values)
		for name, l := range e.Request.Form {
			values[name] = l
		}
		setDistricts(values, list)
		e.Form = web.NewForm(values)
	}
	blank := func(d District) bool { return d.Name == Text{} && d.Voters == 0 }
	do, place, _ := strings.Cut(e.Form.Value("do"), "-")
	at, _ := strconv.Atoi(place)
	switch do {
	case "add":
		again(append(list, District{}))
		return nil, nil
	case "up", "down", "drop":
		again(moved(list, do, at))
		return nil, nil
	case "table":
		data, err := e.Form.File("table", maxTable)
		if err != nil || data == nil {
			return nil, err
		}
		found, wrong := readDistricts(data)
		for _, says := range wrong {
			e.Form.Wrong("table", says)
		}
		if len(wrong) == 0 {
			if e.Form.Value("replace") == "" {
				found = append(slices.DeleteFunc(list, blank), found...)
			}
			again(found)
		}
		return nil, nil
	}
	list = slices.DeleteFunc(list, blank)
	return func(o *Outline) { o.Districts = some(list) }, nil
}
