package azurestorage

import (
	"context"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"
)

// A Lifetime limits the life of a message, to the second. 0 means the default of storage.
type Lifetime struct {
	TimeToLive time.Duration // after which the message expires
	Invisible  time.Duration // for which the message cannot be received
}

type lifetimeKey struct{}

// WithLifetime returns a context with which [Storage.SendMessage] limits the life of the message.
func WithLifetime(ctx context.Context, l Lifetime) context.Context {
	return context.WithValue(ctx, lifetimeKey{}, l)
}

func messageOptions(ctx context.Context) *azqueue.EnqueueMessageOptions {
	l, ok := ctx.Value(lifetimeKey{}).(Lifetime)
	if !ok {
		return nil
	}
	var options azqueue.EnqueueMessageOptions
	if s := int32(l.TimeToLive.Seconds()); s > 0 {
		options.TimeToLive = &s
	}
	if s := int32(l.Invisible.Seconds()); s > 0 {
		options.VisibilityTimeout = &s
	}
	return &options
}
