package license

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// longestStem is the longest file name without its suffix, in bytes.
const longestStem = 236

// Places are the folders in which licenses lie, as a system and its environment say. Nothing is looked at but variables.
type Places struct {
	// System is a GOOS: "windows" and "darwin" have folders of their own, all others those of Linux.
	System string
	// Variable looks a variable of the environment up; empty if it is not set.
	Variable func(name string) string
}

// PlacesHere are those of this machine and user.
func PlacesHere() Places { return Places{runtime.GOOS, os.Getenv} }

// Folders are looked at in this order: the one that LICENSE_AGENT_DIR names, and then no other; else the user's own, then
// the machine's. One that cannot be named is left out.
func (p Places) Folders() []string {
	if named := p.Variable("LICENSE_AGENT_DIR"); named != "" {
		return []string{named}
	}
	var folders []string
	add := func(base string, below ...string) bool {
		if base != "" {
			folders = append(folders, p.join(base, append(below, "license-agent")...))
		}
		return base != ""
	}
	switch p.System {
	case "windows":
		add(p.wholePath("LOCALAPPDATA"))
		add(p.wholePath("ProgramData"))
	case "darwin":
		add(p.wholePath("HOME"), "Library", "Application Support")
		add("/Library/Application Support")
	default:
		// A relative path there is to be ignored: XDG Base Directory Specification.
		if !add(p.wholePath("XDG_DATA_HOME")) {
			add(p.wholePath("HOME"), ".local", "share")
		}
		add("/var/lib")
	}
	return folders
}

// Licenses are the files in which a product's license may lie, in the order in which they are looked at. The error is
// NameTooLong.
func (p Places) Licenses(product string) ([]string, error) {
	stem, err := fileStem(product)
	if err != nil {
		return nil, err
	}
	files := p.Folders()
	for at := range files {
		files[at] = p.join(files[at], stem+".lic")
	}
	return files, nil
}

// fileStem is the product code with everything outside [A-Za-z0-9._-], and a leading dot, percent-encoded.
func fileStem(product string) (string, error) {
	var stem strings.Builder
	for at, char := range []byte(product) {
		if isBare(char) || (char == '.' && at > 0) {
			stem.WriteByte(char)
		} else {
			fmt.Fprintf(&stem, "%%%02X", char)
		}
		if stem.Len() > longestStem {
			return "", fault(NameTooLong, "the product code is too long to name a file")
		}
	}
	return stem.String(), nil
}

// wholePath is a variable, if it is set to a path that begins at a root: of a drive or a share on Windows.
func (p Places) wholePath(variable string) string {
	path := p.Variable(variable)
	isWhole := strings.HasPrefix(path, "/")
	if p.System == "windows" {
		isDrive := len(path) > 2 && 'a' <= path[0]|0x20 && path[0]|0x20 <= 'z' && path[1] == ':' &&
			(path[2] == '\\' || path[2] == '/')
		isWhole = isDrive || strings.HasPrefix(path, `\\`)
	}
	if !isWhole {
		return ""
	}
	return path
}

// join writes a path as that system does.
func (p Places) join(path string, below ...string) string {
	separator, ends := "/", "/"
	if p.System == "windows" {
		separator, ends = `\`, `\/`
	}
	for _, name := range below {
		if path == "" || !strings.ContainsRune(ends, rune(path[len(path)-1])) {
			path += separator
		}
		path += name
	}
	return path
}
