package virusfake

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"
)

// tell sends what a client would and returns the whole answer.
func tell(t *testing.T, s *Server, request string) string {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	network, addr := "tcp", u.Host
	if u.Scheme == "unix" {
		network, addr = "unix", u.Path
	}
	conn, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, _ := io.ReadAll(conn)
	return string(answer)
}

// The published MD5 of the test file shows that it was put together right.
func TestEICARIsTheTestString(t *testing.T) {
	sum := md5.Sum(EICAR())
	if got := hex.EncodeToString(sum[:]); got != "44d88612fea8a8f36de82e1278abb02f" {
		t.Errorf("MD5 %s", got)
	}
}

func TestClamdSpeaksAsDocumented(t *testing.T) {
	for _, s := range []*Server{Clamd(t), ClamdSocket(t)} {
		if got := tell(t, s, "zINSTREAM\x00\x00\x00\x00\x02he\x00\x00\x00\x03llo\x00\x00\x00\x00"); got != "stream: OK\x00" {
			t.Errorf("clean: %q", got)
		}
		virus := "zINSTREAM\x00\x00\x00\x00\x44" + string(EICAR()) + "\x00\x00\x00\x00"
		if got := tell(t, s, virus); !strings.HasPrefix(got, "stream: "+Name) || !strings.HasSuffix(got, " FOUND\x00") {
			t.Errorf("virus: %q", got)
		}
		if got := s.Scanned(); len(got) != 2 || string(got[0]) != "hello" {
			t.Errorf("scanned %q", got)
		}
	}
}

func TestClamdNoticesWhatIsWrong(t *testing.T) {
	s := Clamd(t)
	for _, request := range []string{"nINSTREAM\n\x00", "zINSTREAM\x00\xff\xff\xff\xff"} {
		if got := tell(t, s, request); got != "" {
			t.Errorf("%q was answered: %q", request, got)
		}
		if len(s.Wrong()) != 1 {
			t.Errorf("%q went unnoticed", request)
		}
	}
}

// respmod is a request as RFC 3507, 4.9.2 has it, for content.
func respmod(s *Server, content string) string {
	host := strings.TrimSuffix(strings.TrimPrefix(s.URL, "icap://"), Service)
	request, response := "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"
	return fmt.Sprintf("RESPMOD %s ICAP/1.0\r\nHost: %s\r\nAllow: 204\r\nEncapsulated: req-hdr=0, res-hdr=%d, res-body=%d\r\n\r\n%s%s%x\r\n%s\r\n0\r\n\r\n",
		s.URL, host, len(request), len(request)+len(response), request, response, len(content), content)
}

func TestICAPSpeaksAsDocumented(t *testing.T) {
	s := ICAP(t)
	if got := tell(t, s, respmod(s, "hello")); !strings.HasPrefix(got, "ICAP/1.0 204 ") {
		t.Errorf("clean: %q", got)
	}
	got := tell(t, s, respmod(s, string(EICAR())))
	if !strings.HasPrefix(got, "ICAP/1.0 200 OK\r\n") || !strings.Contains(got, "Threat="+Name) || !strings.Contains(got, "HTTP/1.1 403") {
		t.Errorf("virus: %q", got)
	}
	if got := s.Scanned(); len(got) != 2 || string(got[0]) != "hello" {
		t.Errorf("scanned %q", got)
	}
}

func TestICAPTrickles(t *testing.T) {
	s := ICAP(t)
	s.Set(Trickling)
	long := strings.Repeat("all is well\n", 100)
	if got := tell(t, s, respmod(s, long)); !strings.HasPrefix(got, "ICAP/1.0 200 OK\r\n") || strings.Count(got, "well") < 99 || !strings.HasSuffix(got, "\r\n0\r\n\r\n") {
		t.Errorf("clean: %q", got)
	}
	if got := tell(t, s, respmod(s, long+string(EICAR()))); strings.Count(got, "well") < 90 || strings.Contains(got, "EICAR") {
		t.Errorf("virus: %q", got)
	}
}

func TestICAPNoticesWhatIsWrong(t *testing.T) {
	s := ICAP(t)
	good := respmod(s, "hello")
	for _, change := range [][2]string{
		{"RESPMOD", "REQMOD"}, {Service, "/other"}, {"Allow: 204\r\n", ""}, {"Allow", "Preview: 0\r\nAllow"},
		{"req-hdr=0, ", ""}, {"res-hdr=", "res-hdr=1"}, {"0\r\n\r\n", "0\r\nX\r\n"}, {"GET", "GE T"}, {"200 OK\r\n", "200 OK\r\nX"},
	} {
		request := strings.Replace(good, change[0], change[1], 1)
		if change[0] == "0\r\n\r\n" {
			request = strings.TrimSuffix(good, change[0]) + change[1]
		}
		if got := tell(t, s, request); got != "" {
			t.Errorf("%q for %q was answered: %q", change[1], change[0], got)
		}
		if len(s.Wrong()) != 1 {
			t.Errorf("%q for %q went unnoticed", change[1], change[0])
		}
	}
}
