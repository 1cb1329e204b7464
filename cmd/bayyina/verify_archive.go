package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"bayyina/cmd/bayyina/report"
	"bayyina/core/archive"
	"bayyina/core/ballot"
	"bayyina/core/election"
	"bayyina/core/tally"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
)

// archiveCheck is what was found out about a Belenios archive.
type archiveCheck struct {
	form       form
	formFault  error // of the archive's form; nil if it is in order
	verified   *archive.Report
	fault      *election.Fault // nil if all is right
	definition *ballot.Election
}

// form is what reading an archive from end to end gives.
type form struct {
	Events int64
	Last   archive.Hash
	SHA256 string
}

// checkArchive checks an election that stands alone in its archive.
func (c *verifyCmd) checkArchive(e *env) (*report.Report, error) {
	f, err := os.Open(c.Location)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	p, err := newProgress(e)
	if err != nil {
		return nil, err
	}
	defer p.clear()
	hints, beside := openHints(c.Location)
	defer beside.Close()
	check, err := verifyArchive(f, info.Size(), archive.Options{Hints: hints, Workers: c.Jobs}, p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Location, err)
	}
	r := &report.Report{
		Checked: report.Checked{
			Archive: true, Location: c.Location, SHA256: check.form.SHA256, Bytes: info.Size(), Last: string(check.form.Last),
		},
		Claims: check.claims(),
	}
	if v := check.verified; v != nil {
		r.Checked.Ballots = report.Ballots{Count: int64(v.Ballots), Proofs: v.Proofs, Hinted: int64(v.Hinted)}
	}
	if check.unsupported() {
		r.Unchecked = check.fault.Error()
	}
	return r, nil
}

// verifyArchive reads the archive twice: its form to the very end, and then, as far
// as it is right, the election.
func verifyArchive(r io.ReaderAt, size int64, o archive.Options, p *progress) (*archiveCheck, error) {
	check := new(archiveCheck)
	if err := check.readForm(io.NewSectionReader(r, 0, size)); err != nil {
		return nil, err
	}
	ballots := int64(0)
	o.Accepted = func(ballot.Verified) {
		ballots++
		p.tell("report.progress-ballots", ballots, map[string]any{})
	}
	verified, err := archive.Verify(r, size, o)
	check.verified = verified
	if err != nil && !errors.As(err, &check.fault) {
		return nil, err
	}
	return check, nil
}

// readForm reads the archive to its end. An error is one of reading.
func (c *archiveCheck) readForm(r io.Reader) error {
	sum := sha256.New()
	source := &tee{r: r, sum: sum}
	c.formFault = c.events(source)
	if source.err == nil {
		_, err := io.Copy(io.Discard, source)
		source.err = err
	}
	c.form.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return source.err
}

func (c *archiveCheck) events(r io.Reader) error {
	a, err := archive.NewReader(r)
	if err != nil {
		return err
	}
	for {
		step, err := a.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if step.Type == archive.Setup {
			// What is wrong with the definition, the verification tells.
			c.definition, _ = ballot.ParseElection(step.Data[0])
		}
		c.form.Events, c.form.Last = a.Height(), step.Hash
	}
}

// tee hashes what is read, and keeps an error of reading apart from those of the form.
type tee struct {
	r   io.Reader
	sum io.Writer
	err error
}

func (t *tee) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.sum.Write(p[:n]) // a hash never fails
	if err != nil && !errors.Is(err, io.EOF) {
		t.err = err
	}
	return n, err
}

// The claims on an archive, in the order in which an election makes them.
var archiveClaims = []struct {
	id     string
	stages []election.Stage
}{
	{"archive.form", []election.Stage{election.StageForm, election.StageOrder}},
	{"archive.setup", []election.Stage{election.StageElection, election.StageTrustees, election.StageCredentials}},
	{"archive.ballots", []election.Stage{election.StageBallot}},
	{"archive.once", nil},
	{"archive.tally", []election.Stage{election.StageTally}},
	{"archive.shuffles", []election.Stage{election.StageShuffle}},
	{"archive.decryption", []election.Stage{election.StageDecryption}},
	{"archive.result", []election.Stage{election.StageResult}},
}

