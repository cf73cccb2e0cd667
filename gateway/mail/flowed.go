package mail

import "strings"

// unflow joins the lines of a paragraph again (RFC 3676), so that a narrow screen
// can break them where it needs to. With delsp the blank at the break goes too.
func unflow(text string, delsp bool) string {
	var out strings.Builder
	open, depth := false, 0 // whether a paragraph goes on, and how deep it is quoted
	for line := range strings.SplitSeq(text, "\n") {
		quotes := len(line) - len(strings.TrimLeft(line, ">"))
		content := strings.TrimPrefix(line[quotes:], " ")
		signature := content == "-- "
		if open && (quotes != depth || signature) {
			out.WriteByte('\n')
			open = false
		}
		if !open && quotes > 0 {
			out.WriteString(strings.Repeat(">", quotes) + " ")
		}
		open, depth = strings.HasSuffix(content, " ") && !signature, quotes
		if open && delsp {
			content = content[:len(content)-1]
		}
		out.WriteString(content)
		if !open {
			out.WriteByte('\n')
		}
	}
	return strings.TrimSuffix(out.String(), "\n")
}
