package device

import (
	"cmp"
	"strings"
)

// mark is a piece of a User-Agent and what it stands for.
type mark struct{ piece, name string }

// browsers are told by the first mark that is there. All but the last pretend
// to be one of those after them.
var browsers = []mark{
	{"SamsungBrowser/", "Samsung Internet"},
	{"EdgA/", "Edge"},
	{"EdgiOS/", "Edge"},
	{"Edg/", "Edge"},
	{"OPR/", "Opera"},
	{"OPT/", "Opera"},
	{"DuckDuckGo/", "DuckDuckGo"},
	{"Ddg/", "DuckDuckGo"},
	{"FxiOS/", "Firefox"},
	{"Firefox/", "Firefox"},
	{"CriOS/", "Chrome"},
	{"Chrome/", "Chrome"},
	{"Safari/", "Safari"},
}

// machines are told in the same way.
var machines = []mark{
	{"iPhone", "iPhone"},
	{"iPad", "iPad"},
	{"Android", "Android"},
	{"CrOS", "Chromebook"},
	{"Windows", "Windows"},
	{"Macintosh", "Mac"},
	{"Linux", "Linux"},
}

// Label names a browser by its User-Agent, in words that its owner knows:
// "Chrome on Android". Nothing of what the browser sent stands in it.
func Label(userAgent string) string {
	label := cmp.Or(find(browsers, userAgent), "Browser")
	if machine := find(machines, userAgent); machine != "" {
		label += " on " + machine
	}
	return label
}

func find(marks []mark, userAgent string) string {
	for _, m := range marks {
		if strings.Contains(userAgent, m.piece) {
			return m.name
		}
	}
	return ""
}
