package suppression_test

import (
	"strings"
	"testing"

	"securetext/store"
	"securetext/store/suppression"
)

func TestReadAsSpreadsheetsWriteIt(t *testing.T) {
	read := suppression.List{Org: store.Org{Region: "US"}}
	const list = "\ufeffphone,reason,since\r\n\"+12114367780\",opted_out,\r\n 2114367780 , opted_out ,2027-01-31T09:00:00Z\r\n" +
		"1.21144E+10,dead,\r\n2114367781,dead,\r\n\"211\"4367782\",dead,\r\n"
	lines, bad, err := read.Read(strings.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 2 || lines[0].Number.E164() != "+12114367780" || lines[0].Why != store.OptedOut || lines[1].Why != store.Dead {
		t.Errorf("got %d lines, want the one that is there twice, and another", len(lines))
	}
	if len(bad) != 2 || !strings.HasPrefix(bad[0].Error(), "line 4: ") || !strings.HasPrefix(bad[1].Error(), "line 6: ") {
		t.Errorf("got %v, want lines 4 and 6", bad)
	}
	for _, none := range []string{"", "phone;reason;since\n", "phone,reason\n", "2114367780,dead,\n"} {
		if _, _, err := read.Read(strings.NewReader(none)); err == nil {
			t.Errorf("%q is taken for a list", none)
		}
	}
}
