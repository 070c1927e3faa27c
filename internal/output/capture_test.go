package output_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/output"
)

// writeLines writes numbered lines of 64 bytes.
func writeLines(t *testing.T, to *output.Capture, count int) {
	t.Helper()
	for i := range count {
		_, err := fmt.Fprintf(to, "%-63d\n", i)
		require.NoError(t, err)
	}
}

func TestShortOutputIsUnchanged(t *testing.T) {
	var out output.Capture
	assert.Empty(t, out.Text())
	assert.Empty(t, out.Tail(3))
	_, _ = out.Write([]byte("first\r\nsec"))
	_, _ = out.Write([]byte("ond\nthird\n\n"))
	assert.Equal(t, "first\r\nsecond\nthird\n\n", out.Text())
	assert.Equal(t, "second\nthird", out.Tail(2))
	assert.Equal(t, "first\nsecond\nthird", out.Tail(9), "Tail removes carriage returns")
}

// A program may print a large binary file by mistake.
func TestTailIsLimitedInSize(t *testing.T) {
	var out output.Capture
	_, _ = fmt.Fprintf(&out, "begun\n%s\nthe\nend\n", strings.Repeat("x", 100_000))
	assert.Equal(t, "… 100006 bytes omitted …\nthe\nend", out.Tail(200))
	assert.Equal(t, "… 100000 bytes omitted …\nthe\nend", out.Tail(3))
	assert.Equal(t, "the\nend", out.Tail(2))
	_, _ = fmt.Fprintf(&out, "%s\n", strings.Repeat("y", 100_000))
	assert.Equal(t, "… 100004 bytes omitted …\n", out.Tail(2))
}

func TestLongOutputKeepsBeginningAndEnd(t *testing.T) {
	var out output.Capture
	const count = 100_000
	writeLines(t, &out, count)
	text := out.Text()
	assert.Less(t, len(text), output.HeadBytes+(output.TailLines+2)*64)
	all := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	const head = output.HeadBytes / 64
	require.Len(t, all, head+1+output.TailLines)
	assert.Equal(t, fmt.Sprint(head-1), strings.TrimSpace(all[head-1]))
	assert.Equal(t, fmt.Sprintf("… %d bytes omitted …", (count-head-output.TailLines)*64+1), all[head])
	assert.Equal(t, fmt.Sprint(count-output.TailLines), strings.TrimSpace(all[head+1]))
	assert.Equal(t, fmt.Sprint(count-1), strings.TrimSpace(all[len(all)-1]))
	assert.Equal(t, fmt.Sprint(count-1), strings.TrimSpace(out.Tail(1)))
}

// Output that slightly exceeds the limit is complete, because the end is captured separately.
func TestEndMayContinueBeginning(t *testing.T) {
	var out output.Capture
	_, _ = out.Write([]byte("odd\n"))
	const count = output.HeadBytes/64 + 1000
	writeLines(t, &out, count)
	var want strings.Builder
	want.WriteString("odd\n")
	for i := range count {
		fmt.Fprintf(&want, "%-63d\n", i)
	}
	assert.True(t, want.String() == out.Text())
}

// A secret must not be cut in two, because redaction would not recognise its parts.
func TestLinesAreNotCut(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	for _, shift := range []int{0, 7, 19, 31} {
		var out output.Capture
		_, _ = out.Write([]byte(strings.Repeat("x", shift) + "\n"))
		for range 200_000 {
			_, _ = out.Write([]byte(secret + "\n"))
		}
		for _, text := range []string{out.Text(), out.Tail(100_000)} {
			for line := range strings.Lines(text) {
				complete := strings.TrimSpace(line) == secret || strings.Contains(line, "omitted") ||
					strings.HasPrefix(line, "x") || line == "\n"
				require.True(t, complete, line)
			}
		}
	}
}

func TestOverlongLineIsOmitted(t *testing.T) {
	var out output.Capture
	_, _ = out.Write([]byte(strings.Repeat("x", 2*output.HeadBytes)))
	assert.Equal(t, fmt.Sprintf("… %d bytes omitted …\n\n", 2*output.HeadBytes), out.Text())
	_, _ = out.Write([]byte("\nthe end"))
	assert.Equal(t, "the end", out.Tail(3))
	assert.Contains(t, out.Text(), "bytes omitted …\nthe end\n")
}
