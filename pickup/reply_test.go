package pickup_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"securetext/pickup"
	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

// open is a message that takes replies.
func open() letter {
	l := plain("How is the wound on your hand today?")
	l.Reply = true
	return l
}

// upload is a file that a phone sends.
type upload struct {
	name string
	data []byte
}

// reply is what is typed into the form under a message.
type reply struct {
	nonce string // empty: one of its own
	text  string
	files []upload
}

// form is the body that a browser makes of it, and its type.
func (r reply) form(t testing.TB) (body []byte, kind string) {
	t.Helper()
	if r.nonce == "" {
		r.nonce = rand.Text()
	}
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(w.WriteField("nonce", r.nonce))
	must(w.WriteField("text", strings.ReplaceAll(r.text, "\n", "\r\n")))
	if len(r.files) == 0 {
		_, err := w.CreateFormFile("files", "") // as browsers do when none is chosen
		must(err)
	}
	for _, f := range r.files {
		part, err := w.CreateFormFile("files", f.name)
		must(err)
		_, err = part.Write(f.data)
		must(err)
	}
	must(w.Close())
	return out.Bytes(), w.FormDataContentType()
}

// write sends a reply to the message that is shown at path.
func (b *browser) write(path string, r reply, header ...string) page {
	b.Helper()
	body, kind := r.form(b)
	return b.sendForm(path+"/reply", body, append([]string{"Content-Type", kind}, header...)...)
}

// unsent sends a reply that is not taken, and follows to the page that says why.
func (b *browser) unsent(path string, r reply, header ...string) page {
	b.Helper()
	p := b.write(path, r, header...)
	if got := p.Header.Get("Location"); p.StatusCode != http.StatusSeeOther || got != path+"/reply" || p.text != "" {
		b.Errorf("got %d to %q with %d bytes, want 303 to the form's page with none", p.StatusCode, got, len(p.text))
	}
	return b.get(path+"/reply", header...)
}

// sendForm posts a body of any kind.
func (b *browser) sendForm(path string, body []byte, header ...string) page {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.server.URL+path, bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("User-Agent", b.agent)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := b.client.Do(r)
	if err != nil {
		b.Fatalf("POST: %v", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatalf("POST broke off: %v", err)
	}
	return page{resp, string(text)}
}

const gps = "N 32 46 45.21 W 96 48 32.11"

// snapshot is a photo that says where it was taken.
func snapshot(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, 64, 48)), nil); err != nil {
		t.Fatal(err)
	}
	exif := "Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00" + gps
	return slices.Concat(out.Bytes()[:2], []byte{0xff, 0xe1, 0, byte(len(exif) + 2)}, []byte(exif), out.Bytes()[2:])
}

// heic is the beginning of an iPhone's photo.
var heic = []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic")

var pdf = []byte("%PDF-1.7\nall")

// everyReply visits the pages of who writes back.
func everyReply(c *clinic, b *browser, lang string, visit func(name string, p page)) {
	l := open()
	l.Lang = lang
	d := c.deliver(l)
	wish := []string{"Accept-Language", lang}
	visit("message-reply", b.get(d.path(), wish...))
	words := "It still itches.\nIs that all right?"
	for name, files := range map[string][]upload{
		"reply-empty": nil,
		"reply-count": slices.Repeat([]upload{{"page.pdf", pdf}}, 6),
		"reply-large": {{"scan.pdf", append(pdf, make([]byte, 10<<20)...)}},
		"reply-kind":  {{"setup.exe", []byte("MZ\x90\x00")}},
		"reply-heic":  {{"IMG_2034.HEIC", heic}},
	} {
		r := reply{text: words, files: files}
		if files == nil {
			r.text = ""
		}
		visit(name, b.unsent(d.path(), r, wish...))
	}
	body, kind := reply{text: words}.form(c)
	b.sendForm(d.path()+"/reply", body[:len(body)-30], append(wish, "Content-Type", kind)...)
	visit("reply-cut", b.get(d.path()+"/reply", wish...))
	visit("message-unsent", b.get(d.path(), wish...))
	b.write(d.path(), reply{text: words, files: []upload{{"IMG_2034.jpeg", snapshot(c)}, {"letter.pdf", pdf}}}, wish...)
	c.pass(time.Minute)
	b.write(d.path(), reply{text: "See https://lakeside.example/wounds"}, wish...)
	visit("message-replied", b.get(d.path(), wish...))
	c.pass(time.Minute)
	for n := range store.MostReplies - 2 {
		if b.write(d.path(), reply{text: "And more."}, wish...).StatusCode != http.StatusSeeOther {
			c.Errorf("reply %d is not taken", n+3)
		}
	}
	visit("message-crowded", b.get(d.path(), wish...))
	b.unsent(d.path(), reply{text: words}, wish...).want(c, http.StatusOK, ">"+words+"</textarea>")
}

