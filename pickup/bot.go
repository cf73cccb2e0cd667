package pickup

import (
	"errors"
	"net/http"
	"regexp"

	"securetext/web"
)

// errPrefetch refuses a page to a browser that fetches it ahead of need: it
// fetches it again when somebody really asks.
var errPrefetch = errors.New("page was fetched ahead of need")

// bots are programs that open links by themselves: previews in messengers and
// mail, scanners, crawlers and libraries. A Cubot is a telephone.
var bots = regexp.MustCompile(`(?i)(?:^|[^u])bot\b|crawl|spider|preview|scanner|facebookexternalhit|^whatsapp|` +
	`skypeuri|slack-img|embedly|google-read-aloud|googleimageproxy|google-safety|safelinks|proofpoint|` +
	`barracuda|mimecast|headless|phantomjs|lighthouse|inspectiontool|slurp|iframely|vkshare|urlscan|zgrab|` +
	`^curl|^wget|python|go-http-client|^java/|apache-httpclient|okhttp|^dalvik|^dart|cfnetwork|libwww|^ruby|^node|^axios`)

// bot reports whether a program sent r by itself.
func bot(r *http.Request) bool {
	agent := r.UserAgent()
	return agent == "" || bots.MatchString(agent) || web.Prefetch(r)
}
