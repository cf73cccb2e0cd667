package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"securetext/gateway"
	"securetext/gateway/mail"
)

type mailShowCmd struct {
	File string `arg:"" help:"File that holds the mail as it was sent, or - for what is piped in."`
	HTML bool   `name:"html" help:"Print the HTML body instead, as it came."`
}

// Run prints what a patient would see of a mail, or how it would be refused. It
// stores and sends nothing, and needs neither settings nor store.
func (c *mailShowCmd) Run(p *program) error {
	raw, err := c.read(p.in)
	if err != nil {
		return err
	}
	content, refusal := gateway.Preview(raw)
	if refusal != nil {
		e := refusal.EnhancedCode
		return fmt.Errorf("the mail would be refused: %d %d.%d.%d %s", refusal.Code, e[0], e[1], e[2], refusal.Message)
	}
	out := bufio.NewWriter(p.out)
	switch {
	case !c.HTML:
		printMail(out, content)
	case content.HTML == "":
		return errors.New("the mail has no HTML")
	default:
		fmt.Fprintln(out, strings.TrimRight(content.HTML, "\r\n"))
	}
	return out.Flush()
}

// read takes in one byte more than a mail may have, so that it is refused as
// the real one would be.
func (c *mailShowCmd) read(in io.Reader) ([]byte, error) {
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, mail.DefaultLimits.Size+1))
	if err != nil {
		return nil, fmt.Errorf("read the mail: %w", err)
	}
	return raw, nil
}

func printMail(out io.Writer, c *mail.Content) {
	switch {
	case c.From.Name != "":
		fmt.Fprintf(out, "From:    %s <%s>\n", c.From.Name, c.From.Addr)
	case c.From.Addr != "":
		fmt.Fprintf(out, "From:    %s\n", c.From.Addr)
	}
	fmt.Fprintf(out, "Subject: %s\n", c.Subject)
	for _, o := range c.Options {
		if o.Name == "passcode" {
			o.Value = "[not shown]"
		}
		fmt.Fprintf(out, "Option:  %s %s\n", o.Name, o.Value)
	}
	printText(out, c)
	if len(c.Attachments) > 0 {
		fmt.Fprint(out, "\n--- attachments ---\n")
	}
	for _, a := range c.Attachments {
		where := ""
		if a.Inline {
			where = ", shown in the HTML"
		}
		fmt.Fprintf(out, "%s (%s, %d bytes%s)\n", a.Name, a.Type, len(a.Data), where)
	}
	if c.Partial {
		fmt.Fprint(out, "\nThe mail is damaged: something may be missing above. It is attached as it came.\n")
	}
	if c.AutoSubmitted {
		fmt.Fprint(out, "\nA program or a list sent the mail: it is never answered.\n")
	}
}

func printText(out io.Writer, c *mail.Content) {
	main, folded := c.Text, ""
	if c.TextFold > 0 {
		main, folded = c.Text[:c.TextFold], c.Text[c.TextFold:]
	}
	if main != "" {
		fmt.Fprintf(out, "\n%s\n", strings.Trim(main, "\n"))
	}
	if folded != "" {
		fmt.Fprintf(out, "\n--- folded ---\n%s\n", strings.Trim(folded, "\n"))
	}
	if c.HTML != "" {
		fmt.Fprintf(out, "\n--- also as HTML, %d bytes ---\n", len(c.HTML))
	}
}
