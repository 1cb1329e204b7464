package main

import (
	"fmt"
	"regexp"
	"strings"
)

const module = "bayyina"

// house holds the arrows of the house plan: imports go down only,
// cmd → module → platform → core. Tests obey them too.
var house = []struct{ from, to, why string }{
	{"core", "platform", "core is pure rules and mathematics: everything is passed in"},
	{"core", "module", "core is pure rules and mathematics: everything is passed in"},
	{"core", "cmd", "imports go down only"},
	{"platform", "module", "what platform needs of a module is passed in"},
	{"platform", "cmd", "imports go down only"},
	{"module", "cmd", "imports go down only"},
	{"core", "internal/demo", "only the command holds a demonstration"},
	{"platform", "internal/demo", "only the command holds a demonstration"},
	{"module", "internal/demo", "only the command holds a demonstration"},
	{"internal", "cmd", "imports go down only"},
}

// world is what core does not touch: no clock on the wall, disk, network or log.
var world = regexp.MustCompile(`^(os|os/.*|net|net/.*|log|log/.*|syscall|database/.*|io/ioutil|path/filepath)$`)

// server is what a verifier never links, however indirectly: it shares the log's
// formats with the writers, and nothing else.
var server = regexp.MustCompile(`^(database/sql.*|github\.com/(transparency-dev/tessera|ncruces|jackc|pressly)/.*|modernc\.org/.*|bayyina/platform/store|bayyina/platform/ledger)$`)

// evidence lists what a module's evidence may import of ours (and its own kind below it).
var evidence = regexp.MustCompile(`^bayyina/(core/.*|platform/ledger/(read|replay)|internal/peerdata)$`)

// pkg is what go list tells about a package.
type pkg struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string // direct and indirect, without tests
}

// check returns one line for each import of p that breaks a rule.
func check(p pkg) []string {
	var broken []string
	breaks := func(imported, why string) {
		broken = append(broken, fmt.Sprintf("%s imports %s: %s", p.ImportPath, imported, why))
	}
	self := strings.TrimPrefix(p.ImportPath, module+"/")

	for _, list := range [][]string{p.Imports, p.TestImports, p.XTestImports} {
		for _, imported := range list {
			target, ours := strings.CutPrefix(imported, module+"/")
			if !ours {
				continue
			}
			for _, arrow := range house {
				if below(self, arrow.from) && below(target, arrow.to) {
					breaks(imported, arrow.why)
				}
			}
			mine, other := moduleOf(self), moduleOf(target)
			if mine != "" && other != "" && mine != other {
				breaks(imported, "modules never import each other: declare a small interface, and let cmd wire it")
			}
			if isEvidence(self) && !evidence.MatchString(imported) && !below(target, evidenceRoot(self)) {
				breaks(imported, "evidence stands on core and platform/ledger/read only")
			}
		}
	}
	for _, imported := range p.Imports {
		if below(self, "core") && world.MatchString(imported) {
			breaks(imported, "core touches no disk, network or log")
		}
	}
	for _, linked := range p.Deps {
		if isVerifier(self) && server.MatchString(linked) {
			breaks(linked, "the verifier links nothing of a server (perhaps indirectly)")
		}
	}
	return broken
}

// below reports whether path is folder or lies below it.
func below(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// moduleOf returns "vote" for module/vote/…, and nothing for what is in no module.
func moduleOf(path string) string {
	rest, ok := strings.CutPrefix(path, "module/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

func evidenceRoot(path string) string { return "module/" + moduleOf(path) + "/evidence" }

func isEvidence(path string) bool {
	return moduleOf(path) != "" && below(path, evidenceRoot(path))
}

// isVerifier reports whether a package is part of bayyina verify.
func isVerifier(path string) bool {
	return isEvidence(path) || below(path, "platform/ledger/read") || below(path, "platform/ledger/replay")
}
