package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bayyina/core/canon"
	"bayyina/core/election"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
)

type planOpenCmd struct {
	planFlags
	openFlags
	planStatements
}

func (*planOpenCmd) Help() string {
	return "Writes the statements vote.open of all elections, for the same times, which two officers and a root key sign at once.\n\n" +
		"Example:\n\n    bayyina vote plan open plan --opens 2026-11-24T08:00:00Z --closes 2026-11-24T18:00:00Z --origin log.hnec.example/2026 --statements opening"
}

func (c *planOpenCmd) Run(e *env) error {
	elections, err := c.elections()
	if err != nil {
		return err
	}
	return c.write(e, evidence.KindOpen, elections, func(el *vote.Election) (any, error) { return c.opening(e, el.Election) })
}

type planRunCmd struct {
	planFlags
	Every time.Duration `default:"5s" placeholder:"DURATION" help:"Publish a checkpoint so often, when anything entered (${default})."`
	serverFlags
}

func (*planRunCmd) Help() string {
	return "For the server while the elections are open, as vote run is.\n\n" +
		"Example:\n\n    bayyina vote plan run plan --data server --passphrase-file passphrase"
}

func (c *planRunCmd) Run(e *env) error {
	elections, err := c.elections()
	if err != nil {
		return err
	}
	run := voteRunCmd{Every: c.Every, serverFlags: c.serverFlags}
	for _, el := range elections {
		run.Election = append(run.Election, el.Election)
	}
	return run.Run(e)
}

// planStepFlags are those of the server's steps for all elections of a plan.
type planStepFlags struct {
	planFlags
	stepFlags
}

// planStep is what a step did for one election.
type planStep struct {
	Election string `json:"election"`
	Did      string `json:"did"` // what the step tells, or empty where it was taken before
}