// threadOf are the replies to a message, opened: the contents, and the files.
func (c *clinic) threadOf(d delivered) (list []store.Content, files [][]byte) {
	c.Helper()
	who := store.Correspondent{Org: c.org.ID, Sender: c.sender.ID, By: ana}
	sealed, err := c.store.OpenReplies(c.Context(), who, d.ID, c.clock())
	if err != nil {
		c.Fatalf("OpenReplies: %v", err)
	}
	for _, r := range sealed {
		key, err := c.keys.DataKey(c.Context(), r.Key, r.Place(seal.PartKey))
		if err != nil {
			c.Fatal(err)
		}
		p, err := key.Open(r.Content, r.Place(seal.PartContent))
		if err != nil {
			c.Fatal(err)
		}
		content, err := store.ParseContent(p)
		if err != nil {
			c.Fatal(err)
		}
		list = append(list, content)
		for _, a := range content.Attachments {
			f, err := c.store.OpenReplyFile(c.Context(), who, d.ID, r.ID, a.Part, c.clock())
			if err != nil {
				c.Fatalf("OpenReplyFile: %v", err)
			}
			var b bytes.Buffer
			if err := key.OpenChunks(&b, f.Chunks, f.Size, f.Place(a.Part)); err != nil {
				c.Fatal(err)
			}
			files = append(files, b.Bytes())
		}
	}
	return list, files
}

var (
	nonceField = regexp.MustCompile(`name="nonce" value="([A-Z2-7]{26})"`)
	replyFile  = regexp.MustCompile(`href="(/m/[^"]*/reply/rpl_[0-9a-z]+/a/[0-9]+)"`)
)

func TestAPatientWritesBack(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(open())
	b := c.enrolled(d)
	form := b.get(d.path())
	form.want(t, 200, "Write to Lakeside Family Clinic", "This is not for emergencies", "local emergency number", "(555) 010-0142",
		`action="`+d.path()+`/reply"`, `enctype="multipart/form-data"`, `accept="image/jpeg,`)
	nonce := nonceField.FindStringSubmatch(form.text)
	if nonce == nil {
		t.Fatal("the form has no nonce")
	}
	large := append(pdf, make([]byte, 9<<20)...)
	r := reply{nonce: nonce[1], text: "It itches.\n<script>alert(1)</script>", files: []upload{{"IMG_2034.HEIC.png", snapshot(t)}, {"../letter.exe", large}}}
	for range 2 { // a second tap, or a reload when the answer was lost
		p := b.write(d.path(), r)
		p.want(t, 303)
		if got, want := p.Header.Get("Location"), d.path()+"#replies"; got != want {
			t.Errorf("sent to %q, want %q", got, want)
		}
	}
	p := b.get(d.path())
	p.want(t, 200, "What you wrote", "It itches.<br>&lt;script&gt;", "IMG_2034.HEIC.jpg", "letter.exe.pdf", "How is the wound", "Write to Lakeside")
	if again := nonceField.FindStringSubmatch(p.text); again == nil || again[1] == nonce[1] {
		t.Error("the next form has the same nonce")
	}
	got, files := c.threadOf(d)
	if len(got) != 1 || got[0].Text != r.text || got[0].Subject != "" || got[0].HTML != "" || strings.Contains(got[0].Text, "How is the wound") || len(files) != 2 {
		t.Fatalf("stored %d replies with %d files, want the one with 2, and nothing of the message in it", len(got), len(files))
	}
	if got[0].Attachments[0].Type != "image/jpeg" || bytes.Contains(files[0], []byte(gps)) || bytes.Contains(files[0], []byte("Exif")) {
		t.Error("the photo says where it was taken")
	}
	if got[0].Attachments[1].Type != "application/pdf" || !bytes.Equal(files[1], large) {
		t.Error("the PDF is another")
	}
	kinds := c.kinds(d)
	if countOf(kinds, store.Replied) != 1 || countOf(kinds, store.Read) != 2 {
		t.Errorf("got events %v, want one reply", kinds)
	}
	if strings.Contains(c.logged(), "itches") || strings.Contains(c.logged(), "letter") || !strings.Contains(c.logged(), "message replied to") {
		t.Errorf("the log is %s", c.logged())
	}
}

