package configs

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
	}
}

func TestEveryProblemIsReportedWithReasonAndFix(t *testing.T) {
	cases := []struct {
		name string
		conf string
		env  []string
		disk files
	}{
		{name: "syntax", conf: "MODE=embedded\nexport LOG_LEVEL=info\nAbCdEfGh0123=\nLOG_LEVEL=\"info\"\n" +
			"SMTP_DOMAINS=secure.text # ours\nPUBLIC_URL=https://a\x01b\nTEXTS=\xff\n"},
		{name: "unknown", conf: "DATABASE_UR=x\nSECURETEXT_MODE=embedded\nCOLOUR=green\nPEPPERFILE=x\n",
			env: []string{"SECURETEXT_MESAGE_LIFE=1d", "SECURETEXT_SERVICE_HOST=10.0.0.1"}},
		{name: "twice", conf: "LOG_LEVEL=info\nLOG_LEVEL=warn\nPEPPER=" + key1 + "\nPEPPER_FILE=/p\n"},
		{name: "values", conf: "MODE=prod\nROLES=smtp,desk\nMESSAGE_LIFE=91d\nSHUTDOWN_GRACE=soon\nARGON2_MEMORY=64\n" +
			"ARGON2_TIME=two\nARGON2_THREADS=300\nLOG_LEVEL=loud\nTRUSTED_PROXIES=10.0.0.1/8\nSMTP_DOMAINS=a..b\nSMTP_ADDR=587\n" +
			"HTTP_ADDR=127.0.0.1:65536\nOPS_ADDR=0.0.0.0:9090\nTLS_KEY_FILE=/k\nSMTP_HOSTNAME=mail host\n"},
		{name: "urls", conf: "PUBLIC_URL=https://u:p@clinic.example/path\nTWILIO_BASE_URL=http://fake.example\n" +
			"DATABASE_URL=mysql://u:hunter2@db/x\nREDIS_URL=rediz://u:hunter2@h:1/3\n"},
		{name: "keys", conf: "ROOT_KEY=" + key1 + "\nPHONE_KEY=" + key1 + "\nROOT_KEY_OLD=" + key4 + "," + key1 + "\n"},
		{name: "badkeys", conf: "ROOT_KEY=hunter2\nPHONE_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nPEPPER=" + key1[:40] + "\n"},
		{name: "secretfiles", conf: "PEPPER_FILE=hunter2\nROOT_KEY_FILE=/empty\nPHONE_KEY_FILE=/two\n",
			disk: files{"/empty": "\n", "/two": "hunter2\nhunter3\n"}},
		{name: "twilio", conf: "TEXTS=twilio\nTWILIO_ACCOUNT_SID=AC1\nTWILIO_FROM=5551230000\n"},
		{name: "twosenders", conf: "TEXTS=twilio\nTWILIO_ACCOUNT_SID=AC" + strings.Repeat("0", 32) + "\nTWILIO_AUTH_TOKEN=hunter2\n" +
			"TWILIO_FROM=+15551230000\nTWILIO_MESSAGING_SERVICE_SID=MG" + strings.Repeat("0", 32) + "\n"},
		{name: "mail", conf: "SMTPS_ADDR=465\nDEFAULT_REGION=usa\nREGISTER_URL=http://x.example\nVIRUS_SCANNER=av.example\n" +
			"MAIL_SERVER=mx.example:587\nMAIL_USER=u\nMAIL_TLS=off\nPROXY_FROM=10.1.2.3\nSENDER_RATE=99\nBLOCK_RATE=many\n"},
		{name: "production", conf: "MODE=production\n"},
		{name: "production-parts", conf: "MODE=production\nPUBLIC_URL=http://clinic.example\nTEXTS=console\nREDIS_URL=redis://redis:6379\n" +
			"TWILIO_BASE_URL=http://127.0.0.1:1\nCONSOLE_URL=http://127.0.0.1:8444\nROOT_KEY=" + key1 + "\n"},
		{name: "production-console", conf: "MODE=production\nPUBLIC_URL=https://clinic.example\nCONSOLE_URL=https://clinic.example:8444\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			disk := files{"site.env": c.conf}
			for path, text := range c.disk {
				disk[path] = text
			}
			_, err := load("site.env", c.env, disk.read)
			if err == nil {
				t.Fatal("got no error")
			}
			golden(t, c.name+".txt", err.Error()+"\n")
			for _, secret := range []string{"hunter", "AbCdEfGh0123", key1} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error repeats %q", secret)
				}
			}
		})
	}
}

func TestProblemsOfTheEnvironmentNameTheVariable(t *testing.T) {
	_, err := Load("", []string{"SECURETEXT_MESSAGE_LIFE=1y", "SECURETEXT_SMTP_DOMAINS=a\nb"})
	if err == nil {
		t.Fatal("got no error")
	}
	golden(t, "environment.txt", err.Error()+"\n")
}

// A setting that is right in production.env and is then spoilt has to be
// refused, one by one.
func TestProductionRefusesEachPartMeantForADesk(t *testing.T) {
	whole := example(t, "production.env")
	for _, key := range []string{
		"DATABASE_URL_FILE", "REDIS_URL_FILE", "ROOT_KEY_FILE", "PHONE_KEY_FILE", "PEPPER_FILE", "AUDIT_KEY_FILE", "TEXTS",
		"TWILIO_AUTH_TOKEN_FILE", "TWILIO_ACCOUNT_SID", "TWILIO_MESSAGING_SERVICE_SID",
		"PUBLIC_URL", "CONSOLE_URL", "TLS_CERT_FILE", "TLS_KEY_FILE",
	} {
		disk := files{"production.env": strings.Replace(whole, "\n"+key+"=", "\n#", 1)}
		for path, text := range siteSecrets {
			disk[path] = text
		}
		_, err := load("production.env", nil, disk.read)
		if err == nil {
			t.Errorf("without %s it starts", key)
			continue
		}
		if n := strings.Count(err.Error(), "\n"); n != 1 {
			t.Errorf("without %s: got %d problems, want 1:\n%v", key, n, err)
		}
	}
}

func TestProductionRedisNeedsAPassword(t *testing.T) {
	for url, want := range map[Secret]bool{
		"redis://:pw@h:1":                        true,
		"rediss+cluster://u:pw@h:1,h2:2":         true,
		"redis+sentinel://u:p:w@h,h2/0?master=m": true,
		"unix:///run/redis.sock":                 true,
		"redis://h:1":                            false,
		"redis://u@h:1":                          false,
		"redis://u:@h:1":                         false,
		"redis://h:1/0?prefix=a:b@c":             false,
		"redis+sentinel://h:1,h2:1?master=:x@y":  false,
	} {
		if got := guarded(url); got != want {
			t.Errorf("%s: got %v, want %v", string(url), got, want)
		}
	}
}
