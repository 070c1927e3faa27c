package steps

import (
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/userr"
)

// accountHint is the hint to a missing or wrong account of azure storage.
const accountHint = "set Config.BlobAccount to its name, " +
	"or Config.BlobAccount and Config.QueueAccount to its https URLs"

func setStorage(c Config, s *session.Settings) (err error) {
	s.Storage = session.StorageSettings{
		Kind:             c.Storage,
		ConnectionString: c.ConnectionString,
		AzuriteImage:     c.AzuriteImage,
		CacheDir:         c.CacheDir,
		Options:          c.storageOptions,
	}
	switch c.Storage {
	case "":
		s.Storage.Kind = "auto"
	case "auto", "container", "process":
	case "external":
		if c.ConnectionString == "" {
			return userr.Usagef("set Config.ConnectionString", "storage external needs its connection string")
		}
	case "azure":
		if c.BlobAccount == "" {
			return userr.Usagef(accountHint, "storage azure needs its account")
		}
		if s.Storage.Blob, s.Storage.Queue, err = storage.Endpoints(c.BlobAccount, c.QueueAccount); err != nil {
			return &UsageError{Err: err, Hint: accountHint}
		}
		return nil
	default:
		return userr.Usagef("", "unknown storage %q (use auto, container, process, external or azure)", c.Storage)
	}
	if c.BlobAccount != "" || c.QueueAccount != "" {
		return userr.Usagef("Config.BlobAccount and Config.QueueAccount are for Config.Storage azure",
			"storage %s takes no blob account and no queue account", s.Storage.Kind)
	}
	return nil
}

// setStorageForRun sets the storage of a run, in which the service must be able to
// use it.
func setStorageForRun(c Config, s *session.Settings) error {
	if c.Storage == "azure" && c.BlobAccount != "" && s.Target.Kind != target.Endpoint {
		return userr.Usagef("use Config.Storage auto (an Azurite) or external (an account with a connection string); "+
			"azure is for an http(s) target",
			"target %s needs the account's key, but storage azure is reached with an identity and has none", s.Target)
	}
	return setStorage(c, s)
}
