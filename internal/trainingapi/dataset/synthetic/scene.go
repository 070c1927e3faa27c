package synthetic

import (
	"image"
	"math"
	"math/rand/v2"
)

// Side is the width and the height of a picture, in pixels.
const Side = 512

// The kinds of scenes.
const (
	Fruit  = 0 // round things in warm colours, on a cool ground
	Blades = 1 // long things in green, on a pale ground
)

// A scene is what one picture shows.
type scene struct {
	ground colour
	relief noise   // of the ground
	light  vector  // where it comes from
	bright float64 // exposure
	shapes []shape // the last is in front
	boxes  []box   // of the things
	grain  *rand.Rand
}

// A shape is one object of a scene.
type shape interface {
	// at is the colour at a point, in the scene's light; false where the thing is not.
	at(x, y float64, light vector) (colour, bool)
	// shadowAt says how much of the light the thing takes from the ground there, 0 to 1.
	shadowAt(x, y float64) float64
	// box is what the thing and its shadow lie in.
	box() box
}

// A box saves the look at things that are elsewhere.
type box struct{ left, top, right, bottom float64 }

func (b box) has(x, y float64) bool {
	return x >= b.left && x <= b.right && y >= b.top && y <= b.bottom
}

// Draw draws the n-th picture of a kind. Equal arguments give equal pictures.
func Draw(kind, n int) image.Image {
	s := newScene(kind, n)
	im := image.NewRGBA(image.Rect(0, 0, Side, Side))
	for y := range Side {
		for x := range Side {
			im.SetRGBA(x, y, s.pixel(float64(x), float64(y)).rgba())
		}
	}
	return im
}

// newScene invents a scene.
func newScene(kind, n int) *scene {
	r := rand.New(rand.NewPCG(uint64(kind), uint64(n)))
	angle := r.Float64() * 2 * math.Pi
	s := &scene{
		relief: newNoise(r, 7),
		light:  vector{math.Cos(angle), math.Sin(angle)},
		bright: randomBetween(r, 0.75, 1.15),
		grain:  r,
	}
	if kind == Fruit {
		s.ground = colour{randomBetween(r, 30, 90), randomBetween(r, 70, 130), randomBetween(r, 100, 170)}
	} else {
		pale := randomBetween(r, 130, 200)
		s.ground = colour{pale, pale * randomBetween(r, 0.9, 1), pale * randomBetween(r, 0.8, 1)}
	}
	invent := func() shape { return newBall(r) }
	if kind == Blades {
		invent = func() shape { return newBlade(r) }
	}
	for range 6 + r.IntN(5) {
		t := invent()
		s.shapes, s.boxes = append(s.shapes, t), append(s.boxes, t.box())
	}
	return s
}

// randomBetween is a number from that range.
func randomBetween(r *rand.Rand, low, high float64) float64 { return low + r.Float64()*(high-low) }

// shadow is how far a shadow lies from its thing, in pixels.
const shadow = 10

// grain is how far one pixel may be from its neighbours by chance, as with a sensor.
const grain = 14

// pixel is the colour at a point: the thing in front, or the ground in its light
// and its shadows.
func (s *scene) pixel(x, y float64) colour {
	c, found := s.front(x, y)
	if !found {
		c = s.ground.times(0.65 + 0.7*s.relief.at(x, y))
		for i, t := range s.shapes {
			if s.boxes[i].has(x, y) {
				c = c.times(1 - 0.5*t.shadowAt(x-shadow*s.light.x, y-shadow*s.light.y))
			}
		}
	}
	falls := 1 + 0.35*(s.light.x*(Side/2-x)+s.light.y*(Side/2-y))/Side // brighter on the side of the light
	return c.times(s.bright * falls).plus((s.grain.Float64() - 0.5) * grain)
}

// front is the colour of the foremost thing there.
func (s *scene) front(x, y float64) (colour, bool) {
	for i := len(s.shapes) - 1; i >= 0; i-- {
		if !s.boxes[i].has(x, y) {
			continue
		}
		if c, ok := s.shapes[i].at(x, y, s.light); ok {
			return c, true
		}
	}
	return colour{}, false
}
