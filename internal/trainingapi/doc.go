// Package trainingapi models the Custom Vision Training API (v3.3 and v3.4-preview): the documents that it returns, its
// calls, and how a recorded response is decoded.
//
// It knows the members and the calls that the contract needs. It sends nothing (package client does), judges nothing,
// and depends on no network and no image code, so that the checks can use it. Stop extending it when a document or a
// call is not part of the contract.
package trainingapi
