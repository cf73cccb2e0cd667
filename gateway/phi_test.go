package gateway

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"securetext/store"
)

// The planted strings stand for health data and secrets, wherever they go in.
var planted = []string{
	"Zebulon-Subject", "Zebulon-Body", "Zebulon-HTML", "Zebulon-File", "Zebulon-Bytes", "Zebulon-Name", "Zebulon-ID",
	"2114367789", "436-7789", "Zebulon-Reference",
	"Zebulon-Passcode", "zebulonpasscode", "Zebulon-Hint",
}

const plantedMail = "From: Zebulon-Name <reyes@lakeside.example>\r\nTo: <2114367789@secure.text>\r\nSubject: Zebulon-Subject\r\n" +
	"Message-ID: <Zebulon-ID@x>\r\nX-SecureText-Passcode: Zebulon-Passcode\r\nX-SecureText-Passcode-Hint: Zebulon-Hint\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/html\r\n\r\n<p>Zebulon-HTML Zebulon-Body</p>\r\n" +
	"--b\r\nContent-Type: application/pdf; name=Zebulon-File.pdf\r\n\r\nZebulon-Bytes\r\n--b--"

const plantedPost = `{"to":["(211) 436-7789"],"subject":"Zebulon-Subject","text":"Zebulon-Body","html":"Zebulon-HTML","passcode":"Zebulon-Passcode","passcode_hint":"Zebulon-Hint",` +
	`"attachments":[{"name":"Zebulon-File","content":"WmVidWxvbi1CeXRlcw=="}]}`

func TestS24NothingOfAMessageIsLoggedMeasuredOrSaid(t *testing.T) {
	c := newClinic(t)
	var said strings.Builder
	for _, err := range []error{nil, store.ErrUnavailable, store.ErrFull} {
		if err != nil {
			c.Intake.Store = failing{err: err}
		}
		c.plantMail(t, &said)
		c.plantPosts(t, &said)
	}
	families, err := c.metrics.Gather()
	must(t, err)
	if len(families) == 0 || !strings.Contains(c.log.String(), "messages accepted") {
		t.Fatal("nothing was measured or logged")
	}
	everything := c.log.String() + fmt.Sprint(families) + said.String()
	for _, secret := range append(planted, c.password, c.apiKey, b64(c.password), plain(c.sender.Email, c.password)) {
		if strings.Contains(everything, secret) || strings.Contains(everything, base64.StdEncoding.EncodeToString([]byte(secret))) {
			t.Errorf("%q shows", secret)
		}
	}
}

// plantMail sends planted mails, good and bad, and keeps the replies to DATA and
// to what was refused.
func (c *clinic) plantMail(t *testing.T, said *strings.Builder) {
	addr, stop := c.serveSMTP(t, nil)
	d := c.dialIn(t, addr)
	for _, mail := range []string{
		plantedMail,
		strings.Replace(plantedMail, "\r\nFrom", "\nFrom", 1),
		strings.Replace(plantedMail, "reyes@", "Zebulon-Name@", 1),
		strings.Replace(plantedMail, ": Zebulon-Passcode", ": Zebulon-Passcode.", 1),
		strings.Replace(plantedMail, ": Zebulon-Hint", ": Zebulon-Hint Zebulon-Passcode", 1),
		"Zebulon-Subject\r\nZebulon-Body",
		"Subject: Zebulon-Subject\r\n\r\nZebulon-Body\nZebulon",
	} {
		fmt.Fprintln(said, d.mail(c.sender.Email, patient, mail))
	}
	d = c.dialIn(t, addr)
	d.say("MAIL FROM:<reyes@lakeside.example>", "250")
	for _, to := range []string{"2114367789x", "2114367789+2114367789", "Zebulon-Name", "211436778921143677892114367789"} {
		fmt.Fprintln(said, d.say("RCPT TO:<"+to+"@secure.text>", "550"))
	}
	fmt.Fprintln(said, d.say("RCPT TO:<2114367789@elsewhere.example>", "550"))
	d = dialTLS(t, addr)
	fmt.Fprintln(said, d.say("AUTH PLAIN "+plain("Zebulon-Name", c.password), "535"))
	must(t, stop())
}

// plantPosts posts planted requests, good and bad, and keeps the answers.
func (c *clinic) plantPosts(t *testing.T, said *strings.Builder) {
	h := c.api()
	for _, body := range []string{
		plantedPost,
		strings.Replace(plantedPost, `"html"`, `"Zebulon-HTML 2114367789"`, 1),
		strings.Replace(plantedPost, "436-7789", "436-7789 ext 2114367789", 1),
		strings.Replace(plantedPost, `"subject":`, `"reference":"Zebulon-Reference 2114367789","subject":"Zebulon-Subject\n","lang":"Zebulon-Body","expires_in":"Zebulon-Body","x":`, 1),
		strings.Replace(plantedPost, "WmVi", "Zebulon-Bytes", 1),
		strings.Replace(plantedPost, `"Zebulon-Hint"`, `"Zebulon-Passcode Zebulon-Hint"`, 1),
		strings.Replace(plantedPost, `"Zebulon-Passcode"`, `"Zebulon-Passcode."`, 1),
		strings.Replace(plantedPost, `["(211) 436-7789"]`, `2114367789`, 1),
		plantedPost[:60], plantedPost + "Zebulon-Body",
	} {
		r := c.request("POST", "/v1/messages", body)
		if strings.HasPrefix(body, plantedPost) {
			r.Header.Set(idempotencyHeader, "Zebulon-ID")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Fprintln(said, w.Code, w.Header(), w.Body)
	}
	r := c.request("GET", "/v1/messages/Zebulon-ID", "")
	fmt.Fprintln(said, do(h, r).Body)
	r.Header.Set("Authorization", "Bearer Zebulon-ID")
	fmt.Fprintln(said, do(h, r).Body)
}

func TestS24WhatTheLibraryLogsIsNamedByTypeAlone(t *testing.T) {
	c := newClinic(t)
	l := libraryLog{c.Log}
	l.Printf("panic serving %v: %v", "Zebulon-Name", errors.New("Zebulon-Body"))
	l.Println("Zebulon-Body")
	if got := c.log.String(); strings.Contains(got, "Zebulon") || !strings.Contains(got, "panic serving") {
		t.Errorf("logged %s", got)
	}
}