// claims returns what is known of each claim.
func (c *archiveCheck) claims() []read.Claim {
	list := []read.Claim{{ID: "archive.origin", Says: read.Message{ID: "archive.origin.says"}, How: read.Message{ID: "archive.origin.how"}}}
	for _, def := range archiveClaims {
		if def.id == "archive.shuffles" && !c.shuffled() {
			continue
		}
		claim := read.Claim{
			ID: def.id, Says: read.Message{ID: def.id + ".says"}, Belief: read.Message{ID: def.id + ".belief"}, Data: c.data(def.id),
		}
		if def.id != "archive.form" {
			claim.Subject = c.verified.UUID
			claim.Title = read.Bilingual{AR: c.verified.Name, EN: c.verified.Name}
		}
		if def.id == "archive.setup" && c.verified.OldTrustees {
			claim.Belief.ID = "archive.setup.belief-old"
		}
		c.judge(&claim, def.stages)
		list = append(list, claim)
	}
	// The form comes first, then the election, and what an archive cannot show last.
	return append(list[1:], list[0])
}

func (c *archiveCheck) judge(claim *read.Claim, stages []election.Stage) {
	claim.Faults = c.faults(claim.ID, stages)
	figures, reached := c.figures(claim.ID)
	switch {
	case len(claim.Faults) > 0:
		claim.Verdict = read.False
		claim.How = read.Message{ID: "archive.faults", Args: map[string]any{"Count": int64(len(claim.Faults))}}
	case reached:
		claim.Verdict = read.True
		claim.How = read.Message{ID: claim.ID + ".how", Args: figures}
	case c.unsupported():
		claim.How = read.Message{ID: "archive.unsupported", Args: map[string]any{"Reason": c.fault.Reason.Error()}}
	case c.fault != nil:
		claim.How = read.Message{ID: "archive.unchecked"}
	default:
		claim.How = read.Message{ID: claim.ID + ".missing"}
	}
}

// unsupported says that the election is of a kind that is not checked: nothing is
// said against it.
func (c *archiveCheck) unsupported() bool {
	return c.fault != nil && errors.Is(c.fault, election.ErrUnsupported)
}

// figures are the numbers with which a true claim says how we know; reached is
// false where nothing was found out.
func (c *archiveCheck) figures(id string) (values map[string]any, reached bool) {
	v := c.verified
	ballots, counted := int64(v.Ballots), int64(v.Counted)
	mixed := v.Phase == election.Tallied || v.Phase == election.Finished
	tallied := mixed || v.Phase == election.Mixing
	// Without a fault the ballots so far are all that there are.
	voted := v.Ballots > 0 && (v.Phase == election.Closed || tallied || v.Phase == election.Open && c.fault == nil)
	switch id {
	case "archive.form":
		return map[string]any{"Count": c.form.Events, "Last": string(c.form.Last)}, c.formFault == nil && !c.unsupportedForm()
	case "archive.setup":
		return map[string]any{"Count": int64(v.Credentials), "Trustees": int64(v.Trustees)}, v.Phase != election.Empty
	case "archive.ballots":
		return map[string]any{"Count": ballots, "Proofs": v.Proofs}, voted
	case "archive.once":
		return map[string]any{"Count": counted, "Ballots": ballots, "Revotes": int64(v.Revotes())}, voted
	case "archive.tally":
		return map[string]any{"Count": counted, "Weight": int64(v.TotalWeight)}, tallied
	case "archive.shuffles":
		return map[string]any{"Count": int64(len(v.Shuffled)), "Trustees": numbers(v.Shuffled)}, mixed
	case "archive.decryption":
		all := c.fault == nil || c.fault.Stage == election.StageResult
		return map[string]any{"Count": int64(len(v.Decrypted)), "Trustees": numbers(v.Decrypted)},
			len(v.Decrypted) > 0 && mixed && all
	case "archive.result":
		return map[string]any{"Count": int64(len(v.Result))}, v.Phase == election.Finished
	}
	return nil, false
}

// shuffled says whether there is anything to shuffle.
func (c *archiveCheck) shuffled() bool { return c.definition != nil && c.definition.Shuffled() }

// unsupportedForm says that even the form is of a kind that is not checked.
func (c *archiveCheck) unsupportedForm() bool {
	return c.unsupported() && (c.fault.Stage == election.StageForm || c.fault.Stage == election.StageOrder)
}

