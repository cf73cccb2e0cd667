// Command securetext is the whole service: it takes messages in by mail and
// HTTP, texts links to patients, shows them their messages, and is the tool of
// whoever runs it.
//
// [run] reads the command line; each subcommand is one type with a Run method,
// in the file of its noun. serve.go wires the roles together and backends.go
// turns the settings into the parts they stand on. Nothing imports this package.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"os/user"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"securetext/configs"
	"securetext/sms"
	"securetext/store"
)

// commands is the grammar of the command line.
type commands struct {
	Config string `help:"File of KEY=value settings; SECURETEXT_KEY in the environment wins." placeholder:"FILE"`

	Serve  serveCmd  `cmd:"" help:"Run the service until SIGTERM or SIGINT."`
	Demo   demoCmd   `cmd:"" help:"Try it: run on this machine with made-up data and send one real mail."`
	Check  checkCmd  `cmd:"" help:"Print the settings in force, secrets as \"set\", and what is wrong with them."`
	Health healthCmd `cmd:"" help:"Exit 0 if the process on this machine is ready, 1 if not."`
	Kannel kannelCmd `cmd:"" help:"Print what Kannel's configuration needs: the sms-service group with its key."`

	Org struct {
		Add     orgAddCmd     `cmd:"" help:"Add an org: a clinic, a lab."`
		Set     orgSetCmd     `cmd:"" help:"Change an org's settings: names, confirmations, limits, reminders, how texts go."`
		History orgHistoryCmd `cmd:"" help:"Print who changed which of an org's settings and when, newest first, as JSON lines."`
		Hook    orgHookCmd    `cmd:"" help:"Print the secret that an org's webhook is signed with."`
		List    orgListCmd    `cmd:"" help:"List the orgs, as JSON lines."`
		OIDC    struct {
			Set    oidcSetCmd    `cmd:"" help:"Have an identity provider vouch for an org's staff. All of them sign in anew."`
			Show   oidcShowCmd   `cmd:"" help:"Print by whom and by which rules an org's staff are vouched for, its secret as \"set\"."`
			Remove oidcRemoveCmd `cmd:"" help:"Take it away: those for whom it vouched need another way in."`
		} `cmd:"" name:"oidc" help:"Sign-in of an org's staff by its identity provider (OpenID Connect)."`
	} `cmd:"" help:"Orgs."`
	Sender struct {
		Add  senderAddCmd  `cmd:"" help:"Add a person or a system that may send."`
		List senderListCmd `cmd:"" help:"List the senders, as JSON lines."`

		Suspend senderSuspendCmd `cmd:"" help:"Keep a sender from sending, at once."`
		Resume  senderResumeCmd  `cmd:"" help:"Let a suspended sender send again."`
	} `cmd:"" help:"Senders."`
	Staff struct {
		Add  staffAddCmd  `cmd:"" help:"Add a person who signs in to the console. Prints their set-up link, this once."`
		List staffListCmd `cmd:"" help:"List an org's people, as JSON lines."`

		Suspend staffSuspendCmd `cmd:"" help:"Keep a person out of the console, at once."`
		Resume  staffResumeCmd  `cmd:"" help:"Let a suspended person sign in again."`
		Invite  staffInviteCmd  `cmd:"" help:"Print a new set-up link: what they signed in by is forgotten."`
	} `cmd:"" help:"People who sign in to the console."`
	Apppassword struct {
		Add    appPasswordAddCmd `cmd:"" help:"Make an app password for a sender's mail program. It is shown once."`
		Revoke credentialCmd     `cmd:"" help:"End an app password."`
	} `cmd:"" help:"App passwords, for mail programs."`
	Apikey struct {
		Add    apiKeyAddCmd  `cmd:"" help:"Make an API key for a program. It is shown once."`
		Revoke credentialCmd `cmd:"" help:"End an API key."`
	} `cmd:"" help:"API keys, for programs."`

	Smarthost struct {
		Add    smarthostAddCmd    `cmd:"" help:"Let a mail system hand in an org's mail without signing in."`
		List   smarthostListCmd   `cmd:"" help:"List the smarthosts, as JSON lines."`
		Remove smarthostRemoveCmd `cmd:"" help:"Take a smarthost away."`
	} `cmd:"" help:"Mail systems that route a domain to us."`

	Messages messagesCmd `cmd:"" help:"List messages, newest first, as JSON lines. Never content."`
	Events   eventsCmd   `cmd:"" help:"List events, in order, as JSON lines, CSV or FHIR."`
	Wipe     wipeCmd     `cmd:"" help:"Destroy a message's key and content for good. Its events stay."`
	Hold     struct {
		Place holdPlaceCmd `cmd:"" help:"Keep a message, or all of a patient's, from being wiped and from expiring."`
		Lift  holdLiftCmd  `cmd:"" help:"End a hold."`
		List  holdListCmd  `cmd:"" help:"List the holds in force, as JSON lines."`
	} `cmd:"" help:"Legal holds."`
	Audit struct {
		Verify     auditVerifyCmd     `cmd:"" help:"Name the first event of the log that was altered, removed, inserted or moved. With --export it needs no settings."`
		Export     auditExportCmd     `cmd:"" help:"Write the log up to its last checkpoint as JSON lines, to be verified elsewhere."`
		Prove      auditProveCmd      `cmd:"" help:"Prove single events, as JSON."`
		Receipt    auditReceiptCmd    `cmd:"" help:"Prove that a message was wiped, or who was shown a patient's messages, as JSON for handing out."`
		Accounting auditAccountingCmd `cmd:"" help:"Account for a patient's disclosures (45 CFR 164.528), as CSV: what was shown to whom, when and why."`
		Check      auditCheckCmd      `cmd:"" help:"Check such a proof. Needs no settings."`
		Compare    auditCompareCmd    `cmd:"" help:"Prove that one checkpoint is another with more behind it, as JSON."`
		Checkpoint auditCheckpointCmd `cmd:"" help:"Print the last checkpoint."`
		Key        auditKeyCmd        `cmd:"" help:"Print the public key that checkpoints are checked by."`
		Hook       auditHookCmd       `cmd:"" help:"Print the secret that AUDIT_WEBHOOK's posts are signed with."`
	} `cmd:"" help:"The proved log: who can change every row cannot change what happened."`
	Message struct {
		Show    messageShowCmd    `cmd:"" help:"Show what became of a message: its ladder of steps, why and when."`
		Resend  messageResendCmd  `cmd:"" help:"Text a message's link once more, to the same number."`
		Extend  messageExtendCmd  `cmd:"" help:"Let a message be read for longer."`
		Take    messageTakeCmd    `cmd:"" help:"Record who has charge of an unread message."`
		Release messageReleaseCmd `cmd:"" help:"Let a message that is sealed be read: after a new password, or \"this is not for me\"."`
	} `cmd:"" help:"One message."`
	Sessions struct {
		Revoke sessionsRevokeCmd `cmd:"" help:"End all of a recipient's sessions, at once; with --number those of all who share it."`
	} `cmd:"" help:"Patients' sessions."`
	Recipient struct {
		Reset  recipientResetCmd  `cmd:"" help:"Forget a recipient's password, passkeys and devices, end their sessions, and seal what was sent before."`
		Unlock recipientUnlockCmd `cmd:"" help:"Let a password or passcode be tried again, after too many wrong ones."`
		Block  recipientBlockCmd  `cmd:"" help:"Stop texts to a recipient, known or not."`
		Allow  recipientAllowCmd  `cmd:"" help:"Let texts go to a recipient again."`
		Family recipientFamilyCmd `cmd:"" help:"List who shares a number, as JSON lines: names in the clear."`
	} `cmd:"" help:"Recipients."`
	Suppression struct {
		Export suppressionExportCmd `cmd:"" help:"Print who gets no texts from an org, as CSV: numbers in the clear."`
		Import suppressionImportCmd `cmd:"" help:"Stop texts to everybody on such a list."`
	} `cmd:"" help:"The list of those who get no texts."`
	Template struct {
		Set    templateSetCmd    `cmd:"" help:"Change the sentence of an org's texts."`
		List   templateListCmd   `cmd:"" help:"List an org's own sentences, as JSON lines."`
		Remove templateRemoveCmd `cmd:"" help:"Go back to the usual sentence."`
	} `cmd:"" help:"The wording of texts."`
	Mail struct {
		Show mailShowCmd `cmd:"" help:"Show what a patient would see of a mail, or how it would be refused. Needs no settings."`
	} `cmd:"" help:"Mail."`
	Backup struct {
		Take  backupTakeCmd  `cmd:"" default:"withargs" help:"Copy everything out while the service runs: records, and the keys that open messages."`
		Prune backupPruneCmd `cmd:"" help:"Remove keys of backups that are older than so long."`
	} `cmd:"" help:"Backups. Without another word: take one."`
	Restore restoreCmd `cmd:"" help:"Put a backup back, into an empty database."`
	Keys    struct {
		Rotate keysRotateCmd `cmd:"" help:"Wrap the keys anew: under the current root key, or under new org keys; or hash phone numbers with the current phone key."`
		Status keysStatusCmd `cmd:"" help:"Say which keys are in use, how much is left to rotate, and which may be taken out."`
	} `cmd:"" help:"Keys."`
}

