package configs

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
)

// Mode is which parts may be used.
type Mode string

const (
	Embedded   Mode = "embedded"   // any part, so one process needs nothing else
	Production Mode = "production" // only parts fit for patients' data
)

// Role is a part of the service that a process can run.
type Role string

const (
	SMTP    Role = "smtp"    // takes mail in
	API     Role = "api"     // takes HTTP posts in
	Pickup  Role = "pickup"  // the patients' site
	Courier Role = "courier" // sends the texts, takes the provider's callbacks
	Console Role = "console" // the staff's site
)

// Providers are the names of those whom [Config.Texts] sends by, in order.
func (c *Config) Providers() []string {
	var names []string
	for road := range strings.SplitSeq(c.Texts, ",") {
		name, _, _ := strings.Cut(strings.TrimSpace(road), ":")
		name, _, _ = strings.Cut(name, "@")
		names = append(names, name)
	}
	return names
}

func (c *Config) sendsBy(provider string) bool { return slices.Contains(c.Providers(), provider) }

// Has reports whether this process runs the role.
func (c *Config) Has(r Role) bool { return slices.Contains(c.Roles, r) }

// Secret is a text such as a password. However it is formatted, logged or
// marshalled it shows as "set" or "unset"; string(s) is the one way in.
type Secret string

func (s Secret) Format(f fmt.State, _ rune)   { fmt.Fprint(f, presence(len(s))) }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(presence(len(s))) }
func (s Secret) MarshalText() ([]byte, error) { return []byte(presence(len(s))), nil }

// KeyLen is the length of every [Key] that is set, in bytes.
const KeyLen = 32

// Key is the 32 bytes of a secret key, or nil if it is not set. However it is
// formatted, logged or marshalled it shows as "set" or "unset"; []byte(k) is
// the one way in.
type Key []byte

func (k Key) Format(f fmt.State, _ rune)   { fmt.Fprint(f, presence(len(k))) }
func (k Key) LogValue() slog.Value         { return slog.StringValue(presence(len(k))) }
func (k Key) MarshalText() ([]byte, error) { return []byte(presence(len(k))), nil }

func presence(n int) string {
	if n == 0 {
		return "unset"
	}
	return "set"
}
