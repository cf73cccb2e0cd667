package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"securetext/store"
)

// posted is one message, and whom it is for.
type posted struct {
	id  store.MessageID
	to  string
	key string // of the sender's program
}

// postAll posts n messages in the names of three orgs, each to a number of its own.
func (w *world) postAll(p *process, n int) []posted {
	w.t.Helper()
	keys := []string{w.apiKey("ana@riverside.example")}
	for _, org := range []string{"Hillside Lab", "Lakeview Dental"} {
		email := strings.ToLower(strings.Fields(org)[0]) + "@clinics.example"
		w.cli("org", "add", org, "--phone=(201) 555-0124")
		w.cli("sender", "add", email, "--org="+org, "--name=Dr. Ben Ode")
		keys = append(keys, w.apiKey(email))
	}
	var sent []posted
	for at := 0; at < n; at += 100 {
		var to []string
		for i := at; i < min(at+100, n); i++ {
			to = append(to, fmt.Sprintf("+1212555%04d", i))
		}
		sent = append(sent, p.postTo(keys[at/100%len(keys)], to)...)
	}
	return sent
}

func (w *world) apiKey(sender string) string {
	var made struct{ Key string }
	w.json(&made, "apikey", "add", sender)
	return made.Key
}

// postTo posts one message to many numbers.
func (p *process) postTo(key string, to []string) (sent []posted) {
	p.world.t.Helper()
	body, _ := json.Marshal(map[string]any{"to": to, "subject": "s", "text": "words"})
	status, answer := p.ask(key, http.MethodPost, "/v1/messages", string(body))
	var said struct {
		Messages []struct{ ID store.MessageID }
	}
	if err := json.Unmarshal([]byte(answer), &said); err != nil || status != http.StatusAccepted || len(said.Messages) != len(to) {
		p.world.t.Fatalf("POST for %d numbers: %d, %v: %s", len(to), status, err, answer)
	}
	for i, m := range said.Messages {
		sent = append(sent, posted{m.ID, to[i], key})
	}
	return sent
}

// postOne posts what makes one message.
func (p *process) postOne(key, body string) store.MessageID {
	p.world.t.Helper()
	status, answer := p.ask(key, http.MethodPost, "/v1/messages", body)
	var said struct {
		Messages []struct{ ID store.MessageID }
	}
	if err := json.Unmarshal([]byte(answer), &said); err != nil || status != http.StatusAccepted || len(said.Messages) != 1 {
		p.world.t.Fatalf("POST: %d, %v: %s", status, err, answer)
	}
	return said.Messages[0].ID
}

// asProgram is whose programs call the API.
var asProgram = &http.Client{
	Transport: &http.Transport{TLSClientConfig: trusting(), MaxIdleConnsPerHost: 4}, Timeout: 20 * time.Second,
}

// ask calls the API.
func (p *process) ask(key, method, path, body string) (int, string) {
	p.world.t.Helper()
	req, err := http.NewRequest(method, fmt.Sprintf("https://localhost:%d%s", p.http, path), strings.NewReader(body))
	if err != nil {
		p.world.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	res, err := asProgram.Do(req)
	if err != nil {
		p.world.t.Errorf("%s %s: %v", method, path, err)
		return 0, ""
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		p.world.t.Errorf("%s %s: %v", method, path, err)
	}
	return res.StatusCode, string(answer)
}
