// Package trainedmodel computes the predictions of a trained model without training one. All functions are pure:
// they depend on the SHA-256 of an image's bytes, the names of the tags, and the labelled images of the training.
// The same input gives the same output in every process and at any time.
//
// Nothing is recognised. The numbers only have plausible values:
//   - An image whose bytes equal those of a labelled example gets the tags of that example with a
//     probability of 0.93 to 0.9999, and all other tags with less than 0.07.
//   - Any other image gets probabilities derived from its digest and the names of the tags. With
//     [Multilabel] each lies between 0.01 and 0.9, independent of the others. With [Multiclass]
//     they are a softmax and sum to 1.
//   - With [Detection] a labelled image gets a box for each of its regions, shifted by at most 2 %
//     of the box's size, and up to two further boxes for each tag with a probability below 0.07.
//     Any other image gets up to two boxes for each tag.
//   - Region proposals are boxes derived from the digest alone.
//
// [Model.Performance] is measured: it counts the predictions for the examples of the training at the given
// threshold. The figures are therefore perfect at most thresholds and fall as the threshold approaches 1.
//
// All results have at most six decimals. A reader that stores them as 32-bit floats can write them back as the same
// text.
//
// Extend the package when the API asks a model for another kind of result. Stop before it has to read a pixel.
package trainedmodel
