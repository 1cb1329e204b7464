package seal_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bayyina/platform/store"
	"bayyina/platform/store/seal"
	"bayyina/platform/store/seal/sealtest"
	"bayyina/platform/store/storetest"
)

var at = seal.Place{Table: "person", Column: "name", Row: "12"}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newKey(t testing.TB, k *seal.Keys) seal.KeyID { return must(k.NewKey(context.Background()))(t) }

func sealed(t testing.TB, k *seal.Keys, id seal.KeyID, value string) string {
	return must(k.Seal(context.Background(), id, at, []byte(value)))(t)
}

func database(t testing.TB) *store.DB { return storetest.Open(t, storetest.DSN(t, store.SQLite)) }

// refused checks that an error is the one that was wanted.
func refused(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func TestWhatIsSealedOpensInItsPlaceOnly(t *testing.T) {
	ctx := t.Context()
	k := sealtest.New(t, database(t))
	keys := []seal.KeyID{newKey(t, k), newKey(t, k)}
	rapid.Check(t, func(r *rapid.T) {
		word := rapid.StringMatching(`[a-z0-9]{0,6}`)
		place := seal.Place{Table: word.Draw(r, "table"), Column: word.Draw(r, "column"), Row: word.Draw(r, "row")}
		other := seal.Place{Table: word.Draw(r, "table"), Column: word.Draw(r, "column"), Row: word.Draw(r, "row")}
		value := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(r, "value")
		text, err := k.Seal(ctx, rapid.SampledFrom(keys).Draw(r, "key"), place, value)
		if err != nil {
			r.Fatal(err)
		}
		got, err := k.Open(ctx, place, text)
		if err != nil || !bytes.Equal(got, value) {
			r.Fatalf("%x, %v", got, err)
		}
		if _, err := k.Open(ctx, other, text); place != other && !errors.Is(err, seal.ErrTampered) {
			r.Fatalf("opened in another place: %v", err)
		}
		i := rapid.IntRange(0, len(text)-1).Draw(r, "changed")
		changed := []byte(text)
		changed[i] = rapid.SampledFrom([]byte("AZaz09-_.!\n")).Draw(r, "letter")
		if string(changed) == text {
			return
		}
		if _, err := k.Open(ctx, place, string(changed)); err == nil {
			r.Fatalf("%q opens as %q", changed, text)
		}
	})
}

func TestADestroyedKeyErasesAndStaysDestroyed(t *testing.T) {
	ctx := t.Context()
	cfg := sealtest.Config(t, database(t))
	k := sealtest.Open(t, cfg)
	gone, stays := newKey(t, k), newKey(t, k)
	erased := sealed(t, k, gone, "سالم")
	kept := sealed(t, k, stays, "هدى")
	for range 2 {
		if err := k.Destroy(ctx, gone); err != nil {
			t.Fatal(err)
		}
	}
	again := sealtest.Open(t, cfg) // another process
	for _, k := range []*seal.Keys{k, again} {
		_, err := k.Open(ctx, at, erased)
		refused(t, err, seal.ErrErased)
		if got, err := k.Open(ctx, at, kept); err != nil || string(got) != "هدى" {
			t.Errorf("%q, %v", got, err)
		}
	}
	_, err := k.Seal(ctx, gone, at, nil)
	refused(t, err, seal.ErrErased)
	if err := k.Check(ctx, gone, stays); err != nil {
		t.Error(err)
	}
	refused(t, k.Check(ctx, "0123456789abcdef0123456789abcdef"), seal.ErrNoKey)
}

func TestTheKeyStoreBelongsToItsDatabase(t *testing.T) {
	ctx := t.Context()
	cfg := sealtest.Config(t, database(t))
	sealtest.Open(t, cfg)

	other := cfg
	other.DB = database(t)
	sealtest.Open(t, sealtest.Config(t, other.DB))
	_, err := seal.Open(ctx, other)
	refused(t, err, seal.ErrOther)

	missing := cfg
	missing.Dir = t.TempDir()
	_, err = seal.Open(ctx, missing)
	refused(t, err, seal.ErrNoStore)
	if left := must(os.ReadDir(missing.Dir))(t); len(left) > 0 {
		t.Errorf("%v was made in the place of a key store that is lost", left)
	}
	fresh := sealtest.Config(t, database(t))
	fresh.Make = false
	_, err = seal.Open(ctx, fresh)
	refused(t, err, seal.ErrNotMade)
}

func TestTheInstallationKeyIsTheOneAndNobodyElseReadsIt(t *testing.T) {
	ctx := t.Context()
	cfg := sealtest.Config(t, database(t))
	cfg.KeyFile = filepath.Join(t.TempDir(), "given")
	_, err := seal.Open(ctx, cfg)
	refused(t, err, os.ErrNotExist) // a key that is given is never made

	made := sealtest.Config(t, database(t))
	sealtest.Open(t, made)
	path := filepath.Join(made.Dir, "installation.key")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	_, err = seal.Open(ctx, made)
	refused(t, err, seal.ErrExposed)
	for text, want := range map[string]error{
		"":                                  seal.ErrKeyFile,
		"bayyina.installation-key/1 AAAA\n": seal.ErrKeyFile,
		"bayyina.installation-key/1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n": seal.ErrWrongKey,
	} {
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chmod(path, 0o600)); err != nil {
			t.Fatal(err)
		}
		_, err = seal.Open(ctx, made)
		refused(t, err, want)
	}
}

