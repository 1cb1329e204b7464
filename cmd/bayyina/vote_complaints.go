package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"bayyina/cmd/bayyina/config"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
)

// voteComplaintsCmd groups the commands on complaints.
type voteComplaintsCmd struct {
	Rules voteComplaintsRulesCmd `cmd:"" help:"Commission: the decision, before voting opens, on what grounds and for how long one may complain."`
	Lodge voteComplaintsLodgeCmd `cmd:"" help:"Server: lodge a complaint that came on paper, and acknowledge it."`
	Rule  voteComplaintsRuleCmd  `cmd:"" help:"Commission: the ruling on complaints."`
}

type voteComplaintsRulesCmd struct {
	Election string        `required:"" placeholder:"UUID" help:"The election's name."`
	Window   time.Duration `default:"72h" help:"How long one may complain after the result is in the log (${default})."`
	GroundAR []string      `name:"ground-ar" sep:"none" placeholder:"TEXT" help:"A ground that is admitted, in Arabic; repeated, in the order of --ground-en."`
	GroundEN []string      `name:"ground-en" sep:"none" placeholder:"TEXT" help:"The same in English."`
	BodyAR   string        `name:"body-ar" required:"" placeholder:"TEXT" help:"Who rules on complaints, in Arabic."`
	BodyEN   string        `name:"body-en" required:"" placeholder:"TEXT" help:"The same in English."`
	statementFlags
}

func (*voteComplaintsRulesCmd) Help() string {
	return "Writes the statement vote.complaints, which two officers and a root key sign and which must be in the log before voting opens. From then on the result of " +
		"this election is provisional at first: it is certified after the window, once every complaint lodged in it is ruled on.\n\n" +
		"Example:\n\n    bayyina vote complaints rules --election 8QrCAeS5xbQKAY --window 72h --ground-ar 'خطأ في الفرز' --ground-en 'A mistake in the count' " +
		"--body-ar 'لجنة الشكاوى' --body-en 'Complaints panel' --origin log.hnec.example/2026 --statement complaints.txt"
}

func (c *voteComplaintsRulesCmd) Run(e *env) error {
	if err := checkUUID(c.Election); err != nil {
		return err
	}
	if len(c.GroundAR) != len(c.GroundEN) {
		return usageError(fmt.Sprintf("each ground is told in both languages: there are %d in Arabic and %d in English", len(c.GroundAR), len(c.GroundEN)))
	}
	body := evidence.ComplaintRules{Election: c.Election, Window: int64(c.Window / time.Second), Body: read.Bilingual{AR: c.BodyAR, EN: c.BodyEN}}
	for i := range c.GroundAR {
		body.Grounds = append(body.Grounds, read.Bilingual{AR: c.GroundAR[i], EN: c.GroundEN[i]})
	}
	if err := body.Check(); err != nil {
		return err
	}
	if err := c.write(e, evidence.KindComplaintRules, body); err != nil {
		return err
	}
	return e.answer(body, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("Election %s: complaints for %s after the result, grounds: %d\n", "الانتخاب %s: تُقبل الشكاوى بعد النتيجة مدة %s، والأسباب: %d\n"),
			c.Election, c.Window, len(body.Grounds))
		return errors.Join(err, c.tellStatement(e, w))
	})
}

type voteComplaintsLodgeCmd struct {
	Election string `arg:"" help:"The election's name."`
	Text     string `required:"" placeholder:"FILE" help:"What the complaint says."`
	Ground   int    `required:"" placeholder:"N" help:"The ground, as the rules number them from 1."`
	About    string `default:"0" placeholder:"SUBJECT" help:"What it is about: 0 for the whole election, 2 for the second question, 2.1 for its first answer or list, 2.1.3 for the third candidate on that list."`
	Name     string `required:"" placeholder:"NAME" help:"Who complains."`
	Contact  string `placeholder:"TEXT" help:"Where the complainant is reached."`
	Out      string `required:"" placeholder:"FILE" help:"Write the signed acknowledgement, for the complainant, to FILE, which may not exist."`
	stepFlags
}

func (*voteComplaintsLodgeCmd) Help() string {
	return "For the counter: lodges a complaint that came on paper. Its text and the name are sealed; the complainant gets the acknowledgement, which convicts the " +
		"server if the complaint is not in the log within an hour (bayyina verify --promise).\n\n" +
		"Example:\n\n    bayyina vote complaints lodge 8QrCAeS5xbQKAY --text complaint.txt --ground 1 --about 2.1 --name 'سالم علي' --out acknowledgement.txt --data server"
}

// complaintLodged is the answer of vote complaints lodge.
type complaintLodged struct {
	Election string    `json:"election"`
	Number   int64     `json:"number"`
	Lodged   time.Time `json:"lodged"`
	Deadline time.Time `json:"deadline"`
	Out      string    `json:"out"`
}

