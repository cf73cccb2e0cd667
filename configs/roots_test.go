package configs

import (
	"strings"
	"testing"
)

const (
	keysOnly = "PHONE_KEY=" + key2 + "\nPEPPER=" + key3 + "\n"
	kmsARN   = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

func TestS23RootKeyMayBeKeptElsewhere(t *testing.T) {
	for name, conf := range map[string]string{
		"vault":        "ROOT_PROVIDER=vault\nVAULT_ADDR=https://vault.example:8200\nVAULT_KEY=securetext\nVAULT_CREDENTIAL_FILE=/t",
		"kms":          "ROOT_PROVIDER=kms\nKMS_KEY=" + kmsARN + "\nKMS_CREDENTIALS_FILE=/c",
		"kms by key":   "ROOT_PROVIDER=kms\nKMS_KEY=" + kmsARN + "\nKMS_ACCESS_KEY_ID=AKID\nKMS_ACCESS_SECRET=s",
		"key to vault": "ROOT_PROVIDER=vault\nROOT_KEY=" + key1 + "\nVAULT_ADDR=https://vault.example:8200\nVAULT_KEY=a\nVAULT_KEY_OLD=b,c\nVAULT_AUTH=approle\nVAULT_ROLE=r\nVAULT_CREDENTIAL_FILE=/t",
	} {
		c := text(t, keysOnly+conf)
		k, err := c.Keys()
		if err != nil || k.Phone == nil || (k.Root != nil) != strings.Contains(conf, "ROOT_KEY=") {
			t.Errorf("%s: %v, %v", name, k, err)
		}
	}
}

func TestWhatARootKeyElsewhereLacksIsNamed(t *testing.T) {
	for conf, key := range map[string]string{
		"ROOT_PROVIDER=vault": "VAULT_ADDR",
		"ROOT_PROVIDER=kms":   "KMS_KEY",
		"ROOT_PROVIDER=gcp":   "ROOT_PROVIDER",
		"VAULT_ADDR=https://v:8200\nVAULT_CREDENTIAL_FILE=/t":                                     "VAULT_KEY",
		"VAULT_ADDR=https://v:8200\nVAULT_KEY=a":                                                  "VAULT_CREDENTIAL_FILE",
		"VAULT_ADDR=http://v.example:8200\nVAULT_KEY=a\nVAULT_CREDENTIAL_FILE=/t":                 "VAULT_ADDR",
		"VAULT_ADDR=https://v:8200\nVAULT_KEY=A/b\nVAULT_CREDENTIAL_FILE=/t":                      "VAULT_KEY",
		"VAULT_ADDR=https://v:8200\nVAULT_KEY=a\nVAULT_CREDENTIAL_FILE=/t\nVAULT_AUTH=kubernetes": "VAULT_ROLE",
		"KMS_KEY=alias/securetext\nKMS_CREDENTIALS_FILE=/c":                                       "KMS_KEY",
		"KMS_KEY=" + kmsARN:                           "KMS_CREDENTIALS_FILE",
		"KMS_KEY=" + kmsARN + "\nKMS_ACCESS_KEY_ID=a": "KMS_ACCESS_SECRET",
		"KMS_KEY=" + kmsARN + "\nKMS_ACCESS_KEY_ID=a\nKMS_ACCESS_SECRET=b\nKMS_CREDENTIALS_FILE=/c": "KMS_CREDENTIALS_FILE",
		"KMS_KEY=" + kmsARN + "\nKMS_CREDENTIALS_FILE=/c\nKMS_ENDPOINT=http://kms.example":          "KMS_ENDPOINT",
		"PHONE_KEY_NEXT=" + key2:             "PHONE_KEY_NEXT",
		"PHONE_KEY_OLD=" + key4 + "," + key3: "PHONE_KEY_OLD",
		"PEPPER_OLD=" + key2:                 "PEPPER_OLD",
	} {
		_, err := load("conf", nil, files{"conf": "ROOT_KEY=" + key1 + "\n" + keysOnly + conf}.read)
		if err == nil || !strings.Contains(err.Error(), key+":") {
			t.Errorf("%s: got error %v, want one about %s", conf, err, key)
		}
	}
}
