// Package synthetic draws the pictures that projects are trained with: scenes as a
// camera sees them, with texture, light and grain, of two kinds that can be told
// apart. They are made on the spot and always the same: nobody's photographs have
// to be carried along, and a trainer that refuses flat or equal pictures has no
// reason to.
//
// Stop extending it where a picture would have to show something in particular.
package synthetic
