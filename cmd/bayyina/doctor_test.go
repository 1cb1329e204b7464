package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// doctor runs the doctor, and returns its exit code and what it told.
func (in *installation) doctor(t *testing.T, args ...string) (int, string) {
	t.Helper()
	out, err := in.command(append([]string{"doctor", "--data", in.data}, args...)...).CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), string(out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0, string(out)
}

func TestTheDoctorSaysWhatIsToBeDone(t *testing.T) {
	in := install(t)
	if err := errors.Join(os.Chmod(in.path("server"), 0o700), os.Mkdir(in.path("kept"), 0o700)); err != nil {
		t.Fatal(err)
	}
	settings := fmt.Sprintf("[listen]\nsite = '127.0.0.1:0'\n[backup]\ndir = '%s'\n", in.path("kept"))
	in.write(t, "server/bayyina.toml", settings)
	if code, out := in.doctor(t); code != exitNotDone || !strings.Contains(out, "there is no backup") {
		t.Errorf("%d\n%s", code, out)
	}
	in.bayyina(t, "backup", "--data", "server", "--out", "kept/1.tar")
	if code, out := in.doctor(t); code != 0 || strings.Contains(out, "✗") {
		t.Errorf("a sound installation: %d\n%s", code, out)
	}

	in.write(t, "server/bayyina.toml", settings+"[publsh]\n")
	if err := os.Chmod(in.path("server/keys/entry.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(in.path("server/keys/receipt.key.pub"), in.path("server/keys/entry.key.pub")); err != nil {
		t.Fatal(err)
	}
	code, out := in.doctor(t)
	for _, want := range []string{
		`the nearest known one is "publish"`, "others than the server may read server/keys/entry.key", "the log knows no such key of the role entry",
	} {
		if code != exitNotDone || !strings.Contains(out, want) {
			t.Errorf("it does not say %q: %d\n%s", want, code, out)
		}
	}
	if code, out := in.doctor(t, "--lang", "ar"); code != exitNotDone || !strings.Contains(out, "يستطيع غير الخادم قراءة") {
		t.Errorf("in Arabic: %d\n%s", code, out)
	}
}

func TestTheDoctorKnowsARestoredDatabase(t *testing.T) {
	in := install(t)
	in.bayyina(t, "backup", "--data", "server", "--out", "backup.tar")
	in.bayyina(t, "log", "append", "--data", "server", in.word(t, 1), "--passphrase-file", "passphrase")
	in.bayyina(t, "restore", "backup.tar", "--data", "again")
	if err := errors.Join(os.RemoveAll(in.path("again/log")), os.CopyFS(in.path("again/log"), os.DirFS(in.path("server/log")))); err != nil {
		t.Fatal(err)
	}
	in.data = "again"
	if code, out := in.doctor(t); code != exitNotDone || !strings.Contains(out, "bayyina log reconcile --data again") {
		t.Errorf("%d\n%s", code, out)
	}
}

func TestTheDoctorLooksForDistrictsOnTheMap(t *testing.T) {
	in := install(t)
	if code, out := in.doctor(t); !strings.Contains(out, "drawn as tiles") {
		t.Errorf("without a map: %d\n%s", code, out)
	}
	in.write(t, "districts.geojson", `{"type":"FeatureCollection","features":[{"properties":{"code":"GT","name":"Ghat"},"geometry":{"type":"Polygon","coordinates":[[[10,24],[11,24],[11,25],[10,24]]]}}]}`)
	settings := fmt.Sprintf("[listen]\nsite = '127.0.0.1:0'\n[map]\nfile = '%s'\nname_en = ['name']\n", in.path("districts.geojson"))
	for key, want := range map[string]string{
		"key = 'code'": "every district that the log names is on the map", "key = 'id'": `has no property "id" of its own`,
		"key = 'code'\ndistricts = ['Sabha = SB']": "is no district and a key in the file",
	} {
		in.write(t, "server/bayyina.toml", settings+key+"\n")
		if code, out := in.doctor(t); !strings.Contains(out, want) {
			t.Errorf("%s: %d\n%s", key, code, out)
		}
	}
}
