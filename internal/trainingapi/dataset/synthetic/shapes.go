package synthetic

import (
	"math"
	"math/rand/v2"
)

// A ball is a round shape with a spotted skin.
type ball struct {
	centre vector
	radius float64
	skin   colour
	spots  noise
}

func newBall(r *rand.Rand) ball {
	return ball{
		centre: vector{randomBetween(r, 40, Side-40), randomBetween(r, 40, Side-40)},
		radius: randomBetween(r, 45, 105),
		skin:   colour{randomBetween(r, 170, 235), randomBetween(r, 40, 130), randomBetween(r, 20, 60)},
		spots:  newNoise(r, 6),
	}
}

func (b ball) at(x, y float64, light vector) (colour, bool) {
	dx, dy := (x-b.centre.x)/b.radius, (y-b.centre.y)/b.radius
	depth := 1 - dx*dx - dy*dy
	if depth < 0 {
		return colour{}, false
	}
	facing := max(0, -0.6*(dx*light.x+dy*light.y)+0.75*math.Sqrt(depth))
	shine := 90 * math.Pow(facing, 24)
	return b.skin.times((0.35 + 0.65*facing) * (0.8 + 0.4*b.spots.at(x, y))).plus(shine), true
}

func (b ball) shadowAt(x, y float64) float64 {
	return smoothEdge(math.Hypot(x-b.centre.x, y-b.centre.y) / b.radius)
}

func (b ball) box() box {
	reach := 1.25*b.radius + shadow
	return box{b.centre.x - reach, b.centre.y - reach, b.centre.x + reach, b.centre.y + reach}
}

// A blade is a long shape with a rib.
type blade struct {
	root, along vector // along is of length 1
	length      float64
	width       float64 // from the rib to the edge
	green       colour
	veins       noise
}

func newBlade(r *rand.Rand) blade {
	angle := randomBetween(r, -0.5, 0.5) - math.Pi/2 // upwards, more or less
	return blade{
		root:   vector{randomBetween(r, 0, Side), randomBetween(r, Side*0.6, Side*1.05)},
		along:  vector{math.Cos(angle), math.Sin(angle)},
		length: randomBetween(r, 260, 480),
		width:  randomBetween(r, 14, 34),
		green:  colour{randomBetween(r, 40, 90), randomBetween(r, 110, 180), randomBetween(r, 30, 80)},
		veins:  newNoise(r, 5),
	}
}

// position returns the position of a point along the blade, 0 to 1, and its distance from the rib, -1 to 1 inside of
// the blade.
func (b blade) position(x, y float64) (along, across float64) {
	dx, dy := x-b.root.x, y-b.root.y
	along = (dx*b.along.x + dy*b.along.y) / b.length
	taper := b.width * math.Sqrt(max(0, along*(1-along))*4)
	return along, (dx*b.along.y - dy*b.along.x) / max(taper, 1e-9)
}

func (b blade) at(x, y float64, light vector) (colour, bool) {
	along, across := b.position(x, y)
	if along < 0 || along > 1 || math.Abs(across) > 1 {
		return colour{}, false
	}
	lit := 0.75 + 0.35*across*light.x
	rib := 0.25 * math.Exp(-30*across*across)
	return b.green.times(lit * (0.75 + 0.5*b.veins.at(across*40, along*300))).plus(60 * rib), true
}

func (b blade) shadowAt(x, y float64) float64 {
	along, across := b.position(x, y)
	if along < 0 || along > 1 {
		return 0
	}
	return smoothEdge(math.Abs(across))
}

func (b blade) box() box {
	reach := 1.25*b.width + shadow
	tip := vector{b.root.x + b.length*b.along.x, b.root.y + b.length*b.along.y}
	return box{min(b.root.x, tip.x) - reach, tip.y - reach, max(b.root.x, tip.x) + reach, b.root.y + reach}
}

// smoothEdge returns 1 inside of a shape, falling to 0 slightly outside.
func smoothEdge(distance float64) float64 { return min(1, max(0, (1.25-distance)/0.35)) }
