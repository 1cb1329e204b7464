package manage

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"bayyina/core/ballot"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
)

const (
	maxTable = 4 << 20 // bytes of a table's file
	maxTold  = 20      // lines whose faults are told
)

// row is a line of a table of candidates, in the order of the file.
type row struct {
	List     bool // the name of a list, whose candidates follow
	Name     Text
	Woman    bool
	Reserved bool
	Photo    string
}

// columns are the names that a column may have in a file's first line, without case and spaces.
var columns = map[string][]string{
	"name_ar":  {"name_ar", "الاسم بالعربية", "الاسم"},
	"name_en":  {"name_en", "الاسم بالإنجليزية", "name"},
	"list_ar":  {"list_ar", "القائمة بالعربية", "القائمة"},
	"list_en":  {"list_en", "القائمة بالإنجليزية", "list"},
	"woman":    {"woman", "امرأة"},
	"reserved": {"reserved", "مقعد مخصص"},
	"voters":   {"voters", "عدد الناخبين"},
	"near":     {"near", "تجاورها"},
}

// table is a file of lines and columns, as spreadsheets write it.
type table struct {
	records [][]string
	lines   []int
	columns []string // of the first line, by the names above; "" where it is none
	wrong   []read.Message
}

// readTable reads CSV as spreadsheets write it: with commas, semicolons or tabs, in UTF-8 or UTF-16, or in
// the code page in which Windows writes Arabic. What is wrong with it stands in the table.
func readTable(data []byte, known ...string) *table {
	t := new(table)
	text, err := decoded(data)
	if err != nil {
		t.fault(1, "encoding")
		return t
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.TrimLeadingSpace = separator(text), -1, true
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			t.fault(bad.Line, "quotes")
			return t
		}
		line, _ := r.FieldPos(0)
		switch {
		case len(t.records) > ballot.MaxAnswers:
			t.fault(line, "rows", "Most", ballot.MaxAnswers)
			return t
		case !slices.ContainsFunc(record, func(cell string) bool { return strings.TrimSpace(cell) != "" }):
		case t.columns == nil:
			t.head(line, record, known)
		default:
			t.records, t.lines = append(t.records, record), append(t.lines, line)
		}
	}
	if t.columns == nil {
		t.fault(1, "empty")
	}
	return t
}

// head reads the first line, which names the columns.
func (t *table) head(line int, record, known []string) {
	fold := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
	t.columns = make([]string, len(record))
	for i, cell := range record {
		if fold(cell) == "" {
			continue
		}
		for _, name := range known {
			if slices.Contains(columns[name], fold(cell)) && !slices.Contains(t.columns, name) {
				t.columns[i] = name
			}
		}
		if t.columns[i] == "" {
			t.fault(line, "column", "Text", short(cell), "Known", strings.Join(known, ", "))
		}
	}
	for _, name := range []string{"name_ar", "name_en"} {
		if !slices.Contains(t.columns, name) {
			t.fault(line, "no-column", "Text", name)
		}
	}
}

// cell is that of a column in line i, "" where there is none.
func (t *table) cell(i int, name string) string {
	at := slices.Index(t.columns, name)
	if at < 0 || at >= len(t.records[i]) {
		return ""
	}
	return strings.TrimSpace(t.records[i][at])
}

// text is a name in both languages, which must not be empty.
func (t *table) text(i int, what string) Text {
	text := Text{AR: t.cell(i, what+"_ar"), EN: t.cell(i, what+"_en")}
	for _, half := range []string{text.AR, text.EN} {
		switch {
		case half == "":
			t.fault(t.lines[i], "no-"+what)
			return text
		case strings.Contains(half, "·") || strings.ContainsFunc(half, hidden) || len(half) > maxText:
			t.fault(t.lines[i], "characters", "Text", short(half))
		}
	}
	return text
}

// yes reads a cell that says yes or nothing.
func (t *table) yes(i int, name string) bool {
	switch cell := strings.ToLower(t.cell(i, name)); cell {
	case "", "0", "no", "لا":
		return false
	case "1", "x", "yes", "نعم":
		return true
	default:
		t.fault(t.lines[i], "yes", "Text", short(cell))
		return false
	}
}

func (t *table) fault(line int, id string, pairs ...any) {
	m := read.Message{ID: "manage.table-" + id, Args: map[string]any{"Line": line}}
	for i := 0; i < len(pairs); i += 2 {
		m.Args[pairs[i].(string)] = pairs[i+1]
	}
	if len(t.wrong) < maxTold {
		t.wrong = append(t.wrong, m)
	}
}

// short is the beginning of a text that somebody else wrote.
func short(text string) string {
	letters := []rune(text)
	return string(letters[:min(len(letters), 40)])
}

// readCandidates reads a table of candidates; with lists, each begins where its name is another than
// the one above.
func readCandidates(data []byte, lists bool) ([]row, []read.Message) {
	known := []string{"name_ar", "name_en", "woman", "reserved"}
	if lists {
		known = append(known, "list_ar", "list_en")
	}
	t := readTable(data, known...)
	if len(t.wrong) > 0 {
		return nil, t.wrong
	}
	var rows []row
	var list Text
	for i := range t.records {
		if lists {
			if name := t.text(i, "list"); name != list {
				list = name
				rows = append(rows, row{List: true, Name: name})
			}
		}
		rows = append(rows, row{Name: t.text(i, "name"), Woman: t.yes(i, "woman"), Reserved: t.yes(i, "reserved")})
	}
	return rows, t.wrong
}

// readDistricts reads a table of districts.
func readDistricts(data []byte) ([]District, []read.Message) {
	t := readTable(data, "name_ar", "name_en", "voters", "near")
	if len(t.wrong) > 0 {
		return nil, t.wrong
	}
	var list []District
	for i := range t.records {
		d := District{Name: t.text(i, "name"), Near: nearList(t.cell(i, "near"))}
		n, err := strconv.ParseInt(locale.ASCIIDigits(t.cell(i, "voters")), 10, 64)
		if err != nil || n < 1 {
			t.fault(t.lines[i], "voters", "Text", short(t.cell(i, "voters")))
		}
		d.Voters = n
		list = append(list, d)
	}
	return list, t.wrong
}

// nearList reads names with a vertical bar between.
func nearList(cell string) (list []string) {
	for name := range strings.SplitSeq(cell, "|") {
		if name = strings.TrimSpace(name); name != "" {
			list = append(list, name)
		}
	}
	return list
}

// separator is what stands most often in the first line.
func separator(text string) rune {
	first, _, _ := strings.Cut(text, "\n")
	best := ','
	for _, r := range ";\t" {
		if strings.Count(first, string(r)) > strings.Count(first, string(best)) {
			best = r
		}
	}
	return best
}

// decoded is a file's text in UTF-8, without the mark at its beginning.
func decoded(data []byte) (string, error) {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		text, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
		return string(text), err
	case utf8.Valid(data):
		return strings.TrimPrefix(string(data), "\ufeff"), nil
	}
	text, err := charmap.Windows1256.NewDecoder().Bytes(data)
	return string(text), err
}
