package gateway

import (
	"encoding/base64"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"securetext/gateway/option"
	"securetext/store"
	"securetext/store/passcode"
	"securetext/store/seal"
)

func TestEveryMistakeIsNamed(t *testing.T) {
	for _, c := range []struct{ body, pointer, detail string }{
		{`{"subject":"s","text":"t"}`, "/to", "is required"},
		{`{"to":"2114367789","text":"t"}`, "/subject", "is required"},
		{`{"to":"2114367789","subject":"s"}`, "/text", "is required"},
		{`{"to":"2114367789","subject":"s","text":"t","cc":"x"}`, "/cc", "is not known"},
		{`{"to":"2114367789","subject":"s","text":"t","Text":"x"}`, "/Text", "is not known"},
		{`{"to":"2114367789","subject":"s","text":"t","+1 211 436 7789":{"a":[1]}}`, "/?", "is not known"},
		{`{"to":"2114367789","subject":"s","text":"t","text":"u"}`, "/text", "is given twice"},
		{`{"to":2114367789,"subject":"s","text":"t"}`, "/to", "must be a number as a string"},
		{`{"to":null,"subject":"s","text":"t"}`, "/to", "must be a number as a string"},
		{`{"to":[],"subject":"s","text":"t"}`, "/to", "must have 1 to 100"},
		{`{"to":["2114367789",7],"subject":"s","text":"t"}`, "/to/1", "must be a string"},
		{`{"to":["2114367789","21"],"subject":"s","text":"t"}`, "/to/1", "not a phone number"},
		{`{"to":"front desk","subject":"s","text":"t"}`, "/to", "it has letters"},
		{`{"to":"2114367789","subject":null,"text":"t"}`, "/subject", "must be a string"},
		{`{"to":"2114367789","subject":" ","text":"t"}`, "/subject", "must not be empty"},
		{`{"to":"2114367789","subject":"a\nb","text":"t"}`, "/subject", "one line"},
		{`{"to":"2114367789","subject":"s","text":[]}`, "/text", "must be a string"},
		{`{"to":"2114367789","subject":"s","text":" \n"}`, "/text", "must not be empty"},
		{`{"to":"2114367789","subject":"s","text":"t","expires_in":"5m"}`, "/expires_in", "1h to 90d"},
		{`{"to":"2114367789","subject":"s","text":"t","expires_in":"91d"}`, "/expires_in", "1h to 90d"},
		{`{"to":"2114367789","subject":"s","text":"t","expires_in":3}`, "/expires_in", "must be a string"},
		{`{"to":"2114367789","subject":"s","text":"t","lang":"xx"}`, "/lang", "must be one of en, es"},
		{`{"to":"2114367789","subject":"s","text":"t","reference":"HIV test"}`, "/reference", "characters"},
		{`{"to":"2114367789","subject":"s","text":"t","attachments":{}}`, "/attachments", "must be a list"},
		{`{"to":"2114367789","subject":"s","text":"t","attachments":["x"]}`, "/attachments/0", "must be an object"},
		{`{"to":"2114367789","subject":"s","text":"t","attachments":[{"name":"x"}]}`, "/attachments/0/content", "is required"},
		{`{"to":"2114367789","subject":"s","text":"t","attachments":[{"name":"x","content":"%"}]}`, "/attachments/0/content", "base64"},
		{`{"to":"2114367789","subject":"s","text":"t","attachments":[{"name":"a/b","content":""}]}`, "/attachments/0/name", "without a path"},
		{`{"to":"2114367789","subject":"s","text":"t","attachments":[{"name":"a","type":"?","content":""}]}`, "/attachments/0/type", "media type"},
		{`["to"]`, "", "must be an object"},
		{`"to"`, "", "must be an object"},
	} {
		_, err := understood(c.body)
		var v invalid
		if !errors.As(err, &v) {
			t.Errorf("%s: got error %v, want one that names %s", c.body, err, c.pointer)
			continue
		}
		found := false
		for _, e := range v {
			found = found || e.Pointer == c.pointer && strings.Contains(e.Detail, c.detail)
		}
		if !found {
			t.Errorf("%s: got %v, want %s %s", c.body, v, c.pointer, c.detail)
		}
	}
}

// understood is a request as the API understands it.
func understood(body string) (Submission, error) {
	q, err := readRequest(strings.NewReader(body))
	if err != nil {
		return Submission{}, err
	}
	return q.submission(store.Org{Region: "US", Life: 14 * 24 * time.Hour}, time.Now())
}

func TestAllMistakesAreNamedAtOnce(t *testing.T) {
	_, err := understood(`{"to":["1","2114367789","2"],"subject":"","text":"","lang":"xx"}`)
	var v invalid
	if !errors.As(err, &v) || len(v) != 5 {
		t.Errorf("got %v, want five mistakes", err)
	}
}

