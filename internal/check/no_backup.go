package check

import (
	"fmt"
	"slices"

	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/evidence"
)

// NoBackup requires that the container holds no backup of the last export: no blob under the name of the backup, and
// none that the export wrote.
func NoBackup() Check {
	return projectCheck("no-backup", func(c *Case, p project) *Problem {
		own := effect.Backup{Project: p.id, Iteration: c.lastIteration(p), Platform: c.platform()}
		written := map[string]bool{}
		for _, e := range blobWrites(c.operationsOf(c.lastAct()), p.container) {
			written[e.Operation.Object] = !effect.HasTestFolder(e.Operation.Object)
		}
		for _, e := range c.events(evidence.KindBlob) {
			b := e.Blob
			if b.Container != p.container || !written[b.Name] && !own.HasName(b.Name, c.Readings) {
				continue
			}
			if puts := writesOf(c, e); len(puts) == 0 || slices.ContainsFunc(puts, c.judged) {
				return fail("no backup of an export that failed", fmt.Sprintf("blob %q of %d bytes", b.Name, b.Length), e)
			}
		}
		return nil
	})
}
