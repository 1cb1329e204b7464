package decide

import (
	"math"

	"bayyina/platform/web"
)

// sure is what whoever proposes an erasure must say.
const sure = "sure"

func (f *face) eraseFill(v *web.Visit, _ *web.Form) (map[string]any, error) {
	text, err := v.Locale.Text("decide.erase.sure", nil)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Sure": []web.Choice{{Value: sure, Label: text}}}, nil
}

func (f *face) eraseDraft(v *web.Visit, form *web.Form) (Draft, error) {
	person := form.Number("person", 1, math.MaxInt64)
	if form.Value(sure) != sure {
		form.Wrong(sure, Message("problem.sure"))
	}
	why := reason(form)
	if !form.OK() {
		return Draft{}, nil
	}
	d, err := f.DraftErase(v.Context(), v.Person, person, why)
	return d, form.Refuse("person", Problem(err))
}
