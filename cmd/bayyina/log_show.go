package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"bayyina/platform/identity"
	"bayyina/platform/ledger/read"
)

type logShowCmd struct {
	Log   string `arg:"" help:"The log: a folder, a tar file or a URL."`
	Entry *int64 `arg:"" optional:"" help:"The number of one entry, shown in full; without it, all are listed."`
	From  int64  `placeholder:"N" help:"List from entry N on."`
	To    int64  `placeholder:"N" default:"-1" help:"List up to entry N."`
	Open  string `placeholder:"FILE" help:"Open sealed values of the entry with the openings in FILE, each checked."`
}

func (*logShowCmd) Help() string {
	return "Shows who said what, and when the server says it was. Nothing is checked here, signatures least of all: " +
		"bayyina verify does that. Only what --open opens is checked: exit code 1 means that it is not what was sealed.\n\n" +
		"Examples:\n\n    bayyina log show server/log\n    bayyina log show https://log.hnec.example/2026 --from 100 --to 120\n    bayyina log show log.tar 0 --open openings.json"
}

// shownEntry is an entry in the answer of log show.
type shownEntry struct {
	Sequence    int64             `json:"sequence"`
	Time        string            `json:"time"`
	After       int64             `json:"after"`
	Kind        string            `json:"kind"`
	ID          string            `json:"id"`
	ValidFrom   string            `json:"valid_from"`
	ValidUntil  string            `json:"valid_until"`
	Signatures  []string          `json:"signatures"` // NAME+ID, not checked
	Attachments []read.Attachment `json:"attachments"`
	Body        json.RawMessage   `json:"body"`
	Opened      []read.Opening    `json:"opened,omitempty"` // checked
}

func newShownEntry(e *read.Entry) shownEntry {
	s := shownEntry{
		Sequence: e.Sequence, Time: e.Time.Format(protocolTime), After: e.After, Kind: e.Statement.Kind, ID: e.Statement.ID,
		ValidFrom: e.Statement.From.Format(protocolTime), ValidUntil: e.Statement.Until.Format(protocolTime),
		Signatures: []string{}, Attachments: append([]read.Attachment{}, e.Statement.Attachments...), Body: e.Statement.Body,
	}
	for _, l := range e.Statement.Signatures {
		s.Signatures = append(s.Signatures, fmt.Sprintf("%s+%08x", l.Name, l.ID))
	}
	return s
}

func (c *logShowCmd) Run(e *env) error {
	if c.Open != "" && c.Entry == nil {
		return usageError("--open opens values of one entry: give its number")
	}
	src, err := openLog(e, c.Log)
	if err != nil {
		return err
	}
	defer src.Close()
	checkpoint, err := read.Newest(e.ctx, src)
	if err != nil {
		return err
	}
	if c.Entry != nil {
		return c.one(e, src, checkpoint.Size)
	}
	to := min(c.To, checkpoint.Size-1)
	if c.To < 0 {
		to = checkpoint.Size - 1
	}
	if c.From < 0 || c.From > to {
		return fmt.Errorf("no entries from %d to %d: the log has %d", c.From, to, checkpoint.Size)
	}
	if e.json {
		return c.list(e, src, checkpoint.Size, to)
	}
	fmt.Fprintf(e.stdout, e.tr("%s, %d entries; nothing is checked here\n", "%s، عدد القيود %d؛ لا يُتحقق هنا من شيء\n"), visible(checkpoint.Origin), checkpoint.Size)
	return eachEntry(e.ctx, src, checkpoint.Size, c.From, to, func(entry *read.Entry) error {
		s := newShownEntry(entry)
		_, err := fmt.Fprintf(e.stdout, "%d\t%s\t%s\t%s\n", s.Sequence, s.Time, visible(s.Kind), visible(signers(s.Signatures)))
		return err
	})
}

