package customvision

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"log/slog"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/fakes/customvision/outbound"
)

// Options configures a [Server]. The zero value is valid.
type Options struct {
	// TrainingKey is the key that requests must have in their Training-Key header. If it is "", a random key is
	// generated; see [Server.TrainingKey].
	TrainingKey string
	// Storage accesses the queues and containers of projects; see [azurestorage.New]. If it is nil, only storage on
	// this machine can be reached, and only with URIs that contain a SAS. Faults and the journal require that it
	// sends its requests through package outbound.
	Storage Storage
	// ImageHosts lists the hosts from which images are fetched by URL. This machine is always allowed. If it is
	// nil, no other host is.
	ImageHosts outbound.Hosts
	// Roots are the certificate authorities to trust when images and tokens are fetched. If it is nil, those of the
	// system are trusted.
	Roots *x509.CertPool
	// TrainingDuration is the time from TrainProject to completion. If it is 0, [DefaultTrainingDuration] is used.
	TrainingDuration time.Duration
	// ExportDuration is the time from ExportIteration to completion. If it is 0, [DefaultExportDuration] is used.
	ExportDuration time.Duration
	// ImportDuration is the time from ImportProject to completion. If it is 0, [DefaultImportDuration] is used.
	ImportDuration time.Duration
	// FailTraining lists prefixes of project names. Trainings of matching projects fail. If it is nil, no training
	// fails.
	FailTraining []string
	// FailExport lists prefixes of project names. Exports of matching projects fail. If it is nil, no export fails.
	FailExport []string
	// TestFolder is the folder of the test blob. If it is "", [DefaultTestFolder] is used.
	TestFolder string
	// Defects are deliberate deviations from the contract; see [defect.Choose]. If it is nil, there are none.
	Defects []defect.Defect
	// Clock is the server's time source. If it is nil, the system clock is used.
	Clock Clock
	// Logger receives events that no response reports, such as a message that cannot be sent. If it is nil, they
	// are discarded.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.TrainingKey == "" {
		o.TrainingKey = randomKey()
	}
	if o.Storage == nil {
		o.Storage = mustStorage(azurestorage.Options{})
	}
	if o.TestFolder == "" {
		o.TestFolder = DefaultTestFolder
	}
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// mustStorage creates a storage from options that are known to be valid.
func mustStorage(o azurestorage.Options) *azurestorage.Storage {
	storage, err := azurestorage.New(o)
	if err != nil {
		panic("customvision: " + err.Error())
	}
	return storage
}

// randomKey returns 32 hexadecimal digits, as in a real key.
func randomKey() string {
	key := make([]byte, 16)
	rand.Read(key) //nolint:errcheck // never fails, by its documentation
	return hex.EncodeToString(key)
}
