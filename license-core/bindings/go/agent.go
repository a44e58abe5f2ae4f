package license

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// longestComplaint is how much is read of what the agent complains of, in bytes.
const longestComplaint = 4096

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
	ran, err := run(ctx, exec.Command(program, arguments...))
	if err != nil {
		return nil, agentFailed(err)
	}
	return ran.device(trust)
}

func agentFailed(err error) *Error {
	return &Error{Outcome: AgentFailed, cause: err, sentence: "license-agent gave no answer: " + shown(err.Error())}
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

// agentRun is what became of a run of the agent.
type agentRun struct {
	code       int // of its end; -1 where a signal ended it
	answer     []byte
	complaints []byte
}

// device is read of what was printed with the exit code 0, or with 1 where it says what was found: nothing names the
// machine then. All else, and a complaint whatever the code, is a failure in the agent's own words.
func (a agentRun) device(trust *Trust) (*Device, error) {
	said, _ := parseObject(a.answer)
	isComplaint := said != nil && !said.member("found").is(jsonObject) &&
		(said.member("error") != nil || !said.member("fingerprint").is(jsonText))
	if !isComplaint && (a.code == 0 || (a.code == 1 && said != nil && said.member("found") != nil)) {
		return DeviceFromJSON(trust, a.answer)
	}
	why := trimASCII(string(a.complaints))
	if said != nil {
		if fault := said.member("error"); fault != nil && fault.member("message").is(jsonText) {
			why = fault.member("message").text
		}
	}
	if why == "" {
		why = fmt.Sprintf("it ended with %d", a.code)
	}
	return nil, agentFailed(errors.New(why))
}

// run gives what a command writes, if it ends in time and with no more than a device takes. It ends when the command
// itself has ended and its answer is whole, whoever still holds its output open.
func run(ctx context.Context, command *exec.Cmd) (agentRun, error) {
	for _, variable := range os.Environ() {
		// The realm is named; another vendor's file is not to stand in its way.
		if !strings.HasPrefix(variable, "LICENSE_AGENT_VENDOR=") {
			command.Env = append(command.Env, variable)
		}
	}
	// Files and no writers: then a grandchild that holds them open keeps nobody waiting.
	out, outEnd, err := os.Pipe()
	if err != nil {
		return agentRun{}, err
	}
	defer out.Close()
	complaints, complaintsEnd, err := os.Pipe()
	if err != nil {
		outEnd.Close()
		return agentRun{}, err
	}
	defer complaints.Close()
	command.Stdout, command.Stderr = outEnd, complaintsEnd
	err = command.Start()
	outEnd.Close()
	complaintsEnd.Close()
	if err != nil {
		return agentRun{}, err
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	answer, said := read(out, longestDevice), read(complaints, longestComplaint)
	stop := func(err error) (agentRun, error) {
		_ = command.Process.Kill()
		return agentRun{}, err
	}
	for hasEnded := false; ; {
		text, state := answer.soFar()
		complaint, complained := said.soFar()
		switch {
		case state.err != nil:
			return stop(state.err)
		case state.tooLong:
			return stop(errors.New("it writes more than a device is"))
		case hasEnded && (isWhole(text) || (state.ended && complained.ended)):
			return agentRun{command.ProcessState.ExitCode(), text, complaint}, nil
		}
		select {
		case err := <-ended:
			hasEnded = true
			// What a code other than 0 means, who asked decides.
			if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
				return stop(err)
			}
		case <-state.changed:
		case <-complained.changed:
		case <-ctx.Done():
			return stop(ctx.Err())
		}
	}
}

// isWhole says whether nothing can follow an answer.
func isWhole(answer []byte) bool {
	_, err := parseObject(answer)
	return err == nil
}

// reading is what a pipe has given so far.
type reading struct {
	mutex sync.Mutex
	bytes []byte
	readingState
}

type readingState struct {
	ended, tooLong bool
	err            error
	changed        chan struct{} // closed when there is more to say
}

func (r *reading) soFar() ([]byte, readingState) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return append([]byte(nil), r.bytes...), r.readingState
}

// add keeps what fits into a bound.
func (r *reading) add(bytes []byte, most int, err error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if fits := most - len(r.bytes); len(bytes) > fits {
		bytes, r.tooLong = bytes[:fits], true
	}
	r.bytes = append(r.bytes, bytes...)
	r.ended = r.ended || err != nil
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, os.ErrClosed) {
		r.err = err
	}
	close(r.changed)
	r.changed = make(chan struct{})
}

// read reads a pipe to its end; what is beyond the bound is dropped.
func read(pipe *os.File, most int) *reading {
	reading := &reading{readingState: readingState{changed: make(chan struct{})}}
	go func() {
		buffer := make([]byte, 16*1024)
		for {
			n, err := pipe.Read(buffer)
			reading.add(buffer[:n], most, err)
			if err != nil {
				return
			}
		}
	}()
	return reading
}
