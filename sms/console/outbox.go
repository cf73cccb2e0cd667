package console

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"strings"
	"time"

	"securetext/sms/phone"
)

// Handler serves the texts that are kept, newest first: GET /outbox as a page
// and GET /outbox.json as a list. ?to=+15551230001 shows those to one number.
// It has no sign-in, and is for a loopback listener only.
func (c *Console) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /outbox", c.page)
	mux.HandleFunc("GET /outbox.json", c.list)
	return mux
}

// entry is a text as the page and the list show it.
type entry struct {
	Seq  int       `json:"seq"`
	ID   string    `json:"id"`
	To   string    `json:"to"`
	Body string    `json:"body"`
	Link string    `json:"link,omitempty"`
	At   time.Time `json:"at"`
}

func (c *Console) entries(r *http.Request) ([]entry, error) {
	var only phone.Number
	if to := r.URL.Query().Get("to"); to != "" {
		var err error
		if only, err = phone.Parse(strings.Replace(to, " ", "+", 1), ""); err != nil {
			return nil, err
		}
	}
	list := []entry{}
	for _, s := range c.Texts() {
		if !only.IsZero() && s.Text.To() != only {
			continue
		}
		body := s.Text.Body()
		list = append(list, entry{s.Seq, s.Text.ID(), s.Text.To().E164(), body, link(body), s.At.UTC()})
	}
	return list, nil
}

// link returns the link that a text ends with, if it ends with one.
func link(body string) string {
	last := body[strings.LastIndex(body, " ")+1:]
	if strings.HasPrefix(last, "https://") || strings.HasPrefix(last, "http://") {
		return last
	}
	return ""
}

func (c *Console) list(w http.ResponseWriter, r *http.Request) {
	list, err := c.entries(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	head(w, "application/json")
	json.NewEncoder(w).Encode(list)
}

func (c *Console) page(w http.ResponseWriter, r *http.Request) {
	list, err := c.entries(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	head(w, "text/html; charset=utf-8")
	outboxPage.Execute(w, list)
}

func head(w http.ResponseWriter, contentType string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
}

const style = `
:root { color-scheme: light dark }
body { font: 1.05rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: auto; padding: 1rem }
article { border: 1px solid; border-radius: .75rem; padding: .5rem 1rem; margin: 1rem 0 }
p { overflow-wrap: anywhere }
`

// policy allows the page its own style and nothing else.
var policy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()

var outboxPage = template.Must(template.New("outbox").Funcs(template.FuncMap{"words": words}).Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Texts</title>
<style>` + style + `</style>
</head>
<body>
<h1>Texts</h1>
<p>What phones would have got, newest first. Load the page again to see more.</p>
{{range .}}<article>
<h2>{{.To}}</h2>
<p>{{words .}}{{if .Link}}<a href="{{.Link}}" rel="noreferrer">{{.Link}}</a>{{end}}</p>
<p><small><time datetime="{{.At.Format "2006-01-02T15:04:05Z07:00"}}">{{.At.Format "2 Jan 2006 15:04:05 MST"}}</time> {{.ID}}</small></p>
</article>
{{else}}<p>None yet.</p>
{{end}}</body>
</html>
`))

// words is what a text says before its link.
func words(e entry) string { return strings.TrimSuffix(e.Body, e.Link) }
