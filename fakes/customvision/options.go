package customvision

import (
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/fakes/customvision/outbound"
)

// Options configures a [Server]. The zero value is ready to use.
type Options struct {
	// TrainingKey is the key that callers send in the Training-Key header.
	// "" means one made at random; see [Server.TrainingKey].
	TrainingKey string
	// Storage reaches the queues and containers of projects; see
	// [azurestorage.New]. nil means Azure Storage on this machine, without an
	// account's key: only URIs that carry a SAS can be used. One that does not
	// send its requests through package outbound is out of reach of faults and
	// the journal.
	Storage Storage
	// ImageHosts are the hosts from which images are fetched that are given by
	// their URL; this machine is always among them. nil means no other.
	ImageHosts outbound.Hosts
	// TrainingDuration is the time from TrainProject to completion.
	// 0 means DefaultTrainingDuration.
	TrainingDuration time.Duration
	// ExportDuration is the time from ExportIteration to completion.
	// 0 means DefaultExportDuration.
	ExportDuration time.Duration
	// ImportDuration is the time from ImportProject to completion.
	// 0 means DefaultImportDuration.
	ImportDuration time.Duration
	// FailTraining lists prefixes of project names whose trainings fail.
	// nil means that none does.
	FailTraining []string
	// FailExport lists prefixes of project names whose exports fail.
	// nil means that none does.
	FailExport []string
	// Defects are misbehaviours that the server has on purpose; see
	// [defect.Choose]. nil means none.
	Defects []defect.Defect
	// Clock is the server's time. nil means the wall clock.
	Clock Clock
	// Logger gets what no caller is told, such as a message that could not be
	// sent. nil means that it is discarded.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.TrainingKey == "" {
		o.TrainingKey = randomKey()
	}
	if o.Storage == nil {
		o.Storage = mustStorage(azurestorage.Options{})
	}
	if o.Clock == nil {
		o.Clock = wallClock{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// mustStorage is for options that cannot be wrong.
func mustStorage(o azurestorage.Options) *azurestorage.Storage {
	storage, err := azurestorage.New(o)
	if err != nil {
		panic("customvision: " + err.Error())
	}
	return storage
}

// randomKey has the form of a real key: 32 hexadecimal digits.
func randomKey() string {
	key := make([]byte, 16)
	rand.Read(key) //nolint:errcheck // never fails, by its documentation
	return hex.EncodeToString(key)
}
