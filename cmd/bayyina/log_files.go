package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
)

// publicFolder returns where a log's public files are: for the data folder or the
// address of a server in its folder log, for everything else there.
func publicFolder(ctx context.Context, location string) string {
	if address, err := url.Parse(location); err == nil && (address.Scheme == "http" || address.Scheme == "https") {
		source, err := read.OpenSource(ctx, location)
		if err != nil {
			return location
		}
		defer source.Close()
		if _, err := read.ReadFile(ctx, source, "checkpoint", read.MaxNote); errors.Is(err, read.ErrMissing) {
			return address.JoinPath(publicDir).String()
		}
		return location
	}
	inside := filepath.Join(location, publicDir)
	if _, err := os.Stat(filepath.Join(inside, "checkpoint")); err == nil {
		return inside
	}
	return location
}

type logExportCmd struct {
	Log string `arg:"" help:"The log's folder, or a server's data folder."`
	Out string `required:"" placeholder:"OUT" help:"A new folder, or a file OUT.tar; - writes a tar file to standard output."`
}

func (*logExportCmd) Help() string {
	return "Copies everything that a reader of the newest checkpoint needs, and nothing else: any web server can serve the " +
		"folder, a USB stick can carry the tar file. The same log at the same checkpoint gives the same tar file, byte for byte. " +
		"The log may be written meanwhile.\n\n" +
		"Examples:\n\n    bayyina log export server --out public\n    bayyina log export server --out log.tar"
}

// exported is the answer of log export.
type exported struct {
	Origin string `json:"origin"`
	Size   uint64 `json:"size"`
	Out    string `json:"out"`
}

func (c *logExportCmd) Run(e *env) error {
	v, err := ledger.OpenView(publicFolder(e.ctx, c.Log))
	if err != nil {
		return err
	}
	switch {
	case c.Out == "-" && e.json:
		return usageError("standard output cannot hold both the tar file and the answer of --json")
	case c.Out == "-":
		return v.ExportTar(e.ctx, e.stdout)
	case strings.HasSuffix(c.Out, ".tar"):
		err = c.tar(e, v)
	default:
		err = v.ExportFolder(e.ctx, c.Out)
	}
	if err != nil {
		return err
	}
	return e.answer(exported{v.Origin(), v.Size(), c.Out}, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("%s: the log %s with %d entries\n", "%s: السجل %s، عدد قيوده %d\n"), c.Out, visible(v.Origin()), v.Size())
		return err
	})
}

// tar writes a new file, and leaves none behind that is not whole.
func (c *logExportCmd) tar(e *env, v *ledger.View) error {
	f, err := os.OpenFile(c.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists already: nothing is overwritten", c.Out)
	}
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	err = errors.Join(v.ExportTar(e.ctx, w), w.Flush(), f.Sync(), f.Close())
	if err != nil {
		return errors.Join(err, os.Remove(c.Out))
	}
	return nil
}

type logFsckCmd struct {
	Log string `arg:"" help:"The log's folder, or a server's data folder."`
}

func (*logFsckCmd) Help() string {
	return "Recomputes each hash tile and root from the entries, each attachment's and pack's hashes, and compares each kept " +
		"checkpoint, to find damage of files. It does not judge what the entries say, nor who signed: that is what " +
		"bayyina verify is for.\n\n" +
		"Example:\n\n    bayyina log fsck server"
}

func (c *logFsckCmd) Run(e *env) error {
	v, err := ledger.OpenView(publicFolder(e.ctx, c.Log))
	if err != nil {
		return err
	}
	report, err := v.Fsck(e.ctx)
	if err != nil {
		return err
	}
	err = e.answer(report, func(w io.Writer) error {
		fmt.Fprintf(w, e.tr("log            %s\n", "السجل                %s\n"), visible(report.Origin))
		fmt.Fprintf(w, e.tr("entries        %d\n", "القيود               %d\n"), report.Size)
		fmt.Fprintf(w, e.tr("attachments    %d\n", "المرفقات             %d\n"), report.Attachments)
		fmt.Fprintf(w, e.tr("checkpoints    %d\n", "نقاط التحقق المحفوظة %d\n"), report.Checkpoints)
		fmt.Fprintf(w, e.tr("root           %s\n", "الجذر                %s\n"), base64.StdEncoding.EncodeToString(report.Root))
		for _, p := range report.Problems {
			fmt.Fprintf(w, e.tr("PROBLEM  %s: %s\n", "خلل  %s: %s\n"), p.Where, visible(p.What))
		}
		if report.More > 0 {
			fmt.Fprintf(w, e.tr("problems beyond these: %d\n", "عدد مواضع الخلل غير المذكورة: %d\n"), report.More)
		}
		if len(report.Problems) == 0 {
			fmt.Fprintln(w, e.tr("The files agree with each other.", "الملفات متفقة فيما بينها."))
		}
		return nil
	})
	if err == nil && len(report.Problems) > 0 {
		err = errClaimFalse
	}
	return err
}
