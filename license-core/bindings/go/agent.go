package license

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Agent is the license-agent program, which reads the machine. The zero value finds it beside the program that runs, or
// on the path.
type Agent struct {
	// Path is the program; empty to look for it.
	Path string
	// Timeout is how long it may take; 10 seconds if 0.
	Timeout time.Duration
	// Privileged also reads what only an administrator can read.
	Privileged bool
}

// DeviceFromAgent asks license-agent what this machine is. It takes some milliseconds; keep the device.
func DeviceFromAgent(ctx context.Context, trust *Trust) (*Device, error) {
	return Agent{}.Device(ctx, trust)
}

// Device runs license-agent fingerprint --json and reads its answer with care. The error is AgentNotFound, AgentFailed
// with what the agent says, or UnreadableDevice.
func (a Agent) Device(ctx context.Context, trust *Trust) (*Device, error) {
	program, err := a.program()
	if err != nil {
		return nil, err
	}
	arguments := []string{"fingerprint", "--json", "--realm=" + trust.realm}
	if a.Privileged {
		arguments = append(arguments, "--privileged")
	}
	timeout := a.Timeout
	if timeout == 0 {
		timeout = 10 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answer, err := run(ctx, exec.Command(program, arguments...))
	if err != nil {
		return nil, &Error{Outcome: AgentFailed, cause: err, sentence: "license-agent gave no answer: " + shown(err.Error())}
	}
	return DeviceFromJSON(trust, answer)
}

// program is where the agent lies: beside the program that runs, else on the path. Never in the current folder.
func (a Agent) program() (string, error) {
	if a.Path != "" {
		return a.Path, nil
	}
	name := "license-agent"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if own, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(own), name)
		if info, err := os.Stat(beside); err == nil && info.Mode().IsRegular() {
			return beside, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", &Error{Outcome: AgentNotFound, cause: err,
			sentence: "license-agent is neither beside this program nor on the path"}
	}
	return path, nil
}

// run gives what a command writes, if it ends well, in time and with no more than a device takes.
func run(ctx context.Context, command *exec.Cmd) ([]byte, error) {
	for _, variable := range os.Environ() {
		// The realm is named; another vendor's file is not to stand in its way.
		if !strings.HasPrefix(variable, "LICENSE_AGENT_VENDOR=") {
			command.Env = append(command.Env, variable)
		}
	}
	// Files and no writers: then a grandchild that holds them open keeps nobody waiting.
	out, outEnd, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer out.Close()
	complaints, complaintsEnd, err := os.Pipe()
	if err != nil {
		outEnd.Close()
		return nil, err
	}
	defer complaints.Close()
	command.Stdout, command.Stderr = outEnd, complaintsEnd
	err = command.Start()
	outEnd.Close()
	complaintsEnd.Close()
	if err != nil {
		return nil, err
	}
	answers := read(out, longestDevice+1)
	said := read(complaints, 4096)
	var answer reading
	select {
	case answer = <-answers:
	case <-ctx.Done():
		answer.err = ctx.Err()
	}
	if len(answer.bytes) > longestDevice {
		answer.err = errors.New("it writes more than a device is")
	}
	if answer.err != nil {
		_ = command.Process.Kill()
		_ = command.Wait()
		return nil, answer.err
	}
	return answer.bytes, ended(ctx, command, said)
}

type reading struct {
	bytes []byte
	err   error
}

// read reads a pipe to its end or to so many bytes; what follows is dropped.
func read(pipe *os.File, most int64) <-chan reading {
	done := make(chan reading, 1)
	go func() {
		bytes, err := io.ReadAll(io.LimitReader(pipe, most))
		done <- reading{bytes, err}
		_, _ = io.Copy(io.Discard, pipe)
	}()
	return done
}

// ended waits for a command that has closed its output; what it complained of is its error.
func ended(ctx context.Context, command *exec.Cmd, said <-chan reading) error {
	left := make(chan error, 1)
	go func() { left <- command.Wait() }()
	select {
	case err := <-left:
		if err == nil {
			return nil
		}
		select {
		case complaint := <-said:
			if text := trimASCII(string(complaint.bytes)); text != "" {
				return errors.New(text)
			}
		case <-ctx.Done():
		}
		return err
	case <-ctx.Done():
		_ = command.Process.Kill()
		<-left
		return ctx.Err()
	}
}
