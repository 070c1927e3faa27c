// Package devaccount names the well-known storage account that every Azurite serves. Its key is public: Microsoft
// documents both values (learn.microsoft.com, "Use the Azurite emulator for local Azure Storage development").
//
// It is a package of its own so that code that needs only the two names does not depend on the packages that start
// Azurite. Nothing else belongs in it.
package devaccount

// Name and Key are the account's name and its key in Base64.
const (
	Name = "devstoreaccount1"
	Key  = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
