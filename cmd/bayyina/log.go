package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"bayyina/platform/ledger"
)

// logCmd groups the commands on the log of evidence.
type logCmd struct {
	Init      logInitCmd      `cmd:"" help:"Make a log: draft its genesis, then start the log with the signed genesis."`
	Append    logAppendCmd    `cmd:"" help:"Enter signed statements into the log, and wait until witnesses have seen them."`
	Run       logRunCmd       `cmd:"" help:"Publish what is queued, and keep the witnesses fresh, until stopped."`
	Reconcile logReconcileCmd `cmd:"" help:"Take over from the log what a restored database does not know."`
	Show      logShowCmd      `cmd:"" help:"Show the entries of a log."`
	Proof     logProofCmd     `cmd:"" help:"Write the proof that an entry is in a log: a receipt."`
	Follow    logFollowCmd    `cmd:"" help:"Keep a verified copy of a log, and raise an alarm when it misbehaves."`
	Export    logExportCmd    `cmd:"" help:"Copy the log's public files into a folder or a tar file."`
	Fsck      logFsckCmd      `cmd:"" help:"Recompute everything that is recorded twice in a log's files."`
}

// protocolTime writes times as the protocol does.
const protocolTime = "2006-01-02T15:04:05Z"

// witnessAnswer is what one witness said to a checkpoint.
type witnessAnswer struct {
	Name     string `json:"name"`
	URL      string `json:"url,omitempty"`
	Time     string `json:"time,omitempty"`     // of its cosignature
	Error    string `json:"error,omitempty"`    // why it gave none
	Loopback bool   `json:"loopback,omitempty"` // it runs on this machine: its word proves nothing
}

func newWitnessAnswers(answers []ledger.Answer) []witnessAnswer {
	out := make([]witnessAnswer, len(answers))
	for i, a := range answers {
		out[i] = witnessAnswer{Name: a.Witness, URL: a.URL, Loopback: a.Loopback}
		if a.Err != nil {
			out[i].Error = a.Err.Error()
		} else {
			out[i].Time = a.Time.UTC().Format(protocolTime)
		}
	}
	return out
}

// writeWitnesses tells each witness's answer, and plainly where it proves nothing.
func (e *env) writeWitnesses(w io.Writer, answers []witnessAnswer) {
	var here []string
	for _, a := range answers {
		if a.Error == "" {
			fmt.Fprintf(w, e.tr("witness %s cosigned at %s\n", "الشاهد %s وقّع في %s\n"), a.Name, a.Time)
		} else {
			fmt.Fprintf(w, e.tr("witness %s did not cosign: %s\n", "الشاهد %s لم يوقّع: %s\n"), a.Name, visible(a.Error))
		}
		if a.Loopback {
			here = append(here, a.Name)
		}
	}
	switch {
	case len(answers) == 0:
		fmt.Fprintln(w, e.tr("This log has no witnesses: nothing shows that everybody sees the same log.",
			"ليس لهذا السجل شهود: لا شيء يُثبت أن الجميع يرون السجل نفسه."))
	case len(here) > 0:
		fmt.Fprintf(w, e.tr("These witnesses run on this machine, so their word proves nothing: %s\n",
			"هؤلاء الشهود يعملون على هذا الجهاز نفسه، فلا تُثبت شهادتهم شيئًا: %s\n"), strings.Join(here, e.tr(", ", "، ")))
	}
}

// clock is the time as statements say it.
func (e *env) clock() time.Time { return e.now().UTC().Truncate(time.Second) }
