package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

var foreignChecks = []check{
	{"nothing is visible or can be changed across orgs", foreignOrg},
	{"every method is tried with a foreign org", foreignComplete},
}

// A border is a clinic's patient, and a neighbour in the same store who knows
// every id there is.
type border struct {
	*Clinic           // whose data it is
	neighbour *Clinic // who tries
	message   store.Message
	reply     store.Reply   // to the message, with a file
	draft     store.Draft   // likewise, not taken
	held      store.Message // not theirs, says who was texted
	refused   store.Recipient
	person    store.Recipient // who shares a number
	vouched   store.Message   // whose recipient gave a passcode
	hash      token.Hash
	passkey   store.Passkey
	viewer    store.Viewer // of the neighbour's org, in the recipient's name
	known     store.Viewer // the neighbour's own patient
	staff     store.Staff
	phrase    store.Phrase
	hold      store.HoldID // on the held message
	logo      store.Logo
	key       store.StaffPasskey // theirs
	provider  store.Provider
	alert     store.Alert
	ask       store.Ask // to read the message, by the staff
	theirs    store.Staff
}

// foreign tries each method as the neighbour, on what is the clinic's. It gives
// the method's error, or what it should have been when the method shows
// nothing instead of failing.
var foreign = map[string]func(context.Context, border) error{
	"Org": func(ctx context.Context, b border) error {
		_, err := b.Store.Org(ctx, b.Org.ID+"x")
		return err
	},
	"OrgKey": func(ctx context.Context, b border) error {
		_, err := b.OrgKey(ctx, string(b.Org.ID)+"x", 0)
		return err
	},
	"Accept": func(ctx context.Context, b border) error {
		// The neighbour's acceptance in the name of the clinic's recipient must
		// not have the neighbour's text go to the clinic's patient.
		m := b.message
		m.ID, m.Org, m.Attachments = store.NewMessageID(Noon), b.neighbour.Org.ID, nil
		if _, err := b.Accept(ctx, b.neighbour.Acceptance(m)); err != nil {
			return store.ErrNotFound // refused is as good
		}
		due, err := b.Due(ctx, 100, lease, Noon)
		return none(err, len(due))
	},
	"Message": func(ctx context.Context, b border) error {
		_, err := b.Message(ctx, b.hash, b.viewer, Noon)
		return err
	},
	"Read": func(ctx context.Context, b border) error {
		return b.Read(ctx, b.message.ID, b.viewer, Noon)
	},
	"Attachment": func(ctx context.Context, b border) error {
		_, err := b.Attachment(ctx, b.hash, seal.FirstAttachment, b.viewer, Noon)
		return err
	},
	"AttachmentRead": func(ctx context.Context, b border) error {
		return b.AttachmentRead(ctx, b.message.ID, seal.FirstAttachment, b.viewer, Noon)
	},
	"MessageByID": func(ctx context.Context, b border) error {
		_, err := b.MessageByID(ctx, b.message.ID, b.viewer, Noon)
		return err
	},
	"AttachmentByID": func(ctx context.Context, b border) error {
		_, err := b.AttachmentByID(ctx, b.message.ID, seal.FirstAttachment, b.viewer, Noon)
		return err
	},
	"Inbox": func(ctx context.Context, b border) error {
		list, err := b.Inbox(ctx, b.viewer, Noon, 100)
		return none(err, len(list))
	},
	"Acknowledge": func(ctx context.Context, b border) error {
		return b.Acknowledge(ctx, b.message.ID, store.AnswerRead, b.viewer, Noon)
	},
	"Reply": func(ctx context.Context, b border) error {
		r := b.reply
		r.ID, r.Nonce = store.NewReplyID(Noon), "another"
		return b.Reply(ctx, r, b.viewer, Noon)
	},
	"KeepDraft": func(ctx context.Context, b border) error {
		d := b.draft
		d.ID, d.Nonce = store.NewDraftID(Noon), "another"
		return b.KeepDraft(ctx, d, b.viewer, Noon)
	},
	"Draft": func(ctx context.Context, b border) error {
		_, err := b.Draft(ctx, b.message.ID, b.viewer, Noon)
		return err
	},
	"ForgetDrafts": func(ctx context.Context, b border) error {
		if err := b.ForgetDrafts(ctx, b.neighbour.Org.ID, b.message.To.ID); err != nil {
			return err
		}
		if _, err := b.Draft(ctx, b.message.ID, b.known, Noon); err != nil {
			return fmt.Errorf("it is destroyed: %v", err)
		}
		return store.ErrNotFound
	},
	"Replies": func(ctx context.Context, b border) error {
		list, err := b.Replies(ctx, b.message.ID, b.viewer, Noon)
		return none(err, len(list))
	},
	"Thread": func(ctx context.Context, b border) error {
		list, err := b.Thread(ctx, b.message.ID, b.viewer, after(60), 100)
		return none(err, len(list))
	},
	"Continues": func(ctx context.Context, b border) error {
		_, err := b.Continues(ctx, store.Continuation{Org: b.neighbour.Org.ID, Sender: b.Sender.ID, Message: b.message.ID}, Noon)
		return err
	},
	"ReplyFile": func(ctx context.Context, b border) error {
		_, err := b.ReplyFile(ctx, b.message.ID, b.reply.ID, seal.FirstAttachment, b.viewer, Noon)
		return err
	},
	"ReplyFileRead": func(ctx context.Context, b border) error {
		return b.ReplyFileRead(ctx, b.message.ID, b.reply.ID, seal.FirstAttachment, b.viewer, Noon)
	},
	"OpenReplies": func(ctx context.Context, b border) error {
		_, err := b.OpenReplies(ctx, b.correspondent(), b.message.ID, Noon)
		return err
	},
	"OpenReplyFile": func(ctx context.Context, b border) error {
		_, err := b.OpenReplyFile(ctx, b.correspondent(), b.message.ID, b.reply.ID, seal.FirstAttachment, Noon)
		return err
	},
	"AddPasskey": func(ctx context.Context, b border) error {
		return b.AddPasskey(ctx, passkeyOf(2, 0), browser(1), b.viewer, Noon)
	},
	"Passkeys": func(ctx context.Context, b border) error {
		list, err := b.Passkeys(ctx, b.viewer)
		return none(err, len(list))
	},
	"RemovePasskey": func(ctx context.Context, b border) error {
		return b.RemovePasskey(ctx, b.passkey.ID, b.viewer, Noon)
	},
	"DeclinePasskey": func(ctx context.Context, b border) error {
		return b.DeclinePasskey(ctx, browser(1), b.viewer)
	},
	"Events": func(ctx context.Context, b border) error {
		events, err := b.Events(ctx, store.EventFilter{Org: b.neighbour.Org.ID, Message: b.message.ID})
		return none(err, len(events))
	},
	"Messages": func(ctx context.Context, b border) error {
		infos, err := b.Messages(ctx, store.MessageFilter{Org: b.neighbour.Org.ID, ID: b.message.ID})
		return none(err, len(infos))
	},
	"AddSender": func(ctx context.Context, b border) error {
		s := b.newSender("Nobody")
		s.Org += "x"
		return b.AddSender(ctx, s, Ana, Noon)
	},
	"Senders": func(ctx context.Context, b border) error {
		senders, err := b.Senders(ctx, b.Org.ID+"x")
		return none(err, len(senders))
	},
	"AddAppPassword": func(ctx context.Context, b border) error {
		p := store.AppPassword{ID: store.NewKeyID(Noon), Org: b.neighbour.Org.ID, Sender: b.Sender.ID, Hash: store.HashSecret("p")}
		return b.AddAppPassword(ctx, p, Ana, Noon)
	},
	"AddAPIKey": func(ctx context.Context, b border) error {
		k := store.APIKey{ID: store.NewKeyID(Noon), Org: b.neighbour.Org.ID, Sender: b.Sender.ID, Hash: store.HashSecret("k")}
		return b.AddAPIKey(ctx, k, Ana, Noon)
	},
	"RevokeCredential": func(ctx context.Context, b border) error {
		p := store.AppPassword{ID: store.NewKeyID(Noon), Org: b.Org.ID, Sender: b.Sender.ID, Hash: store.HashSecret("r")}
		if err := b.AddAppPassword(ctx, p, Ana, Noon); err != nil {
			return err
		}
		return b.RevokeCredential(ctx, b.neighbour.Org.ID, p.ID, Ana, Noon)
	},
	"Wipe": func(ctx context.Context, b border) error {
		return b.Wipe(ctx, b.neighbour.Org.ID, b.message.ID, Ana, Noon)
	},
	"PlaceHold": func(ctx context.Context, b border) error {
		h := store.Hold{ID: store.NewHoldID(Noon), Org: b.neighbour.Org.ID, Matter: "26-CV-1"}
		if h.Message = b.message.ID; b.neighbour.PlaceHold(ctx, h, Ana, Noon) == nil {
			return nil
		}
		h.Message, h.Recipient = "", b.message.To.ID
		return b.PlaceHold(ctx, h, Ana, Noon)
	},
	"LiftHold": func(ctx context.Context, b border) error {
		return b.LiftHold(ctx, b.neighbour.Org.ID, b.hold, Ana, Noon)
	},
	"Holds": func(ctx context.Context, b border) error {
		list, err := b.Holds(ctx, store.HoldFilter{Org: b.neighbour.Org.ID, Lifted: true})
		return none(err, len(list))
	},
	"ForgetMessages": func(ctx context.Context, b border) error {
		n, err := b.ForgetMessages(ctx, b.neighbour.Org.ID, 100, past)
		return none(err, n)
	},
	"WipeThread": func(ctx context.Context, b border) error {
		_, err := b.WipeThread(ctx, b.neighbour.Org.ID, b.message.ID, Ana, Noon)
		return err
	},
	"RevokeSessions": func(ctx context.Context, b border) error {
		return b.RevokeSessions(ctx, b.neighbour.Org.ID, b.message.To.ID, Ana, Noon)
	},
	"ResetRecipient": func(ctx context.Context, b border) error {
		return b.ResetRecipient(ctx, b.neighbour.Org.ID, b.message.To.ID, Ana, Noon)
	},
	"ReleaseMessage": func(ctx context.Context, b border) error {
		return b.ReleaseMessage(ctx, b.neighbour.Org.ID, b.held.ID, Ana, Noon)
	},
	"UnlockRecipient": func(ctx context.Context, b border) error {
		return b.UnlockRecipient(ctx, b.neighbour.Org.ID, b.message.To.ID, Ana, Noon)
	},
	"AddOrgKey": func(ctx context.Context, b border) error {
		key, err := b.Keys.NewOrgKey(ctx, string(b.Org.ID)+"x", 2)
		if err != nil {
			return err
		}
		return b.AddOrgKey(ctx, key, Ana, Noon)
	},
	"ReplaceOrgKey": func(ctx context.Context, b border) error {
		key, err := b.Keys.NewOrgKey(ctx, string(b.Org.ID)+"x", 1)
		if err != nil {
			return err
		}
		return b.ReplaceOrgKey(ctx, key, Ana, Noon)
	},
	"DataKeys": func(ctx context.Context, b border) error {
		keys, err := b.DataKeys(ctx, b.neighbour.Org.ID, 100, 100)
		shown := 0
		for _, k := range keys {
			if k.Message == b.message.ID || k.Reply == b.reply.ID || k.Recipient == b.message.To.ID || k.Recipient == store.RecipientID(b.phrase.ID) {
				shown++
			}
		}
		return none(err, shown)
	},
	"ReplaceDataKeys": func(ctx context.Context, b border) error {
		forged := seal.DataKey{Version: 99, Wrapped: seal.Ciphertext("forged")}
		err := b.ReplaceDataKeys(ctx, []store.StoredKey{
			{Org: b.neighbour.Org.ID, Message: b.message.ID, Recipient: b.message.To.ID, Key: forged},
			{Org: b.neighbour.Org.ID, Message: b.message.ID, Reply: b.reply.ID, Recipient: b.message.To.ID, Key: forged},
			{Org: b.neighbour.Org.ID, Recipient: b.message.To.ID, Key: forged},
		})
		if err != nil {
			return err
		}
		keys, err := b.DataKeys(ctx, b.Org.ID, 1000, 100)
		replaced := 0
		for _, k := range keys {
			if bytes.Equal(k.Key.Wrapped, forged.Wrapped) {
				replaced++
			}
		}
		return none(err, replaced)
	},
	"Known": func(ctx context.Context, b border) error {
		shown, err := b.Known(ctx, b.neighbour.Org.ID, append(store.Hashes(b.refused.Hashes), store.NumberHash(b.vouched.To.ID)))
		return none(err, len(shown))
	},
	"AddHashes": func(ctx context.Context, b border) error {
		forged := store.HashOf{Org: b.neighbour.Org.ID, Recipient: b.message.To.ID, HashedNumber: store.HashedNumber{Key: "k", Hash: "rcp_forged"}}
		n, err := b.AddHashes(ctx, []store.HashOf{forged})
		return none(err, n)
	},
	"TallyDataKeys": func(ctx context.Context, b border) error {
		all, old, err := b.TallyDataKeys(ctx, b.Org.ID+"x", 100)
		return none(err, all+old)
	},
	"Delivered": func(ctx context.Context, b border) error {
		shown, err := b.Delivered(ctx, b.neighbour.Org.ID, []store.RepeatHash{b.message.Repeat}, Noon)
		return none(err, len(shown))
	},
	"Usage": func(ctx context.Context, b border) error {
		n, err := b.Usage(ctx, b.neighbour.Org.ID, time.Time{})
		return none(err, n)
	},
	"SetOrg": func(ctx context.Context, b border) error {
		o := b.Org
		if o.ID += "x"; !errors.Is(b.SetOrg(ctx, store.OrgChange{Org: o, By: Ana, At: Noon}), store.ErrNotFound) {
			return errors.New("an org that is not there was set")
		}
		o = b.neighbour.Org // with the logo of another
		o.Logo = b.logo
		return b.SetOrg(ctx, store.OrgChange{Org: o, By: Ana, At: Noon})
	},
	"OrgVersions": func(ctx context.Context, b border) error {
		list, err := b.OrgVersions(ctx, b.neighbour.Org.ID, 0, 100)
		list = slices.DeleteFunc(list, func(v store.OrgVersion) bool { return v.Org.ID == b.neighbour.Org.ID })
		return none(err, len(list))
	},
	"Reach": func(ctx context.Context, b border) error {
		r, err := b.Reach(ctx, b.neighbour.Org.ID, Noon)
		return none(err, r.Live+r.Waiting)
	},
	"Written": func(ctx context.Context, b border) error {
		list, err := b.Written(ctx, b.neighbour.Org.ID, time.Time{})
		return none(err, len(list))
	},
	"SuspendSender": func(ctx context.Context, b border) error {
		return b.SuspendSender(ctx, b.neighbour.Org.ID, b.Sender.ID, true, Ana, Noon)
	},
	"AddSmarthost": func(ctx context.Context, b border) error {
		s := b.smarthost()
		s.Org += "x"
		return b.AddSmarthost(ctx, s, Ana, Noon)
	},
	"RemoveSmarthost": func(ctx context.Context, b border) error {
		s := b.smarthost()
		if err := b.AddSmarthost(ctx, s, Ana, Noon); err != nil {
			return err
		}
		return b.RemoveSmarthost(ctx, b.neighbour.Org.ID, s.ID, Ana, Noon)
	},
	"Refuse": func(ctx context.Context, b border) error {
		return b.Refuse(ctx, b.neighbour.Org.ID, b.message.To, store.Blocked, Ana, Noon)
	},
	"Allow": func(ctx context.Context, b border) error {
		return b.Allow(ctx, b.neighbour.Org.ID, b.refused.ID, store.Allowance{}, Ana, Noon)
	},
	"Family": func(ctx context.Context, b border) error {
		list, err := b.Family(ctx, b.neighbour.Org.ID, b.person.Family.ID)
		return none(err, len(list))
	},
	"Suppressed": func(ctx context.Context, b border) error {
		list, err := b.Suppressed(ctx, b.neighbour.Org.ID, "", 100)
		return none(err, len(list))
	},
	"Take": func(ctx context.Context, b border) error {
		return b.Take(ctx, b.neighbour.Org.ID, b.message.ID, Ana, Noon)
	},
	"Credentials": func(ctx context.Context, b border) error {
		list, err := b.Credentials(ctx, b.neighbour.Org.ID)
		return none(err, len(list))
	},
	"Recipients": func(ctx context.Context, b border) error {
		list, err := b.Recipients(ctx, b.neighbour.Org.ID, []store.RecipientID{b.message.To.ID})
		return none(err, len(list))
	},
	"AddStaff": func(ctx context.Context, b border) error {
		s := b.newStaff("Nobody")
		s.Org += "x"
		return b.AddStaff(ctx, s, newInvite(Noon), Ana, Noon)
	},
	"Personnel": func(ctx context.Context, b border) error {
		list, err := b.Personnel(ctx, b.neighbour.Org.ID)
		list = slices.DeleteFunc(list, func(s store.Staff) bool { return s.ID == b.theirs.ID })
		return none(err, len(list))
	},
	"StaffMember": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		_, err := b.StaffMember(ctx, org, id)
		return err
	}),
	"InviteStaff": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		return b.InviteStaff(ctx, org, id, newInvite(Noon), Ana, Noon)
	}),
	"SetProofs": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		_, err := b.SetProofs(ctx, org, id, store.Proofs{Password: "theirs", Epoch: b.staff.Epoch}, Ana, Noon)
		return err
	}),
	"SetRoles": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		return b.SetRoles(ctx, org, id, store.AllRoles, Ana, Noon)
	}),
	"SuspendStaff": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		return b.SuspendStaff(ctx, org, id, true, Ana, Noon)
	}),
	"RevokeStaff": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		return b.RevokeStaff(ctx, org, id, Ana, Noon)
	}),
	"TryStaff": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		return b.TryStaff(ctx, org, id, false, Noon)
	}),
	"StaffSignedIn": func(ctx context.Context, b border) error {
		_, err := b.StaffSignedIn(ctx, store.StaffSignIn{Org: b.neighbour.Org.ID, ID: b.staff.ID, Epoch: b.staff.Epoch, Verified: "phc"}, Ana, Noon)
		if errors.Is(err, store.ErrConflict) {
			return store.ErrNotFound // refused is as good
		}
		return err
	},
	"StaffSignInFailed": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		return b.StaffSignInFailed(ctx, org, id, Ana, Noon)
	}),
	"StaffPasskeys": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		list, err := b.StaffPasskeys(ctx, org, id)
		return none(err, len(list))
	}),
	"AddStaffPasskey": func(ctx context.Context, b border) error {
		p := b.staffPasskey(b.staff, 9, 0)
		p.Org = b.neighbour.Org.ID
		return b.AddStaffPasskey(ctx, p, b.staff.Epoch, Ana, Noon)
	},
	"RemoveStaffPasskey": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		_, err := b.RemoveStaffPasskey(ctx, org, id, b.key.ID, b.staff.Epoch, Ana, Noon)
		return err
	}),
	"StaffSignedInByPasskey": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		_, err := b.StaffSignedInByPasskey(ctx, store.StaffPasskeyUse{Org: org, ID: id, Epoch: b.staff.Epoch, Passkey: b.key.ID}, Ana, Noon)
		return err
	}),
	"SetProvider": func(ctx context.Context, b border) error {
		p := b.provider
		p.Org += "x"
		return b.SetProvider(ctx, p, false, Ana, Noon)
	},
	"Provider": func(ctx context.Context, b border) error {
		_, err := b.Provider(ctx, b.neighbour.Org.ID)
		return err
	},
	"RemoveProvider": func(ctx context.Context, b border) error {
		return b.RemoveProvider(ctx, b.neighbour.Org.ID, Ana, Noon)
	},
	"SignInVouched": func(ctx context.Context, b border) error {
		i := b.introduction(b.staff.Email)
		i.Org = b.neighbour.Org.ID
		_, err := b.SignInVouched(ctx, i, Ana, Noon)
		if errors.Is(err, store.ErrGone) {
			return store.ErrNotFound // refused is as good
		}
		return err
	},
	"Record": func(ctx context.Context, b border) error {
		return b.Record(ctx, store.Event{Org: b.neighbour.Org.ID, Recipient: b.message.To.ID, Kind: store.SessionEnded, By: Ana, At: Noon})
	},
	"TallyOf": func(ctx context.Context, b border) error {
		found, err := b.TallyOf(ctx, []store.TallyKey{{Org: b.neighbour.Org.ID, Measure: store.TallyAccepted, Span: Noon}})
		return none(err, len(found))
	},
	"Tallies": func(ctx context.Context, b border) error {
		found, err := b.Tallies(ctx, store.TallyFilter{
			Org: b.neighbour.Org.ID, Measures: []store.Measure{store.TallyAccepted}, Since: Noon, Until: Noon.Add(time.Hour),
		})
		return none(err, len(found))
	},
	"Alerts": func(ctx context.Context, b border) error {
		found, err := b.Alerts(ctx, store.AlertFilter{Org: b.neighbour.Org.ID, ID: b.alert.ID})
		return none(err, len(found))
	},
	"SeeAlert": func(ctx context.Context, b border) error {
		return b.SeeAlert(ctx, b.neighbour.Org.ID, b.alert.ID, Ana, Noon)
	},
	"AlertRules": func(ctx context.Context, b border) error {
		_, err := b.AlertRules(ctx, b.Org.ID+"x")
		return err
	},
	"SetAlertRules": func(ctx context.Context, b border) error {
		return b.SetAlertRules(ctx, b.Org.ID+"x", store.DefaultAlertRules, Ana, Noon)
	},
	"Browsers": func(ctx context.Context, b border) error {
		list, err := b.Browsers(ctx, b.neighbour.Org.ID, b.message.To.ID)
		return none(err, len(list))
	},
	"ForgetBrowser": func(ctx context.Context, b border) error {
		return b.ForgetBrowser(ctx, b.neighbour.Org.ID, b.message.To.ID, store.HandleOf(browser(1)), Ana, Noon)
	},
	"AskToWipe": func(ctx context.Context, b border) error {
		a := store.Ask{ID: store.NewAskID(Noon), Org: b.neighbour.Org.ID}
		_, err := b.AskToWipe(ctx, a, store.Selection{Sender: b.Sender.ID}, staffOf(b.theirs), Noon)
		return err
	},
	"AskToRead": func(ctx context.Context, b border) error {
		_, err := b.AskToRead(ctx, store.Ask{ID: store.NewAskID(Noon), Org: b.neighbour.Org.ID, Message: b.message.ID}, staffOf(b.theirs), Noon)
		return err
	},
	"Asks": func(ctx context.Context, b border) error {
		list, err := b.Asks(ctx, b.neighbour.Org.ID, 100)
		return none(err, len(list))
	},
	"Ask": asked(func(ctx context.Context, b border, org store.OrgID, id store.AskID) error {
		_, err := b.Ask(ctx, org, id)
		return err
	}),
	"AskedMessages": asked(func(ctx context.Context, b border, org store.OrgID, id store.AskID) error {
		_, err := b.AskedMessages(ctx, org, id, "", 100)
		return err
	}),
	"Approve": asked(func(ctx context.Context, b border, org store.OrgID, id store.AskID) error {
		return b.Approve(ctx, org, id, "", staffOf(b.theirs), Noon)
	}),
	"Withdraw": asked(func(ctx context.Context, b border, org store.OrgID, id store.AskID) error {
		return b.Withdraw(ctx, org, id, staffOf(b.staff), Noon)
	}),
	"OpenAsked": asked(func(ctx context.Context, b border, org store.OrgID, id store.AskID) error {
		_, err := b.OpenAsked(ctx, org, id, staffOf(b.staff), Noon)
		return err
	}),
	"Resend": func(ctx context.Context, b border) error {
		return b.Resend(ctx, b.neighbour.Org.ID, b.message.ID, Ana, Noon)
	},
	"Extend": func(ctx context.Context, b border) error {
		return b.Extend(ctx, b.neighbour.Org.ID, b.message.ID, Noon.Add(3*life), Ana, Noon)
	},
	"OpenSent": func(ctx context.Context, b border) error {
		_, err := b.OpenSent(ctx, b.correspondent(), b.message.ID, Noon)
		return err
	},
	"OpenSentFile": func(ctx context.Context, b border) error {
		_, err := b.OpenSentFile(ctx, b.correspondent(), b.message.ID, seal.FirstAttachment, Noon)
		return err
	},
	"UnreadReplies": func(ctx context.Context, b border) error {
		n, err := b.UnreadReplies(ctx, b.neighbour.Org.ID, b.Sender.ID, Noon)
		return none(err, n)
	},
	"AddPhrase": func(ctx context.Context, b border) error {
		p := b.phrase
		p.ID, p.Org = store.NewPhraseID(Noon), b.Org.ID+"x"
		return b.AddPhrase(ctx, p, Ana, Noon)
	},
	"ChangePhrase": func(ctx context.Context, b border) error {
		p := b.phrase
		p.Org = b.neighbour.Org.ID
		return b.ChangePhrase(ctx, p, Ana, Noon)
	},
	"RemovePhrase": func(ctx context.Context, b border) error {
		return b.RemovePhrase(ctx, b.neighbour.Org.ID, b.phrase.ID, Ana, Noon)
	},
	"Phrases": func(ctx context.Context, b border) error {
		list, err := b.Phrases(ctx, b.neighbour.Org.ID)
		return none(err, len(list))
	},
	"Looked": func(ctx context.Context, b border) error {
		return b.Looked(ctx, b.neighbour.Org.ID, b.message.To.ID, Noon)
	},
}

