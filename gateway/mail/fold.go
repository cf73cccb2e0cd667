package mail

import (
	"regexp"
	"strings"
)

const (
	maxSignature = 20      // lines
	maxFoldable  = 1 << 20 // bytes of text; nobody answers with more
)

// foldOf returns where in text, which was made of blocks, the part to be folded
// begins, or 0. Only the end of the last block can be folded.
func foldOf(text string, blocks []block, history bool) int {
	last := lastText(blocks)
	if last == nil {
		return 0
	}
	words := strings.Trim(last.text, "\n")
	at := last.textFold
	if at == 0 {
		at = foldText(words, history)
	}
	if at == 0 {
		return 0
	}
	return len(text) - len(words) + at
}

// lastText is the last of blocks that has text, or nil.
func lastText(blocks []block) *block {
	for i := len(blocks) - 1; i >= 0; i-- {
		if !blank(blocks[i].text) {
			return &blocks[i]
		}
	}
	return nil
}

// foldText finds where the signature and the history at the end of text begin,
// or returns 0. It errs towards showing too much.
func foldText(text string, history bool) int {
	if len(text) > maxFoldable {
		return 0
	}
	lines := strings.SplitAfter(text, "\n")
	end := len(lines)
	if history && !strings.Contains(text, forwardMark) {
		end = historyAt(lines)
	}
	if at := signatureAt(lines[:end]); at >= 0 {
		end = at
	}
	before := strings.Join(lines[:end], "")
	if end == len(lines) || blank(before) {
		return 0
	}
	return len(before)
}

// signatureAt is the line "-- " that begins the signature at the end of lines, or -1.
func signatureAt(lines []string) int {
	for i := len(lines) - 1; i >= 0 && i >= len(lines)-1-maxSignature; i-- {
		if line := strings.TrimRight(lines[i], "\n"); line == "-- " || line == "--" {
			return i
		}
	}
	return -1
}

// historyAt is the line at which the history begins that goes on to the end of
// lines, or their number.
func historyAt(lines []string) int {
	for i, line := range lines {
		if isSeparator(line) || isOutlookHeader(lines[i:]) {
			return withRule(lines, i)
		}
	}
	return quotesAt(lines)
}

// withRule is i, or the line of underscores above it.
func withRule(lines []string, i int) int {
	for at := i - 1; at >= 0 && at >= i-2; at-- {
		line := strings.TrimSpace(lines[at])
		if len(line) >= 10 && strings.Trim(line, "_") == "" {
			return at
		}
	}
	return i
}

// separators are what mail programs write above the mail that is answered. Lines
// of this kind above a forwarded mail are not among them.
var separators = regexp.MustCompile(`(?i)^-{3,} ?(original message|original appointment|ursprüngliche nachricht|message d'origine|` +
	`mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht|original-nachricht) ?-{3,}$`)

func isSeparator(line string) bool {
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, "---") && len(line) < 100 && separators.MatchString(line)
}

// outlookFields are the fields of the header that Outlook writes above the mail
// that is answered, in some of its languages: from, sent, to, subject.
var outlookFields = [...][]string{
	{"From:", "Von:", "De:", "De :", "Da:", "Van:"},
	{"Sent:", "Date:", "Gesendet:", "Datum:", "Envoyé:", "Envoyé :", "Date :", "Enviado:", "Enviado el:", "Enviada em:", "Inviato:", "Verzonden:"},
	{"To:", "An:", "À:", "À :", "Para:", "A:", "Aan:"},
	{"Subject:", "Betreff:", "Objet:", "Objet :", "Asunto:", "Assunto:", "Oggetto:", "Onderwerp:"},
}

// isOutlookHeader reports whether lines begin with all of those fields, in that
// order and with at most a few others between.
func isOutlookHeader(lines []string) bool {
	if !beginsField(lines[0], 0) {
		return false
	}
	const most = 8 // with Cc and long lines broken
	wanted := 1
	for i := 1; i < len(lines) && i < most && !blank(lines[i]); i++ {
		if beginsField(lines[i], wanted) {
			if wanted++; wanted == len(outlookFields) {
				return true
			}
		}
	}
	return false
}

func beginsField(line string, field int) bool {
	line = strings.TrimLeft(line, " *\u00a0")
	for _, name := range outlookFields[field] {
		if strings.HasPrefix(line, name) {
			return true
		}
	}
	return false
}

// quotesAt is where the lines that begin with ">" begin, and the line above that
// says who wrote them. A signature may follow them, but no other text.
func quotesAt(lines []string) int {
	end := len(lines)
	if at := signatureAt(lines); at >= 0 {
		end = at
	}
	at, quotes := end, 0
	for at > 0 && (blank(lines[at-1]) || isQuoted(lines[at-1])) {
		at--
		if isQuoted(lines[at]) {
			quotes++
		}
	}
	if quotes == 0 {
		return len(lines)
	}
	for blank(lines[at]) {
		at++
	}
	return attributionAt(lines, at)
}

func isQuoted(line string) bool { return strings.HasPrefix(line, ">") }

// attribution matches "On Tuesday, Ana wrote:" in the languages of many programs,
// with a date or an address in it.
var attribution = regexp.MustCompile(`(?is)^(on|am|le|el|il|op|em|den|dne|w dniu) .*[0-9@].*(wrote|schrieb|écrit|escribió|scritto|schreef|escreveu|skrev|napsal|pisze)[^\n]{0,100}:\s*$`)

// attributionAt is the line above the quotes at that says who wrote them, which
// may have been broken into three; or at.
func attributionAt(lines []string, at int) int {
	last := at - 1
	for last >= 0 && blank(lines[last]) && at-last < 3 {
		last--
	}
	if last < 0 || !strings.HasSuffix(strings.TrimSpace(lines[last]), ":") {
		return at
	}
	for first := last; first >= 0 && first > last-3 && !blank(lines[first]); first-- {
		if s := strings.Join(lines[first:last+1], ""); len(s) < 500 && attribution.MatchString(s) {
			return first
		}
	}
	return at
}

// forwards are how subjects of forwarded mail begin. What such a mail quotes is
// what its sender has to say, and is never folded.
var forwards = regexp.MustCompile(`(?i)^(\[[^\]]*\] *)?(fwd?|wg|tr|rv|i|enc|doorst|vs|vb|pd) ?:`)

// forwardMark stands above a forwarded mail, whatever the subject says.
const forwardMark = "orwarded message"

func isForward(subject string) bool { return forwards.MatchString(subject) }
