package license

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// fakeAgent makes this very program play license-agent.
const fakeAgent = "LICENSE_TEST_AGENT"

func TestMain(m *testing.M) {
	switch os.Getenv(fakeAgent) {
	case "":
		os.Exit(m.Run())
	case "device":
		if strings.Join(os.Args[1:], " ") != "fingerprint --json --realm="+vendor || os.Getenv("LICENSE_AGENT_VENDOR") != "" {
			os.Exit(9)
		}
		fmt.Printf(`{"fingerprint":"%s","found":{"mac":["AAAAAAAAAAAAAA"]},"unreadable":["tpm"],"new":1}`, deviceText)
	case "nothing":
		fmt.Print(`{"fingerprint":null,"found":{},"unreadable":["disk"],"error":{"code":"no-fingerprint","message":"nothing"}}`)
		os.Exit(1)
	case "refuses":
		fmt.Print(`{"error":{"code":"device-id","message":"the device id is a placeholder"}}`)
		os.Exit(1)
	case "lies":
		fmt.Print(`{"fingerprint":null,"found":{}}`)
		os.Exit(3)
	case "leaves a child":
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), fakeAgent+"=hangs")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if child.Start() == nil {
			fmt.Printf(`{"fingerprint":"%s","child":%d}`, deviceText, child.Process.Pid)
			_ = os.WriteFile(os.Getenv(fakeAgent+"_PID"), []byte(fmt.Sprint(child.Process.Pid)), 0o600)
		}
	case "garbage":
		fmt.Print("no JSON")
	case "fails":
		fmt.Fprintln(os.Stderr, "error: nothing here names this machine\x1b[31m")
		os.Exit(2)
	case "hangs":
		never := make(chan os.Signal, 1)
		signal.Notify(never, syscall.SIGHUP)
		<-never
	case "floods":
		for {
			if _, err := os.Stdout.Write(make([]byte, 1<<16)); err != nil {
				os.Exit(1)
			}
		}
	}
}

