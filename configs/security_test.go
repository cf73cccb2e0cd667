package configs

import (
	"strings"
	"testing"
)

// refused loads a file of one line, which has to be refused for that key.
func refused(t *testing.T, line string) {
	t.Helper()
	_, err := load("conf", nil, files{"conf": line}.read)
	key, _, _ := strings.Cut(line, "=")
	if err == nil || !strings.Contains(err.Error(), "conf:1: "+key+": ") {
		t.Errorf("%s: got %v, want a refusal of %s", line, err, key)
	}
}

func TestS02LinksHaveOnePublicBase(t *testing.T) {
	for _, url := range []string{
		"http://clinic.example", "https://", "clinic.example", "https://u@clinic.example", "https://clinic.example/m",
		"https://clinic.example?x", "https://clinic.example?", "https://clinic.example#x", "https://clinic.example:99999",
		"https://clinic .example", "https://clínica.example", "javascript:alert(1)",
	} {
		refused(t, "PUBLIC_URL="+url)
	}
	for _, url := range []string{"https://clinic.example", "https://192.0.2.1:8443", "http://localhost:8080", "http://127.0.0.1:8080", "https://[::1]:8443"} {
		if c := text(t, "PUBLIC_URL="+url); c.PublicURL != url {
			t.Errorf("%s is read as %s", url, c.PublicURL)
		}
	}
}

func TestS05HashingOnlyGetsDearer(t *testing.T) {
	for _, line := range []string{
		"ARGON2_MEMORY=19455", "ARGON2_TIME=1", "ARGON2_THREADS=0",
		"ARGON2_MEMORY=1048577", "ARGON2_TIME=17", "ARGON2_THREADS=256", "ARGON2_TIME=-1",
	} {
		refused(t, line)
	}
	if c := text(t, "ARGON2_MEMORY=47104\nARGON2_TIME=3\nARGON2_THREADS=2"); c.Argon2Memory != 47104 || c.Argon2Time != 3 || c.Argon2Threads != 2 {
		t.Errorf("got %d KiB, %d passes, %d lanes", c.Argon2Memory, c.Argon2Time, c.Argon2Threads)
	}
}

func TestS17NoProxyIsTrustedUnlessNamed(t *testing.T) {
	if c := text(t, ""); len(c.TrustedProxies) != 0 {
		t.Errorf("by default %v are trusted", c.TrustedProxies)
	}
	for _, nets := range []string{"10.0.0.1", "all", "10.0.0.1/8", "10.0.0.0/33"} {
		refused(t, "TRUSTED_PROXIES="+nets)
	}
}

func TestS35WhatHasNoSignInStaysOnThisMachine(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:9090", ":9090", "[::]:9090", "192.0.2.1:9090", "ops.example:9090"} {
		refused(t, "OPS_ADDR="+addr)
	}
	for _, addr := range []string{"127.0.0.1:0", "127.8.0.1:9090", "[::1]:9090", "localhost:9090"} {
		if c := text(t, "OPS_ADDR="+addr); c.OpsAddr != addr {
			t.Errorf("%s is read as %s", addr, c.OpsAddr)
		}
	}
}

func TestS35UnknownSettingsStopTheProgram(t *testing.T) {
	refused(t, "TRUSTED_PROXY=10.0.0.0/8")
	if _, err := Load("", []string{"SECURETEXT_TRUSTED_PROXY=10.0.0.0/8"}); err == nil {
		t.Error("an unknown variable is passed over")
	}
}
