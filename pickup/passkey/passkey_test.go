package passkey_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"securetext/pickup/passkey"
	"securetext/pickup/passkey/passkeytest"
)

const site = "https://pickup.example:8443"

func party(t *testing.T) *passkey.Party {
	t.Helper()
	p, err := passkey.New(site, 5*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func phone(t *testing.T) *passkeytest.Phone {
	return &passkeytest.Phone{TB: t, Origin: site, RPID: "pickup.example"}
}

func challenge() passkey.Challenge {
	var c passkey.Challenge
	rand.Read(c[:])
	return c
}

var bell = passkey.Owner{Handle: [32]byte{1, 2, 3}, Name: "Lakeside, phone ending 89"}

// enrolled is an owner with one passkey on the phone.
func enrolled(t *testing.T, p *passkey.Party, f *passkeytest.Phone) passkey.Owner {
	t.Helper()
	o, ch := bell, challenge()
	asked, err := p.Make(o, ch)
	if err != nil {
		t.Fatal(err)
	}
	k, _, err := p.Made(o, ch, f.Make(asked))
	if err != nil {
		t.Fatalf("Made: %v", err)
	}
	b, err := k.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := passkey.Parse(b)
	if d := cmp.Diff(k, kept); d != "" || err != nil {
		t.Fatalf("Parse: %v (-want +got)\n%s", err, d)
	}
	o.Keys = append(o.Keys, kept)
	return o
}

func TestS10APasskeyIsMadeAndSigns(t *testing.T) {
	for name, f := range map[string]*passkeytest.Phone{
		"on one phone": phone(t), "on several": {TB: t, Origin: site, RPID: "pickup.example", Synced: true},
		"that counts":                            {TB: t, Origin: site, RPID: "pickup.example", Counter: 1},
		"with an extension nobody asked for":     {TB: t, Origin: site, RPID: "pickup.example", Extended: true},
		"for a host that says its usual letters": {TB: t, Origin: "https://PICKUP.example:8443", RPID: "pickup.example"},
	} {
		t.Run(name, func(t *testing.T) {
			p := party(t)
			o := enrolled(t, p, f)
			for range 3 {
				before, ch := f.Counter, challenge()
				asked, err := p.Use(o, ch)
				if err != nil {
					t.Fatal(err)
				}
				which, count, err := p.Used(o, ch, f.Use(asked))
				if err != nil || which != 0 || uint32(count) != f.Counter || before != 0 && f.Counter == before {
					t.Fatalf("Used: got %d, %d, %v, want the passkey and what its counter says", which, count, err)
				}
			}
		})
	}
}

func TestPagesAskForWhatIsDecided(t *testing.T) {
	p := party(t)
	o := enrolled(t, p, phone(t))
	ch := challenge()
	asked, err := p.Make(o, ch)
	if err != nil {
		t.Fatal(err)
	}
	wantJSON(t, asked, `"rp":{"name":"pickup.example","id":"pickup.example"}`, `"userVerification":"required"`, `"residentKey":"preferred"`,
		`"requireResidentKey":false`, `"attestation":"none"`, `"timeout":300000`, `"authenticatorAttachment":"platform"`,
		`"excludeCredentials":[{"type":"public-key"`, `"name":"Lakeside, phone ending 89"`)
	asked, err = p.Use(o, ch)
	if err != nil {
		t.Fatal(err)
	}
	wantJSON(t, asked, `"rpId":"pickup.example"`, `"userVerification":"required"`, `"timeout":300000`,
		`"allowCredentials":[{"type":"public-key"`, `"transports":["internal","hybrid"]`)
	if strings.Contains(string(asked), "Lakeside") {
		t.Error("who may ask for a signature is told whose passkeys they are")
	}
}

func wantJSON(t *testing.T, got []byte, want ...string) {
	t.Helper()
	if !json.Valid(got) {
		t.Fatalf("not JSON: %s", got)
	}
	for _, w := range want {
		if !strings.Contains(string(got), w) {
			t.Errorf("the options lack %s:\n%s", w, got)
		}
	}
}

func TestS10NoOtherSignatureSignsIn(t *testing.T) {
	p := party(t)
	for name, wrong := range map[string]func(f *passkeytest.Phone){
		"another origin":       func(f *passkeytest.Phone) { f.Origin = "https://pickup.example.evil.test" },
		"another port":         func(f *passkeytest.Phone) { f.Origin = "https://pickup.example" },
		"another scheme":       func(f *passkeytest.Phone) { f.Origin = "http://pickup.example:8443" },
		"another site":         func(f *passkeytest.Phone) { f.RPID = "evil.test" },
		"nobody looked at":     func(f *passkeytest.Phone) { f.Unseen = true },
		"signed for making":    func(f *passkeytest.Phone) { f.Type = "webauthn.create" },
		"copied to more":       func(f *passkeytest.Phone) { f.Synced = true },
		"signed for payment":   func(f *passkeytest.Phone) { f.Type = "payment.get" },
		"another site's frame": func(f *passkeytest.Phone) { f.Origin = "null" },
	} {
		t.Run(name, func(t *testing.T) {
			f, ch := phone(t), challenge()
			o := enrolled(t, p, f)
			asked, err := p.Use(o, ch)
			if err != nil {
				t.Fatal(err)
			}
			wrong(f)
			_, _, err = p.Used(o, ch, f.Use(asked))
			wantRefused(t, err, f)
		})
	}
}

func TestS10NoOtherAnswerMakesAPasskey(t *testing.T) {
	p := party(t)
	for name, wrong := range map[string]func(f *passkeytest.Phone){
		"another origin":   func(f *passkeytest.Phone) { f.Origin = "https://evil.test" },
		"another site":     func(f *passkeytest.Phone) { f.RPID = "evil.test" },
		"nobody looked at": func(f *passkeytest.Phone) { f.Unseen = true },
		"signed for use":   func(f *passkeytest.Phone) { f.Type = "webauthn.get" },
	} {
		t.Run(name, func(t *testing.T) {
			f, ch := phone(t), challenge()
			asked, err := p.Make(bell, ch)
			if err != nil {
				t.Fatal(err)
			}
			wrong(f)
			_, _, err = p.Made(bell, ch, f.Make(asked))
			wantRefused(t, err, f)
		})
	}
}

func wantRefused(t *testing.T, err error, f *passkeytest.Phone) {
	t.Helper()
	if !errors.Is(err, passkey.ErrRefused) {
		t.Fatalf("got %v, want ErrRefused", err)
	}
	if strings.Contains(err.Error(), f.Origin) {
		t.Errorf("the error quotes the answer: %v", err)
	}
}

func TestS10AnswersAreGoodForTheirChallengeAndOwnerAlone(t *testing.T) {
	p, f := party(t), phone(t)
	o, ch := enrolled(t, p, f), challenge()
	asked, err := p.Use(o, ch)
	if err != nil {
		t.Fatal(err)
	}
	answer := f.Use(asked)
	other := enrolled(t, p, phone(t))
	other.Handle[0]++
	stolen := other // claims the passkey as its own
	stolen.Keys = o.Keys
	for name, x := range map[string]struct {
		o  passkey.Owner
		ch passkey.Challenge
	}{
		"another challenge": {o, challenge()}, "no challenge": {o, passkey.Challenge{}}, "another owner": {other, ch},
		"an owner that has it too": {stolen, ch}, "an owner that removed it": {bell, ch},
	} {
		if _, _, err := p.Used(x.o, x.ch, answer); !errors.Is(err, passkey.ErrRefused) {
			t.Errorf("Used with %s: got %v, want ErrRefused", name, err)
		}
	}
	foreign := o
	foreign.Keys = append([]passkey.Key{}, o.Keys...)
	foreign.Keys[0].Public = other.Keys[0].Public
	if _, _, err := p.Used(foreign, ch, answer); !errors.Is(err, passkey.ErrRefused) {
		t.Errorf("Used with another's public key: got %v, want ErrRefused", err)
	}
	if _, _, err := p.Used(o, ch, answer); err != nil {
		t.Errorf("Used: %v", err)
	}
	made := challenge()
	asked, err = p.Make(o, made)
	if err != nil {
		t.Fatal(err)
	}
	fresh := f.Make(asked)
	k, _, err := p.Made(o, made, fresh)
	if err != nil {
		t.Fatal(err)
	}
	o.Keys = append(o.Keys, k)
	if _, _, err := p.Made(o, made, fresh); !errors.Is(err, passkey.ErrRefused) {
		t.Errorf("Made, of one that there is: got %v, want ErrRefused", err)
	}
	if _, _, err := p.Made(bell, challenge(), fresh); !errors.Is(err, passkey.ErrRefused) {
		t.Errorf("Made with another challenge: got %v, want ErrRefused", err)
	}
}

func TestS24NonsenseIsRefusedAndNotQuoted(t *testing.T) {
	p := party(t)
	o := enrolled(t, p, phone(t))
	for _, answer := range []string{
		"", "null", "{}", "[]", "heron", `{"id":"heron"}`, `{"id":"aGVyb24","rawId":"aGVyb24","type":"public-key"}`,
		`{"id":"aGVyb24","rawId":"aGVyb24","type":"public-key","response":{"clientDataJSON":"aGVyb24","authenticatorData":"aGVyb24","signature":"","attestationObject":"aGVyb24"}}`,
		strings.Repeat("[", 10_000),
	} {
		_, _, used := p.Used(o, challenge(), []byte(answer))
		_, _, made := p.Made(o, challenge(), []byte(answer))
		for _, err := range []error{used, made} {
			if !errors.Is(err, passkey.ErrRefused) || strings.Contains(err.Error(), "heron") {
				t.Errorf("%.40q: got %v, want ErrRefused and nothing of it", answer, err)
			}
		}
	}
	if _, err := passkey.Parse([]byte("heron")); err == nil || strings.Contains(err.Error(), "heron") {
		t.Errorf("Parse: got %v", err)
	}
}

func TestOnlyDomainsHavePasskeys(t *testing.T) {
	for _, url := range []string{"https://127.0.0.1:8443", "https://[::1]", "https://192.0.2.1", "https://clinic"} {
		if _, err := passkey.New(url, time.Minute); !errors.Is(err, passkey.ErrNoDomain) {
			t.Errorf("New(%s): got %v, want ErrNoDomain", url, err)
		}
	}
	for _, url := range []string{"https://localhost:8443", "https://secure.text", "https://msg.clinic.example"} {
		if _, err := passkey.New(url, time.Minute); err != nil {
			t.Errorf("New(%s): %v", url, err)
		}
	}
}

func TestPasskeysThatWereMadeUnderAFormerHandleGoOn(t *testing.T) {
	p, f := party(t), phone(t)
	o, ch := enrolled(t, p, f), challenge()
	asked, err := p.Use(o, ch)
	if err != nil {
		t.Fatal(err)
	}
	answer := f.Use(asked)
	later := o
	later.Handle[0]++
	if _, _, err := p.Used(later, ch, answer); !errors.Is(err, passkey.ErrRefused) {
		t.Errorf("under another handle: got %v, want ErrRefused", err)
	}
	later.Former = [][32]byte{{9}, o.Handle}
	if _, _, err := p.Used(later, ch, answer); err != nil {
		t.Errorf("under a former handle: %v", err)
	}
}

// Where nobody knows yet whose it will be, a passkey says so itself.
func TestS32APasskeyOfStaffFindsItsOwner(t *testing.T) {
	p, err := passkey.NewForStaff(site, 5*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	f, ch := phone(t), challenge()
	asked, err := p.Make(bell, ch)
	if err != nil {
		t.Fatal(err)
	}
	wantJSON(t, asked, `"residentKey":"required"`, `"requireResidentKey":true`, `"userVerification":"required"`)
	if strings.Contains(string(asked), "authenticatorAttachment") {
		t.Error("only this machine may keep it")
	}
	o := enrolled(t, p, f)
	if asked, err = p.UseAny(ch); err != nil {
		t.Fatal(err)
	}
	wantJSON(t, asked, `"rpId":"pickup.example"`, `"userVerification":"required"`)
	if strings.Contains(string(asked), "allowCredentials") || strings.Contains(string(asked), "Lakeside") {
		t.Errorf("whoever may ask is told whose passkeys there are: %s", asked)
	}
	answer := f.UseAny(asked)
	id, err := passkey.Which(answer)
	if err != nil || string(id) != string(o.Keys[0].ID) {
		t.Errorf("Which: got %x, %v, want the passkey's", id, err)
	}
	other := o
	other.Handle[0]++ // who has the same passkey, and is somebody else
	if _, _, err := p.Used(other, ch, answer); !errors.Is(err, passkey.ErrRefused) {
		t.Errorf("Used as another owner: got %v, want ErrRefused", err)
	}
	if _, _, err := p.Used(o, ch, answer); err != nil {
		t.Errorf("Used: %v", err)
	}
	if _, err := passkey.Which([]byte(`{"id":"x"}`)); !errors.Is(err, passkey.ErrRefused) {
		t.Errorf("Which of no answer: got %v, want ErrRefused", err)
	}
}
