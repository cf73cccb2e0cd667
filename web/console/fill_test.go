package console_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"image"
	"image/png"
	"sync"
	"time"

	"github.com/pquerna/otp/hotp"

	"securetext/pickup/password"
	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

// addOrg fills an org; it needs no test, as it is done once for all of them.
func (o *office) addOrg(name, domain string) (g org, err error) {
	ctx := context.Background()
	g.Org = store.Org{
		ID: store.NewOrgID(noon), Name: name, SMSName: name[:8], Phone: "(555) 010-0142", Region: "US", Lang: "en", Life: 14 * 24 * time.Hour,
		Created: noon, Policy: store.Policy{TimeZone: "America/Chicago"},
	}
	steps := []func() error{
		func() error {
			key, err := o.keys.NewOrgKey(ctx, string(g.ID), 1)
			if err != nil {
				return err
			}
			return o.store.AddOrg(ctx, g.Org, key, operator, noon)
		},
		func() error { return o.draw(&g) },
		func() (err error) {
			g.sender, err = o.putSender(g, "reyes@"+domain+".example", "Dr. Ana Reyes")
			return
		},
		func() (err error) { g.spare, err = o.putSender(g, "lab@"+domain+".example", "Laboratory"); return },
		o.putting(&g, &g.sends, "reyes@"+domain+".example", "Ana Reyes", store.RoleSender),
		o.putting(&g, &g.rules, "diaz@"+domain+".example", "Rosa Diaz", store.RoleAdmin),
		o.putting(&g, &g.audits, "haddad@"+domain+".example", "Omar Haddad", store.RoleAuditor),
		o.putting(&g, &g.another, "tom@"+domain+".example", "Tom Lee", store.RoleSender),
		func() (err error) {
			g.message, err = o.compose(g.ID, g.sender.ID, number, "visit-7", store.Actor{Kind: store.BySender, ID: string(g.sender.ID)})
			return
		},
		func() (err error) { g.phrase, err = o.keepReady(g, "Result is ready"); return },
		func() (err error) { g.link, g.patient, err = o.deliver(g.message); return },
		func() (err error) {
			g.reply, err = o.replyTo(g.message, g.patient, "It itches.\nIs that right?")
			return
		},
		o.putting(&g, &g.second, "cho@"+domain+".example", "Kim Cho", store.RoleAdmin),
		func() error {
			g.ask = store.NewAskID(noon)
			by := store.Actor{Kind: store.ByStaff, ID: string(g.second.ID)}
			_, err := o.store.AskToRead(ctx, store.Ask{ID: g.ask, Org: g.ID, Message: g.message.ID, Reason: "safety"}, by, noon)
			return err
		},
		func() (err error) { g.alert, err = o.alarm(g, store.ManyRefusals, string(g.another.ID)); return },
		func() error {
			g.hold = store.NewHoldID(noon)
			h := store.Hold{ID: g.hold, Org: g.ID, Recipient: g.patient.Recipient, Matter: "25-CV-17"}
			return errors.Join(o.store.PlaceHold(ctx, h, operator, noon), o.store.LiftHold(ctx, g.ID, g.hold, operator, noon))
		},
		func() error {
			g.credential = store.NewKeyID(noon)
			return o.store.AddAppPassword(ctx, store.AppPassword{
				ID: g.credential, Org: g.ID, Sender: g.sender.ID, Label: "Outlook", Hash: store.HashSecret(string(g.credential)),
			}, operator, noon)
		},
	}
	for _, step := range steps {
		if err = step(); err != nil {
			return g, err
		}
	}
	return g, nil
}

// draw gives an org a logo.
func (o *office) draw(g *org) error {
	var dot bytes.Buffer
	if err := png.Encode(&dot, image.NewGray(image.Rect(0, 0, 60, 20))); err != nil {
		return err
	}
	g.Logo = store.Logo{ID: store.NewLogoID(noon), Width: 60, Height: 20}
	picture := &store.Picture{Type: "image/png", Data: dot.Bytes()}
	return o.store.SetOrg(context.Background(), store.OrgChange{Org: g.Org, Picture: picture, By: operator, At: noon})
}

// alarm raises an alert, as the lookout does.
func (o *office) alarm(g org, rule store.Rule, subject string) (store.AlertID, error) {
	ctx, now := context.Background(), o.clock()
	from, err := o.store.LookedAt(ctx)
	if err != nil {
		return "", err
	}
	a := store.Alert{ID: store.NewAlertID(now), Org: g.ID, Rule: rule, Subject: subject, Count: 21, At: now}
	_, err = o.store.Observe(ctx, store.Observation{From: from, To: from + 1, Alerts: []store.Alert{a}}, now)
	return a.ID, err
}

