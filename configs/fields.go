package configs

import (
	"reflect"
	"strings"
)

// fileSuffix makes the key under which a secret's file is named.
const fileSuffix = "_FILE"

// field is what the tags of a field of Config say.
type field struct {
	index  []int
	key    string
	def    string
	oneof  []string
	min    string
	max    string
	check  string
	secret bool
}

// fieldList is every setting, in the order of Config.
type fieldList []field

var fields = readTags()

func readTags() fieldList {
	var list fieldList
	for _, sf := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		key := sf.Tag.Get("key")
		if key == "" {
			continue
		}
		f := field{
			index: sf.Index, key: key, def: sf.Tag.Get("def"),
			min: sf.Tag.Get("min"), max: sf.Tag.Get("max"), check: sf.Tag.Get("check"),
			secret: isSecret(sf.Type),
		}
		if choices := sf.Tag.Get("oneof"); choices != "" {
			f.oneof = strings.Split(choices, ",")
		}
		list = append(list, f)
	}
	return list
}

func isSecret(t reflect.Type) bool {
	return t == reflect.TypeFor[Secret]() || t == reflect.TypeFor[Key]() || t == reflect.TypeFor[[]Key]()
}

// base gives the setting that a key sets: itself, or for the KEY_FILE of a
// secret that secret.
func (l fieldList) base(key string) (string, bool) {
	for _, f := range l {
		if key == f.key || f.secret && key == f.key+fileSuffix {
			return f.key, true
		}
	}
	return "", false
}

// suggest says what an unknown key may have been meant to be.
func (l fieldList) suggest(key string) string {
	if bare, ok := strings.CutPrefix(key, Prefix); ok {
		if _, known := l.base(bare); known {
			return "in a file write it without the prefix: " + bare
		}
	}
	best, least := "", 4 // more typing errors than three are another word
	for _, f := range l {
		names := []string{f.key}
		if f.secret {
			names = append(names, f.key+fileSuffix)
		}
		for _, name := range names {
			if d := distance(key, name); d < least {
				best, least = name, d
			}
		}
	}
	if best == "" {
		return "take it away; configs/production.env lists every setting"
	}
	return "did you mean " + best + "?"
}

// distance is the number of letters to add, drop or change to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		left := row[0] // of the row above
		row[0] = i + 1
		for j := range len(b) {
			change := left
			if a[i] != b[j] {
				change++
			}
			left = row[j+1]
			row[j+1] = min(change, left+1, row[j]+1)
		}
	}
	return row[len(b)]
}
