package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
)

const maxHolder = 200 // bytes of a holder's name

// sealHolders puts the holders of keys into a genesis, sealed for the statement with this
// id, and returns what opens them. lines has one KEY-NAME HOLDER each; lines that are
// empty or begin with # say nothing.
func sealHolders(random io.Reader, g *ledger.Genesis, id, lines string) (*read.Openings, error) {
	at := make(map[string]int)
	for i, k := range g.Keys {
		name, _, _ := strings.Cut(k.Key, "+")
		at[name] = i
	}
	all := &read.Openings{Kind: read.KindGenesis, ID: id}
	for n, line := range strings.Split(lines, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, holder, _ := strings.Cut(line, " ")
		holder = strings.TrimSpace(holder)
		i, known := at[name]
		switch {
		case !known:
			return nil, fmt.Errorf("line %d: the genesis has no key with the name %s", n+1, name)
		case g.Keys[i].Holder != nil:
			return nil, fmt.Errorf("line %d: the key %s has a holder already", n+1, name)
		case holder == "" || len(holder) > maxHolder || !utf8.ValidString(holder) || strings.ContainsFunc(holder, unicode.IsControl):
			return nil, fmt.Errorf("line %d: a holder is a name of 1 to %d bytes", n+1, maxHolder)
		}
		var salt [read.SaltSize]byte
		if _, err := io.ReadFull(random, salt[:]); err != nil {
			return nil, fmt.Errorf("draw a salt: %w", err)
		}
		path := fmt.Sprintf("keys.%d.holder", i)
		sealed := ledger.Sealed(read.SealValue(all.Kind, id, path, salt, holder))
		g.Keys[i].Holder = &sealed
		all.Open(path, salt, holder)
	}
	if len(all.Openings) == 0 {
		return nil, errors.New("it names no holder")
	}
	return all, nil
}
