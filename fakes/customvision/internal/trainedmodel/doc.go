// Package trainedmodel answers what a trained model would be asked, without one. It is
// a set of pure functions: of the digest of an image's bytes, the names of the
// tags, and the labelled images that a model was trained from. The same question
// has the same answer in every process and at any time.
//
// Nothing is recognised. A number says how sure a model could be, not how sure
// one was:
//   - An image whose bytes equal those of a labelled one gets the tags it was
//     labelled with at 0.93 to 0.9999, and all others below 0.07.
//   - Any other image gets numbers drawn from its digest and the tag's name.
//     With [Multilabel] each lies by itself between 0.01 and 0.9; with
//     [Multiclass] they are a softmax of the drawn numbers and sum to 1.
//   - With [Detection] a labelled image gets a box for each of its regions,
//     moved by 2 % of its size at most, and up to two boxes for each tag that
//     nobody drew, below 0.07; any other image gets up to two boxes for each tag.
//   - Proposals of regions are boxes drawn from the digest alone.
//
// [Model.Performance] is measured, not drawn: it counts what the model predicts
// for the images it was trained from, at the threshold that is asked for. So it
// is perfect at most thresholds, and falls towards 1.
//
// All numbers that are returned have six decimals at most, which is what a
// reader with 32-bit floats can tell apart: decimal text that was read into such
// a float is written by it as the same text again.
//
// Extend it when the API asks a model for something else. Stop before it looks
// at a pixel.
package trainedmodel
