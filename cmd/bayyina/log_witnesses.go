package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
)

// parseWitnesses reads a list of witnesses: the lines witness, group and quorum
// of a policy (c2sp.org/tlog-policy), or lines KEY URL. A genesis knows one
// quorum, N of all witnesses; quorum 0 takes it from the policy, whose quorum
// must then be of that form.
func parseWitnesses(text string, quorum int) (witnesses []ledger.Witness, n int, err error) {
	l := witnessList{names: make(map[string]bool), groups: make(map[string]int)}
	for i, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if err := l.line(fields); err != nil {
			return nil, 0, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	if len(l.witnesses) == 0 {
		return nil, 0, errors.New("no witnesses")
	}
	if n = quorum; n == 0 {
		if n, err = l.threshold(); err != nil {
			return nil, 0, err
		}
	}
	if n < 1 || n > len(l.witnesses) {
		return nil, 0, fmt.Errorf("a quorum of %d among %d witnesses", n, len(l.witnesses))
	}
	return l.witnesses, n, nil
}

// witnessList is what the lines said so far.
type witnessList struct {
	witnesses []ledger.Witness
	names     map[string]bool // of witnesses and groups
	groups    map[string]int  // thresholds of the groups that hold all witnesses; 0 for others
	quorum    string
}

func (l *witnessList) line(fields []string) error {
	switch {
	case fields[0] == "log": // says which logs they watch, not who they are
		return nil
	case fields[0] == "witness" && (len(fields) == 3 || len(fields) == 4):
		return l.add(fields[1], fields[2:])
	case fields[0] == "group" && len(fields) >= 4:
		return l.group(fields[1], fields[2], fields[3:])
	case fields[0] == "quorum" && len(fields) == 2 && l.quorum == "":
		l.quorum = fields[1]
		return nil
	case strings.Contains(fields[0], "+") && len(fields) <= 2:
		name, _, _ := strings.Cut(fields[0], "+")
		return l.add(name, fields)
	}
	return fmt.Errorf("%q is no line of a list of witnesses", strings.Join(fields, " "))
}

// add takes a witness: its key and, where there is one, its address.
func (l *witnessList) add(name string, fields []string) error {
	key, err := read.ParseKey(fields[0])
	if err != nil {
		return err
	}
	if !key.IsWitness() {
		return fmt.Errorf("key %s is no key of a witness (signature type 04)", key.Name())
	}
	w := ledger.Witness{Key: key.String()}
	if len(fields) == 2 {
		u, err := url.Parse(fields[1])
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return fmt.Errorf("witness %s: %q is no address http(s)://…", name, fields[1])
		}
		w.URL = fields[1]
	}
	if l.names[name] {
		return fmt.Errorf("%s stands twice", name)
	}
	for _, other := range l.witnesses {
		if other, _, _ := strings.Cut(other.Key, "+"); other == key.Name() {
			return fmt.Errorf("two witnesses have keys with the name %s", other)
		}
	}
	l.names[name] = true
	l.witnesses = append(l.witnesses, w)
	return nil
}

func (l *witnessList) group(name, threshold string, members []string) error {
	if l.names[name] {
		return fmt.Errorf("%s stands twice", name)
	}
	for _, m := range members {
		if !l.names[m] {
			return fmt.Errorf("group %s: unknown member %s", name, m)
		}
	}
	k, err := strconv.Atoi(threshold)
	switch {
	case threshold == "any":
		k, err = 1, nil
	case threshold == "all":
		k, err = len(members), nil
	}
	if err != nil || k < 1 || k > len(members) {
		return fmt.Errorf("group %s: malformed threshold %q", name, threshold)
	}
	slices.Sort(members)
	nested := slices.ContainsFunc(members, func(m string) bool { _, group := l.groups[m]; return group })
	if nested || len(slices.Compact(members)) != len(l.witnesses) {
		k = 0
	}
	l.names[name], l.groups[name] = true, k
	return nil
}

// threshold is the quorum that the policy itself names.
func (l *witnessList) threshold() (int, error) {
	if l.quorum == "" {
		return 0, errors.New("no quorum is named: give --quorum")
	}
	if k := l.groups[l.quorum]; k > 0 {
		return k, nil
	}
	if len(l.witnesses) == 1 && l.names[l.quorum] && l.groups[l.quorum] == 0 {
		return 1, nil
	}
	return 0, fmt.Errorf("the quorum %q is not N of all witnesses, which is all that a genesis can say: give --quorum", l.quorum)
}
