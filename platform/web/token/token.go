// Package token has the design tokens of all pages, in one place: the site's and those
// that stand alone, such as the report of verify.
package token

import _ "embed"

// CSS is the style sheet of the tokens: custom properties of the root, light and dark.
//
//go:embed token.css
var CSS string
