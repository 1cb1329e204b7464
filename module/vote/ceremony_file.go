package vote

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxCeremonyFile bounds a ceremony's file in bytes: 31 members send each other some kilobytes.
const MaxCeremonyFile = 64 << 20

// ceremonyFile is the first member of a ceremony's file; the notes and contents of what was said
// follow in its order.
const ceremonyFile = "ceremony.json"

// WriteFile writes a ceremony with all that was said, as a party needs it: over the network, or
// on a USB stick. It is a tar file (POSIX.1-2001) with the ceremony as JSON, and then for each
// thing said STEP-PLACE.note and STEP-PLACE.content; credentials, shuffles and decryptions, which
// no party of the ceremony needs, stand without content.
func (c *Ceremony) WriteFile(to io.Writer) error {
	w := tar.NewWriter(to)
	add := func(name string, content []byte) error {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Format: tar.FormatPAX}); err != nil {
			return err
		}
		_, err := w.Write(content)
		return err
	}
	text, err := json.Marshal(c)
	if err == nil {
		err = add(ceremonyFile, text)
	}
	for i := range c.Said {
		s := &c.Said[i]
		name := fmt.Sprintf("%s-%d", s.Step, s.Place)
		if err == nil {
			err = add(name+".note", s.Note)
		}
		if err == nil && !s.Step.large() {
			err = add(name+".content", s.Content)
		}
	}
	if err != nil {
		return fmt.Errorf("write ceremony of %s: %w", c.Election, err)
	}
	return w.Close()
}

// ReadCeremony reads a ceremony's file. What the parties said is compared with its hashes; whose
// it is the steps that build on it find out.
func ReadCeremony(from io.Reader) (*Ceremony, error) {
	r := tar.NewReader(io.LimitReader(from, MaxCeremonyFile))
	next := func(name string) ([]byte, error) {
		h, err := r.Next()
		if err != nil {
			return nil, fmt.Errorf("read ceremony: %w", err)
		}
		if h.Name != name || h.Typeflag != tar.TypeReg {
			return nil, fmt.Errorf("read ceremony: file %.60q, not %s", h.Name, name)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return nil, fmt.Errorf("read ceremony: %w", err)
		}
		return content, nil
	}
	text, err := next(ceremonyFile)
	if err != nil {
		return nil, err
	}
	c := new(Ceremony)
	if err := json.Unmarshal(text, c); err != nil {
		return nil, fmt.Errorf("read ceremony: %w", err)
	}
	for i := range c.Said {
		s := &c.Said[i]
		name := fmt.Sprintf("%s-%d", s.Step, s.Place)
		if s.Note, err = next(name + ".note"); err != nil {
			return nil, err
		}
		if s.Step.large() {
			continue
		}
		if s.Content, err = next(name + ".content"); err != nil {
			return nil, err
		}
		if AttachmentOf(s.Content).SHA256 != s.SHA256 {
			return nil, fmt.Errorf("read ceremony: %s is not what the ceremony says", name)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read ceremony: something follows its end")
	}
	if err := c.open(); err != nil {
		return nil, fmt.Errorf("read ceremony: %w", err)
	}
	return c, nil
}
