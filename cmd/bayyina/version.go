package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

type versionCmd struct{}

func (versionCmd) Help() string {
	return "Example:\n\n    bayyina version --json"
}

// version is the answer of bayyina version.
type version struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified"` // built from files that differ from the revision
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (versionCmd) Run(e *env) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("this program was built without information on its build")
	}
	v := version{Version: info.Main.Version, Go: info.GoVersion, Platform: runtime.GOOS + "/" + runtime.GOARCH}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return e.answer(v, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "bayyina %s (%s, %s)\n", v.Version, v.Go, v.Platform)
		return err
	})
}
