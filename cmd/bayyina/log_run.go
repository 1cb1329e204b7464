package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

type logRunCmd struct {
	Every time.Duration `default:"5s" placeholder:"DURATION" help:"Publish a checkpoint so often, when anything entered (${default})."`
	serverFlags
}

func (*logRunCmd) Help() string {
	return "Enters what is queued in the database (bayyina log append --queue, the server's modules), publishes checkpoints " +
		"with the witnesses' cosignatures, and asks the witnesses anew every ten minutes when nothing enters, so that " +
		"anybody can see how fresh the log is. Failures that may pass (a full disk, silent witnesses) are told and " +
		"waited out; a fork or a roll-back ends it. One process writes a log at a time. Stop it with an interrupt.\n\n" +
		"Example:\n\n    bayyina log run --data server --passphrase-file passphrase"
}

func (c *logRunCmd) Run(e *env) (err error) {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	size, published := s.Log.Size()
	fmt.Fprintf(e.stderr, e.tr("Writing the log %s: %d entries, %d published.\n", "تجري الكتابة في السجل %s: عدد القيود %d، والمنشور منها %d.\n"),
		s.Log.Origin(), size, published)
	err = s.Log.Run(e.ctx, c.Every)
	if errors.Is(err, context.Canceled) && e.ctx.Err() != nil {
		return nil // stopped, as asked
	}
	return err
}