// correspondent is the neighbour, in the name of the clinic's sender.
func (b border) correspondent() store.Correspondent {
	who := b.reader()
	who.Org = b.neighbour.Org.ID
	return who
}

// personnel tries what concerns a person, who is the clinic's, as the neighbour.
func personnel(try func(context.Context, border, store.OrgID, store.StaffID) error) func(context.Context, border) error {
	return func(ctx context.Context, b border) error { return try(ctx, b, b.neighbour.Org.ID, b.staff.ID) }
}

// asked tries what concerns an ask, which is the clinic's, as the neighbour.
func asked(try func(context.Context, border, store.OrgID, store.AskID) error) func(context.Context, border) error {
	return func(ctx context.Context, b border) error { return try(ctx, b, b.neighbour.Org.ID, b.ask.ID) }
}

// none is ErrNotFound when nothing was shown.
func none(err error, shown int) error {
	if err == nil && shown == 0 {
		return store.ErrNotFound
	}
	return err
}

func foreignOrg(t *testing.T, c *Clinic) {
	b := border{Clinic: c, neighbour: c.Neighbour(t)}
	th := c.thread(t, Number(1), 0, files(100)...)
	b.message, b.hash, b.known = th.Message, th.hash, th.viewer
	b.reply = c.mustReply(t, th, "It itches.", Noon, files(100)...)
	c.goOn(t, b.message, 1) // of whose thread the neighbour's viewer sees nothing
	b.draft = c.mustKeep(t, th, "It itches a lot.")
	c.send(t, Noon)
	b.passkey = passkeyOf(1, 0)
	must(t, "AddPasskey", c.AddPasskey(t.Context(), b.passkey, browser(1), b.known, Noon))
	var link token.Hash
	b.held, link = c.texted(t, Number(3))
	must(t, "NotMine", c.NotMine(t.Context(), link, visitor, Noon))
	b.person = c.Person(t, Number(4), "Maria")
	c.textedTo(t, b.person)
	b.refused = c.Recipient(t, Number(2))
	must(t, "Refuse", c.Refuse(t.Context(), c.Org.ID, b.refused, store.OptedOut, Ana, Noon))
	b.staff = c.setUp(t, "Rosa Diaz")
	b.phrase = c.phrase(t, store.NewPhraseID(Noon), "Your result is ready.")
	must(t, "AddPhrase", c.AddPhrase(t.Context(), b.phrase, Ana, Noon))
	b.hold = c.hold(t, store.Hold{Message: b.held.ID})
	b.logo = c.withLogo(t).Logo
	b.key = c.withStaffPasskey(t, b.staff, 1, 0)
	b.provider = c.withProvider(t, true)
	b.staff = c.member(t, b.staff.ID).Staff
	b.vouched = c.vouchedFor(t, Number(4))
	b.ask, b.theirs = c.askedToRead(t, b.message.ID, c.setUp(t, "Tom Lee", store.RoleAdmin)), b.neighbour.setUp(t, "Somebody Else", store.RoleAdmin)
	b.alert = c.alerted(t, store.ManyWipes, "stf_x")
	c.send(t, Noon)
	b.viewer = b.known
	b.viewer.Org = b.neighbour.Org.ID
	for name, try := range foreign {
		if name == "Accept" {
			continue
		}
		before := len(c.events(t, store.EventFilter{Org: b.neighbour.Org.ID}))
		wantError(t, name, try(t.Context(), b), store.ErrNotFound)
		if after := len(c.events(t, store.EventFilter{Org: b.neighbour.Org.ID})); after != before {
			t.Errorf("%s: wrote an event in the neighbour's log", name)
		}
	}
	c.wantViewing(t, b.message, b.hash, b.known, Noon.Add(time.Minute), nil)
	if len(c.passkeys(t, b.known)) != 1 {
		t.Error("Passkeys: the neighbour added or removed one")
	}
	if !c.link(t, link, Noon).Held {
		t.Error("Link: the neighbour released a message")
	}
	for _, r := range []store.Recipient{b.message.To, b.refused} {
		if want := map[bool]store.Refusal{true: store.OptedOut}[r.ID == b.refused.ID]; c.refusal(t, r) != want {
			t.Errorf("Refusals: the neighbour changed one, want %q", want)
		}
	}
	// The last, since it may add to the neighbour's log.
	wantError(t, "Accept", foreign["Accept"](t.Context(), b), store.ErrNotFound)
}