// program is what the commands share: the world outside.
type program struct {
	config   string
	environ  []string
	in       io.Reader
	out, err io.Writer
	now      func() time.Time
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	p := &program{environ: os.Environ(), in: os.Stdin, out: os.Stdout, err: os.Stderr, now: time.Now}
	if err := run(ctx, p, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "securetext:", err)
		os.Exit(1)
	}
}

// run carries out one command line.
func run(ctx context.Context, p *program, args []string) error {
	var c commands
	parser, err := kong.New(&c, kong.Name("securetext"),
		kong.Description("Messages to patients who have a phone and nothing else."),
		kong.Writers(p.out, p.err), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		return err
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		return fmt.Errorf("%w (see: securetext --help)", err)
	}
	p.config = c.Config
	chosen.BindTo(ctx, (*context.Context)(nil))
	return plain(chosen.Run(p))
}

// settings reads the configuration, and checks what two packages must agree on.
func (p *program) settings() (*configs.Config, error) {
	cfg, err := configs.Load(p.config, p.environ)
	if err != nil {
		return nil, err
	}
	if _, err := sms.ParsePublicURL(cfg.PublicURL); err != nil {
		return nil, fmt.Errorf("PUBLIC_URL: %w", err)
	}
	return cfg, nil
}

// operator is who runs a command, as events name them.
func operator() store.Actor {
	name := fmt.Sprintf("uid %d", os.Getuid()) // in a container nobody has a name
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = u.Username
	}
	return store.Actor{Kind: store.ByOperator, ID: name}
}

// plain puts the store's errors in an operator's words.
func plain(err error) error {
	for _, known := range []struct {
		err  error
		what string
	}{
		{store.ErrNewerSchema, "use that version, or restore the data from before it"},
		{store.ErrUnavailable, "see that it runs and that DATABASE_URL is right"},
	} {
		if errors.Is(err, known.err) {
			return fmt.Errorf("%w: %s", err, known.what)
		}
	}
	return err
}
