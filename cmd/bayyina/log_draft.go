package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bayyina/platform/identity"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
)

const (
	maxDescription = 1 << 20             // bytes of a file that describes a genesis
	draftValidity  = 14 * 24 * time.Hour // time for the root keys to be fetched from their safes
)

// draftFlags describe a genesis.
type draftFlags struct {
	NameAR        string        `name:"name-ar" placeholder:"TEXT" help:"With --draft: what the log is called in Arabic."`
	NameEN        string        `name:"name-en" placeholder:"TEXT" help:"With --draft: what the log is called in English."`
	Rehearsal     bool          `help:"With --draft: this is a rehearsal, and everything about it will say so."`
	Key           []string      `sep:"none" placeholder:"ROLE=FILE" help:"With --draft: the public key in FILE (a .pub file) has this role: root, officer, authority, trustee or registry; may be repeated."`
	SoftwareKey   []string      `sep:"none" placeholder:"ROLE=FILE" help:"With --draft: the same for a passkey that is software, not hardware: in rehearsals only."`
	RPID          string        `name:"rp-id" placeholder:"HOST" help:"With --draft: the relying-party id under which passkeys sign."`
	PasskeyOrigin []string      `sep:"none" placeholder:"URL" help:"With --draft: the web origin of the page on which passkeys sign; may be repeated."`
	Holders       string        `placeholder:"FILE" help:"With --draft: who holds the keys, lines of KEY-NAME HOLDER. The log gets them sealed."`
	Openings      string        `placeholder:"FILE" help:"With --holders: write what opens the sealed names to FILE, which may not exist. Keep it safe and secret: it is in no other place."`
	Witnesses     string        `placeholder:"FILE" help:"With --draft: the witnesses, a C2SP tlog-policy file or lines of KEY URL."`
	Quorum        int           `placeholder:"N" help:"With --draft: how many witnesses must cosign each checkpoint."`
	Rules         string        `placeholder:"FILE" help:"With --draft: rules that ask for more signatures than the protocol does, a JSON array."`
	Previous      string        `placeholder:"FILE" help:"With --draft: the last checkpoint of the log that this one continues, which was closed."`
	Valid         time.Duration `placeholder:"DURATION" help:"With --draft: how long the genesis may be entered, by default 336h, two weeks."`
	Out           string        `placeholder:"FILE" help:"With --draft: write the text to FILE, which may not exist, instead of to standard output."`
}

// drafted is the answer of log init --draft.
type drafted struct {
	Origin string   `json:"origin"`
	ID     string   `json:"id"`
	Signs  []string `json:"to_sign"` // names of the keys that must sign it
	Out    string   `json:"out,omitempty"`
	Text   string   `json:"text"`
	Sealed string   `json:"openings,omitempty"` // file that opens the holders' names
}

// draft writes the text of a genesis.
func (f *draftFlags) draft(e *env, data string) error {
	g, origin, err := f.genesis(data)
	if err != nil {
		return err
	}
	var random [16]byte
	if _, err := io.ReadFull(e.rand, random[:]); err != nil {
		return fmt.Errorf("draw an id: %w", err)
	}
	id := hex.EncodeToString(random[:])
	var files []file
	if f.Holders != "" {
		openings, err := f.seal(e, &g, id)
		if err != nil {
			return err
		}
		files = append(files, file{name: f.Openings, content: openings, mode: 0o600})
	}
	body, err := ledger.EncodeBody(g)
	if err != nil {
		return err
	}
	valid := f.Valid
	if valid == 0 {
		valid = draftValidity
	}
	s := ledger.Statement{
		Origin: origin, Kind: read.KindGenesis, ID: id,
		From: e.clock(), Until: e.clock().Add(valid), Body: body,
	}
	trial := read.Statement{Origin: s.Origin, Kind: s.Kind, ID: s.ID, From: s.From, Until: s.Until, Body: s.Body}
	if err := (&admission{e, read.NewKeyHistory(origin)}).refuse(trial, read.EntrySignature, read.GenesisSignature); err != nil {
		return err
	}
	answer := drafted{Origin: origin, ID: s.ID, Out: f.Out, Text: s.Text(), Sealed: f.Openings}
	for _, k := range g.Keys {
		if k.Role == "root" {
			name, _, _ := strings.Cut(k.Key, "+")
			answer.Signs = append(answer.Signs, name)
		}
	}
	if f.Out != "" {
		files = append(files, file{name: f.Out, content: []byte(answer.Text), mode: 0o644})
	}
	if err := createAll(files...); err != nil {
		return err
	}
	return e.answer(answer, func(w io.Writer) error {
		if f.Openings != "" {
			fmt.Fprintf(e.stderr, e.tr("%s: what opens the holders' names. There is no other copy.\n", "%s: به تُفتح أسماء الحائزين. لا نسخة أخرى منه.\n"), f.Openings)
		}
		if f.Out == "" {
			_, err := io.WriteString(w, answer.Text)
			return err
		}
		_, err := fmt.Fprintf(w, e.tr("%s: to be signed by %s before %s\n", "%s: ليوقّعه %s قبل %s\n"),
			f.Out, strings.Join(answer.Signs, e.tr(", ", "، ")), s.Until.Format(protocolTime))
		return err
	})
}

// seal puts the holders into a genesis, and returns what opens them.
func (f *draftFlags) seal(e *env, g *ledger.Genesis, id string) ([]byte, error) {
	lines, err := identity.Read(f.Holders, maxDescription)
	if err != nil {
		return nil, err
	}
	o, err := sealHolders(e.rand, g, id, string(lines))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Holders, err)
	}
	return o.Encode()
}

