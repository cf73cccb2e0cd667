package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/seal"
)

func TestS24DraftsAndSecretsPrintAsNothing(t *testing.T) {
	d := Draft{To: "+12015550147", Subject: "Your results", Text: "All is well.", Options: map[string]string{"passcode": "4711"}}
	d.Files = []DraftFile{{Name: "All is well.pdf", Data: []byte("Your results")}}
	row := phraseRow{ID: "phr_x", Wording: store.Wording{Name: "Your results", Text: "All is well."}}
	secret, proof := newAppSecret(), proofSecret([]byte("thirty-two bytes of a ceremony's."[:32]))
	var out bytes.Buffer
	for _, v := range []any{d, &d, struct{ D Draft }{d}, d.Files, d.Files[0], row, row.Wording, phrasePage{Said: row.Wording}, secret, struct{ S appSecret }{secret}, proof, struct{ P proofSecret }{proof}, ceremony{Secret: proof}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		if err := json.NewEncoder(&out).Encode(v); err != nil {
			t.Fatal(err)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
	}
	for _, word := range []string{"5550147", "results", "well", "4711", string(secret), "thirty", "7468697274", "116 104 105"} {
		if strings.Contains(out.String(), word) {
			t.Errorf("printed %q", word)
		}
	}
}

func TestTheCodesOfAnApp(t *testing.T) {
	secret, now := appSecret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), time.Unix(59, 0) // of RFC 6238, appendix B
	for typed, want := range map[string]int64{"287082": 1, "287 082": 1, "969429": 0, "359152": 2, "28708": 0, "": 0, "2870822": 0, "abcdef": 0} {
		if got, err := secret.step(typed, now); err != nil || got != want {
			t.Errorf("%q: got step %d, %v, want %d", typed, got, err, want)
		}
	}
}

func TestRecoveryCodesAreReadAsTheyAreTyped(t *testing.T) {
	s := &Console{index: seal.NewIndex(seal.NewKey())}
	shown, hashes := s.newRecoveryCodes("stf_x")
	seen := map[store.RecoveryHash]bool{}
	for i, code := range shown {
		for _, typed := range []string{code, strings.ToUpper(code), strings.ReplaceAll(code, "-", " "), strings.NewReplacer("0", "O", "1", "l").Replace(code)} {
			if s.recoveryOf("stf_x", typed)[0] != hashes[i] {
				t.Errorf("%q is not read as %q", typed, code)
			}
		}
		if s.recoveryOf("stf_y", code)[0] == hashes[i] {
			t.Error("two people's codes have one hash")
		}
		seen[hashes[i]] = true
	}
	if len(seen) != 8 {
		t.Errorf("%d codes, want 8", len(seen))
	}
}
