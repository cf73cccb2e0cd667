package mail_test

import (
	"strings"
	"testing"

	"securetext/gateway/mail"
)

// halves splits what a mail says where it is to be folded.
func halves(s string, fold int) (main, folded string) {
	if fold == 0 {
		return s, ""
	}
	return s[:fold], s[fold:]
}

func TestFoldedText(t *testing.T) {
	const signature = "-- \nAna Pena\nRiverside Clinic\n"
	const quoted = "> Is it good?\n>\n> Lucía\n"
	const by = "On Tue, 3 Nov 2026 at 10:00, Lucía <l@x.example> wrote:\n"
	const outlook = "From: Lucía <l@x.example>\nSent: Tuesday, 3 November 2026 10:00\nTo: Ana\nSubject: Result\n\nIs it good?\n"
	cases := []struct{ name, main, folded string }{
		{"nothing to fold", "It is good.\n", ""},
		{"a signature", "It is good.\n", signature},
		{"a signature, its blank lost", "It is good.\n", "--\nAna\n"},
		{"quotes", "It is good.\n\n", quoted},
		{"quotes and who wrote them", "It is good.\n\n", by + quoted},
		{"who wrote them in two lines", "It is good.\n\n", "On Tue, 3 Nov 2026 at 10:00, Lucía\n<l@x.example> wrote:\n\n" + quoted},
		{"German", "Alles gut.\n\n", "Am 03.11.2026 um 10:00 schrieb Lucía:\n" + quoted},
		{"signature above quotes", "It is good.\n", signature + "\n" + by + quoted},
		{"signature below quotes", "It is good.\n\n", by + quoted + "\n" + signature},
		{"Outlook", "It is good.\n\n", outlook},
		{"Outlook, ruled", "It is good.\n\n", "________________________________\n" + outlook},
		{"Outlook, French", "Tout va bien.\n\n", "De : L\nEnvoyé : mardi\nÀ : A\nObjet : R\n\nAlors ?\n"},
		{"Outlook of old", "It is good.\n\n", "-----Original Message-----\nIs it good?\n"},

		{"answer below quotes", by + quoted + "\nIt is good.\n", ""},
		{"answer below quotes, signed", by + quoted + "\nIt is good.\n", signature},
		{"answers between quotes", "> Is it good?\nIt is.\n\n> And now?\nRest.\n", ""},
		{"nothing but quotes", by + quoted, ""},
		{"nothing but a signature", signature, ""},
		{"nothing but a signature and quotes", signature + "\n" + by + quoted, ""},
		{"a rule within the text", "One\n--\n" + strings.Repeat("More of the text.\n", 30), ""},
		{"a colon before quotes", "Please note what the laboratory says:\n\n", "> all is well\n"},
		{"a form, not a header", "It is good.\n\nFrom: Monday\nDose: 1\n\nTo: Friday\n", ""},
		{"forwarded", "See below.\n\n---------- Forwarded message ---------\nFrom: L\n\n> All is well.\n", ""},
		{"forwarded by Apple", "Begin forwarded message:\n\n> From: Lab\n>\n> All is well.\n", ""},
	}
	for _, c := range cases {
		got := parse(t, "From: a@b.c\n\n"+c.main+c.folded)
		main, folded := halves(got.Text, got.TextFold)
		if strings.TrimSpace(main) != strings.TrimSpace(c.main) || strings.TrimSpace(folded) != strings.TrimSpace(c.folded) {
			t.Errorf("%s: %q and %q folded, want %q and %q", c.name, main, folded, c.main, c.folded)
		}
	}
}

func TestForwardedMailIsNotFolded(t *testing.T) {
	const history = "For you.\n\nFrom: Lab\nSent: Tuesday\nTo: Ana\nSubject: Result\n\nAll is well.\n"
	for _, subject := range []string{"Fwd: Result", "FW: Result", "[EXTERNAL] WG: Befund"} {
		if c := parse(t, "Subject: "+subject+"\n\n"+history); c.TextFold != 0 {
			t.Errorf("%s: folded at %d", subject, c.TextFold)
		}
	}
	if c := parse(t, "Subject: Re: Result\n\n"+history); c.TextFold == 0 {
		t.Error("an answer was not folded")
	}
}

func TestFoldedHTML(t *testing.T) {
	const said = "<p>It is good.</p>"
	cases := []struct{ name, main, folded string }{
		{"Gmail", `<div dir="ltr">It is good.</div><br>`,
			`<div class="gmail_quote gmail_quote_container"><div class="gmail_attr">On Tue L wrote:</div><blockquote>Is it?</blockquote></div>`},
		{"Gmail, signed", `<div>It is good.<br>`,
			`<span class="gmail_signature_prefix">-- </span><br><div class="gmail_signature">Ana</div></div><div class="gmail_quote">Is it?</div>`},
		{"Outlook on the web", "<html><body>" + said, `<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> L</div><div>Is it?</div></body></html>`},
		{"Outlook for Windows", said, `<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p><b>From:</b> L</p></div><p>Is it?</p>`},
		{"Apple", said, `<div><blockquote type="cite">On 3 Nov, L wrote:<blockquote type="cite">Is it?</blockquote></blockquote></div>`},
		{"Thunderbird", said, `<div class="moz-cite-prefix">Am 3. schrieb L:<br></div><blockquote type=cite><p>Is it?</p></blockquote>`},

		{"nothing marked", said, ""},
		{"nothing before", `<div class="gmail_quote">It is good.</div>`, ""},
		{"answer below", `<blockquote type="cite">Is it?</blockquote>` + said, ""},
		{"answers between", said + `<blockquote type="cite">Is it?</blockquote><p>It is.</p>`, ""},
		{"nothing within", said + `<div id="appendonsend"></div>`, ""},
		{"forwarded", said + `<div class="gmail_quote">---------- Forwarded message ---------<br>All is well.</div>`, ""},
		{"a picture after", said + `<div class="gmail_quote">Is it?</div><img src="cid:x">`, ""},
		{"hidden only before", "<style>p{}</style>" + `<div class="gmail_quote">Is it?</div>`, ""},
	}
	for _, c := range cases {
		got := parse(t, "Content-Type: text/html\n\n"+c.main+c.folded)
		main, folded := halves(got.HTML, got.HTMLFold)
		if c.name == "Apple" { // the wrapper opens before the mark
			main, folded = strings.TrimSuffix(main, "<div>"), "<div>"+folded
		}
		if main != c.main || folded != c.folded {
			t.Errorf("%s: %q and %q folded, want %q and %q", c.name, main, folded, c.main, c.folded)
		}
		main, folded = halves(got.Text, got.TextFold)
		if (folded == "") != (c.folded == "") || c.folded != "" && (strings.Contains(main, "Is it?") || !strings.Contains(main, "It is good.")) {
			t.Errorf("%s: the text is %q and %q folded", c.name, main, folded)
		}
	}
}

// checkFolds holds folds to what readers may rely on.
func checkFolds(t *testing.T, name string, c *mail.Content) {
	t.Helper()
	if c.TextFold < 0 || c.TextFold > len(c.Text) || c.HTMLFold < 0 || c.HTMLFold > len(c.HTML) {
		t.Fatalf("%s: folds at %d of %d and %d of %d", name, c.TextFold, len(c.Text), c.HTMLFold, len(c.HTML))
	}
	if main, folded := halves(c.Text, c.TextFold); c.TextFold > 0 && (strings.TrimSpace(main) == "" || strings.TrimSpace(folded) == "") {
		t.Errorf("%s: all or nothing is folded, at %d of %d", name, c.TextFold, len(c.Text))
	}
}
