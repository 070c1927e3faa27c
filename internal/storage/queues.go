package storage

import (
	"context"
	"slices"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2/queueerror"

	"github.com/cvconform/cvconform/internal/clock"
)

const (
	pageOfMessages        = 32               // maximum number of messages in one response
	readVisibilityTimeout = 30 * time.Second // of a message that was dequeued
	maxFailures           = 3                // of reading one page, before the next is an error
)

// A Message is a message in a queue.
type Message struct {
	ID       string
	Text     string    // as stored: plain text or Base64, as the sender chose
	Inserted time.Time // by the queue's clock, in whole seconds
}

// A QueueService is the queue service of an account.
type QueueService struct {
	queues *azqueue.ServiceClient
}

// CreateQueue creates a queue. It is no error if the queue exists.
func (s *QueueService) CreateQueue(ctx context.Context, name string) error {
	_, err := s.queues.CreateQueue(ctx, name, nil)
	return wrapOp(err, "create queue %q", name)
}

// DeleteQueue deletes a queue. It is no error if the queue does not exist.
func (s *QueueService) DeleteQueue(ctx context.Context, name string) error {
	_, err := s.queues.DeleteQueue(ctx, name, nil)
	if queueerror.HasCode(err, queueerror.QueueNotFound, queueerror.QueueBeingDeleted) {
		return nil
	}
	return wrapOp(err, "delete queue %q", name)
}

// Messages reads every visible message of the queue and returns them sorted by insertion time. It deletes none. If
// there are fewer than [PeekLimit], it changes nothing; more become invisible for half a minute.
func (s *QueueService) Messages(ctx context.Context, queue string) ([]Message, error) {
	all, err := s.Peek(ctx, queue)
	if err == nil && len(all) == PeekLimit {
		all, err = s.dequeueAll(ctx, queue)
	}
	slices.SortStableFunc(all, func(m, n Message) int { return m.Inserted.Compare(n.Inserted) })
	return all, err
}

// dequeueAll reads pages until one is empty. The messages of a page whose response was lost are invisible for a while,
// so that it reads all pages again after that.
func (s *QueueService) dequeueAll(ctx context.Context, queue string) (all []Message, err error) {
	ctx = policy.WithRetryOptions(ctx, policy.RetryOptions{MaxRetries: -1})
	known := map[string]bool{}
	failed, lost := 0, false
	for {
		page, err := s.dequeue(ctx, queue)
		status, _ := ErrorStatus(err)
		switch {
		case err == nil:
			failed = 0
		case failed == maxFailures, status != 0 && status < 500, ctx.Err() != nil:
			return nil, wrapOp(err, "read messages of queue %q", queue)
		default:
			failed++
			lost = lost || status == 0
			continue
		}
		for _, m := range page {
			if !known[m.ID] {
				known[m.ID] = true
				all = append(all, m)
			}
		}
		switch {
		case len(page) > 0:
		case !lost:
			return all, nil
		default:
			lost = false
			if err := clock.Sleep(ctx, readVisibilityTimeout); err != nil {
				return nil, err
			}
		}
	}
}

// dequeue reads the next page of messages, with one request.
func (s *QueueService) dequeue(ctx context.Context, queue string) ([]Message, error) {
	page, err := s.queues.NewQueueClient(queue).DequeueMessages(ctx, &azqueue.DequeueMessagesOptions{
		NumberOfMessages:  to.Ptr(int32(pageOfMessages)),
		VisibilityTimeout: to.Ptr(int32(readVisibilityTimeout / time.Second)),
	})
	if err != nil {
		return nil, err
	}
	messages := make([]Message, 0, len(page.Messages))
	for _, m := range page.Messages {
		messages = append(
			messages,
			Message{ID: value(m.MessageID), Text: value(m.MessageText), Inserted: value(m.InsertionTime)},
		)
	}
	return messages, nil
}

// PeekLimit is the maximum number of messages that [QueueService.Peek] returns.
const PeekLimit = 32

// Peek returns the first visible messages of the queue, at most [PeekLimit], without changing them.
func (s *QueueService) Peek(ctx context.Context, queue string) ([]Message, error) {
	page, err := s.queues.NewQueueClient(queue).
		PeekMessages(ctx, &azqueue.PeekMessagesOptions{NumberOfMessages: to.Ptr(int32(PeekLimit))})
	if err != nil {
		return nil, wrapOp(err, "peek at queue %q", queue)
	}
	messages := make([]Message, 0, len(page.Messages))
	for _, m := range page.Messages {
		messages = append(
			messages,
			Message{ID: value(m.MessageID), Text: value(m.MessageText), Inserted: value(m.InsertionTime)},
		)
	}
	return messages, nil
}

// queueNames returns the names of the queues that begin with prefix.
func (s *QueueService) queueNames(ctx context.Context, prefix string) ([]string, error) {
	var names []string
	pager := s.queues.NewListQueuesPager(&azqueue.ListQueuesOptions{Prefix: &prefix})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, q := range page.Queues {
			names = append(names, value(q.Name))
		}
	}
	slices.Sort(names)
	return names, nil
}

// QueueStatus returns the status of a request for a queue's properties: 200, 404 if it does not exist, 403 if access is
// denied. The error says that there was no response.
func (s *QueueService) QueueStatus(ctx context.Context, queue string) (int, error) {
	_, err := s.queues.NewQueueClient(queue).GetProperties(ctx, nil)
	return statusOf(err, "read the properties of queue %q", queue)
}