func TestTheAgentIsAskedAndItsAnswerIsChecked(t *testing.T) {
	trust := signerOf(1).trust(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ask := func(plays string, timeout time.Duration) (*Device, error) {
		t.Setenv(fakeAgent, plays)
		return Agent{Path: self, Timeout: timeout}.Device(context.Background(), trust)
	}
	t.Setenv("LICENSE_AGENT_VENDOR", "/another/vendor.toml")
	device, err := ask("device", 0)
	if err != nil || !device.unreadable[TPM] || !device.shows(Mac) {
		t.Fatalf("%v", err)
	}
	for plays, wanted := range map[string]Outcome{
		"garbage": UnreadableDevice, "fails": AgentFailed, "floods": AgentFailed, "hangs": AgentFailed,
	} {
		timeout := time.Minute
		if plays == "hangs" {
			timeout = 50 * time.Millisecond
		}
		_, err := ask(plays, timeout)
		mustBe(t, err, wanted)
		if plays == "fails" && !strings.Contains(err.Error(), `nothing here names this machine\u{1b}[31m`) {
			t.Error(err)
		}
		if plays == "hangs" && !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	}
	// Nothing names the machine, and it is said what there is all the same.
	if device, err := ask("nothing", 0); err != nil || device.fingerprint != nil || !device.unreadable[Disk] {
		t.Error(err)
	}
	_, err = ask("refuses", 0)
	mustBe(t, err, AgentFailed)
	if !strings.HasSuffix(err.Error(), "the device id is a placeholder") {
		t.Error(err)
	}
	_, err = ask("lies", 0)
	mustBe(t, err, AgentFailed)
	// What it started holds its output open, and nobody waits for that.
	pid := filepath.Join(t.TempDir(), "pid")
	t.Setenv(fakeAgent+"_PID", pid)
	if _, err := ask("leaves a child", time.Hour); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(pid); err != nil {
		t.Error(err)
	} else if number, _ := strconv.Atoi(string(text)); number > 0 {
		if child, err := os.FindProcess(number); err == nil {
			_ = child.Kill()
		}
	}
	t.Setenv("PATH", t.TempDir())
	_, err = DeviceFromAgent(context.Background(), trust)
	mustBe(t, err, AgentNotFound)
}

// put replaces a file as the agent does.
func put(t *testing.T, path, text string) {
	t.Helper()
	if err := replaceFile(path, text); err != nil {
		t.Fatal(err)
	}
}

func TestARenewedLicenseIsSeenWithoutARestart(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("LICENSE_AGENT_DIR", folder)
	us := signerOf(1)
	trust := us.trust(t)
	file, err := Find("cad")
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.Verify(trust, nil, at(1))
	mustBe(t, err, NotInstalled)
	path := filepath.Join(folder, "cad.lic")
	put(t, path, us.license(`,"trial":false`)+"\n")
	if !file.Refresh() || file.Refresh() || file.Path() != path {
		t.Error("a license came")
	}
	if _, err := file.Verify(trust, nil, at(1)); err != nil {
		t.Error(err)
	}
	put(t, path, us.license(`,"test":false`)+"\n")
	put(t, filepath.Join(folder, "cad.keys"), "broken\n")
	if !file.Refresh() || file.LearnedKeys() != "broken\n" {
		t.Error("another license and keys came")
	}
	var group sync.WaitGroup
	for n := 0; n < 4; n++ {
		group.Add(1)
		go func() {
			defer group.Done()
			if _, err := file.Verify(trust, nil, at(1)); err != nil {
				t.Error(err)
			}
		}()
	}
	group.Wait()
	put(t, path, strings.Repeat("x", MaxTokenLen+1))
	_, err = file.Verify(trust, nil, at(1))
	mustBe(t, err, Malformed)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = file.Verify(trust, nil, at(1))
	mustBe(t, err, UnreadableFile)
}

func TestAClockThatIsSetBackWinsNoTimeAndIsNamed(t *testing.T) {
	folder := t.TempDir()
	us := signerOf(1)
	trust := us.trust(t)
	path := filepath.Join(folder, "cad.lic")
	put(t, path, us.license(""))
	file, mark := Among(path), filepath.Join(folder, "own", "cad.clock")
	if _, judged, err := file.VerifyGuarded(trust, nil, at(1), mark); err != nil || !judged.Verdict.IsFine() {
		t.Fatalf("%v", err)
	}
	text, err := os.ReadFile(mark)
	if err != nil {
		t.Fatal(err)
	}
	// It is at least as late as the license was signed, also by a clock that says otherwise.
	if guard := NewClockGuard(trust, nil, string(text)); !guard.Mark().Equal(time.Unix(begin, 0)) {
		t.Errorf("%v", guard.Mark())
	}
	verified, judged, err := file.VerifyGuarded(trust, nil, at(-9), mark)
	if err != nil || judged.Verdict.Fault != ClockBehind || verified == nil {
		t.Fatalf("%v %v", judged, err)
	}
	if said := judged.Verdict.String(); said != "the clock of this machine was set back by 9 days or more: set it right" {
		t.Error(said)
	}
	// A server's date moves the mark past the end; the clock stands still.
	guard := NewClockGuard(trust, nil, string(text))
	guard.Observe(Observation{Now: at(40), Server: at(40)})
	put(t, mark, guard.Text())
	_, _, err = file.VerifyGuarded(trust, nil, at(2), mark)
	mustBe(t, err, WrongClock)
	if !strings.Contains(Explain(err), "set it right. It is 2026-10-31") || !strings.Contains(err.Error(), "and the license ended at") {
		t.Error(Explain(err))
	}
	// Sealed for another product or machine, or edited, it does not count.
	other := NewTrust(vendor, "cam", vendor, nil)
	device, _ := DeviceFromText(trust, deviceText)
	for _, none := range []*ClockGuard{
		NewClockGuard(other, nil, guard.Text()), NewClockGuard(trust, nil, strings.Replace(guard.Text(), " 1", " 2", 1)),
	} {
		if none.Mark().Unix() != 0 {
			t.Error("a mark of another's counts")
		}
	}
	if NewClockGuard(trust, device, guard.Text()).Mark().Unix() == 0 {
		t.Error("a device without an installation's id has the product's mark")
	}
}

func TestRunningTimeMovesTheMarkAndAnotherStartDoesNot(t *testing.T) {
	trust := signerOf(1).trust(t)
	guard := NewClockGuard(trust, nil, "")
	look := func(now time.Time, ran time.Duration, start string) Judged {
		return guard.Observe(Observation{Now: now, Uptime: NewUptime(ran, start), License: time.Unix(begin, 0)})
	}
	look(at(0), time.Hour, "one")
	look(at(0), 101*time.Hour, "one")
	if ran := guard.Mark().Unix() - begin; ran != 99*3600 {
		t.Errorf("%d s", ran)
	}
	look(at(0), 500*time.Hour, "two")
	if ran := guard.Mark().Unix() - begin; ran != 99*3600 {
		t.Errorf("%d s", ran)
	}
	if UptimeHere() == nil {
		t.Skip("this system does not say how long it runs")
	}
}

func TestTheMarkThatTheAgentSealedIsReadAndWrittenAlike(t *testing.T) {
	const sealed = "clock-guard/v1 1795884966000 29217330 063d597c1cc83ea8 1 4MP0kkoNlEkUEP-4h5Ao9w49KXbouoM2gxC4CjAVv84"
	trust := NewTrust(vendor, "cad-demo", vendor, nil)
	device, err := DeviceFromText(trust, "DF1-2YV4QVQJO6EUVNMSEK6A5X6YGMT6FGQ")
	if err != nil {
		t.Fatal(err)
	}
	guard := NewClockGuard(trust, device, sealed+"\n")
	if guard.Mark().Unix() != 1_795_884_966 || guard.Text() != sealed {
		t.Error(guard.Mark(), guard.Text())
	}
}