func TestWhatIsNoJSON(t *testing.T) {
	for body, want := range map[string]error{
		``:                          errMalformed,
		`{`:                         errMalformed,
		`{"to":"2114367789"`:        errMalformed,
		`{"to" "2114367789"}`:       errMalformed,
		`{"to":"2114367789",}`:      errMalformed,
		simplePost + ` {}`:          errMalformed,
		simplePost + `x`:            errMalformed,
		"{\"to\":\"\xff\"}":         errCharset,
		`{"a":` + deep(20000) + `}`: errMalformed,
	} {
		if _, err := understood(body); !errors.Is(err, want) {
			t.Errorf("%.40q: got error %v, want %v", body, err, want)
		}
	}
	_, err := readRequest(io.MultiReader(strings.NewReader(`{"to":`), iotest.ErrReader(errors.New("negative"))))
	if !errors.Is(err, errMalformed) || strings.Contains(err.Error(), "negative") {
		t.Errorf("a body that breaks off: got error %v", err)
	}
}

func deep(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

func TestTooMuchContent(t *testing.T) {
	half := base64.StdEncoding.EncodeToString(make([]byte, maxContent/2+1))
	file := `{"name":"x","content":"` + half + `"}`
	_, err := understood(`{"to":"2114367789","subject":"s","text":"t","attachments":[` + file + `,` + file + `]}`)
	if !errors.Is(err, errBodySize) {
		t.Errorf("got error %v, want errBodySize", err)
	}
	many := strings.Repeat(`{"name":"x","content":""},`, maxAttachments+1)
	_, err = understood(`{"to":"2114367789","subject":"s","text":"t","attachments":[` + strings.TrimSuffix(many, ",") + `]}`)
	if !errors.Is(err, errInvalid) {
		t.Errorf("got error %v, want errInvalid", err)
	}
}

func TestRequestHashesDiffer(t *testing.T) {
	base := func() Submission {
		return Submission{To: []Target{{}}, Subject: "ab", Text: "c", Attachments: []Attachment{{Name: "n", Data: []byte("d")}}}
	}
	index := seal.NewIndex(seal.NewKey())
	seen := map[[32]byte]string{requestHash(index, base()): "base"}
	for name, change := range map[string]func(*Submission){
		"subject and text": func(s *Submission) { s.Subject, s.Text = "a", "bc" },
		"html":             func(s *Submission) { s.HTML = "x" },
		"name":             func(s *Submission) { s.Attachments[0].Name = "m" },
		"data":             func(s *Submission) { s.Attachments[0].Data = []byte("e") },
		"life":             func(s *Submission) { s.To[0].Options.Life = time.Hour },
		"lang":             func(s *Submission) { s.To[0].Options.Lang = "es" },
		"reference":        func(s *Submission) { s.To[0].Options.Reference = "r" },
		"read by":          func(s *Submission) { s.To[0].Options.ReadBy = time.Hour },
		"remind":           func(s *Submission) { s.To[0].Options.Remind = option.NoRemind },
		"send at":          func(s *Submission) { s.To[0].Options.SendAt = time.Unix(1, 0) },
		"ack":              func(s *Submission) { s.To[0].Options.Ack = option.AckYes },
		"time zone":        func(s *Submission) { s.To[0].Options.TimeZone = "UTC" },
		"passcode":         func(s *Submission) { s.To[0].Options.Passcode = passcodeOf(t, "4711") },
		"other passcode":   func(s *Submission) { s.To[0].Options.Passcode = passcodeOf(t, "4712") },
		"hint":             func(s *Submission) { s.To[0].Options.Hint = "your pet" },
		"notify":           func(s *Submission) { s.To[0].Options.Notify = option.NotifyNone },
		"for":              func(s *Submission) { s.To[0].Options.For = named(t, "M.") },
		"for another":      func(s *Submission) { s.To[0].Options.For = named(t, "J.") },
		"sender":           func(s *Submission) { s.Sender.ID = "snd_other" },
		"to":               func(s *Submission) { s.To = append(s.To, Target{Number: number(t, "2114367789")}) },
	} {
		s := base()
		change(&s)
		if other, dup := seen[requestHash(index, s)]; dup {
			t.Errorf("another %s gives the hash of %s", name, other)
		}
		seen[requestHash(index, s)] = name
	}
}

func TestARequestIsTheSameWithAnyKey(t *testing.T) {
	former, next := seal.NewKey(), seal.NewKey()
	var sub Submission
	code, err := passcode.Parse("4711")
	if err != nil {
		t.Fatal(err)
	}
	sub.To = []Target{{Options: option.Options{Passcode: code}}}
	was, is := idempotent("k", seal.NewIndex(former), sub), idempotent("k", seal.NewIndex(next, former), sub)
	if was.Request == is.Request || !slices.Contains(is.Others, was.Request) {
		t.Error("a request made before the key was rotated is not known")
	}
	sub.To[0].Options.Passcode = passcode.Passcode{}
	if plain := idempotent("k", seal.NewIndex(next, former), sub); len(plain.Others) != 0 {
		t.Error("without a passcode there is nothing to hash with a key")
	}
}
