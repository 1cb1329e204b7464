package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"bayyina/platform/identity"
	"bayyina/platform/ledger/mirror"
	"bayyina/platform/ledger/read"
)

type logFollowCmd struct {
	Log     string        `arg:"" help:"The log: a folder, a tar file or a URL."`
	Mirror  string        `arg:"" help:"The mirror's folder; it is made when it is not there."`
	Policy  string        `placeholder:"FILE" help:"The log's policy: whose signatures count."`
	Every   time.Duration `default:"1m" placeholder:"DURATION" help:"Look at the log so often (${default})."`
	Once    bool          `help:"Look at it once, and end."`
	Stale   time.Duration `placeholder:"DURATION" help:"Raise an alarm when no quorum of witnesses has confirmed the log for so long."`
	Promise []string      `sep:"none" placeholder:"FILE" help:"Raise an alarm when this promise to a voter is broken; may be repeated."`
}

func (*logFollowCmd) Help() string {
	return "Keeps a verified copy of a log, which is itself a log that anybody can serve and verify, and watches how the log " +
		"behaves. It raises an alarm, and ends with exit code 1, when the log\n\n" +
		"    forks          signs two histories, one for some and one for others\n" +
		"    rolls back     shows less than it has shown before\n" +
		"    goes stale     is no longer confirmed by its witnesses (--stale)\n" +
		"    breaks a promise to a voter (--promise)\n" +
		"    is unwitnessed shows a checkpoint without its signature or a quorum of witnesses\n" +
		"    is damaged     lacks files that its checkpoint covers, or has other ones\n" +
		"    is foreign     is not the one of the policy\n\n" +
		"What proves it, such as both signed checkpoints, is kept in the folder evidence of the mirror. An interrupted " +
		"mirror goes on where it was. What the entries say is not judged: run bayyina verify on the mirror.\n\n" +
		"Examples:\n\n" +
		"    bayyina log follow https://log.hnec.example/2026 mirror --policy policy.txt --stale 30m --promise promise.txt\n\n" +
		"    bayyina log follow log.tar mirror --policy policy.txt --once"
}

