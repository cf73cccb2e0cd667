package mail

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// mark is what a mail program says of an element of its HTML.
type mark int

const (
	unmarked     mark = iota
	signature         // it holds the signature
	history           // it holds the mail that is answered
	historyToEnd      // it stands above the mail that is answered, which goes on to the end
)

// canBeMarked are the elements that programs mark.
var canBeMarked = map[atom.Atom]bool{
	atom.Div: true, atom.Blockquote: true, atom.Span: true, atom.Pre: true, atom.P: true, atom.Table: true,
}

// classMarks are the classes, idMarks the ids by which they do it.
var (
	classMarks = map[string]mark{
		"gmail_quote": history, "gmail_extra": history, "yahoo_quoted": history, "protonmail_quote": history,
		"moz-cite-prefix": history, "zmail_extra": history, "tutanota_quote": history, "moz-email-headers-table": history,
		"gmail_signature": signature, "gmail_signature_prefix": signature, "moz-signature": signature,
		"protonmail_signature_block": signature, "ms-outlook-mobile-signature": signature,
		"OutlookMessageHeader": historyToEnd,
	}
	idMarks = map[string]mark{
		"divRplyFwdMsg": historyToEnd, "appendonsend": historyToEnd, "mail-editor-reference-message-container": history,
		"replySplit": historyToEnd, "OLK_SRC_BODY_SECTION": history, "Signature": signature, "ms-outlook-mobile-signature": signature,
	}
)

// outlookRule is the style of the element that Outlook for Windows puts around
// the names and the date above the mail that is answered.
const outlookRule = "border:none;border-top:solid"

// markOf reads the first few attributes of the current tag.
func markOf(z *html.Tokenizer, more bool) mark {
	for n := 0; more && n < 50; n++ {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch string(key) {
		case "id":
			if m := idMarks[strings.TrimPrefix(string(value), "x_")]; m != unmarked {
				return m
			}
		case "class":
			for class := range strings.FieldsSeq(string(value)) {
				if m := classMarks[strings.TrimPrefix(class, "x_")]; m != unmarked {
					return m
				}
			}
		case "type":
			if strings.EqualFold(string(value), "cite") {
				return history
			}
		case "style":
			style := strings.ReplaceAll(string(value), " ", "")
			if strings.HasPrefix(style, outlookRule) && strings.Contains(style, "padding:3.0pt0") {
				return historyToEnd
			}
		}
	}
	return unmarked
}