// all takes a step for each election that has not taken it. What one election tells
// stands even if the step fails for a later one: it is not taken again.
func (c *planStepFlags) all(e *env, done func(vote.Status) bool, do func(r *vote.Registrar, uuid string) (string, error)) error {
	elections, err := c.elections()
	if err != nil {
		return err
	}
	var answer struct {
		Elections []planStep `json:"elections"`
	}
	err = c.step(e, func(r *vote.Registrar) error {
		for _, el := range elections {
			status, err := r.Status(e.ctx, el.Election)
			if err != nil {
				return err
			}
			step := planStep{Election: el.Election}
			if !done(status) {
				if step.Did, err = do(r, el.Election); err != nil {
					return err
				}
			}
			answer.Elections = append(answer.Elections, step)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return e.answer(answer, func(w io.Writer) error {
		for i, step := range answer.Elections {
			did := step.Did
			if did == "" {
				did = e.tr("done before", "سبق ذلك")
			}
			title := elections[i].Draft.Title
			if _, err := fmt.Fprintf(w, "%s: %s: %s\n", step.Election, visible(e.tr(title.EN, title.AR)), did); err != nil {
				return err
			}
		}
		return nil
	})
}

type planCloseCmd struct{ planStepFlags }

func (*planCloseCmd) Help() string {
	return "For the server, when the time is over and the last batches are in the log. Repeated, it goes on where it stopped. Where ballots were left behind, bayyina vote close --without ends that election.\n\n" +
		"Example:\n\n    bayyina vote plan close plan --data server"
}

func (c *planCloseCmd) Run(e *env) error {
	return c.all(e, func(s vote.Status) bool { return s.Closed }, func(r *vote.Registrar, uuid string) (string, error) {
		ballots, err := r.Close(e.ctx, uuid)
		return fmt.Sprintf(e.tr("closed, ballots: %d", "أُغلق، عدد الأوراق: %d"), ballots), err
	})
}

type planTallyCmd struct{ planStepFlags }

func (*planTallyCmd) Help() string {
	return "For the server: adds up the ballots of each election, without opening any. Repeated, it goes on where it stopped.\n\n" +
		"Example:\n\n    bayyina vote plan tally plan --data server"
}

func (c *planTallyCmd) Run(e *env) error {
	return c.all(e, func(s vote.Status) bool { return s.Tallied }, func(r *vote.Registrar, uuid string) (string, error) {
		text, err := r.Tally(e.ctx, uuid)
		return fmt.Sprintf(e.tr("tallied, tally: %s", "فُرز، بصمة الحصيلة: %s"), canon.B64(text)), err
	})
}

type planResultCmd struct{ planStepFlags }

func (*planResultCmd) Help() string {
	return "For the server, when enough partial decryptions of each election have been entered. Repeated, it goes on where it stopped.\n\n" +
		"Example:\n\n    bayyina vote plan result plan --data server"
}

func (c *planResultCmd) Run(e *env) error {
	return c.all(e, func(s vote.Status) bool { return s.Counted }, func(r *vote.Registrar, uuid string) (string, error) {
		_, err := r.Result(e.ctx, uuid)
		return e.tr("the result is entered", "أُدخلت النتيجة"), err
	})
}

// archiveAt is where an election's archive lies in a plan's folder of archives.
func archiveAt(dir string, el *vote.Election) string { return filepath.Join(dir, el.Election+".bel") }

// exportPlan writes the archives of all elections to a new folder. Where that fails
// nothing is left.
func exportPlan(e *env, location, policyFile, dir string, elections []vote.Election) (err error) {
	if err := os.Mkdir(dir, 0o755); errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists already: nothing is overwritten", dir)
	} else if err != nil {
		return err
	}
	archives := make(map[string]io.Writer)
	var write func(rest []vote.Election) error
	write = func(rest []vote.Election) error {
		if len(rest) == 0 {
			return exportTo(e, location, policyFile, archives)
		}
		return writeArchive(archiveAt(dir, &rest[0]), func(w io.Writer) error {
			archives[rest[0].Election] = w
			return write(rest[1:])
		})
	}
	if err := write(elections); err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	return nil
}

// eachArchive opens and verifies the archive of each election of a plan in turn.
func eachArchive(dir string, elections []vote.Election, yield func(el *vote.Election, box *vote.Box, path string) error) error {
	for i := range elections {
		el := &elections[i]
		path := archiveAt(dir, el)
		box, f, err := openArchive(path)
		if err != nil {
			return err
		}
		if box.Report.UUID != el.Election {
			err = fmt.Errorf("it is of election %s", box.Report.UUID)
		} else {
			err = yield(el, box, path)
		}
		if err := errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

type planExportCmd struct {
	Log string `arg:"" help:"The log: a folder, a tar file or a URL."`
	planFlags
	Out    string `required:"" placeholder:"DIR" help:"Write the archives to DIR/ID.bel; DIR may not exist."`
	Policy string `placeholder:"FILE" help:"Judge the log by this policy."`
}

func (*planExportCmd) Help() string {
	return "Writes the archives of all elections, as vote export does, and replays the log once for all.\n\n" +
		"Example:\n\n    bayyina vote plan export server/log plan --out archives --policy policy.txt"
}

func (c *planExportCmd) Run(e *env) error {
	elections, err := c.elections()
	if err != nil {
		return err
	}
	if err := exportPlan(e, c.Log, c.Policy, c.Out, elections); err != nil {
		return err
	}
	return e.answer(planDone{Elections: len(elections), Out: []string{c.Out}}, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("%s: a file for each election\n", "%s: ملف لكل انتخاب\n"), c.Out)
		return err
	})
}

type planShuffleCmd struct {
	planFlags
	Archives string `required:"" placeholder:"DIR" help:"The archives of all elections as far as their tallies, or as the shuffles before yours."`
	Trustee  int    `required:"" placeholder:"N" help:"Your number among the trustees."`
	Out      string `required:"" placeholder:"DIR" help:"Write the shuffles to DIR/ID.json; DIR may not exist."`
	planStatements
}

func (*planShuffleCmd) Help() string {
	return "For a trustee, on a machine that never had a network and runs nothing else: shuffles each election that waits for a shuffle, as vote shuffle does, and leaves the others.\n\n" +
		"Example:\n\n    bayyina vote plan shuffle plan --archives archives --trustee 2 --out shuffles-2 --origin log.hnec.example/2026 --statements shuffled-2"
}

func (c *planShuffleCmd) Run(e *env) error {
	elections, err := c.elections()
	if err != nil {
		return err
	}
	shuffles := folder{dir: c.Out}
	var ranked []vote.Election
	bodies := make(map[string]evidence.Shuffle)
	err = eachArchive(c.Archives, elections, func(el *vote.Election, box *vote.Box, _ string) error {
		if box.Report.Phase != election.Mixing {
			return nil
		}
		text, body, err := vote.ShuffleBy(e.rand, box, c.Trustee)
		if err != nil {
			return err
		}
		ranked, bodies[el.Election] = append(ranked, *el), body
		shuffles.files = append(shuffles.files, file{name: el.Election + ".json", content: text, mode: 0o644})
		return nil
	})
	if err != nil {
		return err
	}
	if len(ranked) == 0 {
		return errors.New("no election waits for a shuffle")
	}
	statements, err := c.say(e, evidence.KindShuffle, ranked, func(el *vote.Election) (any, error) { return bodies[el.Election], nil })
	if err != nil {
		return err
	}
	return c.done(e, ranked, shuffles, statements)
}

type planDecryptCmd struct {
	planFlags
	trusteeKeyFlags
	Archives string `required:"" placeholder:"DIR" help:"The archives of all elections as far as their tallies."`
	Out      string `required:"" placeholder:"DIR" help:"Write the partial decryptions to DIR/ID.json; DIR may not exist."`
	planStatements
}

func (*planDecryptCmd) Help() string {
	return "For a trustee, on a machine that never had a network: verifies all archives as vote decrypt does, shows what it is about to decrypt, asks once, and " +
		"opens the key once. The statements vote.decryption are signed with your key of role trustee.\n\n" +
		"Example:\n\n    bayyina vote plan decrypt plan member1.key --share group/1.dkey --archives archives --out decryptions-1 " +
		"--origin log.hnec.example/2026 --statements decrypted-1"
}

func (c *planDecryptCmd) Run(e *env) error {
	elections, err := c.elections()
	if err != nil {
		return err
	}
	boxes := make(map[string]*vote.Box)
	var shown strings.Builder
	err = eachArchive(c.Archives, elections, func(el *vote.Election, box *vote.Box, _ string) error {
		about, err := newDecrypt(box)
		if err != nil {
			return err
		}
		boxes[el.Election] = box
		shown.WriteString(about.shown(e, box))
		return nil
	})
	if err != nil {
		return err
	}
	if !c.Yes {
		if err := askToDecrypt(e, shown.String()); err != nil {
			return err
		}
	}
	g := boxes[elections[0].Election].Election.Group()
	key, err := c.open(e, g)
	if err != nil {
		return err
	}
	decryptions := folder{dir: c.Out}
	statements, err := c.say(e, evidence.KindDecryption, elections, func(el *vote.Election) (any, error) {
		box := boxes[el.Election]
		if box.Election.Group() != g {
			return nil, fmt.Errorf("its group is %s, and that of others %s", box.Election.Group(), g)
		}
		text, body, err := vote.Decrypt(e.rand, box, key)
		if err != nil {
			return nil, err
		}
		decryptions.files = append(decryptions.files, file{name: el.Election + ".json", content: text, mode: 0o644})
		return body, nil
	})
	if err != nil {
		return err
	}
	return c.done(e, elections, decryptions, statements)
}

type planCertifyCmd struct {
	Log string `arg:"" help:"The log: a folder, a tar file or a URL."`
	planFlags
	Out     string `required:"" placeholder:"DIR" help:"Write the archives to DIR/ID.bel; DIR may not exist."`
	Results string `required:"" placeholder:"DIR" help:"Write the results' records, which the statements name as their attachments, to DIR/ID.json; DIR may not exist."`
	Policy  string `placeholder:"FILE" help:"Judge the log by this policy."`
	planStatements
}

func (*planCertifyCmd) Help() string {
	return "For the commission: recomputes everything from the log as a stranger would, and writes the statements vote.certify of all elections, " +
		"which two officers and a root key sign at once.\n\n" +
		"Example:\n\n    bayyina vote plan certify https://log.hnec.example/2026 plan --policy policy.txt --out archives --results results " +
		"--origin log.hnec.example/2026 --statements certify"
}

func (c *planCertifyCmd) Run(e *env) (err error) {
	elections, err := c.elections()
	if err != nil {
		return err
	}
	if err := exportPlan(e, c.Log, c.Policy, c.Out, elections); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(c.Out))
		}
	}()
	results := folder{dir: c.Results}
	bodies := make(map[string]evidence.Certify)
	err = eachArchive(c.Out, elections, func(el *vote.Election, box *vote.Box, path string) error {
		body, result, err := certification(box, path)
		if err != nil {
			return err
		}
		bodies[el.Election] = body
		results.files = append(results.files, file{name: el.Election + ".json", content: result, mode: 0o644})
		return nil
	})
	if err != nil {
		return err
	}
	statements, err := c.say(e, evidence.KindCertify, elections, func(el *vote.Election) (any, error) { return bodies[el.Election], nil })
	if err != nil {
		return err
	}
	return c.done(e, elections, results, statements)
}
