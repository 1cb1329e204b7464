package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"bayyina/platform/identity"
	"bayyina/platform/identity/softkey"
	"bayyina/platform/ledger/read"
)

// keyCmd groups the commands on signing keys.
type keyCmd struct {
	New  keyNewCmd  `cmd:"" help:"Make a signing key: a sealed file, and beside it the public key."`
	Show keyShowCmd `cmd:"" help:"Show the public half of a key."`
	Sign keySignCmd `cmd:"" help:"Read a statement, and sign it."`
}

// publicKey is the answer of key new and key show.
type publicKey struct {
	Name        string `json:"name"`
	Hash        string `json:"hash"` // 8 hexadecimal digits
	Algorithm   string `json:"algorithm"`
	VerifierKey string `json:"verifier_key"`
}

func newPublicKey(k identity.Public) publicKey {
	return publicKey{Name: k.Name(), Hash: fmt.Sprintf("%08x", k.KeyHash()), Algorithm: k.Algorithm(), VerifierKey: k.VerifierKey()}
}

type keyNewCmd struct {
	Name string `arg:"" help:"Who signs, and where, for instance hnec.example/root: no spaces, no plus sign."`
	Out  string `required:"" placeholder:"FILE" help:"Write the sealed key to FILE, and the public key to FILE.pub; neither may exist."`
	// Software passkeys stand in for the officers' hardware.
	Passkey string `enum:"es256,eddsa," default:"" placeholder:"ALG" help:"Make an officer's passkey in software, es256 or eddsa. For rehearsals and demonstrations only: a real log refuses it."`
	sealFlags
}

func (*keyNewCmd) Help() string {
	return "The private key is encrypted with age, by a passphrase that is asked for twice on the terminal, " +
		"and is never written or shown otherwise. The public key, one line, is for everybody.\n\n" +
		"Officers decide with passkeys, which are hardware. With --passkey the key is a passkey in software instead, " +
		"so that decisions can be rehearsed without hardware: anybody with the file and its passphrase decides as that officer, " +
		"and verify refuses such a key in a log that is no rehearsal.\n\n" +
		"Examples:\n\n    bayyina key new hnec.example/root --out root.key\n" +
		"    bayyina key new rehearsal.hnec.example/officer/1 --passkey es256 --out officer1.key"
}

func (c *keyNewCmd) Run(e *env) error {
	key, err := c.generate(e)
	if err != nil {
		return err
	}
	defer key.Destroy()
	recipients, err := c.recipients(e, c.Out)
	if err != nil {
		return err
	}
	sealed, err := sealKey(key, recipients)
	if err != nil {
		return err
	}
	if err := identity.WriteKeyFiles(c.Out, key, sealed); err != nil {
		return err
	}
	answer := newPublicKey(key)
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, answer.VerifierKey)
		return err
	})
}

func (c *keyNewCmd) generate(e *env) (privateKey, error) {
	switch c.Passkey {
	case "es256":
		return softkey.New(c.Name, read.PasskeyES256, e.rand)
	case "eddsa":
		return softkey.New(c.Name, read.PasskeyEdDSA, e.rand)
	}
	return identity.NewKey(c.Name, e.rand)
}

type keyShowCmd struct {
	File string `arg:"" help:"A public key (FILE.pub), or a sealed one, which is opened."`
	unlockFlags
}

func (*keyShowCmd) Help() string {
	return "Prints the verifier key, name+hash+base64, as a policy file or a verifier needs it. " +
		"From a sealed file it is derived anew from the private key.\n\n" +
		"Examples:\n\n    bayyina key show root.key.pub\n    bayyina key show root.key"
}

func (c *keyShowCmd) Run(e *env) error {
	answer, err := c.read(e)
	if err != nil {
		return err
	}
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, answer.VerifierKey)
		return err
	})
}

func (c *keyShowCmd) read(e *env) (publicKey, error) {
	data, err := identity.Read(c.File, identity.MaxKeyFile)
	if err != nil {
		return publicKey{}, err
	}
	if !identity.IsSealed(data) {
		public, err := parsePublic(data)
		if err != nil {
			return publicKey{}, fmt.Errorf("key file %s: %w", c.File, err)
		}
		return public, nil
	}
	key, err := c.openAnyKey(e, c.File)
	if err != nil {
		return publicKey{}, err
	}
	defer key.Destroy()
	return newPublicKey(key), nil
}

