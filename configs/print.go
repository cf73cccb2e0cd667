package configs

import (
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"reflect"
	"strings"
	"text/tabwriter"
	"time"
)

// Print writes the effective settings, a line each: the key, its value, and
// where that came from. A secret is shown as "set" or "unset".
func (c *Config) Print(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range fields {
		v := reflect.ValueOf(c).Elem().FieldByIndex(f.index).Interface()
		fmt.Fprintf(tw, "%s\t%s\t%s\n", f.key, show(v), c.origins[f.key])
	}
	if err := tw.Flush(); err != nil {
		return fmt.Errorf("print config: %w", err)
	}
	return nil
}

func show(v any) string {
	switch v := v.(type) {
	case []Key:
		return presence(len(v))
	case []string:
		return joined(v)
	case []Role:
		return joined(v)
	case []netip.Prefix:
		return joined(v)
	case slog.Level:
		return strings.ToLower(v.String())
	case time.Duration:
		return FormatDuration(v)
	}
	if s := fmt.Sprint(v); s != "" {
		return s
	}
	return "-"
}

func joined[T any](list []T) string {
	if len(list) == 0 {
		return "-"
	}
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, ",")
}