func (o *office) putting(g *org, into *store.Staff, email, name string, role store.Role) func() error {
	return func() (err error) {
		*into, err = o.put(*g, email, name, store.Proofs{Password: nobodyKnows()}, role)
		return err
	}
}

func (o *office) putSender(g org, email, name string) (store.Sender, error) {
	s := store.Sender{ID: store.NewSenderID(noon), Org: g.ID, Email: email, Name: name, Created: noon}
	return s, o.store.AddSender(context.Background(), s, operator, noon)
}

func (o *office) addSender(g org, email, name string) store.Sender {
	o.Helper()
	s, err := o.putSender(g, email, name)
	must(o, "AddSender", err)
	return s
}

// nobodyKnows is the hash of a password that is typed nowhere.
var nobodyKnows = sync.OnceValue(func() string {
	h, err := password.New(password.Default, password.Pepper{1})
	if err != nil {
		panic(err)
	}
	hash, err := h.Hash(context.Background(), password.Password(token.New().Secret()))
	if err != nil {
		panic(err)
	}
	return hash
})

// hire adds a person whose password nobody knows: see [office.as].
func (o *office) hire(g org, email, name string, roles ...store.Role) store.Staff {
	o.Helper()
	return o.hireWith(g, email, name, store.Proofs{Password: nobodyKnows()}, roles...)
}

func (o *office) hireWith(g org, email, name string, p store.Proofs, roles ...store.Role) store.Staff {
	o.Helper()
	s, err := o.put(g, email, name, p, roles...)
	must(o, "hire", err)
	return s
}

func (o *office) put(g org, email, name string, p store.Proofs, roles ...store.Role) (store.Staff, error) {
	ctx := context.Background()
	s := store.Staff{ID: store.NewStaffID(noon), Org: g.ID, Email: email, Name: name, Roles: roles, Created: noon}
	i := store.Invite{Hash: token.New().Hash(), Until: noon.Add(store.InviteLife)}
	if err := o.store.AddStaff(ctx, s, i, operator, noon); err != nil {
		return s, err
	}
	return o.store.SetUpStaff(ctx, i.Hash, p, operator, noon)
}

// appSecret is what the app of people with a second factor holds.
var appSecret = base32.StdEncoding.EncodeToString([]byte("twenty bytes of it.."))

// member is somebody who can sign in, with an app if second.
func (o *office) member(email string, second bool, roles ...store.Role) store.Staff {
	o.Helper()
	typed := longWords
	if second {
		typed = short
	}
	hash, err := o.passwords.Hash(o.Context(), password.Password(typed))
	must(o, "Hash", err)
	s := o.hireWith(o.own, email, "Nina Park", store.Proofs{Password: hash}, roles...)
	if second {
		key, wrapped, err := o.keys.NewDataKey(o.Context(), s.Place())
		must(o, "NewDataKey", err)
		p := store.Proofs{
			Key: wrapped, Secret: key.Seal(seal.Plaintext(appSecret), s.Place()),
			Recovery: []store.RecoveryHash{store.RecoveryOf(o.index, s.ID, "0123456789abcdef")}, Epoch: s.Epoch,
		}
		s, err = o.store.SetProofs(o.Context(), o.own.ID, s.ID, p, operator, noon)
		must(o, "SetProofs", err)
	}
	return s
}

// code is what an app with that secret shows now.
func (o *office) code(secret string) string {
	o.Helper()
	code, err := hotp.GenerateCode(secret, uint64(o.clock().Unix()/30))
	must(o, "GenerateCode", err)
	return code
}

// write stores a message to a number.
func (o *office) write(g org, to, reference string) store.Message {
	o.Helper()
	m, err := o.compose(g.ID, g.sender.ID, to, reference, store.Actor{Kind: store.BySender, ID: string(g.sender.ID)})
	must(o, "Accept", err)
	return m
}

