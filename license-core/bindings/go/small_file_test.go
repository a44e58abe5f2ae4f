//go:build unix

package license

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// oddities puts into a folder what is no file that can be read; by name.
func oddities(t *testing.T, folder, name string, victim string) []string {
	t.Helper()
	path := func(kind string) string { return filepath.Join(folder, kind, name) }
	for _, kind := range []string{"pipe", "folder", "circle", "link", "huge", "closed"} {
		if err := os.MkdirAll(filepath.Join(folder, kind), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{
		syscall.Mkfifo(path("pipe"), 0o600), os.Mkdir(path("folder"), 0o700), os.Symlink(path("circle"), path("circle")),
		os.Symlink(victim, path("link")), os.WriteFile(path("huge"), nil, 0o600), os.Truncate(path("huge"), 1<<40),
		os.WriteFile(path("closed"), []byte("x"), 0),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return []string{path("pipe"), path("folder"), path("circle"), path("link"), path("huge"), path("closed")}
}

func TestMarksThatAreNoFilesAreReplacedOrNamedAndNotWaitedFor(t *testing.T) {
	folder := t.TempDir()
	us := signerOf(1)
	license, victim := filepath.Join(folder, "cad.lic"), filepath.Join(folder, "victim")
	put(t, license, us.license(""))
	put(t, victim, "mine")
	for _, mark := range oddities(t, folder, "cad.clock", victim) {
		_, _, err := Among(license).VerifyGuarded(us.trust(t), nil, at(1), mark)
		if strings.Contains(mark, "folder") {
			mustBe(t, err, UnreadableMark)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", mark, err)
		}
		if text, err := os.ReadFile(mark); err != nil || !strings.HasPrefix(string(text), "clock-guard/v1 ") {
			t.Errorf("%s: %v", mark, err)
		}
	}
	if text, _ := os.ReadFile(victim); string(text) != "mine" {
		t.Error("a link was followed")
	}
	_, _, err := Among(license).VerifyGuarded(us.trust(t), nil, at(1), "/proc/no/such/mark")
	mustBe(t, err, UnreadableMark)
}

func TestLearnedKeysThatAreNoFileTeachNothing(t *testing.T) {
	folder := t.TempDir()
	us := signerOf(1)
	for _, keys := range oddities(t, folder, "cad.keys", filepath.Join(folder, "none")) {
		license := strings.TrimSuffix(keys, ".keys") + ".lic"
		put(t, license, us.license(""))
		file := Among(license)
		if _, err := file.Verify(us.trust(t), nil, at(1)); err != nil || file.Refresh() {
			t.Errorf("%s: %v", keys, err)
		}
	}
}
