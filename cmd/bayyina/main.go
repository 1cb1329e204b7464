// Bayyina is election-integrity software: a witnessed log of everything that
// matters in an election, and a verifier that needs nobody's word.
//
// Each command group has a file of its own; run.go is what they share.
package main

import (
	"crypto/rand"
	"os"
	"time"

	"bayyina/platform/identity"
)

// cli is the whole command line: one field per command or command group.
type cli struct {
	JSON bool   `name:"json" help:"Answer with one JSON object on standard output, for machines."`
	Lang string `enum:"ar,en" default:"${lang}" help:"Language of the answer, ar or en; by default the system's."`

	Key       keyCmd       `cmd:"" help:"Signing keys: make one, look at one, sign with one."`
	Vote      voteCmd      `cmd:"" help:"Elections: trustees, credentials, ballots, tally, result."`
	Checker   checkerCmd   `cmd:"" help:"A page on which voters check ballots that the booth opened, for whoever is not the server."`
	Trustee   trusteeCmd   `cmd:"" help:"A trustee, on the own machine: pages that lead through the key ceremony and the decryption."`
	Authority authorityCmd `cmd:"" help:"The credential authority, on a machine of its own: pages on which credentials are made, published and printed as letters."`
	Log       logCmd       `cmd:"" help:"The log of evidence: make it, write it, read it, copy it, watch it."`
	People    peopleCmd    `cmd:"" help:"The people of a server: the first ones, and their organisations."`
	Verify    verifyCmd    `cmd:"" help:"Check a log or an archive: every claim is computed again from public files."`
	Board     boardCmd     `cmd:"" help:"The public board: what a log shows, as pages."`
	Count     countCmd     `cmd:"" help:"Turn votes into seats by a rule, every step told."`
	Serve     serveCmd     `cmd:"" help:"Run the server: pages, log, elections."`
	Seal      sealCmd      `cmd:"" help:"The keys of what is sealed in the database: copy them, rotate the installation key."`
	Backup    backupCmd    `cmd:"" help:"Copy all that a server has into one file, while it runs."`
	Restore   restoreCmd   `cmd:"" help:"Make a data folder of a backup."`
	Doctor    doctorCmd    `cmd:"" help:"Look at an installation, and say what is to be done."`
	Job       jobCmd       `cmd:"" help:"Long work of the server: see it, cancel it, try it again."`
	Demo      demoCmd      `cmd:"" help:"A whole election in an invented country, checked; then lies, each found out."`
	Version   versionCmd   `cmd:"" help:"Say which version this is and what built it."`
}

func main() { os.Exit(run(os.Args[1:], theWorld())) }

// theWorld is the environment that commands really run in.
func theWorld() *env {
	return &env{
		stdin:      os.Stdin,
		stdout:     os.Stdout,
		stderr:     os.Stderr,
		now:        time.Now,
		rand:       rand.Reader,
		environ:    os.Environ(),
		workFactor: identity.WorkFactor,
	}
}
