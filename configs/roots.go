package configs

import "strings"

// RootKeys are who keeps the root keys, and what leads there.
type RootKeys struct {
	// RootProvider is who keeps the root key, which wraps the key of every org: key
	// (the default) is RootKey, vault a key of HashiCorp Vault's or OpenBao's transit
	// engine, kms one of AWS KMS. Whatever else is set of the three still opens what it
	// wrapped, until securetext keys rotate has wrapped it all anew.
	RootProvider string `key:"ROOT_PROVIDER" def:"key" oneof:"key,vault,kms"`

	// RootKey wraps the key of every org, and is in no database. 32 bytes in
	// base64: openssl rand -base64 32
	// Lost, all messages are lost. Embedded, not set: see [Config.Keys].
	RootKey Key `key:"ROOT_KEY"`

	// RootKeyOld are other root keys, comma separated, that still open what
	// they wrapped, until securetext keys rotate has rewrapped it all.
	RootKeyOld []Key `key:"ROOT_KEY_OLD"`

	// VaultAddr is where Vault or OpenBao is, as https://vault.clinic.example:8200
	VaultAddr string `key:"VAULT_ADDR" check:"sendurl"`

	// VaultNamespace is the namespace there. Not set: none.
	VaultNamespace string `key:"VAULT_NAMESPACE"`

	// VaultCAFile is a PEM file of the authorities that its certificate is of. Not
	// set: those of this machine.
	VaultCAFile string `key:"VAULT_CA_FILE"`

	// VaultMount is where the transit engine is mounted. Default: transit.
	VaultMount string `key:"VAULT_MOUNT" def:"transit" check:"vaultpath"`

	// VaultKey is the name of the key there, of the type aes256-gcm96.
	VaultKey string `key:"VAULT_KEY" check:"vaultname"`

	// VaultKeyOld are other keys there, comma separated, that still open what they
	// wrapped.
	VaultKeyOld []string `key:"VAULT_KEY_OLD" check:"vaultname"`

	// VaultAuth is how we sign in: token (the default), approle or kubernetes.
	VaultAuth string `key:"VAULT_AUTH" def:"token" oneof:"token,approle,kubernetes"`

	// VaultAuthPath is where approle or kubernetes is mounted. Not set: at its name.
	VaultAuthPath string `key:"VAULT_AUTH_PATH" check:"vaultpath"`

	// VaultRole is the role id for approle, the role's name for kubernetes.
	VaultRole string `key:"VAULT_ROLE"`

	// VaultCredentialFile holds the token, approle's secret id, or the service
	// account's token. It is read anew each time, so it may be renewed in place.
	VaultCredentialFile string `key:"VAULT_CREDENTIAL_FILE"`

	// KMSKey is the ARN of a symmetric key of AWS KMS; not an alias, which may come to
	// mean another key.
	KMSKey string `key:"KMS_KEY" check:"kmskey"`

	// KMSKeyOld are other keys there, comma separated, that still open what they
	// wrapped.
	KMSKeyOld []string `key:"KMS_KEY_OLD" check:"kmskey"`

	// KMSEndpoint is where KMS is called. Not set: AWS's own of the key's region.
	KMSEndpoint string `key:"KMS_ENDPOINT" check:"sendurl"`

	// KMSAccessKeyID is the id of an access key that may encrypt and decrypt with the
	// key. Give either this or KMSCredentialsFile.
	KMSAccessKeyID string `key:"KMS_ACCESS_KEY_ID"`

	// KMSAccessSecret is its secret.
	KMSAccessSecret Secret `key:"KMS_ACCESS_SECRET"`

	// KMSCredentialsFile holds passing credentials as a credential_process prints
	// them. It is read anew each time, so it may be renewed in place.
	KMSCredentialsFile string `key:"KMS_CREDENTIALS_FILE"`
}

// vault is about the transit engine, which may be set without being the one that
// wraps: then it opens what it wrapped before.
func (k *checker) vault() {
	if k.RootProvider == "vault" && k.VaultAddr == "" {
		k.refuse("VAULT_ADDR", &refusal{"not set, but ROOT_PROVIDER is vault", "write https://HOST:8200"})
	}
	if strings.HasPrefix(k.VaultAddr, "http:") && !isLoopback(hostOf(k.VaultAddr)) {
		k.refuse("VAULT_ADDR", &refusal{"over http:// the token and the keys can be read by others", "write https://HOST:8200"})
	}
	if k.VaultAddr == "" {
		return
	}
	if k.VaultKey == "" {
		k.refuse("VAULT_KEY", &refusal{"not set, but VAULT_ADDR is", "name the key; docs/operations.md says how to make it"})
	}
	if k.VaultCredentialFile == "" {
		k.refuse("VAULT_CREDENTIAL_FILE", &refusal{"not set, but VAULT_ADDR is", "name the file that holds what VAULT_AUTH signs in with"})
	}
	if k.VaultAuth != "token" && k.VaultRole == "" {
		k.refuse("VAULT_ROLE", &refusal{"not set, but VAULT_AUTH is " + k.VaultAuth, "write the role id of approle, or the role's name of kubernetes"})
	}
}

// kms is about AWS KMS, likewise.
func (k *checker) kms() {
	if k.RootProvider == "kms" && k.KMSKey == "" {
		k.refuse("KMS_KEY", &refusal{"not set, but ROOT_PROVIDER is kms", "write the key's ARN"})
	}
	if strings.HasPrefix(k.KMSEndpoint, "http:") && !isLoopback(hostOf(k.KMSEndpoint)) {
		k.refuse("KMS_ENDPOINT", &refusal{"over http:// the keys can be read by others", "take the line away, to call AWS itself"})
	}
	if k.KMSKey == "" && len(k.KMSKeyOld) == 0 {
		return
	}
	if (k.KMSAccessKeyID == "") != (k.KMSAccessSecret == "") {
		k.refuse("KMS_ACCESS_SECRET", &refusal{"KMS_ACCESS_KEY_ID and KMS_ACCESS_SECRET go together", "set both, or neither"})
	}
	if (k.KMSAccessKeyID == "") == (k.KMSCredentialsFile == "") {
		k.refuse("KMS_CREDENTIALS_FILE", &refusal{"KMS needs one access key", "set either KMS_ACCESS_KEY_ID with its secret or KMS_CREDENTIALS_FILE, not both"})
	}
}