type keySignCmd struct {
	File string `arg:"" help:"The sealed key."`
	In   string `required:"" placeholder:"STATEMENT" help:"The statement: its text, or the text with signatures of others; or a folder of statements, all of which are signed."`
	Out  string `placeholder:"FILE" help:"Write the signed statement to FILE, which may not exist; by default to standard output. For a folder: the folder of the signed ones."`
	Yes  bool   `help:"Do not show the text and ask: it has been read before."`
	passkeyFlags
	unlockFlags
}

func (*keySignCmd) Help() string {
	return "Shows the text on the terminal, asks whether to sign it, and appends a signature line " +
		"(C2SP signed note). Signatures that are there already are kept byte for byte, and are not checked. " +
		"Marks that would make the text look other than it is are shown as \\u escapes.\n\n" +
		"A software passkey (see key new --help) makes a WebAuthn assertion; it needs the relying party that the log's genesis names, which --log reads there.\n\n" +
		"All statements in a folder are shown one after the other, and signed on one yes.\n\n" +
		"Examples:\n\n    bayyina key sign root.key --in opening.txt --out opening.signed\n" +
		"    bayyina key sign root.key --in setup --out setup.signed\n" +
		"    bayyina key sign officer1.key --log server/log --in opening.txt --out opening.signed"
}

func (c *keySignCmd) Run(e *env) error {
	paths, folder, err := filesAt(c.In)
	if err != nil {
		return err
	}
	if folder && c.Out == "" {
		return usageError("a folder of statements needs --out=DIR")
	}
	docs := make([]*identity.Document, len(paths))
	for i, path := range paths {
		raw, err := identity.Read(path, identity.MaxStatement)
		if err != nil {
			return err
		}
		if docs[i], err = identity.ParseDocument(raw); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if !c.Yes {
		if err := c.ask(e, docs); err != nil {
			return err
		}
	}
	key, err := c.openAnyKey(e, c.File)
	if err != nil {
		return err
	}
	defer key.Destroy()
	signer, err := c.signer(e, key)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	files := make([]file, len(paths))
	for i, path := range paths {
		signed, err := docs[i].Sign(signer)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		files[i] = file{name: filepath.Base(path), content: signed, mode: 0o644}
	}
	if folder {
		return c.writeAll(e, key, files)
	}
	return c.write(e, key, files[0].content)
}

// ask shows the whole texts and who signed them, and returns nil only on a yes.
func (c *keySignCmd) ask(e *env, docs []*identity.Document) error {
	var text string
	for _, doc := range docs {
		text += visible(doc.Text)
		for _, s := range doc.Signatures {
			text += fmt.Sprintf(e.tr("(signed by %s+%08x, not checked)\n", "(موقَّع من %s+%08x، لم يُتحقق منه)\n"), visible(s.Name), s.Hash)
		}
	}
	question := fmt.Sprintf(e.tr("Sign this text with %s? Type yes:", "هل توقّع هذا النص بالمفتاح %s؟ اكتب نعم:"), c.File)
	if len(docs) > 1 {
		question = fmt.Sprintf(e.tr("Sign these texts, %d, with %s? Type yes:", "هل توقّع هذه النصوص (عددها %d) بالمفتاح %s؟ اكتب نعم:"), len(docs), c.File)
	}
	yes, err := e.confirm(text, question)
	if err == nil && !yes {
		err = errors.New("not signed: the answer was not yes")
	}
	return err
}

// signature is the answer of key sign.
type signature struct {
	Key    publicKey `json:"key"`
	Out    string    `json:"out,omitempty"`
	Signed string    `json:"signed,omitempty"` // the note, where it went to no file
}

func (c *keySignCmd) write(e *env, key privateKey, signed []byte) error {
	answer := signature{Key: newPublicKey(key), Out: c.Out}
	if c.Out == "" {
		answer.Signed = string(signed)
		return e.answer(answer, func(w io.Writer) error {
			_, err := w.Write(signed)
			return err
		})
	}
	if err := identity.Create(c.Out, signed, 0o644); err != nil {
		return err
	}
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("%s: signed by %s+%s\n", "%s: وقّعه %s+%s\n"), c.Out, key.Name(), answer.Key.Hash)
		return err
	})
}

// signatures is the answer of key sign for a folder.
type signatures struct {
	Key    publicKey `json:"key"`
	Out    string    `json:"out"`
	Signed int       `json:"signed"`
}

func (c *keySignCmd) writeAll(e *env, key privateKey, files []file) error {
	if err := writeFolder(c.Out, files); err != nil {
		return err
	}
	answer := signatures{newPublicKey(key), c.Out, len(files)}
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("%s: statements: %d, signed by %s+%s\n", "%s: عدد الإفادات %d، وقّعها %s+%s\n"), c.Out, answer.Signed, key.Name(), answer.Key.Hash)
		return err
	})
}
