package trainedmodel

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
)

// Digest is the SHA-256 of an image's bytes. It identifies the image.
type Digest [sha256.Size]byte

// draw returns a number in [0, 1) that depends only on its arguments.
func draw(image Digest, tag string, n int) float64 {
	seed := binary.BigEndian.AppendUint32(append(image[:], tag...), uint32(n))
	sum := sha256.Sum256(seed)
	return float64(binary.BigEndian.Uint64(sum[:])>>11) / (1 << 53)
}

// round6 rounds to six decimals.
func round6(x float64) float64 { return math.Round(x*1e6) / 1e6 }

// highScore maps x to the probability of a tag on an image that is labelled with it.
func highScore(x float64) float64 { return 0.93 + 0.0699*x }

// lowScore maps x to the probability of any other tag on a labelled image.
func lowScore(x float64) float64 { return 0.07 * x }

// unseenScore maps x to the probability of a tag on an image that is not among the examples.
func unseenScore(x float64) float64 { return 0.01 + 0.89*x }
