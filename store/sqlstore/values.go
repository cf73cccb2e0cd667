package sqlstore

import (
	"strconv"
	"strings"
	"time"

	"securetext/store"
)

// Micros is a time as stored: microseconds since 1970. The zero time is 0.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time is a stored time, in UTC. 0 is the zero time.
func Time(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// timeOrNull is a time as stored where it may be missing.
func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// textOrNull is text as stored where it may be missing.
func textOrNull[S ~string](s S) any {
	if s == "" {
		return nil
	}
	return string(s)
}

// bit is a truth as stored.
func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Hours are spans of whole hours as stored, with a space between.
func Hours(spans []time.Duration) string {
	parts := make([]string, len(spans))
	for i, d := range spans {
		parts[i] = strconv.Itoa(int(d / time.Hour))
	}
	return strings.Join(parts, " ")
}

// Spans are stored hours.
func Spans(hours string) []time.Duration {
	var list []time.Duration
	for _, h := range words(hours) {
		n, _ := strconv.Atoi(h) // as Hours wrote it
		list = append(list, time.Duration(n)*time.Hour)
	}
	return list
}

// words are those of a text with a space between.
func words(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Fields(text)
}

// bytesOrNull is ciphertext as stored where it may be missing.
func bytesOrNull[B ~[]byte](b B) any {
	if len(b) == 0 {
		return nil
	}
	return []byte(b)
}

// familyOrNull is the number's own recipient, of who shares it.
func familyOrNull(r store.Recipient) any {
	if r.Family == nil {
		return nil
	}
	return r.Family.ID
}

// hashOrNull is a hash as stored where there may be none.
func hashOrNull[H ~[32]byte](h H) any {
	if h == (H{}) {
		return nil
	}
	b := [32]byte(h)
	return b[:]
}

// bytesOf are hashes as they are stored.
func bytesOf[H ~[32]byte](hashes []H) [][]byte {
	all := make([][]byte, len(hashes))
	for i, h := range hashes {
		b := [32]byte(h)
		all[i] = b[:]
	}
	return all
}
