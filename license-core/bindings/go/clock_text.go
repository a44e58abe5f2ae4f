package license

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Text is one line of at most 160 ASCII characters, sealed. It names no person and no machine.
func (g *ClockGuard) Text() string {
	uptime, start, right := "-", "-", 0
	if g.uptime != nil {
		uptime = strconv.FormatInt(g.uptime.ran, 10)
		if g.uptime.start != nil {
			start = hex.EncodeToString(g.uptime.start[:])
		}
	}
	if g.wasRight {
		right = 1
	}
	body := fmt.Sprintf("clock-guard/v1 %d %s %s %d", g.mark, uptime, start, right)
	return body + " " + encodeBase64(seal(g.key, body))
}

func seal(key [32]byte, body string) []byte {
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte(body))
	return mac.Sum(nil)
}

// readMark reads what Text wrote; nil if it is damaged, or sealed with another key.
func readMark(key [32]byte, text string) *ClockGuard {
	end := strings.LastIndexByte(text, ' ')
	if len(text) > longestMark || end < 0 {
		return nil
	}
	found, ok := decodeBase64Of(text[end+1:], sha256.Size)
	if !ok || !hmac.Equal(found, seal(key, text[:end])) {
		return nil
	}
	fields := strings.Split(text[:end], " ")
	if len(fields) != 5 || fields[0] != "clock-guard/v1" || (fields[4] != "0" && fields[4] != "1") {
		return nil
	}
	mark, ok := digits(fields[1])
	if !ok || mark > lastMark {
		return nil
	}
	guard := &ClockGuard{key: key, mark: mark, wasRight: fields[4] == "1"}
	if fields[2] == "-" && fields[3] == "-" {
		return guard
	}
	ran, ok := digits(fields[2])
	if !ok {
		return nil
	}
	guard.uptime = &Uptime{ran: ran}
	if fields[3] != "-" {
		start, err := hex.DecodeString(fields[3])
		if err != nil || len(start) != 8 || hex.EncodeToString(start) != fields[3] {
			return nil
		}
		guard.uptime.start = new([8]byte)
		copy(guard.uptime.start[:], start)
	}
	return guard
}

// digits is a number of digits only, without a zero in front.
func digits(text string) (int64, bool) {
	number, err := strconv.ParseInt(text, 10, 64)
	return number, err == nil && number >= 0 && strconv.FormatInt(number, 10) == text
}
