package web

import (
	"fmt"
	"html/template"
)

// Scripts are written in TypeScript and bundled; what is served is committed.
//
//go:generate go -C ../../tools run ./bundle ../platform/web/script ../platform/web/static

// script is the element that loads a script of the shell, for the head of a page. The
// browser runs it only if its bytes are those that the page was made with.
func script(name string) (template.HTML, error) {
	a, err := findAsset(name)
	if err != nil {
		return "", err
	}
	return template.HTML(fmt.Sprintf(`<script type="module" src="%s" integrity="%s"></script>`, a.path, a.integrity)), nil //nolint:gosec // both are ours
}
