package configs

import "strings"

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
