package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"bayyina/core/ballot"
	"bayyina/module/vote"
	"bayyina/platform/identity"
)

// voteCmd groups the commands on elections, by whose they are. Those of the
// commission, the authority, the trustees and the voters need no network.
type voteCmd struct {
	Draft       voteDraftCmd       `cmd:"" help:"Commission: check the questions and give the election its name."`
	Plan        votePlanCmd        `cmd:"" help:"All elections of a country at once: contests in districts."`
	Credentials voteCredentialsCmd `cmd:"" help:"Authority: make the voters' credentials."`
	Slips       voteSlipsCmd       `cmd:"" help:"Authority: print the voters' private credentials."`
	Trustee     voteTrusteeCmd     `cmd:"" help:"A trustee's keys: alone, or as a member of a group of which some suffice."`
	Setup       voteSetupCmd       `cmd:"" help:"Commission: the decision to hold the election, with its definition."`
	Open        voteOpenCmd        `cmd:"" help:"Commission: the decision to open it."`
	Enter       voteEnterCmd       `cmd:"" help:"Server: enter what authority, trustees and commission have signed."`
	Voters      voteVotersCmd      `cmd:"" help:"Server: load the voters' list by which one-time codes are sent."`
	Run         voteRunCmd         `cmd:"" help:"Server: take ballots into the log, batch by batch, until the close."`
	Status      voteStatusCmd      `cmd:"" help:"Server: how far an election has come."`
	Cast        voteCastCmd        `cmd:"" help:"Voter: encrypt a vote, then sign it or check the machine with it."`
	AuditBallot voteAuditBallotCmd `cmd:"" help:"Voter: check, on another machine, a ballot that was opened instead of cast."`
	Submit      voteSubmitCmd      `cmd:"" help:"Voter: hand the signed ballot to the server, and get its signed promise."`
	Receipt     voteReceiptCmd     `cmd:"" help:"Voter: find the ballot in the log, and write the proof that it is there."`
	Close       voteCloseCmd       `cmd:"" help:"Server: say that the time is over, and how many ballots were entered."`
	Tally       voteTallyCmd       `cmd:"" help:"Server: add the ballots up, without opening them."`
	Export      voteExportCmd      `cmd:"" help:"Anybody: write an election's Belenios archive from a log."`
	Hints       voteHintsCmd       `cmd:"" help:"Anybody: write hints beside an archive, which make verifying many times faster."`
	Shuffle     voteShuffleCmd     `cmd:"" help:"Trustee: verify the election and shuffle the answers to ranked questions."`
	Decrypt     voteDecryptCmd     `cmd:"" help:"Trustee: verify the election and decrypt the tally, partially."`
	Result      voteResultCmd      `cmd:"" help:"Server: compute the result from the trustees' partial decryptions."`
	Seats       voteSeatsCmd       `cmd:"" help:"Server: count the seats from the result, by the rules of the set-up."`
	Dice        voteDiceCmd        `cmd:"" help:"Commission: the decision on what public dice showed, for a tie."`
	Results     voteResultsCmd     `cmd:"" help:"Anybody: write a result with its texts, as NIST SP 1500-100 or as a table."`
	Complaints  voteComplaintsCmd  `cmd:"" help:"Complaints about an election: their rules, lodging one at the counter, rulings."`
	Certify     voteCertifyCmd     `cmd:"" help:"Commission: recompute everything, and the decision to certify the result."`
	Booth       voteBoothCmd       `cmd:"" help:"Commission: the booth for voters' browsers, as a folder, and the decision to give it to them."`
	Import      voteImportCmd      `cmd:"" help:"Open a Belenios archive for continuing without a log."`
	Box         voteBoxCmd         `cmd:"" help:"Continue a Belenios archive that was imported."`
}

// maxMessages bounds a file of messages of a threshold set-up: 256 members with a
// value for each other one.
const maxMessages = 64 << 20

// statementFlags say where a statement, to be signed, goes. Commands that decide
// something about an election embed them.
type statementFlags struct {
	Origin    string        `placeholder:"ORIGIN" help:"The log that the statement is for, as its checkpoints name it."`
	Statement string        `placeholder:"FILE" help:"Write the statement to FILE, for bayyina key sign."`
	Valid     time.Duration `default:"168h" help:"How long the statement may wait to enter the log."`
}

// check refuses flags from which no statement can be made.
func (f *statementFlags) check() error {
	switch {
	case f.Statement == "":
		return usageError("missing flags: --statement=FILE")
	case f.Origin == "":
		return usageError("--statement needs --origin: a statement is for one log only")
	case f.Valid <= 0:
		return usageError("--valid must be more than nothing")
	}
	return nil
}

