package configs

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// refusal is why a text is no value of a field, and the fix.
type refusal struct{ reason, fix string }

// bind fills the fields from values, and from the defaults where there is none.
func (c *Config) bind(values map[string]string) Problems {
	var bad Problems
	for _, f := range fields {
		text, given := values[f.key]
		if !given {
			text = f.def
		}
		if text == "" {
			continue
		}
		if no := f.set(reflect.ValueOf(c).Elem().FieldByIndex(f.index), text); no != nil {
			bad = append(bad, c.problem(f.key, no.reason, no.fix))
		}
	}
	return bad
}

// problem says what is wrong with the value of a key, wherever it came from.
func (c *Config) problem(key, reason, fix string) Problem {
	at := c.origins[key]
	return Problem{Where: at.where(key), Reason: reason, Fix: fix, key: key, line: at.line}
}

// set understands the text by the type of the field.
func (f field) set(v reflect.Value, text string) *refusal {
	switch p := v.Addr().Interface().(type) {
	case *string, *Secret, *Mode:
		v.SetString(text)
		return f.choice(text)
	case *[]Role:
		return setList(p, text, func(s string) (Role, *refusal) { return Role(s), f.choice(s) })
	case *[]string:
		return setList(p, text, func(s string) (string, *refusal) { return strings.ToLower(s), nil })
	case *[]netip.Prefix:
		return setList(p, text, parsePrefix)
	case *Key:
		return setOne(p, text, parseKey)
	case *[]Key:
		return setList(p, text, parseKey)
	case *slog.Level:
		return setOne(p, text, func(s string) (l slog.Level, no *refusal) {
			_ = l.UnmarshalText([]byte(s)) // what it refuses is none of the choices
			return l, f.choice(s)
		})
	case *time.Duration:
		return setOne(p, text, f.duration)
	case *uint32:
		return setOne(p, text, func(s string) (uint32, *refusal) { n, no := f.number(s); return uint32(n), no })
	case *uint8:
		return setOne(p, text, func(s string) (uint8, *refusal) { n, no := f.number(s); return uint8(n), no })
	}
	panic("configs: no reader for the type of " + f.key)
}

func setOne[T any](p *T, text string, parse func(string) (T, *refusal)) *refusal {
	v, no := parse(text)
	if no == nil {
		*p = v
	}
	return no
}

func setList[T any](p *[]T, text string, parse func(string) (T, *refusal)) *refusal {
	var list []T
	for s := range strings.SplitSeq(text, ",") {
		s = strings.TrimSpace(s)
		if s == "" {
			return &refusal{"the list has an empty place", "separate the values by single commas"}
		}
		v, no := parse(s)
		if no != nil {
			return no
		}
		list = append(list, v)
	}
	*p = list
	return nil
}

func (f field) choice(text string) *refusal {
	if f.oneof == nil || slices.Contains(f.oneof, text) {
		return nil
	}
	return &refusal{fmt.Sprintf("%q is none of the choices", text), "write " + strings.Join(f.oneof, ", ")}
}

func (f field) number(text string) (uint64, *refusal) {
	n, err := strconv.ParseUint(text, 10, 64)
	low, _ := strconv.ParseUint(f.min, 10, 64)
	high, _ := strconv.ParseUint(f.max, 10, 64)
	if err != nil || n < low || n > high {
		return 0, &refusal{fmt.Sprintf("%q is not between %s and %s", text, f.min, f.max), "write a whole number in that range"}
	}
	return n, nil
}

func parsePrefix(text string) (netip.Prefix, *refusal) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, &refusal{fmt.Sprintf("%q is not a network", text), "write it as 10.0.0.0/8, one address as 192.0.2.1/32"}
	}
	if p != p.Masked() {
		return p, &refusal{fmt.Sprintf("%q has bits set behind its length", text), "write " + p.Masked().String()}
	}
	return p, nil
}

// makeKey is the command that makes a key.
const makeKey = "openssl rand -base64 32"

func parseKey(text string) (Key, *refusal) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != KeyLen {
		return nil, &refusal{fmt.Sprintf("not the base64 of %d bytes", KeyLen), "make it by: " + makeKey}
	}
	// Of 10^15 random keys not one has fewer than 16 different bytes; most
	// words and runs of zeros that somebody typed do.
	if different(b) < 16 {
		return nil, &refusal{"the key is not random", "make it by: " + makeKey}
	}
	return b, nil
}

func different(b []byte) int {
	seen := map[byte]bool{}
	for _, c := range b {
		seen[c] = true
	}
	return len(seen)
}