func TestS20OwnFilesComeAsFiles(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(open())
	b := c.enrolled(d)
	b.write(d.path(), reply{files: []upload{{"letter.pdf", pdf}, {"note.txt", []byte("See you.\n")}}}).want(t, 303)
	links := replyFile.FindAllStringSubmatch(b.get(d.path()).text, -1)
	if len(links) != 2 {
		t.Fatalf("got %d links to files, want 2", len(links))
	}
	p := b.get(links[0][1])
	p.want(t, 200, string(pdf))
	for name, want := range map[string]string{
		"Content-Type": "application/pdf", "Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff",
		"Content-Disposition": `attachment; filename="letter.pdf"; filename*=UTF-8''letter.pdf`,
	} {
		if got := p.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	events := c.events(d)
	if last := events[len(events)-1]; last.Kind != store.AttachmentRead || !strings.HasSuffix(last.Detail, " part 1") || !strings.HasPrefix(last.Detail, "rpl_") {
		t.Errorf("the last event is %+v, want that the file was read", last)
	}
	for _, path := range []string{strings.TrimSuffix(links[0][1], "1") + "3", strings.TrimSuffix(links[0][1], "1") + "x", d.path() + "/reply/rpl_none/a/1"} {
		b.get(path).want(t, 404)
	}
	stranger := c.browser()
	stranger.get(links[0][1]).want(t, 303)
	l := open()
	l.To = "+12114367700"
	other := c.deliver(l)
	if p := c.enrolled(other).get(strings.Replace(links[0][1], d.path(), other.path(), 1)); p.StatusCode != 404 {
		t.Errorf("beneath another's message: got %d, want 404", p.StatusCode)
	}
}

func TestTheOtherMessagesTakeRepliesToo(t *testing.T) {
	c := newClinic(t)
	first, other := c.deliver(plain("Hello")), c.deliver(open())
	b := c.enrolled(first)
	at := first.beneath(other)
	b.get(first.path()).wantNo(t, "/reply", "Write to")
	b.get(at).want(t, 200, `action="`+at+`/reply"`)
	if p := b.write(at, reply{text: "It itches.", files: []upload{{"a.pdf", pdf}}}); p.Header.Get("Location") != at+"#replies" {
		t.Errorf("sent to %q", p.Header.Get("Location"))
	}
	p := b.get(at)
	p.want(t, 200, "It itches.", `href="`+at+`/reply/rpl_`)
	b.get(replyFile.FindStringSubmatch(p.text)[1]).want(t, 200, string(pdf))
	b.get(at+"/reply").want(t, 303)
	b.get(first.path()+"/reply").want(t, 303)
	b.write(first.path(), reply{text: "And this?"}).want(t, 404) // which takes none
	if got := countOf(c.kinds(first), store.Replied); got != 0 {
		t.Errorf("%d replies to a message that takes none", got)
	}
}

// Whatever is wrong is said, and the words that were typed are still there: on a page
// of their own, or in answer to the form where they cannot be kept.
func TestEachReasonIsSaidAndTheWordsStay(t *testing.T) {
	var notes scatterbrain
	c := newClinic(t, func(cfg *pickup.Config) {
		notes.Reader, cfg.Store, cfg.Scanner = cfg.Store, &notes, eicar{}
	})
	d := c.deliver(open())
	b := c.enrolled(d)
	const words = "It itches a lot."
	large := append(pdf, make([]byte, 9<<20)...)
	for name, x := range map[string]struct {
		text   string
		files  []upload
		status int
		want   []string
	}{
		"nothing":        {"", nil, 422, []string{"Please write something"}},
		"spaces":         {" \n ", nil, 422, []string{"Please write something"}},
		"too long":       {words + strings.Repeat("é", 7985), nil, 413, []string{"8,000 letters or fewer"}},
		"far too long":   {words + strings.Repeat("é", 40_000), nil, 413, []string{"8,000 letters or fewer"}},
		"six files":      {words, slices.Repeat([]upload{{"a.pdf", pdf}}, 6), 413, []string{"You can send 5 at a time"}},
		"a large one":    {words, []upload{{"a.pdf", append(pdf, make([]byte, 10<<20)...)}}, 413, []string{"up to 10 MB", "<bdi>a.pdf</bdi>"}},
		"large together": {words, slices.Repeat([]upload{{"a.pdf", large}}, 3), 413, []string{"one by one"}},
		"a program":      {words, []upload{{"photo.jpg", []byte("MZ\x90\x00")}}, 415, []string{"a file of this kind", "<bdi>photo.jpg</bdi>"}},
		"a page":         {words, []upload{{"a.txt", []byte("<!doctype html><script>")}}, 415, []string{"a file of this kind"}},
		"a drawing":      {words, []upload{{"a.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)}}, 415, []string{"a file of this kind"}},
		"an iPhone's":    {words, []upload{{"IMG_1.HEIC", heic}}, 415, []string{"Most Compatible", "<bdi>IMG_1.HEIC</bdi>"}},
		"cut off":        {words, []upload{{"IMG_1.jpg", snapshot(t)[:200]}}, 422, []string{"cannot open this photo"}},
		"a bomb":         {words, []upload{{"IMG_1.png", bomb(t)}}, 422, []string{"too large for us"}},
		"a virus":        {words, []upload{{"a.txt", []byte("X5O!P%@AP")}}, 422, []string{"found a virus"}},
		"no scanner":     {words, []upload{{"a.txt", []byte("scanner, be away")}}, 503, []string{"very busy"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := reply{nonce: rand.Text(), text: x.text, files: x.files}
			want := append(x.want, "Your message was not sent", "choose them again", `value="`+r.nonce+`"`, `role="alert"`)
			if strings.Contains(x.text, words) {
				want = append(want, ">"+words)
			}
			kept := b.unsent(d.path(), r)
			kept.want(t, 200, want...)
			kept.wantNo(t, "How is the wound") // it was not read
			notes.away.Store(true)
			defer notes.away.Store(false)
			p := b.write(d.path(), r)
			p.want(t, x.status, want...)
			if (p.StatusCode == 503) != (p.Header.Get("Retry-After") != "") {
				t.Errorf("%d with Retry-After %q", p.StatusCode, p.Header.Get("Retry-After"))
			}
			p.wantNo(t, "How is the wound")
		})
	}
	if got, _ := c.threadOf(d); len(got) != 0 || countOf(c.kinds(d), store.Replied) != 0 {
		t.Errorf("%d replies are stored, want none", len(got))
	}
	if strings.Contains(c.logged(), "itches") || strings.Contains(c.logged(), "IMG_1") {
		t.Error("the log holds what was written")
	}
}

// scatterbrain is a store that keeps no drafts at times.
type scatterbrain struct {
	store.Reader
	away atomic.Bool
}

func (f *scatterbrain) KeepDraft(ctx context.Context, d store.Draft, v store.Viewer, now time.Time) error {
	if f.away.Load() {
		return store.ErrUnavailable
	}
	return f.Reader.KeepDraft(ctx, d, v, now)
}

// eicar finds one virus, and is away at times.
type eicar struct{}

func (eicar) Clean(_ context.Context, r io.Reader) (bool, error) {
	b, err := io.ReadAll(r)
	if strings.HasPrefix(string(b), "scanner, be away") {
		return false, errors.New("connection refused")
	}
	return !bytes.HasPrefix(b, []byte("X5O!P")), err
}

// bomb is a small file of a large picture.
func bomb(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewPaletted(image.Rect(0, 0, 50_001, 1000), color.Palette{color.Black})); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestFormsThatNoBrowserMadeAreRefused(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(open())
	b := c.enrolled(d)
	_, kind := reply{text: "x"}.form(t)
	part := func(name, value string) []byte {
		var out bytes.Buffer
		w := multipart.NewWriter(&out)
		if err := errors.Join(w.SetBoundary("b"), w.WriteField(name, value), w.Close()); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	for name, x := range map[string]struct {
		body []byte
		kind string
	}{
		"another type":   {[]byte("text=x"), "application/x-www-form-urlencoded"},
		"no form at all": {[]byte("text=x"), kind},
		"no nonce":       {part("text", "x"), "multipart/form-data; boundary=b"},
		"an odd nonce":   {part("nonce", "1"), "multipart/form-data; boundary=b"},
		"another field":  {part("admin", "1"), "multipart/form-data; boundary=b"},
		"text as files":  {part("files", "x"), "multipart/form-data; boundary=b"},
	} {
		if p := b.sendForm(d.path()+"/reply", x.body, "Content-Type", x.kind); p.StatusCode != 400 {
			t.Errorf("%s: got %d, want 400", name, p.StatusCode)
		}
	}
	if countOf(c.kinds(d), store.Replied) != 0 {
		t.Error("one of them is stored")
	}
}

func TestS15OnlyTheRecipientWritesBack(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(open())
	b := c.enrolled(d)
	files := []upload{{"a.pdf", append(pdf, make([]byte, 9<<20)...)}}
	b.write(d.path(), reply{text: "x", files: files}, "Sec-Fetch-Site", "cross-site").want(t, 403)
	for _, stranger := range []*browser{c.browser(), func() *browser {
		l := plain("For somebody else")
		l.To = "+12114367700"
		return c.enrolled(c.deliver(l))
	}()} {
		p := stranger.write(d.path(), reply{text: "x", files: files})
		p.want(t, 303)
		if got := p.Header.Get("Location"); got != d.path() {
			t.Errorf("a stranger was sent to %q, want to the link", got)
		}
	}
	b.write("/m/"+token.New().Secret(), reply{text: "x", files: files}).want(t, 404)
	if got := c.kinds(d); countOf(got, store.Replied) != 0 {
		t.Errorf("got events %v, want no reply", got)
	}
}

// In force when the call returns: S12 and S14.
func TestS14NothingIsWrittenToWhatIsGoneHeldOrRevoked(t *testing.T) {
	c := newClinic(t)
	wiped, held, revoked := c.deliver(open()), c.deliver(open()), c.deliver(open())
	b := c.enrolled(revoked)
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(c.store.Wipe(t.Context(), c.org.ID, wiped.ID, ana, c.clock()))
	refused := func(d delivered, status int) {
		t.Helper()
		p := b.write(d.path(), reply{text: "x"})
		p.want(t, 303)
		if got := p.Header.Get("Location"); got != d.path() {
			t.Errorf("sent to %q, want to the message", got)
		}
		b.get(d.path()).want(t, status)
	}
	refused(wiped, 410)
	do(c.store.NotMine(t.Context(), held.Token.Hash(), store.Actor{Kind: store.ByVisitor}, c.clock()))
	refused(held, 403)
	do(c.store.RevokeSessions(t.Context(), c.org.ID, revoked.Recipient, ana, c.clock()))
	p := b.write(revoked.path(), reply{text: "x"})
	p.want(t, 303)
	if p.Header.Get("Location") != revoked.path() {
		t.Errorf("sent to %q, want to the password page", p.Header.Get("Location"))
	}
	for _, d := range []delivered{wiped, held, revoked} {
		if countOf(c.kinds(d), store.Replied) != 0 {
			t.Errorf("%s has a reply", d.ID)
		}
	}
}

// mute is a store that takes no replies, for a reason.
type mute struct {
	scatterbrain
	err error
}

func (m *mute) Reply(context.Context, store.Reply, store.Viewer, time.Time) error { return m.err }

func TestFaultsAreSaidAndTheWordsStay(t *testing.T) {
	for err, x := range map[error]struct {
		status int
		text   string
	}{
		store.ErrFull:                     {507, "no room for your message"},
		store.ErrUnavailable:              {503, "very busy"},
		errors.New("constraint violated"): {500, "very busy"},
	} {
		m := mute{err: err}
		c := newClinic(t, func(cfg *pickup.Config) { m.Reader, cfg.Store = cfg.Store, &m })
		d := c.deliver(open())
		b := c.enrolled(d)
		for _, away := range []bool{false, true} {
			m.away.Store(away)
			p := page{}
			if away {
				p = b.write(d.path(), reply{text: "It itches."})
				p.want(t, x.status)
			} else {
				p = b.unsent(d.path(), reply{text: "It itches."})
			}
			p.want(t, p.StatusCode, x.text, ">It itches.</textarea>", "(555) 010-0142")
			p.wantNo(t, "constraint")
		}
		if n := strings.Count(c.logged(), fmt.Sprintf(`"status":%d`, x.status)); n != 3 { // and that nothing could be kept
			t.Errorf("the log is %s", c.logged())
		}
	}
}

// slow is a scanner that is asked and does not answer before it is let.
type slow struct{ asked, let chan struct{} }

func (s slow) Clean(_ context.Context, r io.Reader) (bool, error) {
	s.asked <- struct{}{}
	<-s.let
	_, err := io.Copy(io.Discard, r)
	return true, err
}

// So many send files at once, and no one keeps the others out; words alone are
// always taken.
func TestS07ManyUploadsWait(t *testing.T) {
	s := slow{make(chan struct{}, 10), make(chan struct{})}
	c := newClinic(t, func(cfg *pickup.Config) { cfg.Scanner = s })
	itches := func(files ...upload) reply { return reply{text: "It itches.", files: files} }
	send := func(b *browser, d delivered, files ...upload) page { return b.write(d.path(), itches(files...)) }
	var wg sync.WaitGroup
	for n := range 3 { // patients, of whom each sends two
		l := open()
		l.To = "+1211436770" + string(rune('0'+n))
		d := c.deliver(l)
		b := c.enrolled(d)
		if n == 2 {
			b.unsent(d.path(), itches(upload{"a.pdf", pdf})).want(t, 200, "very busy", "in a minute", ">It itches.</textarea>")
			send(b, d).want(t, 303)
			continue
		}
		for range 2 {
			wg.Go(func() { send(b, d, upload{"a.pdf", pdf}).want(t, 303) })
			<-s.asked
		}
		started := time.Now()
		b.unsent(d.path(), itches(upload{"a.pdf", pdf})).want(t, 200, "very busy")
		if took := time.Since(started); took > 2*time.Second {
			t.Errorf("who sends two already waited %v", took)
		}
	}
	close(s.let)
	wg.Wait()
	l := open()
	l.To = "+12114367709"
	d := c.deliver(l)
	send(c.enrolled(d), d, upload{"a.pdf", pdf}).want(t, 303)
}
