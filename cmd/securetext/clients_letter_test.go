package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"strings"
	"testing"
)

// letter is what a client is to send, and how. The scripts in testdata/clients
// read it as JSON.
type letter struct {
	Port     int      `json:"port"` // on localhost
	CA       string   `json:"ca"`   // PEM file of the certificate to trust
	TLS      bool     `json:"tls"`  // false: neither TLS nor signing in
	Auth     string   `json:"auth"` // PLAIN or LOGIN
	User     string   `json:"user"`
	Password string   `json:"password"`
	From     string   `json:"from"`
	To       []string `json:"to"`
	Subject  string   `json:"subject"`
	Text     string   `json:"text"`
	FileName string   `json:"file_name"` // "": no attachment
	File     string   `json:"file"`
	Notify   string   `json:"notify"` // what to be told of (RFC 3461): SUCCESS; "": the client does not say
	Raw      string   `json:"raw"`    // the mail to send as it is, in eight bits; "": the client writes it
}

func (l letter) json(t *testing.T) string {
	t.Helper()
	b, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// mail is the letter with its characters as they are, in UTF-8.
func (l letter) mail() string {
	return l.head(l.Subject) + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + crlf(l.Text) + "\r\n"
}

// written is the letter as a mail program writes it: all ASCII, in MIME.
func (l letter) written() string {
	if l.Raw != "" {
		return l.Raw
	}
	var b bytes.Buffer
	b.WriteString(l.head(mime.QEncoding.Encode("utf-8", l.Subject)))
	text := "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + quoted(l.Text) + "\r\n"
	if l.FileName == "" {
		return b.String() + text
	}
	name := mime.FormatMediaType("attachment", map[string]string{"filename": l.FileName})
	fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=part\r\n\r\n--part\r\n%s--part\r\n", text)
	fmt.Fprintf(&b, "Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: %s\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n--part--\r\n",
		name, base64.StdEncoding.EncodeToString([]byte(l.File)))
	return b.String()
}

func (l letter) head(subject string) string {
	return fmt.Sprintf("From: Ana Lima <%s>\r\nTo: %s\r\nSubject: %s\r\nMIME-Version: 1.0\r\n", l.From, strings.Join(l.To, ", "), subject)
}

func quoted(text string) string {
	var b bytes.Buffer
	w := quotedprintable.NewWriter(&b)
	w.Write([]byte(crlf(text))) // a buffer takes all
	w.Close()
	return b.String()
}

func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
