package dmarc

import (
	"net/netip"
	"testing"
)

// matrix has one way for a mail to come in each line. The clinic's DMARC record
// is record, or none; send prepares DNS and the mail.
var matrix = []struct {
	name    string
	record  string
	send    func(w *world) Input
	want    Verdict
	aligned Method
	policy  Policy
}{
	{"own server, signed", "v=DMARC1; p=reject", func(w *world) Input {
		return fromClinic(w.sign(w.key, letter))
	}, Pass, MethodDKIM, PolicyReject},
	{"own server, unsigned", "v=DMARC1; p=reject", func(w *world) Input {
		return fromClinic(letter)
	}, Pass, MethodSPF, PolicyReject},
	{"own server over ipv6-mapped ipv4", "v=DMARC1; p=reject", func(w *world) Input {
		in := fromClinic(letter)
		in.Client = netip.MustParseAddr("::ffff:" + ownServer)
		return in
	}, Pass, MethodSPF, PolicyReject},
	{"forwarded: spf broken, signature good", "v=DMARC1; p=reject", func(w *world) Input {
		return fromStranger(w.sign(w.key, letter))
	}, Pass, MethodDKIM, PolicyReject},
	{"forwarded under the forwarder's own sender", "v=DMARC1; p=reject", func(w *world) Input {
		w.TXT("forwarder.example", "v=spf1 ip4:"+stranger+" -all")
		in := fromStranger(w.sign(w.key, letter))
		in.MailFrom = "srs0=x=y=clinic.example=ana@forwarder.example"
		return in
	}, Pass, MethodDKIM, PolicyReject},
	{"mailing list: signature broken, the list's own is good", "v=DMARC1; p=none", func(w *world) Input {
		list := w.newKey("list.example")
		w.TXT("list.example", "v=spf1 ip4:"+stranger+" -all")
		in := fromStranger(w.sign(list, w.sign(w.key, letter)+"-- \r\nlist footer\r\n"))
		in.MailFrom = "bounces@list.example"
		return in
	}, Fail, "", PolicyNone},
	{"stranger, unsigned", "v=DMARC1; p=reject", func(w *world) Input {
		return fromStranger(letter)
	}, Fail, "", PolicyReject},
	{"stranger with own domain and spf, misaligned", "v=DMARC1; p=quarantine", func(w *world) Input {
		w.TXT("evil.example", "v=spf1 +all")
		in := fromStranger(w.sign(w.newKey("evil.example"), letter))
		in.MailFrom = "ana@evil.example"
		return in
	}, Fail, "", PolicyQuarantine},
	{"stranger whose domain ends in the clinic's", "v=DMARC1; p=reject", func(w *world) Input {
		w.TXT("notclinic.example", "v=spf1 +all")
		in := fromStranger(w.sign(w.newKey("notclinic.example"), letter))
		in.MailFrom = "ana@notclinic.example"
		return in
	}, Fail, "", PolicyReject},
	{"stranger with a quoted @ in the local part", "v=DMARC1; p=reject", func(w *world) Input {
		w.TXT("evil.example", "v=spf1 +all")
		in := fromStranger(letter)
		in.MailFrom = `"x@evil.example"@clinic.example`
		return in
	}, Fail, "", PolicyReject},
	{"own server, a quoted @ in the local part", "v=DMARC1; p=reject", func(w *world) Input {
		in := fromClinic(letter)
		in.MailFrom = `"x@evil.example"@clinic.example`
		return in
	}, Pass, MethodSPF, PolicyReject},

	{"no record, unsigned stranger", "", func(w *world) Input {
		return fromStranger(letter)
	}, None, "", PolicyNone},
	{"no record, own server", "", func(w *world) Input {
		return fromClinic(letter)
	}, Pass, MethodSPF, PolicyNone},
	{"no record, signed by a subdomain", "", func(w *world) Input {
		return fromStranger(w.sign(w.newKey("mail.clinic.example"), letter))
	}, Pass, MethodDKIM, PolicyNone},
	{"no record, and nothing at all in dns", "", func(w *world) Input {
		in := fromStranger(letter)
		in.From, in.MailFrom = "nowhere.example", "ana@nowhere.example"
		return in
	}, None, "", PolicyNone},

	{"relaxed: signed by a subdomain", "v=DMARC1; p=reject; adkim=r", func(w *world) Input {
		return fromStranger(w.sign(w.newKey("mail.clinic.example"), letter))
	}, Pass, MethodDKIM, PolicyReject},
	{"strict: signed by a subdomain", "v=DMARC1; p=reject; adkim=s", func(w *world) Input {
		return fromStranger(w.sign(w.newKey("mail.clinic.example"), letter))
	}, Fail, "", PolicyReject},
	{"strict: signed by the domain itself", "v=DMARC1; p=reject; adkim=s", func(w *world) Input {
		return fromStranger(w.sign(w.key, letter))
	}, Pass, MethodDKIM, PolicyReject},
	{"relaxed: bounces go to a subdomain", "v=DMARC1; p=reject", func(w *world) Input {
		w.TXT("bounce.clinic.example", "v=spf1 ip4:"+ownServer+" -all")
		in := fromClinic(letter)
		in.MailFrom = "b@bounce.clinic.example"
		return in
	}, Pass, MethodSPF, PolicyReject},
	{"strict: bounces go to a subdomain", "v=DMARC1; p=reject; aspf=s", func(w *world) Input {
		w.TXT("bounce.clinic.example", "v=spf1 ip4:"+ownServer+" -all")
		in := fromClinic(letter)
		in.MailFrom = "b@bounce.clinic.example"
		return in
	}, Fail, "", PolicyReject},

	{"subdomain: the organization's sp", "v=DMARC1; p=reject; sp=quarantine", func(w *world) Input {
		in := fromStranger(letter)
		in.From = "ward.clinic.example"
		return in
	}, Fail, "", PolicyQuarantine},
	{"subdomain: the organization's p without sp", "v=DMARC1; p=reject", func(w *world) Input {
		in := fromStranger(letter)
		in.From = "ward.clinic.example"
		return in
	}, Fail, "", PolicyReject},
	{"subdomain: its own record goes first", "v=DMARC1; p=reject; sp=reject", func(w *world) Input {
		w.TXT("_dmarc.ward.clinic.example", "v=DMARC1; p=none; sp=quarantine; adkim=s")
		in := fromStranger(w.sign(w.key, letter))
		in.From = "ward.clinic.example"
		return in
	}, Fail, "", PolicyNone},
	{"subdomain: signed by the organization", "v=DMARC1; p=reject", func(w *world) Input {
		in := fromStranger(w.sign(w.key, letter))
		in.From = "ward.clinic.example"
		return in
	}, Pass, MethodDKIM, PolicyReject},
	{"two clinics under one public suffix are strangers", "", func(w *world) Input {
		in := fromStranger(w.sign(w.newKey("evil.co.uk"), letter))
		in.From = "clinic.co.uk"
		return in
	}, None, "", PolicyNone},
	{"a public suffix signs for nobody below it", "", func(w *world) Input {
		in := fromStranger(w.sign(w.newKey("co.uk"), letter))
		in.From = "clinic.co.uk"
		return in
	}, None, "", PolicyNone},

	{"pct=0 asks for the next milder policy", "v=DMARC1; p=reject; pct=0", func(w *world) Input {
		return fromStranger(letter)
	}, Fail, "", PolicyQuarantine},
	{"pct=20 is not a dice", "v=DMARC1; p=reject; pct=20", func(w *world) Input {
		return fromStranger(letter)
	}, Fail, "", PolicyReject},

	{"null sender, helo passes", "v=DMARC1; p=reject", func(w *world) Input {
		w.TXT("mx.clinic.example", "v=spf1 ip4:"+ownServer+" -all")
		in := fromClinic(letter)
		in.MailFrom = ""
		return in
	}, Pass, MethodSPF, PolicyReject},
	{"helo of a good name does not help a sender elsewhere", "v=DMARC1; p=reject", func(w *world) Input {
		w.TXT("mx.clinic.example", "v=spf1 ip4:"+ownServer+" -all")
		w.TXT("evil.example", "v=spf1 +all")
		in := fromClinic(letter)
		in.MailFrom = "x@evil.example"
		return in
	}, Fail, "", PolicyReject},
	{"null sender, helo is an address", "v=DMARC1; p=reject", func(w *world) Input {
		in := fromClinic(letter)
		in.MailFrom, in.HELO = "", "[192.0.2.1]"
		return in
	}, Fail, "", PolicyReject},
	{"international domain", "", func(w *world) Input {
		in := fromStranger(w.sign(w.newKey("xn--rztin-fra.example"), letter))
		in.From = "Ärztin.example"
		return in
	}, Pass, MethodDKIM, PolicyNone},

	{"temperror: the record cannot be had", "", func(w *world) Input {
		w.Fail("_dmarc.clinic.example")
		return fromClinic(w.sign(w.key, letter))
	}, TempError, "", PolicyNone},
	{"temperror: the organization's record cannot be had", "", func(w *world) Input {
		w.Hang("_dmarc.clinic.example")
		in := fromClinic(letter)
		in.From = "ward.clinic.example"
		return in
	}, TempError, "", PolicyNone},
	{"temperror: the key cannot be had", "v=DMARC1; p=reject", func(w *world) Input {
		w.Fail(w.key.Name())
		return fromStranger(w.sign(w.key, letter))
	}, TempError, "", PolicyReject},
	{"temperror: aliases in a loop", "v=DMARC1; p=reject", func(w *world) Input {
		w.CNAME(w.key.Name(), "loop.example")
		w.CNAME("loop.example", w.key.Name())
		return fromStranger(w.sign(w.key, letter))
	}, TempError, "", PolicyReject},
	{"temperror: the spf record does not come in time", "v=DMARC1; p=reject", func(w *world) Input {
		w.Hang("clinic.example")
		return fromStranger(letter)
	}, TempError, "", PolicyReject},
	{"spf hangs, but the signature speaks for it", "v=DMARC1; p=reject", func(w *world) Input {
		w.Hang("clinic.example")
		return fromStranger(w.sign(w.key, letter))
	}, Pass, MethodDKIM, PolicyReject},
	{"the key cannot be had, but spf speaks for it", "v=DMARC1; p=reject", func(w *world) Input {
		w.Fail(w.key.Name())
		return fromClinic(w.sign(w.key, letter))
	}, Pass, MethodSPF, PolicyReject},
	{"somebody else's dns trouble delays nobody", "v=DMARC1; p=reject", func(w *world) Input {
		list := w.newKey("list.example")
		w.Fail(list.Name(), "list.example")
		in := fromStranger(w.sign(list, letter))
		in.MailFrom = "bounces@list.example"
		return in
	}, Fail, "", PolicyReject},

	{"permerror: two records", "v=DMARC1; p=none", func(w *world) Input {
		w.TXT("_dmarc.clinic.example", "v=DMARC1; p=reject")
		return fromClinic(w.sign(w.key, letter))
	}, PermError, "", PolicyNone},
	{"permerror: a record without policy", "v=DMARC1; adkim=s", func(w *world) Input {
		return fromClinic(letter)
	}, PermError, "", PolicyNone},
	{"permerror: from is no domain", "", func(w *world) Input {
		in := fromClinic(letter)
		in.From = "clinic example"
		return in
	}, PermError, "", PolicyNone},
	{"spf permerror is no pass", "v=DMARC1; p=reject", func(w *world) Input {
		w.TXT("clinic.example", "v=spf1 +all") // the second
		return fromClinic(letter)
	}, Fail, "", PolicyReject},
}

func TestS26RelayMatrix(t *testing.T) {
	for _, test := range matrix {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, test.record)
			r := w.evaluate(test.send(w))
			if r.Verdict != test.want || r.Aligned != test.aligned || r.Policy != test.policy {
				t.Errorf("got %s,\nwant %s aligned=%q policy=%s", r, test.want, test.aligned, test.policy)
			}
			if (r.Detail != "") != (test.want == PermError) {
				t.Errorf("detail %q with %s", r.Detail, r.Verdict)
			}
		})
	}
}
