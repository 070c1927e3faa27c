package report_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/steps/report"
)

func TestVisibilityTellsWhetherBlobsCanBeMissed(t *testing.T) {
	assert.False(t, report.Visibility{}.CanMissBlobs())
	assert.False(t, report.Visibility{Observer: report.Gateway}.CanMissBlobs())
	assert.True(t, report.Visibility{Observer: report.Poller, OverwrittenBlobs: true}.CanMissBlobs())
	assert.False(t, report.Visibility{Observer: report.Poller, DeletedBlobs: true}.CanMissBlobs())
	assert.False(t, report.Visibility{Observer: report.Poller, Versions: true}.CanMissBlobs())
}

func TestVisibilityIsValidated(t *testing.T) {
	for _, v := range []report.Visibility{
		{}, {Observer: report.Gateway}, {Observer: report.Poller}, {Observer: report.Poller, Versions: true},
	} {
		assert.NoError(t, v.Validate())
	}
	for want, v := range map[string]report.Visibility{
		`unknown observer "telescope" (use gateway or poller)`:                     {Observer: "telescope"},
		`observer "gateway" with retained blobs (only observer "poller" has them)`: {Observer: report.Gateway, Versions: true},
		`observer "" with retained blobs (only observer "poller" has them)`:        {DeletedBlobs: true},
	} {
		assert.EqualError(t, v.Validate(), want)
	}
}
