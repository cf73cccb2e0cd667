package web

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
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
	for _, tag := range supported {
		name := path.Join("locales", tag.String()+".toml")
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
		if d := cmp.Diff(sets[0], sets[1]); d != "" {
			t.Errorf("%s takes other values in %s:\n%s", key, supported[1], d)
		}
	}
}
