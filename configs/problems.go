package configs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with the settings. It never holds the
// value of a secret.
type Problem struct {
	Where  string // "FILE:LINE: KEY", a variable's name, or the KEY alone
	Reason string
	Fix    string

	key  string
	line int
}

func (p Problem) String() string {
	return fmt.Sprintf("%s: %s; %s", p.Where, p.Reason, p.Fix)
}

// Problems is everything that is wrong with the settings, one line each.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, 0, 1+len(ps))
	lines = append(lines, "config: nothing was started, mend these lines first")
	for _, p := range ps {
		lines = append(lines, "  "+p.String())
	}
	return strings.Join(lines, "\n")
}

// sorted puts the problems in the order of the file, then of their names.
func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.line, b.line), strings.Compare(a.Where, b.Where))
	})
	return ps
}

// about reports whether one of the problems is about the key.
func (ps Problems) about(key string) bool {
	return slices.ContainsFunc(ps, func(p Problem) bool { return p.key == key })
}