func (c *logFollowCmd) Run(e *env) (err error) {
	cfg := mirror.Config{Source: publicFolder(e.ctx, c.Log), Dir: c.Mirror, Stale: c.Stale, Now: e.now}
	if c.Every <= 0 || c.Stale < 0 {
		return usageError("--every and --stale must be positive")
	}
	if c.Policy != "" {
		if cfg.Policy, err = readPolicy(c.Policy); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(e.stderr, e.tr("Without --policy the log's own word is taken for its key and its witnesses.",
			"من دون سياسة يُؤخذ بكلام السجل نفسه عن مفتاحه وشهوده."))
	}
	for _, path := range c.Promise {
		p, err := readPromise(path)
		if err != nil {
			return err
		}
		cfg.Promises = append(cfg.Promises, p)
	}
	m, err := mirror.Open(e.ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	if c.Once {
		r, err := m.Sync(e.ctx)
		if err != nil {
			return e.raise(err)
		}
		return e.tellRound(r)
	}
	err = m.Follow(e.ctx, c.Every, func(r *mirror.Report, err error) {
		if err == nil {
			err = e.tellRound(r)
		}
		if err != nil {
			fmt.Fprintf(e.stderr, e.tr("not now, and tried again: %s\n", "تعذّر الآن، وستُعاد المحاولة: %s\n"), visible(err.Error()))
		}
	})
	if errors.Is(err, context.Canceled) && e.ctx.Err() != nil {
		return nil // stopped, as asked
	}
	return e.raise(err)
}

// readPromise reads a promise to a voter.
func readPromise(path string) (*read.Promise, error) {
	raw, err := identity.Read(path, read.MaxNote)
	if err != nil {
		return nil, err
	}
	p, err := read.ParsePromise(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// round is the answer of a round of log follow.
type round struct {
	Origin     string         `json:"origin"`
	Rehearsal  bool           `json:"rehearsal"`
	Entries    int64          `json:"entries"`
	Added      int64          `json:"added"`
	Checkpoint string         `json:"checkpoint"`
	Witnessed  string         `json:"witnessed,omitempty"` // when a quorum had confirmed it
	Witnesses  []string       `json:"witnesses"`
	Promises   []promiseState `json:"promises,omitempty"`
}

// promiseState says where a promise stands.
type promiseState struct {
	Tracker  string `json:"tracker"`
	Deadline string `json:"deadline"`
	Kept     bool   `json:"kept"`
	Entry    int64  `json:"entry,omitempty"` // that keeps it
}

// tellRound answers with how the log stands.
func (e *env) tellRound(r *mirror.Report) error {
	answer := round{
		Origin: r.Origin, Rehearsal: r.Rehearsal, Entries: r.Size, Added: r.Added, Checkpoint: string(r.Checkpoint.Raw), Witnesses: []string{},
	}
	for _, c := range r.Witnessed.By {
		answer.Witnesses = append(answer.Witnesses, c.Witness)
	}
	if !r.Witnessed.Time.IsZero() {
		answer.Witnessed = r.Witnessed.Time.Format(protocolTime)
	}
	for _, p := range r.Promises {
		answer.Promises = append(answer.Promises, promiseState{p.Promise.Tracker, p.Promise.Deadline.Format(protocolTime), p.Kept, p.Entry})
	}
	return e.answer(answer, func(w io.Writer) error {
		if r.Rehearsal {
			fmt.Fprint(w, e.tr("REHEARSAL  ", "تجربة  "))
		}
		fmt.Fprintf(w, e.tr("%s: %d entries, %d of them new", "%s: عدد القيود %d، والجديد منها %d"), visible(r.Origin), r.Size, r.Added)
		if answer.Witnessed != "" {
			fmt.Fprintf(w, e.tr("; confirmed at %s by %s", "؛ أُكِّد في %s بتوقيع %s"), answer.Witnessed, strings.Join(answer.Witnesses, e.tr(", ", "، ")))
		} else {
			fmt.Fprint(w, e.tr("; no witness is asked for", "؛ لا يُطلب شاهد"))
		}
		fmt.Fprintln(w)
		for _, p := range answer.Promises {
			if p.Kept {
				fmt.Fprintf(w, e.tr("promise for tracker %s: kept by entry %d\n", "الوعد لرقم التتبع %s: وُفي به في القيد %d\n"), p.Tracker, p.Entry)
			} else {
				fmt.Fprintf(w, e.tr("promise for tracker %s: open until %s\n", "الوعد لرقم التتبع %s: قائم حتى %s\n"), p.Tracker, p.Deadline)
			}
		}
		return nil
	})
}

// alarms are what log follow raises an alarm on, in both languages.
var alarms = map[mirror.Kind]read.Bilingual{
	mirror.Fork: {
		EN: "FORK: the log signed two histories that contradict each other",
		AR: "تشعّب: وقّع السجل تاريخين متناقضين",
	},
	mirror.Rollback: {
		EN: "ROLL-BACK: the log shows less than it has shown before",
		AR: "تراجع: يعرض السجل أقل مما عرضه من قبل",
	},
	mirror.Stale: {
		EN: "STALE: the witnesses have not confirmed the log for too long",
		AR: "ركود: لم يؤكد الشهود السجل منذ مدة أطول مما ينبغي",
	},
	mirror.Broken: {
		EN: "BROKEN PROMISE: a ballot that was promised to be in the log is not",
		AR: "إخلاف وعد: ورقة اقتراع وُعد بإدراجها في السجل لم تُدرج",
	},
	mirror.Unwitnessed: {
		EN: "UNWITNESSED: the checkpoint lacks the log's signature or a quorum of its witnesses",
		AR: "بلا شهود: نقطة التحقق ينقصها توقيع السجل أو نصاب الشهود",
	},
	mirror.Damaged: {
		EN: "DAMAGED: files that the checkpoint covers are missing, or are others",
		AR: "تلف: ملفات تشملها نقطة التحقق مفقودة أو مغايرة",
	},
	mirror.Foreign: {
		EN: "ANOTHER LOG: this is not the log of the policy",
		AR: "سجل آخر: ليس هذا هو السجل الذي تصفه السياسة",
	},
}

// raised is the answer of log follow to an alarm.
type raised struct {
	Alarm    mirror.Kind    `json:"alarm"`
	Says     read.Bilingual `json:"says"`
	Detail   string         `json:"detail"`
	Evidence []string       `json:"evidence"`
}

// raise tells an alarm in both languages: whoever reads the console must not miss
// it. Other errors are handed on.
func (e *env) raise(err error) error {
	a, ok := errors.AsType[*mirror.Alarm](err)
	if !ok {
		return err
	}
	answer := raised{a.Kind, alarms[a.Kind], a.Detail, append([]string{}, a.Evidence...)}
	err = e.answer(answer, func(w io.Writer) error {
		fmt.Fprintf(w, "%s\n%s\n%s\n", answer.Says.AR, answer.Says.EN, visible(a.Detail))
		for _, path := range a.Evidence {
			fmt.Fprintf(w, e.tr("evidence: %s\n", "دليل: %s\n"), path)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return errClaimFalse
}
