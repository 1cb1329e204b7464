package main

import (
	"encoding/hex"
	"encoding/json"
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

// openings are what opens sealed values of one statement (docs/PROTOCOL.md section
// 3). Who destroys them closes the values for ever.
type openings struct {
	Kind     string    `json:"kind"`
	ID       string    `json:"id"`
	Openings []opening `json:"openings"`
}

type opening struct {
	Path  string `json:"path"`
	Salt  string `json:"salt"` // 64 hex digits
	Value string `json:"value"`
}

// sealHolders puts the holders of keys into a genesis, sealed for the statement with this
// id, and returns what opens them. lines has one KEY-NAME HOLDER each; lines that are
// empty or begin with # say nothing.
func sealHolders(random io.Reader, g *ledger.Genesis, id, lines string) (*openings, error) {
	at := make(map[string]int)
	for i, k := range g.Keys {
		name, _, _ := strings.Cut(k.Key, "+")
		at[name] = i
	}
	all := &openings{Kind: read.KindGenesis, ID: id}
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
		all.Openings = append(all.Openings, opening{Path: path, Salt: hex.EncodeToString(salt[:]), Value: holder})
	}
	if len(all.Openings) == 0 {
		return nil, errors.New("it names no holder")
	}
	return all, nil
}

// parseOpenings reads a file that [sealHolders] made, or a part of one.
func parseOpenings(text []byte) (*openings, error) {
	o := new(openings)
	if err := decodeStrictly(text, o); err != nil {
		return nil, fmt.Errorf("not openings of sealed values: %w", err)
	}
	return o, nil
}

// check checks each opening against what the statement holds.
func (o *openings) check(s read.Statement) error {
	if o.Kind != s.Kind || o.ID != s.ID {
		return fmt.Errorf("they open values of %s %s, and this is %s %s", visible(o.Kind), visible(o.ID), s.Kind, s.ID)
	}
	for _, one := range o.Openings {
		var salt [read.SaltSize]byte
		raw, err := hex.DecodeString(one.Salt)
		if err != nil || len(raw) != len(salt) {
			return fmt.Errorf("%s: a salt is %d hex digits", visible(one.Path), 2*len(salt))
		}
		copy(salt[:], raw)
		sealed, err := read.SealedAt(s.Body, one.Path)
		if err != nil {
			return err
		}
		if err := read.CheckSealed(sealed, s.Kind, s.ID, one.Path, salt, one.Value); err != nil {
			return &exitError{exitFalse, err}
		}
	}
	return nil
}

// encode is the file.
func (o *openings) encode() ([]byte, error) {
	text, err := json.MarshalIndent(o, "", "  ")
	return append(text, '\n'), err
}
