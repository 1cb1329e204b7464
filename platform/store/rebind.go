package store

import "strings"

// rebind turns the parameters ?1, ?2 of the shared SQL into PostgreSQL's $1, $2.
// Question marks inside literals, quoted names and comments stay as they are.
//
// The shared form is SQLite's ?N and not $N, because SQLite numbers $2, $1 by
// first appearance.
func rebind(query string) string {
	var out strings.Builder
	out.Grow(len(query))
	for len(query) > 0 {
		n := opaque(query)
		switch {
		case n > 0:
		case len(query) > 1 && query[0] == '?' && isDigit(query[1]):
			out.WriteByte('$')
			query = query[1:]
			continue
		default:
			n = 1
		}
		out.WriteString(query[:n])
		query = query[n:]
	}
	return out.String()
}

// opaque is the length of the literal, quoted name or comment at the start of
// query, or 0. One that never ends reaches to the end of the query.
func opaque(query string) int {
	switch {
	case query[0] == '\'' || query[0] == '"':
		// A doubled quote closes one literal and opens the next, which comes
		// to the same.
		return through(query, 1, query[:1])
	case strings.HasPrefix(query, "--"):
		return through(query, 2, "\n")
	case strings.HasPrefix(query, "/*"):
		return through(query, 2, "*/")
	}
	return 0
}

// through is the index after the next end in s, looked for from from.
func through(s string, from int, end string) int {
	if i := strings.Index(s[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(s)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