func TestARotationCutOffAnywhereGoesOnWhileOthersSeal(t *testing.T) {
	ctx := t.Context()
	cfg := sealtest.Config(t, database(t))
	k := sealtest.Open(t, cfg)
	path := filepath.Join(cfg.Dir, "installation.key")
	before := must(os.ReadFile(path))(t)
	var texts []string
	for range 600 {
		id := newKey(t, k)
		texts = append(texts, sealed(t, k, id, "value"))
	}

	// The first is cut off in the middle.
	stop := errors.New("cut off")
	func() {
		defer func() {
			if r := recover(); r != stop {
				t.Fatalf("it was not cut off: %v", r)
			}
		}()
		_ = sealtest.Open(t, cfg).Rotate(ctx, func(int) { panic(stop) })
	}()
	if half := must(os.ReadFile(path))(t); bytes.Count(half, []byte("\n")) != 2 || !bytes.HasSuffix(half, before) {
		t.Fatalf("half a rotation leaves %d lines", bytes.Count(half, []byte("\n")))
	}

	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			id, err := k.NewKey(ctx)
			if err != nil {
				t.Error(err)
				return
			}
			texts = append(texts, sealed(t, k, id, "value"))
			time.Sleep(time.Millisecond)
		}
	})
	most := 0
	err := sealtest.Open(t, cfg).Rotate(ctx, func(n int) { most = n })
	close(done)
	wg.Wait()
	if err != nil || most == 0 || most >= 600 {
		t.Fatalf("%d keys, %v", most, err)
	}
	after := must(os.ReadFile(path))(t)
	if bytes.Count(after, []byte("\n")) != 1 || bytes.Equal(before, after) {
		t.Errorf("the file of the key has %d lines", bytes.Count(after, []byte("\n")))
	}
	for _, k := range []*seal.Keys{k, sealtest.Open(t, cfg)} {
		for _, text := range texts {
			if got, err := k.Open(ctx, at, text); err != nil || string(got) != "value" {
				t.Fatalf("%q, %v", got, err)
			}
		}
	}
	if err := os.WriteFile(path, before, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = seal.Open(ctx, cfg)
	refused(t, err, seal.ErrWrongKey)
}

func TestADigestTellsEqualTextsOfOnePurpose(t *testing.T) {
	ctx := t.Context()
	a, b := sealtest.New(t, database(t)), sealtest.New(t, database(t))
	digest := func(k *seal.Keys, purpose, text string) string { return must(k.Digest(ctx, purpose, text))(t) }
	one := digest(a, "address", "x@example.ly")
	if one != digest(a, "address", "x@example.ly") {
		t.Error("the same text has two digests")
	}
	if one == digest(a, "address", "y@example.ly") || one == digest(a, "number", "x@example.ly") || one == digest(b, "address", "x@example.ly") {
		t.Error("different texts have the same digest")
	}
}

func FuzzSealedForm(f *testing.F) {
	k := sealtest.New(f, database(f))
	id := newKey(f, k)
	good := sealed(f, k, id, "سالم")
	f.Add(good)
	f.Add("1.")
	f.Add("2." + good[2:])
	f.Fuzz(func(t *testing.T, text string) {
		got, err := k.Open(t.Context(), at, text)
		if err == nil && (text != good || string(got) != "سالم") {
			t.Errorf("%q opens as %q", text, got)
		}
	})
}
