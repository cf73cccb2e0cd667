package web

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
)

var keyUse = regexp.MustCompile(`\.[TN] "([^"]+)"|\bw\.T\("([^"]+)"`)

// usedKeys are those that the templates and this package's own code ask for.
func usedKeys(t *testing.T) []string {
	t.Helper()
	files := map[string][]byte{}
	pages, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		files[p], _ = fs.ReadFile(templates, p)
	}
	if files["words.go"], err = os.ReadFile("words.go"); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, b := range files {
		for _, m := range keyUse.FindAllSubmatch(b, -1) {
			used[string(m[1])+string(m[2])] = true
		}
	}
	return slices.Sorted(maps.Keys(used))
}

// catalogKeys are those of one language; a text with plural forms is one key.
func catalogKeys(t *testing.T, name string) []string {
	t.Helper()
	b, err := fs.ReadFile(locales, name)
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := toml.Unmarshal(b, &tree); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var keys []string
	var walk func(prefix string, tree map[string]any)
	walk = func(prefix string, tree map[string]any) {
		if _, plural := tree["other"]; plural {
			keys = append(keys, prefix)
			return
		}
		for k, v := range tree {
			at := k
			if prefix != "" {
				at = prefix + "." + k
			}
			if sub, ok := v.(map[string]any); ok {
				walk(at, sub)
			} else {
				keys = append(keys, at)
			}
		}
	}
	walk("", tree)
	slices.Sort(keys)
	return keys
}

func TestCatalogsHoldTheKeysInUseAndNoOthers(t *testing.T) {
	used := usedKeys(t)
	if len(used) < 50 {
		t.Fatalf("only %d keys are found in use: the search for them is broken", len(used))
	}
	for _, s := range supported {
		name := path.Join("locales", s.file+".toml")
		if d := cmp.Diff(used, catalogKeys(t, name)); d != "" {
			t.Errorf("%s (- in use, + in the catalog):\n%s", name, d)
		}
	}
}

// A translation that forgets a value, or makes one up, shows "<no value>".
func TestTranslationsTakeTheSameValues(t *testing.T) {
	values := regexp.MustCompile(`\{\{\.\w+\}\}`)
	c, err := loadCatalog(locales)
	if err != nil {
		t.Fatal(err)
	}
	sets := make([]map[string]bool, len(supported))
	for _, key := range usedKeys(t) {
		for i, w := range c.languages {
			text, err := w.T(key, "Org", "{{.Org}}", "Ending", "{{.Ending}}", "Phone", "{{.Phone}}", "N", "{{.N}}",
				"Day", "{{.Day}}", "Month", "{{.Month}}", "Year", "{{.Year}}", "Time", "{{.Time}}")
			if err != nil {
				t.Errorf("%s in %s: %v", key, w.Lang, err)
			}
			sets[i] = map[string]bool{}
			for _, v := range values.FindAllString(text, -1) {
				sets[i][v] = true
			}
		}
		for i, s := range supported {
			if d := cmp.Diff(sets[0], sets[i]); d != "" {
				t.Errorf("%s takes other values in %s:\n%s", key, s.lang, d)
			}
		}
	}
}

// Each language has its own plural forms; one that is missing is an error.
func TestEveryCountCanBeSaid(t *testing.T) {
	c, err := loadCatalog(locales)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range c.languages {
		for _, key := range []string{"message.files", "throttled.text", "asked.text"} {
			for n := range 200 {
				got, err := w.N(key, n)
				if err != nil || n > 1 && !strings.Contains(got, strconv.Itoa(n)) {
					t.Fatalf("%s of %d in %s: got %q, error %v", key, n, w.Lang, got, err)
				}
			}
		}
	}
}

// What is typed by hand easily is not what is printed well.
func TestCatalogsUseTypographicMarks(t *testing.T) {
	wrong := map[string]*regexp.Regexp{
		"fr": regexp.MustCompile(`[^\x{a0}][?!:;]|[^\x{a0}]»|«[^\x{a0}]`), // a no-break space stands between
		"zh": regexp.MustCompile(`\p{Han} *[,.?!:;()]`),
	}
	straight := regexp.MustCompile(`["']|\.\.\.| $|  `)
	c, err := loadCatalog(locales)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range supported {
		for _, key := range usedKeys(t) {
			if key == "date.clock" {
				continue
			}
			text, err := c.languages[i].T(key)
			if err != nil {
				t.Fatal(err)
			}
			if straight.MatchString(text) || wrong[s.file] != nil && wrong[s.file].MatchString(text) {
				t.Errorf("%s in %s: %q", key, s.lang, text)
			}
		}
	}
}