// genesis builds the body, and the origin, which is the checkpoint key's name.
func (f *draftFlags) genesis(data string) (g ledger.Genesis, origin string, err error) {
	if (f.Holders == "") != (f.Openings == "") {
		return g, "", usageError("--holders and --openings belong together: what is sealed without its opening is lost")
	}
	if f.NameAR == "" || f.NameEN == "" {
		return g, "", usageError("a log has a name in both languages: --name-ar and --name-en")
	}
	g = ledger.Genesis{
		Name: ledger.Bilingual{AR: f.NameAR, EN: f.NameEN}, Rehearsal: f.Rehearsal, Keys: []ledger.GenesisKey{},
		Passkeys:  ledger.Passkeys{RPID: f.RPID, Origins: append([]string{}, f.PasskeyOrigin...)},
		Witnesses: []ledger.Witness{}, Rules: []ledger.Rule{},
	}
	if origin, err = f.addKeys(&g, data); err != nil {
		return g, "", err
	}
	if f.Witnesses != "" {
		text, err := identity.Read(f.Witnesses, maxDescription)
		if err != nil {
			return g, "", err
		}
		if g.Witnesses, g.Quorum, err = parseWitnesses(string(text), f.Quorum); err != nil {
			return g, "", fmt.Errorf("%s: %w", f.Witnesses, err)
		}
	} else if f.Quorum != 0 {
		return g, "", usageError("--quorum needs --witnesses")
	}
	if f.Rules != "" {
		if g.Rules, err = readRules(f.Rules); err != nil {
			return g, "", err
		}
	}
	if f.Previous != "" {
		if g.Previous, err = readPrevious(f.Previous); err != nil {
			return g, "", err
		}
	}
	return g, origin, nil
}

// readPrevious reads the last checkpoint of the log before.
func readPrevious(path string) (*ledger.Previous, error) {
	raw, err := identity.Read(path, read.MaxNote)
	if err != nil {
		return nil, err
	}
	c, err := read.ParseCheckpoint(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &ledger.Previous{Origin: c.Origin, Size: uint64(c.Size), Root: c.Root[:]}, nil
}

// roles are those that a draft's flags may give; the server's own three come
// from its data folder.
var roles = []string{"root", "officer", "authority", "trustee", "registry"}

// addKeys reads the keys, and returns the name of the checkpoint key.
func (f *draftFlags) addKeys(g *ledger.Genesis, data string) (origin string, err error) {
	add := func(role, path string, software bool) (read.Key, error) {
		text, err := identity.Read(path, identity.MaxKeyFile)
		if err != nil {
			return read.Key{}, err
		}
		key, err := read.ParseKey(strings.TrimSuffix(string(text), "\n"))
		switch {
		case err != nil:
			return key, fmt.Errorf("%s: %w", path, err)
		case key.IsWitness():
			return key, fmt.Errorf("%s: this is the key of a witness", path)
		case key.IsPasskey() != (role == "officer"):
			return key, fmt.Errorf("%s: officers sign with passkeys, and nobody else does", path)
		case software && !key.IsPasskey():
			return key, fmt.Errorf("%s: only a passkey can be marked as software", path)
		case software && !g.Rehearsal:
			return key, fmt.Errorf("%s: passkeys that are software are for rehearsals only", path)
		}
		for _, k := range g.Keys {
			if name, _, _ := strings.Cut(k.Key, "+"); name == key.Name() {
				return key, fmt.Errorf("%s: there is another key with the name %s", path, name)
			}
		}
		g.Keys = append(g.Keys, ledger.GenesisKey{Role: role, Key: key.String(), Software: software})
		return key, nil
	}
	for software, flags := range [][]string{f.Key, f.SoftwareKey} {
		for _, flag := range flags {
			role, path, _ := strings.Cut(flag, "=")
			if !slices.Contains(roles, role) || path == "" {
				return "", usageError(fmt.Sprintf("%q is not ROLE=FILE with one of the roles %s", flag, strings.Join(roles, ", ")))
			}
			if _, err := add(role, path, software == 1); err != nil {
				return "", err
			}
		}
	}
	if !slices.ContainsFunc(g.Keys, func(k ledger.GenesisKey) bool { return k.Role == "root" }) {
		return "", usageError("a genesis is signed by a root key at least: --key root=FILE")
	}
	if slices.ContainsFunc(g.Keys, func(k ledger.GenesisKey) bool { return k.Role == "officer" }) && (f.RPID == "" || len(f.PasskeyOrigin) == 0) {
		return "", usageError("officers' passkeys need --rp-id and --passkey-origin")
	}
	for _, role := range []string{"checkpoint", "entry", "receipt"} {
		key, err := add(role, filepath.Join(data, keysDir, role+".key.pub"), false)
		if err != nil {
			return "", err
		}
		if role == "checkpoint" {
			origin = key.Name()
		}
	}
	return origin, nil
}

// readRules reads rules as they stand in a genesis.
func readRules(path string) (rules []ledger.Rule, err error) {
	text, err := identity.Read(path, maxDescription)
	if err != nil {
		return nil, err
	}
	if err := decodeStrictly(text, &rules); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if rules == nil {
		return nil, fmt.Errorf("%s: not one JSON array of rules", path)
	}
	return rules, nil
}
