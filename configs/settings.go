package configs

import (
	"fmt"
	"strconv"
	"strings"
)

// Prefix begins the name of every environment variable that is a setting. In
// Kubernetes a Service called securetext makes variables of its own with this
// prefix, which are refused: set enableServiceLinks to false.
const Prefix = "SECURETEXT_"

// fileVariable names the settings file when no path is given. It is the one
// variable with the prefix that is no setting.
const fileVariable = Prefix + "CONFIG"

// origin is where a value was given; the zero origin is the default.
type origin struct {
	file     string
	line     int
	variable string
}

// where names the place of the key for people.
func (o origin) where(key string) string {
	switch {
	case o.variable != "":
		return o.variable
	case o.line == 0:
		return key
	case key == "":
		return o.file + ":" + strconv.Itoa(o.line)
	}
	return fmt.Sprintf("%s:%d: %s", o.file, o.line, key)
}

func (o origin) String() string {
	if o == (origin{}) {
		return "default"
	}
	return o.where("")
}

// settings gathers values by key, the environment's over the file's, before
// any of them is understood.
type settings struct {
	read     func(path string) ([]byte, error)
	values   map[string]string
	origins  map[string]origin
	problems Problems
}

func newSettings(read func(string) ([]byte, error)) *settings {
	return &settings{read: read, values: map[string]string{}, origins: map[string]origin{}}
}

func (s *settings) addFile(path string, environ []string) {
	at := origin{variable: "--config"}
	if path == "" {
		at.variable = fileVariable
		path = lookup(environ, fileVariable)
	}
	if path == "" {
		return
	}
	text, err := s.read(path)
	if err != nil {
		s.bad(at, "", fmt.Sprintf("%s cannot be read: %v", path, err), "give the path of a settings file")
		return
	}
	lines, bad := parseLines(path, text)
	s.problems = append(s.problems, bad...)
	layer := map[string]origin{}
	for _, l := range lines {
		s.add(layer, l.key, l.value, origin{file: path, line: l.num})
	}
}

// lookup gives the last value of a variable.
func lookup(environ []string, name string) string {
	value := ""
	for _, kv := range environ {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			value = v
		}
	}
	return value
}

func (s *settings) addEnviron(environ []string) {
	last := map[string]string{}
	var order []string
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, Prefix) || name == fileVariable {
			continue
		}
		if _, again := last[name]; !again {
			order = append(order, name)
		}
		last[name] = strings.TrimSpace(value)
	}
	layer := map[string]origin{}
	for _, name := range order {
		at := origin{variable: name}
		if reason := unprintable(last[name]); reason != "" {
			s.bad(at, strings.TrimPrefix(name, Prefix), reason, "type the value again as plain text")
			continue
		}
		s.add(layer, strings.TrimPrefix(name, Prefix), last[name], at)
	}
}

// add takes one value of a layer (the file, or the environment). In a layer a
// setting is given once, as KEY or as KEY_FILE, and replaces both of the layer
// below.
func (s *settings) add(layer map[string]origin, key, value string, at origin) {
	base, ok := fields.base(key)
	if !ok {
		s.bad(at, key, "there is no such setting", fields.suggest(key))
		return
	}
	if value == "" {
		return
	}
	if first, twice := layer[base]; twice {
		s.bad(at, key, "already given by "+first.String(), "keep one of the two")
		return
	}
	layer[base] = at
	delete(s.values, base)
	delete(s.values, base+fileSuffix)
	s.values[key] = value
	s.origins[base] = at
}

// openSecretFiles replaces every KEY_FILE of a secret by KEY. No error repeats
// the path: it may be the secret itself, in the wrong place.
func (s *settings) openSecretFiles() {
	for _, f := range fields {
		path, ok := s.values[f.key+fileSuffix]
		if !f.secret || !ok {
			continue
		}
		at, key := s.origins[f.key], f.key+fileSuffix
		delete(s.values, key)
		text, err := s.read(path)
		value := strings.TrimSpace(string(text))
		switch {
		case err != nil:
			s.bad(at, key, fmt.Sprintf("the file cannot be read: %v", err), "give the path of the file that holds the secret")
		case value == "":
			s.bad(at, key, "the file is empty", "write the secret into it")
		case unprintable(value) != "":
			s.bad(at, key, "the file holds more than one line of text", "keep the secret alone in it, on one line")
		default:
			s.values[f.key] = value
		}
	}
}

func (s *settings) bad(at origin, key, reason, fix string) {
	base, _ := fields.base(key)
	s.problems = append(s.problems, Problem{Where: at.where(key), Reason: reason, Fix: fix, key: base, line: at.line})
}
