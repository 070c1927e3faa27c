// Package synthetic draws the images that projects are trained with: two kinds of scenes with texture, light and
// grain that a classifier can distinguish. They are generated and always the same, so the module contains no
// photographs, and a service that refuses flat or duplicate images accepts them.
//
// Stop extending it when an image would have to show a particular object.
package synthetic
