package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
)

// Form reads what somebody filled in, and gathers what is wrong with it: each read that
// fails leaves a problem beside the field, and the zero value. When all fields have been
// read, OK says whether the form can be taken; if not, Visit.ShowForm shows it with what was
// filled in. A nil form is an empty one.
type Form struct {
	values url.Values
	files  map[string][]*multipart.FileHeader
	wrongs []Wrong
	zone   *time.Location // of its moments
	// refused is the status of the last refusal; 0 where only fields are wrong.
	refused int
}

// Wrong is what is wrong with a field, or without a name with the form.
type Wrong struct {
	Name string
	Says read.Message
}

// filesInMemory is how many bytes of a form's files are held in memory; the rest waits on
// the disk while the request lasts.
const filesInMemory = 8 << 20

// Form reads the form that the visitor sent, with its files. Its error is for the visitor, too.
func (v *Visit) Form() (*Form, error) {
	err := v.ParseMultipartForm(filesInMemory)
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, err
		}
		return nil, &Problem{Status: http.StatusBadRequest, Says: read.Message{ID: "web.status-400"}, Err: err}
	}
	f := &Form{values: v.Request.Form, zone: v.site.cfg.Zone}
	if v.MultipartForm != nil {
		f.files = v.MultipartForm.File
	}
	return f, nil
}

// NewForm returns a form filled in beforehand, nil for an empty one.
func NewForm(values url.Values) *Form {
	if values == nil {
		values = make(url.Values)
	}
	return &Form{values: values}
}

// Value is what was filled in, as it is.
func (f *Form) Value(name string) string {
	if f == nil {
		return ""
	}
	return f.values.Get(name)
}

// Values are all that were filled in or chosen under a name.
func (f *Form) Values(name string) []string {
	if f == nil {
		return nil
	}
	return f.values[name]
}

// Default fills a field in that the visitor has not seen yet.
func (f *Form) Default(name, value string) {
	if _, sent := f.values[name]; !sent {
		f.values.Set(name, value)
	}
}

// Wrong says what is wrong with a field, or with the form as a whole if name is empty.
func (f *Form) Wrong(name string, says read.Message) { f.wrongs = append(f.wrongs, Wrong{name, says}) }

// Refuse takes an error that tells the visitor why what they sent is not taken (one of status 422, or
// 429 where it comes too soon) into the form, beside the field with this name. Any other error comes back.
func (f *Form) Refuse(name string, err error) error {
	p, ok := errors.AsType[*Problem](err)
	if !ok || p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusTooManyRequests {
		return err
	}
	f.Wrong(name, p.Says)
	f.refused = p.Status
	return nil
}

// Wrongs are all problems found so far.
func (f *Form) Wrongs() []Wrong {
	if f == nil {
		return nil
	}
	return f.wrongs
}

// OK says whether none was found.
func (f *Form) OK() bool { return len(f.Wrongs()) == 0 }

func (f *Form) problem(name string) read.Message {
	for _, w := range f.Wrongs() {
		if w.Name == name {
			return w.Says
		}
	}
	return read.Message{}
}

// Line is one line of text, without spaces at its ends, of so many characters at most; it may be
// empty.
func (f *Form) Line(name string, most int) string {
	text := strings.TrimSpace(f.Value(name))
	return f.checked(name, text, most, func(r rune) bool { return unicode.IsControl(r) })
}

// Required is a line that must not be empty.
func (f *Form) Required(name string, most int) string {
	text := f.Line(name, most)
	if text == "" && f.problem(name).ID == "" {
		f.Wrong(name, read.Message{ID: "web.wrong-empty"})
	}
	return text
}

// Text is some lines of text; it may be empty.
func (f *Form) Text(name string, most int) string {
	text := strings.TrimSpace(strings.ReplaceAll(f.Value(name), "\r\n", "\n"))
	return f.checked(name, text, most, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' })
}

// checked refuses what is too long, no text, or turns the text around it (Unicode TR9).
func (f *Form) checked(name, text string, most int, bad func(rune) bool) string {
	turns := func(r rune) bool {
		return unicode.Is(unicode.Bidi_Control, r) && r != '\u061c' && r != '\u200e' && r != '\u200f'
	}
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, bad) || strings.ContainsFunc(text, turns):
		f.Wrong(name, read.Message{ID: "web.wrong-characters"})
	case utf8.RuneCountInString(text) > most:
		f.Wrong(name, read.Message{ID: "web.wrong-long", Args: map[string]any{"Count": most}})
	default:
		return text
	}
	return ""
}

// Code is a line of digits and letters that was perhaps typed with Arabic digits, or with
// spaces for the eye: they come back as 0-9, and without.
func (f *Form) Code(name string, most int) string {
	text := f.Line(name, most)
	return strings.Join(strings.Fields(locale.ASCIIDigits(text)), "")
}

// Number is a whole number, in the digits 0-9 or ٠-٩, with or without thousands apart.
func (f *Form) Number(name string, least, most int64) int64 {
	apart := strings.NewReplacer(",", "", "٬", "", " ", "", "\u00a0", "")
	n, err := strconv.ParseInt(apart.Replace(locale.ASCIIDigits(f.Line(name, 40))), 10, 64)
	if err != nil || n < least || n > most {
		if f.problem(name).ID == "" {
			f.Wrong(name, read.Message{ID: "web.wrong-number", Args: map[string]any{"Least": least, "Most": most}})
		}
		return 0
	}
	return n
}

// HasFile says whether a file was chosen.
func (f *Form) HasFile(name string) bool { return len(f.files[name]) > 0 && f.files[name][0].Size > 0 }

// File is the content of a file, of so many bytes at most. Browsers never give a file back: where
// a form is shown again, it must be chosen again.
func (f *Form) File(name string, most int64) ([]byte, error) {
	if !f.HasFile(name) {
		f.Wrong(name, read.Message{ID: "web.wrong-no-file"})
		return nil, nil
	}
	header := f.files[name][0]
	if header.Size > most {
		f.Wrong(name, read.Message{ID: "web.wrong-file-large", Args: map[string]any{"Kilobytes": most >> 10}})
		return nil, nil
	}
	file, err := header.Open()
	if err != nil {
		return nil, err
	}
	defer file.Close() // only read from
	return io.ReadAll(file)
}

// OneOf is one of the answers that were offered.
func (f *Form) OneOf(name string, offered ...string) string {
	value := f.Value(name)
	if !slices.Contains(offered, value) {
		f.Wrong(name, read.Message{ID: "web.wrong-choice"})
		return ""
	}
	return value
}
