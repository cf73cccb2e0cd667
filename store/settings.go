package store

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// LogoID is a picture of an org's.
type LogoID string

// NewLogoID makes a LogoID.
func NewLogoID(now time.Time) LogoID { return LogoID(newID("lgo_", now)) }

// Logo is the picture beside an org's name, and how large it is shown.
type Logo struct {
	ID     LogoID `json:"id"` // empty: there is none
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

// Picture is what a logo's id leads to. It never changes.
type Picture struct {
	Type string // media type
	Data []byte
}

// OrgChange puts settings in the place of those that an org had.
type OrgChange struct {
	Org     Org
	Picture *Picture // of Org.Logo, if it is new
	By      Actor
	At      time.Time
}

// OrgVersion is what an org's settings were from some time on.
type OrgVersion struct {
	Org Org
	By  Actor
	At  time.Time
}

// ReachOf is how many messages of an org's are looked at to tell whom a change
// concerns.
const ReachOf = 1000

// Reach is whom a change concerns.
type Reach struct {
	Live    int  // messages that can be read
	Waiting int  // of them, those of which a text waits
	More    bool // there are more messages than were looked at
}

// Changed names the settings that differ, in the order of their names.
func Changed(a, b Org) []string {
	before, after := a.settings(), b.settings()
	names := slices.Sorted(maps.Keys(before))
	for name := range after {
		if _, both := before[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(names, func(name string) bool { return bytes.Equal(before[name], after[name]) })
}

// settings are an org's by their names, each as JSON. What is left out is as if it
// had never been set.
func (o Org) settings() map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	for _, part := range []any{o, o.Policy} {
		b, err := json.Marshal(part)
		if err == nil {
			err = json.Unmarshal(b, &all)
		}
		if err != nil {
			panic("settings that are no JSON: " + err.Error()) // of their types, which all are
		}
	}
	delete(all, "policy")
	return all
}