// checkIfAny is check where a statement is asked for.
func (f *statementFlags) checkIfAny() error {
	if f.Statement == "" {
		return nil
	}
	return f.check()
}

// file returns the file of the statement with the given body.
func (f *statementFlags) file(e *env, kind string, body any) (file, error) {
	if err := f.check(); err != nil {
		return file{}, err
	}
	from := e.now()
	text, err := vote.Say(e.rand, f.Origin, kind, vote.Window{From: from, Until: from.Add(f.Valid)}, body)
	return file{name: f.Statement, content: text, mode: 0o644}, err
}

// addTo adds the file of a statement to those of a command, where one is asked for.
func (f *statementFlags) addTo(files []file, e *env, kind string, body any) ([]file, error) {
	if f.Statement == "" {
		return files, nil
	}
	statement, err := f.file(e, kind, body)
	return append(files, statement), err
}

// write writes the statement with the given body.
func (f *statementFlags) write(e *env, kind string, body any) error {
	statement, err := f.file(e, kind, body)
	if err != nil {
		return err
	}
	return createAll(statement)
}

// tellStatement is the last line of answers that come with a statement.
func (f *statementFlags) tellStatement(e *env, w io.Writer) error {
	if f.Statement == "" {
		return nil
	}
	_, err := fmt.Fprintf(w, e.tr("%s: statement to be signed with bayyina key sign\n", "%s: إفادة يُوقَّع عليها بالأمر bayyina key sign\n"), f.Statement)
	return err
}

// readMessages reads the messages in files: one on each line that is not empty, so
// that a file holds one message or, like Belenios' own, all of them.
func readMessages(paths []string) ([][]byte, error) {
	var messages [][]byte
	for _, path := range paths {
		data, err := identity.Read(path, maxMessages)
		if err != nil {
			return nil, err
		}
		found := len(messages)
		for line := range bytes.Lines(data) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				messages = append(messages, line)
			}
		}
		if len(messages) == found {
			return nil, fmt.Errorf("%s is empty", path)
		}
	}
	return messages, nil
}

// createAll writes new files. Where that fails none is left.
func createAll(files ...file) error {
	for i, f := range files {
		if err := identity.Create(f.name, f.content, f.mode); err != nil {
			for _, made := range files[:i] {
				err = errors.Join(err, os.Remove(made.name))
			}
			return err
		}
	}
	return nil
}

// file is one of several files that a command writes.
type file struct {
	name    string
	content []byte
	mode    os.FileMode
	purpose string // in the language of the answer
}

// created is the answer of commands that write files and nothing else.
type created struct {
	Files []string `json:"files"`
}

// create writes a new file and tells for whom it is.
func (e *env) create(path string, content []byte, purpose string) error {
	if err := identity.Create(path, content, 0o644); err != nil {
		return err
	}
	return e.answer(created{[]string{path}}, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: %s\n", path, purpose)
		return err
	})
}

// createFolder makes a new folder with the files and lists them.
func (e *env) createFolder(dir string, files []file) error {
	if err := writeFolder(dir, files); err != nil {
		return err
	}
	var answer created
	for _, f := range files {
		answer.Files = append(answer.Files, filepath.Join(dir, f.name))
	}
	return e.answer(answer, func(w io.Writer) error {
		for i, f := range files {
			if _, err := fmt.Fprintf(w, "%s: %s\n", answer.Files[i], f.purpose); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeFolder makes a new folder with the files. Where that fails nothing is left.
func writeFolder(dir string, files []file) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		if errors.Is(err, os.ErrExist) {
			return fmt.Errorf("%s exists already: nothing is overwritten", dir)
		}
		return err
	}
	for _, f := range files {
		if err := identity.Create(filepath.Join(dir, f.name), f.content, f.mode); err != nil {
			return errors.Join(err, os.RemoveAll(dir))
		}
	}
	return nil
}

// filesAt returns the file at path or, where a folder is there, all files in it by name.
func filesAt(path string) (files []string, folder bool, err error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, false, err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, true, err
	}
	for _, f := range entries {
		if !f.IsDir() {
			files = append(files, filepath.Join(path, f.Name()))
		}
	}
	if len(files) == 0 {
		return nil, true, fmt.Errorf("%s: no files in this folder", path)
	}
	return files, true, nil
}

// allFilesAt is filesAt for several paths.
func allFilesAt(paths []string) (files []string, err error) {
	for _, path := range paths {
		more, _, err := filesAt(path)
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	return files, nil
}

// checkUUID refuses what cannot name an election.
func checkUUID(uuid string) error {
	if !ballot.ValidUUID(uuid) {
		return fmt.Errorf("%q cannot name an election: 14 to 64 letters and digits are needed, without 0, O, I and l", uuid)
	}
	return nil
}
