package main

import (
	"errors"
	"fmt"
	"io"

	"bayyina/platform/ledger"
)

type logReconcileCmd struct{ serverFlags }

func (*logReconcileCmd) Help() string {
	return "For a server whose database was restored from an older copy: takes over from the log what entered since, so that nothing " +
		"enters twice, and the log can be written again. Until then every command that writes refuses. An election that was " +
		"open meanwhile cannot be continued with this database: it does not know the ballots that were accepted since the copy.\n\n" +
		"Example:\n\n    bayyina log reconcile --data server"
}

// reconciled is the answer of log reconcile.
type reconciled struct {
	Taken int `json:"taken"` // entries that the database did not know
}

func (c *logReconcileCmd) Run(e *env) (err error) {
	s, err := c.prepare(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	taken, err := ledger.Reconcile(e.ctx, s.Config)
	if err != nil {
		return err
	}
	return e.answer(reconciled{taken}, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("The database knows the whole log again. Entries taken over: %d\n",
			"صارت قاعدة البيانات تعرف السجل كله. عدد القيود التي أُخذت منه: %d\n"), taken)
		return err
	})
}