// list answers with one JSON object, entry by entry: a log may be long.
func (c *logShowCmd) list(e *env, src read.Source, size, to int64) error {
	separator := "{\"entries\": [\n"
	err := eachEntry(e.ctx, src, size, c.From, to, func(entry *read.Entry) error {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(newShownEntry(entry)); err != nil {
			return err
		}
		_, err := fmt.Fprintf(e.stdout, "%s%s", separator, bytes.TrimSuffix(b.Bytes(), []byte("\n")))
		separator = ",\n"
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(e.stdout, "\n]}\n")
	return err
}

// one shows an entry in full.
func (c *logShowCmd) one(e *env, src read.Source, size int64) error {
	n := *c.Entry
	if n < 0 || n >= size {
		return fmt.Errorf("there is no entry %d: the log has %d", n, size)
	}
	return eachEntry(e.ctx, src, size, n, n, func(entry *read.Entry) error {
		s := newShownEntry(entry)
		if c.Open != "" {
			var err error
			if s.Opened, err = c.open(entry.Statement); err != nil {
				return err
			}
		}
		return e.answer(s, func(w io.Writer) error { return s.write(e, w) })
	})
}

// open reads openings, and checks them against what the statement seals.
func (c *logShowCmd) open(s read.Statement) ([]read.Opening, error) {
	text, err := identity.Read(c.Open, maxDescription)
	if err != nil {
		return nil, err
	}
	o, err := read.ParseOpenings(text)
	if err == nil {
		err = o.Check(s)
	}
	if errors.Is(err, read.ErrNotSealed) {
		err = &exitError{exitFalse, err}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Open, err)
	}
	return o.Openings, nil
}

func (s shownEntry) write(e *env, w io.Writer) error {
	var body bytes.Buffer
	if err := json.Indent(&body, s.Body, "", "  "); err != nil {
		return err
	}
	for _, line := range []struct{ en, ar, value string }{
		{"entry", "القيد", fmt.Sprint(s.Sequence)},
		{"time", "الوقت", s.Time},
		{"what", "النوع", s.Kind},
		{"id", "المعرّف", s.ID},
		{"valid", "الصلاحية", s.ValidFrom + " – " + s.ValidUntil},
		{"after", "بعد نقطة التحقق", fmt.Sprint(s.After)},
		{"signed by (not checked)", "توقيعات (لم يُتحقق منها)", signers(s.Signatures)},
	} {
		fmt.Fprintf(w, "%s: %s\n", e.tr(line.en, line.ar), visible(line.value))
	}
	for _, a := range s.Attachments {
		fmt.Fprintf(w, e.tr("attachment: %s, %d bytes\n", "مرفق: %s، عدد البايتات %d\n"), a.SHA256, a.Size)
	}
	if _, err := fmt.Fprintf(w, "\n%s\n", visible(body.String())); err != nil {
		return err
	}
	for _, o := range s.Opened {
		if _, err := fmt.Fprintf(w, e.tr("%s, opened: %s\n", "%s، بعد فتحه: %s\n"), visible(o.Path), visible(o.Value)); err != nil {
			return err
		}
	}
	return nil
}

func signers(names []string) string { return strings.Join(names, " ") }

// openLog opens a log for reading: a folder (a server's data folder, too), a tar
// file or a URL.
func openLog(e *env, location string) (read.Source, error) {
	return read.OpenSource(e.ctx, publicFolder(e.ctx, location))
}

// eachEntry yields the entries from one number to another, both included.
func eachEntry(ctx context.Context, src read.Source, size, from, to int64, yield func(*read.Entry) error) error {
	for n := from / read.TileWidth; n <= to/read.TileWidth; n++ {
		bundle, err := read.ReadBundle(ctx, src, n, size)
		if err != nil {
			return err
		}
		for i, raw := range bundle {
			sequence := n*read.TileWidth + int64(i)
			if sequence < from || sequence > to {
				continue
			}
			entry, err := read.ParseEntry(raw)
			if err != nil {
				return fmt.Errorf("entry %d: %w", sequence, err)
			}
			if err := yield(entry); err != nil {
				return err
			}
		}
	}
	return nil
}