func numbers(owners []int) string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(owners)), ", "), "[]")
}

// data is what a chart can be drawn from, in the types of the log's elections.
func (c *archiveCheck) data(id string) any {
	v := c.verified
	switch {
	case c.definition == nil || v.Credentials == 0:
	case id == "archive.setup":
		d := evidence.SetupData{
			Voters: int64(v.Credentials), Definition: v.Fingerprints.Election, Credentials: v.Fingerprints.Credentials,
			Questions: len(c.definition.Questions()),
		}
		for i := range v.Trustees {
			d.Trustees = append(d.Trustees, evidence.Trustee{Number: i + 1})
		}
		return d
	case id == "archive.once" && v.Ballots > 0:
		return evidence.BallotData{
			Voters: int64(v.Credentials), Ballots: int64(v.Ballots), Revotes: int64(v.Revotes()),
			Counted: int64(v.Counted), Weight: int64(v.TotalWeight),
		}
	case id == "archive.result" && v.Result != nil:
		return evidence.NewResultData(c.definition, v.Result, int64(v.Counted), int64(v.TotalWeight))
	}
	return nil
}

// faults returns what speaks against a claim.
func (c *archiveCheck) faults(id string, stages []election.Stage) []read.Fault {
	var list []read.Fault
	add := func(code string, values map[string]any, detail error) {
		list = append(list, read.Fault{
			Code: code, Says: read.Message{ID: "fault." + code, Args: values}, Detail: detail.Error(), Sequence: -1,
		})
	}
	if id == "archive.form" && c.formFault != nil && !c.unsupported() {
		add("archive-form", map[string]any{"Height": c.form.Events}, c.formFault)
		return list
	}
	if id == "archive.decryption" {
		for _, bad := range c.verified.InvalidDecryptions {
			add("archive-decryption", map[string]any{"Trustee": bad.Owner}, bad.Err)
		}
	}
	if c.fault == nil || c.unsupported() {
		return list
	}
	for _, stage := range stages {
		if stage == c.fault.Stage {
			code, values := blame(c.fault)
			add(code, values, c.fault.Reason)
		}
	}
	return list
}

// blame returns the catalogue's code of a fault and the values of its sentence.
func blame(f *election.Fault) (code string, values map[string]any) {
	trusteeNumber, ofTrustee := strings.CutPrefix(f.Culprit, "trustee ")
	tracker, _ := strings.CutPrefix(f.Culprit, "ballot ")
	switch f.Stage {
	case election.StageForm:
		return "archive-form", map[string]any{"Height": f.Height}
	case election.StageOrder:
		return "archive-order", map[string]any{"Height": f.Height}
	case election.StageElection:
		return "archive-election", nil
	case election.StageTrustees:
		if ofTrustee {
			return "archive-trustee", map[string]any{"Trustee": trusteeNumber}
		}
		return "archive-trustees", nil
	case election.StageCredentials:
		return "archive-credentials", nil
	case election.StageBallot:
		return blameBallot(f, tracker)
	case election.StageTally:
		return "archive-tally", nil
	case election.StageShuffle:
		return "archive-shuffle", map[string]any{"Trustee": trusteeNumber}
	case election.StageDecryption:
		return "archive-decryption", map[string]any{"Trustee": trusteeNumber}
	}
	if f.Question > 0 {
		return "archive-result-answer", map[string]any{"Question": f.Question, "Answer": f.Answer}
	}
	return "archive-result", nil
}

func blameBallot(f *election.Fault, tracker string) (code string, values map[string]any) {
	values = map[string]any{"Tracker": tracker, "Height": f.Height}
	switch {
	case errors.Is(f, ballot.ErrProof):
		values["Question"] = f.Question
		return "archive-ballot-proof", values
	case errors.Is(f, ballot.ErrSignature):
		return "archive-ballot-signature", values
	case errors.Is(f, ballot.ErrUnknownCredential):
		return "archive-ballot-stranger", values
	case errors.Is(f, ballot.ErrWrongElection):
		return "archive-ballot-election", values
	case errors.Is(f, tally.ErrDuplicate):
		return "archive-ballot-again", values
	}
	return "archive-ballot", values
}