func (c *voteComplaintsLodgeCmd) Run(e *env) error {
	text, err := identity.Read(c.Text, 4*vote.MaxComplaintText)
	if err != nil {
		return err
	}
	about, err := evidence.ParseSubject(c.About)
	if err != nil {
		return usageError(err.Error())
	}
	var answer complaintLodged
	err = c.step(e, func(r *vote.Registrar) error {
		return c.sealed(e, func(keys *seal.Keys) error {
			complaints := vote.NewComplaints(r, keys)
			receipt, err := complaints.NewReceipt()
			if err != nil {
				return err
			}
			a, err := complaints.Lodge(e.ctx, vote.Lodging{
				Election: c.Election, Receipt: receipt, Ground: c.Ground, About: about, Text: strings.TrimSpace(string(text)), Name: c.Name, Contact: c.Contact,
			})
			if err != nil {
				return err
			}
			answer = complaintLodged{a.Election, a.Number, a.Lodged, a.Deadline, c.Out}
			return identity.Create(c.Out, a.Note, 0o644)
		})
	})
	if err != nil {
		return err
	}
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("Election %s: complaint %d, in the log by %s\n%s: the acknowledgement, for the complainant\n",
			"الانتخاب %s: الشكوى رقم %d، تكون في السجل قبل %s\n%s: إشعار الاستلام، لمن اشتكى\n"),
			answer.Election, answer.Number, answer.Deadline.Format(time.RFC3339), answer.Out)
		return err
	})
}

// sealed opens the keys of what is sealed in the server's database, and calls fn.
func (c *voteComplaintsLodgeCmd) sealed(e *env, fn func(*seal.Keys) error) error {
	people := peopleFlags{Data: c.Data}
	return people.opened(e, func(_ *config.Config, _ *store.DB, keys *seal.Keys) error { return fn(keys) })
}

type voteComplaintsRuleCmd struct {
	Election   string   `required:"" placeholder:"UUID" help:"The election's name."`
	Complaints []int64  `name:"complaint" required:"" placeholder:"N" help:"The complaint's number; repeated where several are ruled on together."`
	Outcome    string   `required:"" enum:"inadmissible,dismissed,upheld,excluded,annulled" placeholder:"OUTCOME" help:"One of ${enum}: upheld changes nothing, excluded takes out those that --exclude names, annulled leaves nobody elected."`
	Exclude    []string `placeholder:"SUBJECT" help:"Who is excluded: 2.1 for the first answer or list of the second question, 2.1.3 for the third candidate on that list; may be repeated."`
	Version    int      `name:"result-version" placeholder:"N" help:"The version of the result that the ruling makes, where it excludes or annuls: 2 for the first such ruling."`
	ReasonAR   string   `name:"reason-ar" required:"" placeholder:"TEXT" help:"The reasons, in Arabic."`
	ReasonEN   string   `name:"reason-en" required:"" placeholder:"TEXT" help:"The reasons, in English."`
	statementFlags
}

func (*voteComplaintsRuleCmd) Help() string {
	return "Writes the statement vote.ruling, which two officers and a root key sign. Its reasons are public. Where it excludes somebody or annuls the election, it makes a new version of the " +
		"result: the server counts the seats again (bayyina vote seats), and that version is certified (bayyina vote certify --result-version).\n\n" +
		"Example:\n\n    bayyina vote complaints rule --election 8QrCAeS5xbQKAY --complaint 1 --outcome dismissed --reason-ar 'لم يثبت شيء' --reason-en 'Nothing was shown' " +
		"--origin log.hnec.example/2026 --statement ruling.txt"
}

func (c *voteComplaintsRuleCmd) Run(e *env) error {
	if err := checkUUID(c.Election); err != nil {
		return err
	}
	body := evidence.Ruling{
		Election: c.Election, Complaints: c.Complaints, Outcome: evidence.Outcome(c.Outcome), Version: c.Version,
		Reason: read.Bilingual{AR: c.ReasonAR, EN: c.ReasonEN},
	}
	for _, text := range c.Exclude {
		s, err := evidence.ParseSubject(text)
		if err != nil {
			return usageError(err.Error())
		}
		body.Excluded = append(body.Excluded, s)
	}
	if err := body.Check(); err != nil {
		return err
	}
	if err := c.write(e, evidence.KindRuling, body); err != nil {
		return err
	}
	return e.answer(body, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("Election %s: ruling on %d complaints: %s\n", "الانتخاب %s: حكم في شكاوى عددها %d: %s\n"), c.Election, len(c.Complaints), c.Outcome)
		return errors.Join(err, c.tellStatement(e, w))
	})
}
