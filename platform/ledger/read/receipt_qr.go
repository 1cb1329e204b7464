package read

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"strings"
)

const receiptQRPrefix = "BAYYINA1:"

// MaxReceiptQR is the most characters of a receipt's QR text: what a QR code of
// version 40-L holds in alphanumeric mode (ISO/IEC 18004, table 7).
const MaxReceiptQR = 4296

// ErrReceiptQR reports a receipt that is too long for a QR code.
var ErrReceiptQR = errors.New("the receipt does not fit into a QR code")

// ReceiptQR returns a receipt's text as it stands in a QR code of alphanumeric mode
// (docs/PROTOCOL.md section 10): shorter, and whole. Its error is ErrReceiptQR.
func ReceiptQR(receipt []byte) (string, error) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(receipt); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	text := receiptQRPrefix + encodeBase45(packed.Bytes())
	if len(text) > MaxReceiptQR {
		return "", fmt.Errorf("%w: it would take %d characters, more than %d", ErrReceiptQR, len(text), MaxReceiptQR)
	}
	return text, nil
}

// ReceiptText returns the text of a receipt that may have come out of a QR code; what
// does not begin as a QR code's text does is returned as it is. A line end behind a QR
// code's text is allowed: programs that scan add one.
func ReceiptText(raw []byte) ([]byte, error) {
	code, ok := strings.CutPrefix(string(raw), receiptQRPrefix)
	if !ok {
		return raw, nil
	}
	if len(raw) > MaxReceiptQR+len("\r\n") {
		return nil, fmt.Errorf("receipt from a QR code: %d characters, more than %d", len(raw), MaxReceiptQR)
	}
	packed, err := decodeBase45(strings.TrimSuffix(strings.TrimSuffix(code, "\n"), "\r"))
	if err != nil {
		return nil, fmt.Errorf("receipt from a QR code: %w", err)
	}
	in := bytes.NewReader(packed)
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(in), MaxProof+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("receipt from a QR code: %w", err)
	case len(text) > MaxProof:
		return nil, fmt.Errorf("receipt from a QR code: more than %d bytes", MaxProof)
	case in.Len() > 0:
		return nil, errors.New("receipt from a QR code: more follows behind its end")
	}
	return text, nil
}

// base45 is the alphabet of RFC 9285, which is that of QR codes' alphanumeric mode.
const base45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// encodeBase45 is RFC 9285: three characters for two bytes, two for a last one.
func encodeBase45(data []byte) string {
	var b strings.Builder
	for ; len(data) > 1; data = data[2:] {
		n := int(data[0])<<8 | int(data[1])
		b.Write([]byte{base45[n%45], base45[n/45%45], base45[n/(45*45)]})
	}
	if len(data) == 1 {
		b.Write([]byte{base45[data[0]%45], base45[data[0]/45]})
	}
	return b.String()
}

func decodeBase45(text string) ([]byte, error) {
	if len(text)%3 == 1 {
		return nil, fmt.Errorf("base45: %d characters end in the middle of a byte", len(text))
	}
	var out []byte
	for at := 0; at < len(text); at += 3 {
		group := text[at:min(at+3, len(text))]
		n, unit := 0, 1
		for i := range len(group) {
			value := strings.IndexByte(base45, group[i])
			if value < 0 {
				return nil, fmt.Errorf("base45: character %d is %q", at+i+1, group[i])
			}
			n, unit = n+value*unit, unit*45
		}
		if n >= 1<<(8*(len(group)-1)) {
			return nil, fmt.Errorf("base45: characters %d to %d are no bytes", at+1, at+len(group))
		}
		if len(group) == 3 {
			out = append(out, byte(n>>8))
		}
		out = append(out, byte(n))
	}
	return out, nil
}
