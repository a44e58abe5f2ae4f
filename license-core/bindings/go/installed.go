package license

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"
)

// longestKeys is how much is read of a file of learned keys, in bytes.
const longestKeys = mostKeySets * (MaxTokenLen + 1)

// lineEnd is how many bytes may end the line of the longest license.
const lineEnd = 2

// File is a product's installed license, as it was when it was last looked at: the first of the places at which there is
// one. Nothing in it is verified. May be used by several goroutines.
type File struct {
	places []string

	mutex   sync.Mutex
	at      int // which of the places; -1 while none has a file
	license snapshot
	keys    snapshot // what lies beside it under .keys
}

// snapshot is a file at one time.
type snapshot struct {
	info fs.FileInfo // nil where there is none
	text string
	err  error
}

// Find looks for a product's license where license-agent puts it on this machine. The error is NameTooLong; that no
// license is there is for Text to say.
func Find(product string) (*File, error) {
	places, err := PlacesHere().Licenses(product)
	if err != nil {
		return nil, err
	}
	return Among(places...), nil
}

// Among looks for a license in files of which the first that is there counts; one is enough.
func Among(paths ...string) *File {
	file := &File{places: append([]string(nil), paths...), at: -1}
	file.Refresh()
	return file
}

// Text is the license's text, to be parsed and verified. The error is NotInstalled or UnreadableFile.
func (f *File) Text() (string, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.at < 0 {
		looked := "no folder, since none is known for this user"
		if len(f.places) > 0 {
			looked = strings.Join(f.places, ", ")
		}
		return "", fault(NotInstalled, "no license is installed; looked for %s", shown(looked))
	}
	if f.license.err != nil {
		return "", &Error{Outcome: UnreadableFile, cause: f.license.err,
			sentence: "the installed license cannot be read: " + shown(f.license.err.Error())}
	}
	return f.license.text, nil
}

// LearnedKeys are the signed key sets that the agent learned, for Trust.Learn; empty if there are none.
func (f *File) LearnedKeys() string {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.keys.text
}

// Path is the file that is read; empty while there is none.
func (f *File) Path() string {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.at < 0 {
		return ""
	}
	return f.places[f.at]
}

// Refresh looks again, and says whether license or learned keys are others than before, or came or went. A file is read
// only where size, time of the last change or identity differ, so it may be called before every use.
func (f *File) Refresh() bool {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	at := -1
	for place, path := range f.places {
		if isThere(path) {
			at = place
			break
		}
	}
	moved := at != f.at
	if moved {
		f.at, f.license, f.keys = at, snapshot{}, snapshot{}
	}
	if at < 0 {
		return moved
	}
	path := f.places[at]
	license := f.license.refresh(path, MaxTokenLen+lineEnd)
	keys := f.keys.refresh(withKeys(path), longestKeys)
	return moved || license || keys
}

// withKeys is the name beside a license's: .keys in place of .lic.
func withKeys(path string) string {
	dot := strings.LastIndexByte(path, '.')
	if dot <= strings.LastIndexAny(path, `/\`)+1 {
		dot = len(path)
	}
	return path[:dot] + ".keys"
}

// isThere says whether there is a file, readable or not.
func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil || !isMissing(err)
}

func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || isNoFolder(err)
}

// refresh reads the file again if it looks like another one; whether what is in it changed.
func (s *snapshot) refresh(path string, longest int64) bool {
	info, err := os.Stat(path)
	if err != nil {
		info = nil
	}
	missing := err != nil && isMissing(err)
	// What could not be read may be readable now, though nothing about the file changed.
	if isSame(s.info, info) && (missing || (info != nil && s.err == nil)) {
		return false
	}
	before := *s
	s.info = info
	s.text, s.err = readText(path, longest)
	return s.text != before.text || (s.err == nil) != (before.err == nil)
}

func isSame(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && os.SameFile(a, b)
}

// Verify looks whether the license was renewed, takes the learned keys in, and verifies it.
func (f *File) Verify(trust *Trust, device *Device, now time.Time) (*License, error) {
	unverified, trust, err := f.unverified(trust)
	if err != nil {
		return nil, err
	}
	return unverified.Verify(trust, device, now)
}

func (f *File) unverified(trust *Trust) (*Unverified, *Trust, error) {
	f.Refresh()
	text, err := f.Text()
	if err != nil {
		return nil, nil, err
	}
	// A broken text teaches nothing; the keys of the vendor file still count.
	if learned, _ := trust.Learn(f.LearnedKeys()); learned != nil {
		trust = learned
	}
	unverified, err := Parse(text)
	return unverified, trust, err
}
