package license

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"unicode/utf8"
)

// errNoFile is what is no file: a folder, a pipe, a device.
var errNoFile = errors.New("it is not a file")

// readText reads a bounded text; what is longer, or no UTF-8, comes as an empty one. A pipe is an error and not waited for.
func readText(path string, longest int64) (string, error) {
	// Opened without waiting for who writes into a pipe, and only then looked at: it may be replaced in between.
	file, err := os.OpenFile(path, os.O_RDONLY|noWaiting, 0)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil {
		return "", err
	} else if !info.Mode().IsRegular() {
		return "", errNoFile
	}
	bytes, err := io.ReadAll(io.LimitReader(file, longest+1))
	if err != nil {
		return "", err
	}
	if int64(len(bytes)) > longest || !utf8.Valid(bytes) {
		return "", nil
	}
	return string(bytes), nil
}

// replaceFile writes a file as a whole: beside, synced, renamed. A link at the place is replaced and not followed.
func replaceFile(path, text string) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, filepath.Base(path)+".*.new")
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return err
	}
	// The name lasts as well, where the system can do that; the file is there all the same.
	if opened, err := os.Open(folder); err == nil {
		_ = opened.Sync()
		_ = opened.Close()
	}
	return nil
}
