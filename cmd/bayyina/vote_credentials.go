package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"

	"bayyina/core/credential"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
)

// maxVoters bounds the voters' file.
const maxVoters = 1 << 30

type voteCredentialsCmd struct {
	Draft     string `arg:"" help:"The draft of the election."`
	Voters    string `required:"" placeholder:"FILE" help:"The voters, as CSV: an id on each line, or an id and a weight."`
	Public    string `required:"" placeholder:"FILE" help:"Write the public credentials to FILE, which may not exist."`
	Private   string `required:"" placeholder:"FILE" help:"Write the sealed private credentials to FILE, which may not exist."`
	Districts string `placeholder:"FILE" help:"How many voters each district has, as JSON: [{\"name\":{\"ar\":\"…\",\"en\":\"…\"},\"voters\":n}…]."`
	statementFlags
	sealFlags
}

func (*voteCredentialsCmd) Help() string {
	return "For the credential authority, on a machine that never had a network. Makes a private credential for each voter. " +
		"The public ones, in an order that tells nothing, go to the commission with the statement vote.credentials. The private ones stay " +
		"sealed here; bayyina vote slips prints them, and they never touch the server.\n\n" +
		"Example:\n\n    bayyina vote credentials draft.json --voters voters.csv --public public.json --private private.age " +
		"--origin log.hnec.example/2026 --statement credentials.txt"
}

// voteCredentials is the answer of vote credentials.
type voteCredentials struct {
	Election string `json:"election"`
	Count    int    `json:"count"`
	Weight   uint64 `json:"weight"`
	SHA256   string `json:"sha256"` // of the public list
	Public   string `json:"public"`
	Private  string `json:"private"`
}

func (c *voteCredentialsCmd) Run(e *env) error {
	if err := c.checkIfAny(); err != nil {
		return err
	}
	draft, err := readDraft(c.Draft)
	if err != nil {
		return err
	}
	g, err := draft.CryptoGroup()
	if err != nil {
		return err
	}
	voters, weighted, err := readVoters(c.Voters)
	if err != nil {
		return err
	}
	districts, err := readDistricts(c.Districts, len(voters))
	if err != nil {
		return err
	}
	recipients, err := c.recipients(e, c.Private)
	if err != nil {
		return err
	}
	privates, list, err := credential.Issue(e.rand, g, draft.UUID, voters, weighted)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Voters, err)
	}
	text := vote.PrivateList(voters, privates)
	defer clear(text)
	sealed, err := identity.SealSecret(vote.PrivateLabel(draft.UUID), text, recipients...)
	if err != nil {
		return err
	}
	files, err := c.addTo([]file{
		{name: c.Public, content: list.Bytes(), mode: 0o644},
		{name: c.Private, content: sealed, mode: 0o600},
	}, e, evidence.KindCredentials, vote.CredentialsStatement(draft.UUID, list, districts))
	if err != nil {
		return err
	}
	if err := createAll(files...); err != nil {
		return err
	}
	answer := voteCredentials{
		Election: draft.UUID, Count: list.Len(), Weight: list.TotalWeight(),
		SHA256: vote.AttachmentOf(list.Bytes()).SHA256, Public: c.Public, Private: c.Private,
	}
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("Election %s: credentials %d, total weight %d\n%s: public, for the commission; SHA-256 %s\n%s: private, sealed; stays with you\n",
			"الانتخاب %s: عدد رموز الاقتراع %d، ووزنها الكلي %d\n%s: القائمة العامة، تُسلَّم إلى المفوضية؛ بصمتها SHA-256 هي %s\n%s: الرموز السرية مختومةً؛ تبقى لديك\n"),
			answer.Election, answer.Count, answer.Weight, c.Public, answer.SHA256, c.Private)
		return errors.Join(err, c.tellStatement(e, w))
	})
}

// readVoters reads the voters' file, and whether it gives weights.
func readVoters(path string) (voters []credential.Voter, weighted bool, err error) {
	weighted, err = eachVoter(path, 0, func(_ int, v credential.Voter, _ []string) error {
		voters = append(voters, v)
		return nil
	})
	return voters, weighted, err
}

// eachVoter reads a voters' file, on each line of which stand an id, so many more
// columns, and a weight where the file gives weights.
func eachVoter(path string, columns int, yield func(row int, v credential.Voter, more []string) error) (weighted bool, err error) {
	data, err := identity.Read(path, maxVoters)
	if err != nil {
		return false, err
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff")))) // Excel's mark
	r.ReuseRecord = true
	for none := true; ; none = false {
		record, err := r.Read()
		switch {
		case errors.Is(err, io.EOF) && none:
			return false, fmt.Errorf("%s: no voters", path)
		case errors.Is(err, io.EOF):
			return weighted, nil
		case err != nil:
			return false, fmt.Errorf("%s: %w", path, err)
		}
		v := credential.Voter{ID: record[0], Weight: 1}
		if weighted = len(record) == columns+2; weighted {
			v.Weight, err = strconv.ParseUint(record[columns+1], 10, 64)
		}
		row, _ := r.FieldPos(0)
		if err != nil || len(record) > columns+2 || len(record) <= columns || v.Weight == 0 {
			what := "an id"
			if columns > 0 {
				what = "an id and a district"
			}
			return false, fmt.Errorf("%s: line %d is not %s, or %s and a weight of at least 1", path, row, what, what)
		}
		if err := yield(row, v, record[1:columns+1]); err != nil {
			return false, fmt.Errorf("%s: %w", path, err)
		}
	}
}

// readDistricts reads the districts' file, if there is one, and compares it with the
// number of voters.
func readDistricts(path string, voters int) ([]evidence.District, error) {
	if path == "" {
		return nil, nil
	}
	data, err := identity.Read(path, vote.MaxTemplate)
	if err != nil {
		return nil, err
	}
	var districts []evidence.District
	if err := decodeStrictly(data, &districts); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var sum int64
	for i, d := range districts {
		if d.Name.AR == "" || d.Name.EN == "" || d.Voters < 0 || d.Voters > int64(voters) {
			return nil, fmt.Errorf("%s: district %d needs a name in Arabic and English, and a number of voters", path, i+1)
		}
		sum += d.Voters
	}
	if sum != int64(voters) {
		return nil, fmt.Errorf("%s: the districts have %d voters, the voters' file has %d", path, sum, voters)
	}
	return districts, nil
}