func (o *office) compose(id store.OrgID, sender store.SenderID, to, reference string, by store.Actor) (store.Message, error) {
	ctx, now := context.Background(), o.clock()
	r, err := store.RecipientFor(ctx, o.store, o.keys, o.index, store.Whom{Org: id, Number: to, Person: o.whom})
	if err != nil {
		return store.Message{}, err
	}
	m := store.Message{
		ID: store.NewMessageID(now), Org: id, Sender: sender, To: r, Lang: "en", Reference: reference, Created: now,
		Expires: now.Add(14 * 24 * time.Hour), Remind: store.DefaultRemind, Reply: true, Ack: store.AckChoices,
	}
	key, wrapped, err := o.keys.NewDataKey(ctx, m.Place(0))
	if err != nil {
		return m, err
	}
	m.Key = wrapped
	m.Content = key.Seal(store.Content{
		Subject: "Your results", Text: "A secret of the patient's.", HTML: `<p>A <b>secret</b> of the patient's.</p><script>alert(1)</script><img src="cid:scan@x" alt="Scan">`,
		Attachments: []store.ContentAttachment{
			{Part: 1, Name: "scan.png", Type: "image/png", ContentID: "scan@x", Inline: true}, {Part: 2, Name: "Result.pdf", Type: "application/pdf"},
		},
	}.Plaintext(), m.Place(seal.PartContent))
	for i, f := range []seal.Plaintext{dot, seal.Plaintext("%PDF-1.4 of the patient's")} {
		m.Attachments = append(m.Attachments, store.Attachment{Part: 1 + i, Size: int64(len(f)), Chunks: key.SealChunks(f, m.Place(1+i))})
	}
	_, err = o.store.Accept(ctx, store.Acceptance{Messages: []store.Message{m}, By: by, Detail: "console", At: now})
	return m, err
}

// deliver has what is due texted, and the patient set a password.
func (o *office) deliver(m store.Message) (link token.Token, v store.Viewer, err error) {
	ctx, now := context.Background(), o.clock()
	link = token.New()
	due, err := o.store.Due(ctx, 100, time.Minute, now)
	for _, d := range due {
		attempt := store.Attempt{Claim: d.Claim, Text: store.NewTextID(now)}
		if d.Message == m.ID && d.Kind.Links() {
			attempt.Link = link.Hash()
		}
		sent := store.SentText{Outbox: d.Outbox, Text: attempt.Text, ProviderID: string(attempt.Text)}
		err = errors.Join(err,
			o.store.AddLinks(ctx, []store.Attempt{attempt}, now), o.store.Sent(ctx, []store.SentText{sent}, now),
			o.store.Receipt(ctx, store.Receipt{Text: attempt.Text, State: store.TextDelivered}, now))
	}
	if err != nil {
		return link, v, err
	}
	v, err = o.store.Enrol(ctx, store.Enrolment{Link: link.Hash(), Password: "none", Grace: 24 * time.Hour}, now)
	return link, v, err
}

// dot is a PNG of one pixel.
var dot = func() seal.Plaintext {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		panic(err)
	}
	return b.Bytes()
}()

// replyTo is what a patient writes back, with a picture and a file that is no
// picture though it says so.
func (o *office) replyTo(m store.Message, v store.Viewer, text string) (store.ReplyID, error) {
	ctx, now := context.Background(), o.clock()
	r := store.Reply{ID: store.NewReplyID(now), Message: m.ID, Nonce: rand.Text()}
	key, wrapped, err := o.keys.NewDataKey(ctx, r.Place(v, seal.PartKey))
	if err != nil {
		return "", err
	}
	content := store.Content{Text: text, Attachments: []store.ContentAttachment{
		{Part: 1, Name: "Wound.png", Type: "image/png"}, {Part: 2, Name: "Fake.png", Type: "image/png"},
	}}
	for i, f := range []seal.Plaintext{dot, seal.Plaintext("<script>alert(1)</script>")} {
		r.Attachments = append(r.Attachments, store.Attachment{Part: 1 + i, Size: int64(len(f)), Chunks: key.SealChunks(f, r.Place(v, 1+i))})
	}
	r.Key, r.Content = wrapped, key.Seal(content.Plaintext(), r.Place(v, seal.PartContent))
	return r.ID, o.store.Reply(ctx, r, v, now)
}

// keepReady keeps a ready text of an org's.
func (o *office) keepReady(g org, name string) (store.PhraseID, error) {
	id := store.NewPhraseID(o.clock())
	p, err := store.SealPhrase(context.Background(), o.keys, g.ID, id, store.Wording{Name: name, Subject: "Your result", Text: "Your result is ready. All is well."})
	if err != nil {
		return id, err
	}
	return id, o.store.AddPhrase(context.Background(), p, operator, o.clock())
}
