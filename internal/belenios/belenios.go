// Package belenios runs belenios-tool, the protocol's reference implementation, where
// it is installed: as judge of elections that were made here, and as one of the
// parties of elections held together with it.
package belenios

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Tool is an installed belenios-tool. It works on a folder that has one archive
// <uuid>.bel.
type Tool struct{ path, version string }

// installed are the tools that the environment variable BAYYINA_BELENIOS_TOOL names,
// a list like PATH, and the one in PATH.
var installed = sync.OnceValues(func() (tools []Tool, err error) {
	paths := filepath.SplitList(os.Getenv("BAYYINA_BELENIOS_TOOL"))
	if path, err := exec.LookPath("belenios-tool"); err == nil && !slices.Contains(paths, path) {
		paths = append(paths, path)
	}
	for _, path := range paths {
		out, err := Tool{path: path}.Run("", nil, "--version")
		if err != nil {
			return nil, err
		}
		version, _, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
		tools = append(tools, Tool{path, version})
	}
	return tools, nil
})

// Tools returns the installed tools that know the group of that name.
func Tools(group string) (tools []Tool, err error) {
	all, err := installed()
	if err != nil {
		return nil, err
	}
	for _, t := range all {
		if t.knows(group) {
			tools = append(tools, t)
		}
	}
	return tools, nil
}

// Each runs a test with every tool that knows the group. Where there is none it says
// that this was skipped.
func Each(t *testing.T, group string, test func(t *testing.T, tool Tool)) {
	t.Helper()
	tools, err := Tools(group)
	if err != nil {
		t.Fatal(err)
	}
	if len(tools) == 0 {
		t.Run("belenios-tool", func(t *testing.T) {
			t.Skipf("SKIPPED, NOT CHECKED: no belenios-tool for %s is in PATH or named by BAYYINA_BELENIOS_TOOL", group)
		})
	}
	for _, tool := range tools {
		t.Run(tool.String(), func(t *testing.T) { test(t, tool) })
	}
}

// knows: version 2.0 has the two finite fields only, and versions from 4 on speak
// another protocol.
func (t Tool) knows(group string) bool {
	if t.Old() {
		return group != "Ed25519"
	}
	return strings.HasPrefix(t.version, "2.") || strings.HasPrefix(t.version, "3.")
}

// Old tells whether the tool is version 2.0, the one in Debian: it writes other
// credentials and threshold keys than later ones, and has no questions of lists.
func (t Tool) Old() bool { return t.version == "2.0" }

// String is the tool's name with its version.
func (t Tool) String() string { return "belenios-tool " + t.version }

// Run runs the tool in a folder and returns what it writes. The error has the
// tool's own messages.
func (t Tool) Run(dir string, input []byte, args ...string) ([]byte, error) {
	out, _, err := t.run(dir, input, args...)
	return out, err
}

func (t Tool) run(dir string, input []byte, args ...string) (out, messages []byte, err error) {
	cmd := exec.Command(t.path, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LWT_ASYNC_METHOD=none")
	cmd.Stdin = bytes.NewReader(input)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, nil, fmt.Errorf("%s %s: %w\n%s", t.path, strings.Join(args, " "), err, stderr.Bytes())
	}
	return stdout.Bytes(), stderr.Bytes(), nil
}

// Verify lets the tool judge the archive in a folder.
func (t Tool) Verify(dir string) error {
	_, messages, err := t.run(dir, nil, "election", "verify", "--dir", dir)
	if err == nil && !bytes.HasSuffix(bytes.TrimSpace(messages), []byte("all checks passed")) {
		err = fmt.Errorf("%s says:\n%s", t, messages)
	}
	return err
}
