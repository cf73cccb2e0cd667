package mail_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"securetext/gateway/mail"
)

func BenchmarkParseText2KB(b *testing.B) {
	head := "From: Ana <ana@clinic.example>\r\nMessage-ID: <1@clinic.example>\r\nSubject: Your result\r\n" +
		"Content-Type: text/plain; charset=utf-8\r\n\r\n"
	bench(b, []byte(head+strings.Repeat("Your result is ready, and all is well.\r\n", 50)))
}

func BenchmarkParseAttachment10MB(b *testing.B) {
	var raw bytes.Buffer
	raw.WriteString("From: Ana <ana@clinic.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n" +
		"--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	line := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xa5}, 57)) + "\r\n"
	raw.WriteString(strings.Repeat(line, 10<<20/57))
	raw.WriteString("--b--\r\n")
	bench(b, raw.Bytes())
}

func bench(b *testing.B, raw []byte) {
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mail.Parse(raw, mail.DefaultLimits); err != nil {
			b.Fatal(err)
		}
	}
}
