package redis

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"securetext/pickup/session"
)

func TestURLs(t *testing.T) {
	for raw, want := range map[string]target{
		"redis://cache":                         {addrs: []string{"cache:6379"}},
		"redis://127.0.0.1:7000/3":              {addrs: []string{"127.0.0.1:7000"}, db: 3},
		"redis://[::1]:7000/":                   {addrs: []string{"[::1]:7000"}},
		"redis://[::1]":                         {addrs: []string{"[::1]:6379"}},
		"rediss://ana:p%40ss@cache/1?prefix=x:": {addrs: []string{"cache:6379"}, db: 1, tls: true, prefix: "x:", user: url.UserPassword("ana", "p@ss")},
		"unix:///run/redis.sock?db=2":           {addrs: []string{"/run/redis.sock"}, db: 2},
		"redis://a:1,b:2,c":                     {addrs: []string{"a:1", "b:2", "c:6379"}, cluster: true},
		"rediss+cluster://:pw@entry:7000":       {addrs: []string{"entry:7000"}, cluster: true, tls: true, user: url.UserPassword("", "pw")},
		"redis+sentinel://a,b:1/4?master=main":  {addrs: []string{"a:26379", "b:1"}, master: "main", db: 4, sentinel: url.UserPassword("", "")},
		"redis+sentinel://a?master=m&sentinel_user=u&sentinel_password=p": {addrs: []string{"a:26379"}, master: "m", sentinel: url.UserPassword("u", "p")},
	} {
		if want.prefix == "" {
			want.prefix = defaultPrefix
		}
		got, err := parseURL(raw)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(target{}, url.Userinfo{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", raw, diff)
		}
	}
}

var badURLs = []string{
	"", "cache:6379", "http://cache", "redis://", "redis://:6379", "redis://a,,b", "redis://a:b:c",
	"redis://a:0", "redis://a:99999", "redis://a/x", "redis://a/-1", "redis://a:1,b:2/1", "redis://a?db=1",
	"redis://a?skip_verify=true", "redis+sentinel://a", "redis+ring://a", "unix://a/b", "unix://", "unix+cluster:///a",
	"redis://ana:s3cret%zz@cache", "redis://ana:s3cret@cache:port", "redis://ana:s3cret@@", "redis://ana:s3 cret@a/%",
}

func TestBadURLsAreRefusedWithoutQuotingThem(t *testing.T) {
	for _, raw := range badURLs {
		_, err := Open(raw, session.PatientLimits)
		if err == nil {
			t.Errorf("%q was taken", raw)
			continue
		}
		if strings.Contains(err.Error(), "s3") || strings.Contains(err.Error(), "cret") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	for _, raw := range append(badURLs, "redis://a:1,b:2", "redis+sentinel://a/1?master=m", "unix:///s?db=1", "redis://[::1]:1/2") {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := parseURL(raw)
		if err == nil && (len(got.addrs) == 0 || got.addrs[0] == "" || got.db < 0) {
			t.Errorf("%q was taken and leads nowhere: %v", raw, got.addrs)
		}
		_, err = parseURL("redis://ana:s3cretpassword@" + raw)
		if err != nil && strings.Contains(err.Error(), "s3cretpassword") {
			t.Errorf("the error shows the password: %v", err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte("1"))
	f.Add([]byte("2{}"))
	f.Add([]byte(`1{"o":"org1","r":"rcp1","e":7,"c":1763899200000,"s":1763899200000}`))
	f.Add([]byte(`1{"o":"org1","r":"rcp1","e":7,"l":"Safari on iPhone","c":1763899200000,"s":1763899200000}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := decode(b)
		if err != nil {
			return
		}
		again, err := decode(encode(s))
		if err != nil || again != s {
			t.Errorf("%q: %+v came back as %+v, %v", b, s, again, err)
		}
	})
}
