package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"
)

// planted are words that only the patient may ever see.
func planted() []string {
	var words []string
	for i := range 38 {
		words = append(words, fmt.Sprintf("Hepatitis%02dPositive", i))
	}
	return append(words, "2114367789", "211-436-7789", patientPwd, "wrong herons")
}

// leakyMail has the words in every place a mail has.
func leakyMail(words []string, sender string) string {
	part := func(n int) string { return strings.Join(words[n:n+6], " ") }
	var b strings.Builder
	fmt.Fprintf(&b, "From: %s <%s>\r\nTo: %s <2114367789@secure.text>\r\nSubject: %s\r\nMessage-ID: <%s@x>\r\nMIME-Version: 1.0\r\n",
		part(0), sender, words[30], part(6), words[31])
	fmt.Fprintf(&b, "X-SecureText-Passcode: %s\r\nX-SecureText-Passcode-Hint: not %s\r\nX-SecureText-Reply: yes\r\n", words[36], words[37])
	fmt.Fprintf(&b, "X-Note: %s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n", words[32])
	fmt.Fprintf(&b, "--c\r\nContent-Type: text/plain\r\n\r\n%s\r\n--c\r\nContent-Type: text/html\r\n\r\n<p>%s</p>\r\n--c--\r\n", part(12), part(18))
	fmt.Fprintf(&b, "--b\r\nContent-Type: text/plain; name=\"%s.txt\"\r\nContent-Disposition: attachment; filename=\"%s.txt\"\r\n\r\n%s\r\n--b--\r\n", words[33], words[34], part(24))
	return b.String()
}

func TestS24NothingAtRestHoldsHealthData(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		words := planted()
		p := w.serve()
		if err := p.rawMail("2114367789", leakyMail(words, w.sender.User)); err != nil {
			t.Fatal(err)
		}
		b := w.browser()
		link := w.link(number, 1)
		page, err := b.vouched(link, words[36])
		if err != nil {
			t.Fatal(err)
		}
		if page, err = b.submit(page, "password", patientPwd); err != nil {
			t.Fatal(err)
		}
		for _, seen := range []string{words[0], words[6], words[34]} {
			if !strings.Contains(page.text, seen) {
				t.Errorf("the patient does not see %s", seen)
			}
		}
		refused, err := b.write(page, words[35], upload{words[33] + ".exe", "MZ\x90\x00"})
		if err != nil || !strings.Contains(refused.text, words[35]) || !strings.Contains(refused.text, words[33]) {
			t.Errorf("what was not taken is not there to be mended: %v", err)
		}
		file, err := b.open(link + "/a/1")
		if err != nil || !strings.Contains(file.text, words[24]) {
			t.Errorf("the attachment: %v", err)
		}
		other, digits := w.prove(link)
		if _, err := other.withThis(link, "wrong herons"); err != nil {
			t.Error(err)
		}
		if err := p.mail("12", words[1], words[2]); code(err) != 550 {
			t.Errorf("a number that is none: %v, want 550", err)
		}
		if err := p.rawMail("2114367789", "Subject: "+words[3]); code(err)/100 != 5 {
			t.Logf("a mail cut short: %v", err)
		}
		_, metrics, err := get(&http.Client{}, fmt.Sprintf("http://127.0.0.1:%d/metrics", p.ops))
		if err != nil {
			t.Fatal(err)
		}
		places := map[string][]byte{"metrics": []byte(metrics), "log": []byte(p.log.String())}
		for i, body := range w.texts(number) {
			places[fmt.Sprint("text ", i)] = []byte(body)
		}
		w.atRest(places)
		token, device := link[strings.LastIndexByte(link, '/')+1:], b.device(t, link)
		for place, bytes := range places {
			secrets := words
			if !strings.HasPrefix(place, "text") {
				secrets = append(secrets, token, device, cookieBytes(t, device))
			}
			if place == "log" || place == "metrics" { // in a dump of numbers it may stand by chance
				secrets = append(secrets, digits)
			}
			for _, s := range secrets {
				if holds(bytes, s) {
					t.Errorf("%s holds %q", place, s)
				}
			}
		}
	})
}

// vouched opens a link, and gives a wrong passcode and then the right one.
func (b *browser) vouched(link, passcode string) (*page, error) {
	p, err := b.open(link)
	if err != nil {
		return nil, err
	}
	if p, err = b.submit(p, "passcode", "wrong herons"); err != nil {
		return nil, err
	}
	return b.submit(p, "passcode", passcode)
}

// device is what the browser's device cookie holds.
func (b *browser) device(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == "__Host-device" {
			return c.Value
		}
	}
	t.Fatal("the browser has no device cookie")
	return ""
}

// cookieBytes is the secret that a cookie spells.
func cookieBytes(t *testing.T, value string) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil || len(b) < 32 {
		t.Fatalf("a cookie of %d bytes: %v", len(b), err)
	}
	return string(b)
}

// holds looks for a word as it is, in hexadecimal and in base64.
func holds(b []byte, word string) bool {
	forms := []string{word, hex.EncodeToString([]byte(word))}
	for skip := range 3 { // wherever the word may stand in a group of three bytes
		if len(word) > skip+6 {
			coded := base64.RawStdEncoding.EncodeToString([]byte(word[skip:]))
			forms = append(forms, coded[:len(coded)-3])
		}
	}
	for _, f := range forms {
		if bytes.Contains(bytes.ToLower(b), []byte(strings.ToLower(f))) {
			return true
		}
	}
	return false
}

// atRest adds all that is stored: the files, every table and every key.
func (w *world) atRest(places map[string][]byte) {
	files, err := filepath.Glob(filepath.Join(w.dir, "data", "*"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range files {
		if places[f], err = os.ReadFile(f); err != nil {
			w.t.Fatal(err)
		}
	}
	if w.database == "" {
		if len(files) == 0 {
			w.t.Error("no data file was found")
		}
		return
	}
	w.dumpPostgres(places)
	w.dumpRedis(places)
}

func (w *world) dumpPostgres(places map[string][]byte) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, w.database)
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, `SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'`)
	if err != nil {
		w.t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 10 {
		w.t.Fatalf("%d tables: %v", len(tables), err)
	}
	for _, table := range tables {
		var out bytes.Buffer
		if _, err := conn.PgConn().CopyTo(ctx, &out, "COPY "+pgx.Identifier{table}.Sanitize()+" TO STDOUT"); err != nil {
			w.t.Fatal(err)
		}
		places["table "+table] = out.Bytes()
	}
}

func (w *world) dumpRedis(places map[string][]byte) {
	ctx := context.Background()
	options, err := goredis.ParseURL(w.redis)
	if err != nil {
		w.t.Fatal(err)
	}
	c := goredis.NewClient(options)
	defer c.Close()
	keys, err := c.Keys(ctx, w.prefix()+"*").Result()
	if err != nil || len(keys) == 0 {
		w.t.Fatalf("%d keys in Redis: %v", len(keys), err)
	}
	for _, key := range keys {
		dump, err := c.Dump(ctx, key).Result()
		if err != nil {
			w.t.Fatal(err)
		}
		places["redis "+key] = []byte(key + dump)
	}
}
