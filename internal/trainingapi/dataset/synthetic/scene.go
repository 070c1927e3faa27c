package synthetic

import (
	"image"
	"math"
	"math/rand/v2"
)

// Side is the width and the height of an image in pixels.
const Side = 512

// The kinds of scenes.
const (
	Fruit  = 0 // round shapes in warm colours on a cool background
	Blades = 1 // long green shapes on a pale background
)

// A scene is the content of one image.
type scene struct {
	ground colour
	relief noise   // of the ground
	light  vector  // direction of the light source
	bright float64 // exposure
	shapes []shape // the last one is in front
	boxes  []box   // of the shapes
	grain  *rand.Rand
}

// A shape is one object of a scene.
type shape interface {
	// at returns the colour at a point in that light; false if the point is outside of the shape.
	at(x, y float64, light vector) (colour, bool)
	// shadowAt returns how much of the light the shape takes from the ground at a point, 0 to 1.
	shadowAt(x, y float64) float64
	// box returns the bounding box of the shape and its shadow.
	box() box
}

// A box is a bounding box. It avoids computing shapes at points far from them.
type box struct{ left, top, right, bottom float64 }

func (b box) has(x, y float64) bool {
	return x >= b.left && x <= b.right && y >= b.top && y <= b.bottom
}

// Draw draws the n-th image of a kind. Equal arguments give equal images.
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

// newScene returns the n-th scene of a kind.
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
	newShape := func() shape { return newBall(r) }
	if kind == Blades {
		newShape = func() shape { return newBlade(r) }
	}
	for range 6 + r.IntN(5) {
		t := newShape()
		s.shapes, s.boxes = append(s.shapes, t), append(s.boxes, t.box())
	}
	return s
}

// randomBetween returns a random number of that range.
func randomBetween(r *rand.Rand, low, high float64) float64 { return low + r.Float64()*(high-low) }

// shadow is the offset of a shadow from its shape, in pixels.
const shadow = 10

// grain is the range of the random noise of a pixel, like that of a camera sensor.
const grain = 14

// pixel returns the colour at a point: that of the shape in front, or that of the ground with its light and shadows.
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
	falloff := 1 + 0.35*(s.light.x*(Side/2-x)+s.light.y*(Side/2-y))/Side // brighter towards the light source
	return c.times(s.bright * falloff).plus((s.grain.Float64() - 0.5) * grain)
}

// front returns the colour of the shape in front at a point; false if there is none.
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
