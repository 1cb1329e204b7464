package message

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf16"
)

// Kannel sends to phones through the HTTP interface of Kannel's smsbox (User's Guide,
// "Using the HTTP interface to send SMS messages").
type Kannel struct {
	URL      string // of sendsms: "http://127.0.0.1:13013/cgi-bin/sendsms"
	User     string
	Password string
	From     string // the sender that phones show
	// Receipts is the address that Kannel asks when it knows what became of a message,
	// followed by the message's id; "" for no receipts.
	Receipts string
	Client   *http.Client
}

const (
	kannelTimeout = 30 * time.Second
	maxAnswer     = 1 << 10
	// dlrMask asks for receipts of delivery and of its failure, at the phone and at the centre.
	dlrMask = "19"
)

// Send hands one message to Kannel, which keeps it until a centre takes it.
func (k *Kannel) Send(ctx context.Context, id string, m Message) error {
	if err := m.Check(); err != nil || m.Channel != SMS {
		return errors.Join(ErrRefused, err)
	}
	ask := url.Values{"to": {m.To}, "from": {k.From}, "text": {m.Text}, "charset": {"UTF-8"}}
	if !gsm(m.Text) {
		ask.Set("coding", "2") // UCS-2
	}
	if k.Receipts != "" {
		ask.Set("dlr-mask", dlrMask)
		ask.Set("dlr-url", k.Receipts+id+"?status=%d")
	}
	status, text, err := k.ask(ctx, ask)
	switch {
	case err != nil:
		return err
	case status == http.StatusAccepted || status == http.StatusOK:
		return nil
	case status >= 500:
		return fmt.Errorf("Kannel answers %d", status)
	}
	return fmt.Errorf("Kannel answers %d: %.80s: %w", status, strings.TrimSpace(text), ErrRefused)
}

// Check asks Kannel to send to nobody, which it refuses for that reason alone if it
// knows the user.
func (k *Kannel) Check(ctx context.Context) error {
	status, text, err := k.ask(ctx, url.Values{"text": {"-"}})
	if err != nil {
		return err
	}
	if status == http.StatusBadRequest && strings.Contains(text, "receiver") {
		return nil
	}
	return fmt.Errorf("Kannel answers %d: %.80s", status, strings.TrimSpace(text))
}

func (k *Kannel) ask(ctx context.Context, ask url.Values) (status int, text string, err error) {
	ctx, cancel := context.WithTimeout(ctx, kannelTimeout)
	defer cancel()
	ask.Set("username", k.User)
	ask.Set("password", k.Password)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, k.URL+"?"+ask.Encode(), nil)
	if err != nil {
		return 0, "", errors.New("Kannel: the address of sendsms is none")
	}
	resp, err := k.Client.Do(r)
	if err != nil {
		// The error of net/http repeats the address, with password, number and text.
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err
		}
		return 0, "", fmt.Errorf("Kannel: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return 0, "", fmt.Errorf("Kannel: %w", err)
	}
	return resp.StatusCode, string(answer), nil
}

// Receipts answers what Kannel tells of messages, at a path that ends with a message's {id}. Where
// note fails Kannel is to tell again.
func Receipts(note func(ctx context.Context, id string, delivered bool) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Kannel's User's Guide, "Delivery reports": 1 delivered, 2 not, 16 refused by the centre.
		status := r.URL.Query().Get("status")
		switch status {
		case "1", "2", "16":
			if note(r.Context(), r.PathValue("id"), status == "1") != nil {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
		}
		w.WriteHeader(http.StatusNoContent) // or it is on its way
	})
}

// gsmLetters are the letters of the phones' own alphabet (3GPP TS 23.038 section 6.2.1),
// and gsmTwice those of its extension, which take the room of two.
const (
	gsmLetters = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmTwice   = "\f^{}\\[~]|€"
)

func gsm(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune(gsmLetters, r) && !strings.ContainsRune(gsmTwice, r)
	})
}

// Parts is as how many short messages a text is sent, and paid: one of 160 letters of
// the phones' alphabet or 70 of any other, and less each where there are several, which
// must be joined again (3GPP TS 23.040 section 9.2.3.24.1).
func Parts(text string) int {
	length, one, several := 0, 160, 153
	if gsm(text) {
		for _, r := range text {
			length++
			if strings.ContainsRune(gsmTwice, r) {
				length++
			}
		}
	} else {
		length, one, several = len(utf16.Encode([]rune(text))), 70, 67
	}
	if length <= one {
		return 1
	}
	return (length + several - 1) / several
}
