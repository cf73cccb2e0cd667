package option

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	span      = regexp.MustCompile(`^([0-9]{1,4})([hd])$`)
	langTag   = regexp.MustCompile(`^([A-Za-z]{2,3})(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?$`)
	reference = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)
)

func setLife(f *Form, value string) string {
	life, ok := parseLife(strings.ToLower(value))
	if !ok {
		return "must be from 1h to 90d, such as 12h or 3d"
	}
	f.Options.Life = life
	return ""
}

// parseLife reads hours or days, 12h or 3d.
func parseLife(s string) (time.Duration, bool) {
	m := span.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, _ := strconv.Atoi(m[1]) // four digits
	life := time.Duration(n) * time.Hour
	if m[2] == "d" {
		life *= 24
	}
	return life, MinLife <= life && life <= MaxLife
}

func setLang(f *Form, value string) string {
	spoken := f.languages()
	m := langTag.FindStringSubmatch(value)
	if m == nil || !slices.Contains(spoken, strings.ToLower(m[1])) {
		return "must be one of " + strings.Join(spoken, ", ") + ", with or without a region"
	}
	f.Options.Lang = value
	return ""
}

func setReply(f *Form, value string) string {
	switch strings.ToLower(value) {
	case "no":
		f.Options.Reply = NoReply
		return ""
	case "yes":
		return "yes is not available yet, only no is"
	}
	return "must be no"
}

func setNotify(f *Form, value string) string {
	switch n := Notify(strings.ToLower(value)); n {
	case NotifyNone, NotifyFailure, NotifyAlways:
		f.Options.Notify = n
		return ""
	}
	return "must be none, failure or always"
}

func setReference(f *Form, value string) string {
	if !reference.MatchString(value) {
		return "must have 1 to 64 of the characters A-Z a-z 0-9 . _ : -"
	}
	f.Options.Reference = value
	return ""
}
