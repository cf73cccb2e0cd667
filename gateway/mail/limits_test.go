package mail_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"securetext/gateway/mail"
)

// within runs Parse and holds it to the budget, in processor time so that a busy
// machine does not matter, and to allocations of a small multiple of the mail's
// size and of the RTF it may swell to, all told.
func within(t *testing.T, raw []byte) (*mail.Content, error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	limits := mail.DefaultLimits
	budget := limits.Budget * slowdown
	limits.Budget = time.Minute
	start := processorTime(t)
	c, err := mail.Parse(raw, limits)
	took := processorTime(t) - start
	runtime.ReadMemStats(&after)
	if took > budget {
		t.Errorf("took %v", took)
	}
	if used, most := after.TotalAlloc-before.TotalAlloc, uint64(16*len(raw)+64<<20); used > most {
		t.Errorf("allocated %d KiB for %d KiB of mail", used>>10, len(raw)>>10)
	}
	if err != nil && refused(err) == nil {
		t.Errorf("error %v is none of the sentinels", err)
	}
	return c, err
}

// processorTime is what this process has used so far.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// mustRefuse checks one limit: a mail at it passes, the next one does not.
func mustRefuse(t *testing.T, limit int, build func(n int) []byte) {
	t.Helper()
	if _, err := within(t, build(limit)); err != nil {
		t.Errorf("at the limit of %d: %v", limit, err)
	}
	for _, n := range []int{limit + 1, 50 * limit} {
		if _, err := within(t, build(n)); !errors.Is(err, mail.ErrTooComplex) {
			t.Errorf("at %d, over the limit of %d: got error %v, want ErrTooComplex", n, limit, err)
		}
	}
}

func TestS18Size(t *testing.T) {
	raw := append([]byte("Subject: large\r\n\r\n"), bytes.Repeat([]byte("0123456789abcde\n"), 25<<16)...)
	if _, err := within(t, raw[:25<<20]); err != nil {
		t.Errorf("25 MiB: %v", err)
	}
	if _, err := within(t, raw[:25<<20+1]); !errors.Is(err, mail.ErrTooLarge) {
		t.Errorf("25 MiB and a byte: got error %v, want ErrTooLarge", err)
	}
}

func TestS18HeaderBytes(t *testing.T) {
	mustRefuse(t, 256, func(n int) []byte {
		line := "X-Long: " + strings.Repeat("x", 1024-10) + "\r\n" // 1 KiB
		return []byte(strings.Repeat(line, n-1) + "Subject: " + strings.Repeat("s", 1024-13) + "\r\n\r\n")
	})
}

func TestS18HeaderBytesOfAPart(t *testing.T) {
	mustRefuse(t, 256, func(n int) []byte {
		folds := strings.Repeat(" "+strings.Repeat("x", 1024-3)+"\r\n", n-1)
		return []byte("Subject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX-Long:\r\n" + folds + "\r\n--b--\r\n")
	})
}

func TestS18HeaderFields(t *testing.T) {
	mustRefuse(t, 1000, func(n int) []byte {
		return []byte("Subject: s\r\n" + strings.Repeat("a: b\r\n", n-1) + "\r\n")
	})
}

func TestS18Line(t *testing.T) {
	mustRefuse(t, 64<<10, func(n int) []byte {
		return []byte("Subject: s\r\n\r\n" + strings.Repeat("x", n) + "\r\n")
	})
}

func TestS18Depth(t *testing.T) {
	mustRefuse(t, 20, func(n int) []byte {
		var b strings.Builder
		b.WriteString("Subject: deep\r\n")
		for i := range n {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
		}
		b.WriteString("\r\nHello\r\n")
		for i := range n {
			fmt.Fprintf(&b, "--b%d--\r\n", n-1-i)
		}
		return []byte(b.String())
	})
}

func TestS18Parts(t *testing.T) {
	mustRefuse(t, 200, func(n int) []byte { return manyParts(n, "\r\nHello") })
}

func TestS18PartsOf100000(t *testing.T) {
	if _, err := within(t, manyParts(100_000, "\r\nx")); !errors.Is(err, mail.ErrTooComplex) {
		t.Errorf("got error %v, want ErrTooComplex", err)
	}
}

func TestS18Attachments(t *testing.T) {
	mustRefuse(t, 50, func(n int) []byte { return manyParts(n, "Content-Disposition: attachment\r\n\r\nHello") })
}

func manyParts(n int, part string) []byte {
	return []byte("Subject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n"+part+"\r\n", n) + "--b--\r\n")
}

func TestS18Params(t *testing.T) {
	for _, name := range []string{"Content-Type: text/plain", "Content-Disposition: inline"} {
		mustRefuse(t, 50, func(n int) []byte {
			return []byte("Subject: s\r\n" + name + strings.Repeat(";\r\n a=b", n) + "\r\n\r\nHello")
		})
	}
}

func TestS18Boundary(t *testing.T) {
	mustRefuse(t, 70, func(n int) []byte {
		b := strings.Repeat("b", n)
		return []byte("Subject: s\r\nContent-Type: multipart/mixed; boundary=" + b + "\r\n\r\n--" + b + "\r\n\r\nHello\r\n--" + b + "--\r\n")
	})
}

func TestS18Budget(t *testing.T) {
	limits := mail.DefaultLimits
	limits.Budget = -time.Second
	if _, err := mail.Parse([]byte("Subject: s\r\n\r\nHello"), limits); !errors.Is(err, mail.ErrTooSlow) {
		t.Errorf("got error %v, want ErrTooSlow", err)
	}
}
