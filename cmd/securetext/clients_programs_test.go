package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// swaks is the tester's own: it writes headers as they are typed, in UTF-8.
func swaks(t *testing.T, _ *world) func(letter) error {
	path, dir := installed(t, "swaks"), t.TempDir()
	return func(l letter) error {
		args := []string{
			"--server", "localhost", "--port", fmt.Sprint(l.Port), "--timeout", "20",
			"--helo", "desk.riverside.example", "--from", l.From, "--to", strings.Join(l.To, ","),
		}
		if l.TLS {
			args = append(args, "--tls", "--tls-verify", "--tls-ca-path", l.CA,
				"--auth", l.Auth, "--auth-user", l.User, "--auth-password", l.Password)
		}
		if l.Raw != "" {
			return told(exec.Command(path, append(args, "--data", "-")...), l.Raw)
		}
		args = append(args, "--header", "Subject: "+l.Subject, "--attach-type", "text/plain; charset=utf-8",
			"--attach-body", "@"+file(t, dir, "body", l.Text))
		if l.FileName != "" {
			args = append(args, "--attach-type", "text/plain", "--attach-name", l.FileName, "--attach", "@"+file(t, dir, "file", l.File))
		}
		return told(exec.Command(path, args...), "")
	}
}

// msmtp sends what a mail program wrote, with the line ends of Unix.
func msmtp(t *testing.T, _ *world) func(letter) error {
	path, dir := installed(t, "msmtp"), t.TempDir()
	return func(l letter) error {
		config := fmt.Sprintf("account default\nhost localhost\nport %d\nfrom %s\ndomain desk.riverside.example\ntimeout 20\n", l.Port, l.From)
		if l.TLS {
			config += fmt.Sprintf("tls on\ntls_starttls on\ntls_trust_file %s\nauth %s\nuser %s\npassword %s\n",
				l.CA, strings.ToLower(l.Auth), l.User, l.Password)
		}
		if l.Notify != "" {
			config += fmt.Sprintf("dsn_notify %s\ndsn_return headers\n", strings.ToLower(l.Notify))
		}
		args := append([]string{"--file=" + file(t, dir, "msmtprc", config), "--"}, l.To...)
		return told(exec.Command(path, args...), strings.ReplaceAll(l.written(), "\r\n", "\n"))
	}
}

// smtplib is Python's own; most programs of hospitals that send mail are small
// scripts on top of such a library.
func smtplib(t *testing.T, _ *world) func(letter) error {
	path := installed(t, "python3")
	return func(l letter) error {
		return told(exec.Command(path, filepath.Join("testdata", "clients", "send.py")), l.json(t))
	}
}

// nodemailer is what programs in JavaScript use.
func nodemailer(t *testing.T, _ *world) func(letter) error {
	folder := os.Getenv("TEST_NODEMAILER")
	if folder == "" {
		t.Skip("WARNING: TEST_NODEMAILER is not set: run by make test where Node 20 is")
	}
	path := installed(t, "node")
	return func(l letter) error {
		cmd := exec.Command(path, filepath.Join("testdata", "clients", "send.js"))
		cmd.Env = with("NODE_PATH=" + filepath.Join(folder, "node_modules"))
		return told(cmd, l.json(t))
	}
}

// file writes a file that only we may read, and returns its path.
func file(t testing.TB, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
