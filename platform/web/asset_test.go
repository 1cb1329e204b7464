package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestFilesOfThePagesAreKeptForEver(t *testing.T) {
	site, _, _ := newSite(t, nil)
	page := ask(t, site, "GET", "/ar/hello").Body.String()
	files := regexp.MustCompile(`/static/[a-z0-9.-]+`).FindAllString(page, -1)
	for i := 0; i < len(files); i++ {
		w := ask(t, site, "GET", files[i])
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Fatalf("%s: status %d, %v", files[i], w.Code, w.Header())
		}
		if strings.HasSuffix(files[i], ".css") {
			for _, m := range regexp.MustCompile(`url\("?([^)"]+)"?\)`).FindAllStringSubmatch(w.Body.String(), -1) {
				files = append(files, "/static/"+m[1])
			}
		}
		zipped := ask(t, site, "GET", files[i], "Accept-Encoding", "gzip, br")
		if zipped.Header().Get("Content-Encoding") != "gzip" {
			continue
		}
		z, err := gzip.NewReader(zipped.Body)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(z); err != nil || string(text) != w.Body.String() {
			t.Errorf("%s is another file when compressed: %v", files[i], err)
		}
	}
	if len(files) < 7 { // icon, style sheet, script, frieze, fonts
		t.Errorf("only %v are asked for: the test sees nothing", files)
	}
}
