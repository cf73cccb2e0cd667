package pickup_test

import (
	"net/http"
	"regexp"
	"testing"

	"securetext/store"
)

func TestOpenedTellsPeopleFromBots(t *testing.T) {
	for agent, want := range map[string]store.ActorKind{
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1":                 store.ByVisitor,
		"Mozilla/5.0 (Linux; Android 12; CUBOT P60) Chrome/126.0 Mobile Safari/537.36":        store.ByVisitor,
		"Mozilla/5.0 (iPhone) [FBAN/FBIOS;FBAV/400.0]":                                        store.ByVisitor,
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)":            store.ByBot,
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/126 Safari/537.36": store.ByBot,
		"Mozilla/5.0 (Linux; Android 11) Chrome/126 Mobile Safari/537.36 Chrome-Lighthouse":   store.ByBot,
		"Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)":                                store.ByBot,
		"Dalvik/2.1.0 (Linux; U; Android 15; SM-S921U Build/AP3A)":                            store.ByBot,
		"Messages/1.0 CFNetwork/1568.200.51 Darwin/24.1.0":                                    store.ByBot,
		"Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)":                          store.ByBot,
		"TelegramBot (like TwitterBot)":                                                       store.ByBot,
		"WhatsApp/2.23.20":                                                                    store.ByBot,
		"facebookexternalhit/1.1":                                                             store.ByBot,
		"Go-http-client/1.1":                                                                  store.ByBot,
	} {
		c := newClinic(t)
		d := c.deliver(plain("Hello"))
		b := c.browser()
		b.agent = agent
		b.post(d.path()+"/opened", "").want(t, 204)
		events := c.events(d)
		if e := events[len(events)-1]; e.Kind != store.Opened || e.By.Kind != want || !e.By.Addr.IsLoopback() {
			t.Errorf("%s: got %s by %v, want by %s", agent, e.Kind, e.By, want)
		}
	}
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	c.browser().post(d.path()+"/opened", "", "Sec-Fetch-Site", "").want(t, 403)
	c.browser().post(d.path()+"/opened", "", "X-Moz", "prefetch").want(t, 204)
	if e := c.events(d); e[len(e)-1].By.Kind != store.ByBot {
		t.Error("a prefetch counts as a person")
	}
}

// previews are what messengers send to show a link's title, some of them in the
// name of a person's browser. None runs a script.
var previews = []string{
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
	"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
	"WhatsApp/2.23.20 A",
}

func TestS03APreviewIsNeverAnOpening(t *testing.T) {
	c := newClinic(t)
	d := c.deliver(plain("Hello"))
	assets := regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`)
	for _, agent := range previews {
		b := c.browser()
		b.agent = agent
		b.do(http.MethodHead, d.path(), nil)
		p := b.get(d.path())
		p.want(t, 200, "Choose a password")
		loaded := assets.FindAllStringSubmatch(p.text, -1)
		if len(loaded) != 3 {
			t.Fatalf("the page loads %v, want style, script and icon", loaded)
		}
		for _, a := range loaded {
			b.get(a[1]).want(t, 200)
		}
	}
	if got := c.kinds(d); len(got) != 0 {
		t.Errorf("events were added: %v", got)
	}
}

// A program that tries passwords has opened the link, but is nobody.
func TestAProgramThatTypesIsNoPerson(t *testing.T) {
	c := newClinic(t)
	first, second := c.deliver(plain("Hello")), c.deliver(plain("Hello again"))
	c.enrolled(first)
	b := c.browser()
	b.agent = "python-requests/2.32"
	b.post(second.path()+"/unlock", "a guess").want(t, 422)
	for _, e := range c.events(second) {
		if e.Kind == store.Opened && e.By.Kind != store.ByBot {
			t.Errorf("the link was opened by a %s", e.By.Kind)
		}
	}
	c.browser().post(second.path()+"/unlock", secret).want(t, 303)
	if e := c.events(second); len(openings(e)) != 2 {
		t.Errorf("got openings %v, want one by a bot and one by a person", openings(e))
	}
}

// openings are by whom a link was opened.
func openings(events []store.Event) []store.ActorKind {
	var by []store.ActorKind
	for _, e := range events {
		if e.Kind == store.Opened {
			by = append(by, e.By.Kind)
		}
	}
	return by
}
