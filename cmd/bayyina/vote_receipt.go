package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"filippo.io/torchwood"
	"github.com/boombuler/barcode/qr"

	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
	"bayyina/platform/ledger/read"
)

type voteReceiptCmd struct {
	Log     string `arg:"" help:"The log: a folder, a tar file or a URL."`
	Tracker string `arg:"" help:"Your ballot's tracker."`
	Out     string `required:"" placeholder:"FILE" help:"Write the receipt to FILE, which may not exist."`
	QR      string `name:"qr" placeholder:"FILE" help:"Write the receipt as a QR code, too, to FILE, which may not exist: NAME.svg, to print with the tracker below, or NAME.png."`
	Policy  string `placeholder:"FILE" help:"Check the receipt against this policy before it is handed out."`
}

func (*voteReceiptCmd) Help() string {
	return "Finds your ballot in the log and writes the proof that it is there (C2SP tlog-proof, with the entry): anybody can check it " +
		"offline, against the policy. It does not tell how you voted. The QR code holds the whole receipt: what a phone reads in it is checked as the file is.\n\n" +
		"Example:\n\n    bayyina vote receipt https://log.hnec.example/2026 qMQMe+uIbwNBa+k4ei63wxSFZS9JphJbJovxiXlcA9s --out receipt.txt --qr receipt.svg --policy policy.txt"
}

// voteReceipt is the answer of vote receipt.
type voteReceipt struct {
	proved
	QR string `json:"qr,omitempty"`
}

func (c *voteReceiptCmd) Run(e *env) error {
	if err := checkQRFile(c.QR); err != nil {
		return err
	}
	hash, err := hexTracker(c.Tracker)
	if err != nil {
		return err
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
	n, err := findBallot(e, src, checkpoint.Size, hash)
	if err != nil {
		return err
	}
	entry, proof, err := prove(e.ctx, src, checkpoint, n)
	if err != nil {
		return err
	}
	answer := voteReceipt{proved{Origin: checkpoint.Origin, Entry: n, Size: checkpoint.Size, Out: c.Out}, c.QR}
	if c.Policy != "" {
		if answer.Witnessed, err = (&logProofCmd{Policy: c.Policy, Entry: n}).check(entry, proof, checkpoint); err != nil {
			return err
		}
	}
	answer.Proof = string(torchwood.FormatProofWithExtraData(n, entry, proof, checkpoint.Raw))
	if err := identity.Create(c.Out, []byte(answer.Proof), 0o644); err != nil {
		return err
	}
	if err := writeReceiptQR(c.QR, answer.Proof, c.Tracker); err != nil {
		return err
	}
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("%s: your ballot is entry %d of the log %s\n", "%s: ورقتك هي القيد رقم %d في سجل الأدلة %s\n"), c.Out, n, visible(checkpoint.Origin))
		if err != nil || c.QR == "" {
			return err
		}
		_, err = fmt.Fprintf(w, e.tr(
			"%s: the same receipt as a QR code. Print it, or photograph it. A phone reads it as a text that begins with BAYYINA1:\n"+
				"Whoever saves that text in a file can check it without a network:\n  bayyina verify --receipt FILE --policy POLICY\n",
			"%s: الإيصال نفسه رمزَ QR. اطبعه أو صوّره. يقرؤه الهاتف نصًّا يبدأ بـ BAYYINA1:\n"+
				"من حفظ ذلك النص في ملف تحقق منه بلا شبكة:\n  bayyina verify --receipt FILE --policy POLICY\n"), c.QR)
		return err
	})
}

// writeReceiptQR writes a whole receipt as a QR code, where a file is named.
func writeReceiptQR(path, receipt, tracker string) error {
	if path == "" {
		return nil
	}
	text, err := read.ReceiptQR([]byte(receipt))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	code, err := newQRCode(text, qr.L, qr.AlphaNumeric)
	if err != nil {
		return err
	}
	return code.create(path, qrCaption{"إيصال ورقة اقتراع، رقم التتبع:", "Receipt of a ballot, tracker:", tracker})
}

// findBallot finds the entry of the ballot with a hash.
func findBallot(e *env, src read.Source, size int64, hash string) (int64, error) {
	for n := range read.Bundles(size) {
		bundle, err := read.ReadBundle(e.ctx, src, n, size)
		if err != nil {
			return 0, err
		}
		for i, raw := range bundle {
			if string(read.EntryKind(raw)) == evidence.KindBallot && bytes.Contains(raw, []byte(`"ballot":{"sha256":"`+hash+`"`)) {
				return n*read.TileWidth + int64(i), nil
			}
		}
	}
	return 0, errors.New(e.tr("no ballot with this tracker is in the log: it may be waiting for its batch, or you cast another one before it",
		"لا توجد في السجل ورقة بهذا الرقم: قد تكون بانتظار دفعتها، أو قد تكون أدليت بورقة أخرى قبل إدخالها"))
}

// hexTracker reads a tracker as voters see it, and returns it in hexadecimal.
func hexTracker(tracker string) (string, error) {
	hash, err := base64.RawStdEncoding.DecodeString(tracker)
	if err != nil || len(hash) != sha256.Size {
		return "", errors.New("a tracker has 43 letters, digits, + and /")
	}
	return hex.EncodeToString(hash), nil
}
