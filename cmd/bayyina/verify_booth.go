package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
)

// boothTimeout bounds how long one file of a booth may take.
const boothTimeout = time.Minute

// openBooth opens the files of a booth as voters are given it, at an address, or as they
// lie in a folder.
func openBooth(location string) evidence.OpenBooth {
	if !strings.HasPrefix(location, "http://") && !strings.HasPrefix(location, "https://") {
		return func(_ context.Context, path string) (io.ReadCloser, error) {
			f, err := os.Open(filepath.Join(location, filepath.FromSlash(path)))
			if errors.Is(err, fs.ErrNotExist) {
				err = fmt.Errorf("%w: %w", read.ErrMissing, err)
			}
			return f, err
		}
	}
	client := &http.Client{Timeout: boothTimeout}
	return func(ctx context.Context, path string) (io.ReadCloser, error) {
		if path == "index.html" {
			path = "" // voters open the address itself
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(location, "/")+"/"+path, nil)
		if err != nil {
			return nil, err
		}
		answer, err := client.Do(r)
		switch {
		case err != nil:
			return nil, err
		case answer.StatusCode == http.StatusOK:
			return answer.Body, nil
		}
		answer.Body.Close()
		err = fmt.Errorf("%s: %s", r.URL, answer.Status)
		if answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusGone {
			err = fmt.Errorf("%w: %w", read.ErrMissing, err)
		}
		return nil, err
	}
}
