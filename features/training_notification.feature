Feature: Training notification
  A training that ends, well or badly, sends a Training message to the
  project's queue.
  Guide: "Get event notifications".

  @CVSI-TRAIN-01 @must @notifications
  Rule: A training that completes sends a Training message

    Scenario: A completed training is announced in the queue
      Given a project with a notification queue
      When its training completes
      Then the queue holds a Training message

  @CVSI-TRAIN-02 @must @notifications
  Rule: The Training message has the documented form

    Scenario: The Training message has every documented member
      Given a project with a notification queue
      When its training completes
      Then every Training message has the documented form

  @CVSI-TRAIN-03 @must @notifications
  Rule: The Training message names the iteration that was trained

    Scenario: The iteration in the message is the one that TrainProject returned
      Given a project with a notification queue
      When its training completes
      Then the Training message names that project and that iteration

  @CVSI-TRAIN-04 @must @notifications
  Rule: A training that succeeds says TrainingCompleted

    Scenario: A successful training says TrainingCompleted
      Given a project with a notification queue
      When its training completes
      Then the Training message says TrainingCompleted

  @CVSI-TRAIN-05 @must @notifications @provoked-training-failure
  Rule: A training that fails says TrainingFailed

    Scenario: A failed training says TrainingFailed
      Given a project whose trainings fail
      When its training fails
      Then the Training message says TrainingFailed
      And the Training message names that project and that iteration

  @CVSI-TRAIN-06 @must @notifications
  Rule: The Training message is not early

    Scenario: The Training message comes when the training is over
      Given a project with a notification queue
      When its training completes
      Then the Training message was not stored before TrainProject answered
      And the iteration was over when the Training message was stored

  @CVSI-TRAIN-07 @should @notifications
  Rule: Each training sends exactly one Training message of its own

    Scenario: Two trainings send two messages
      Given a project with a notification queue
      And it has been trained
      When it is trained again
      Then each training sent exactly one Training message

  @CVSI-TRAIN-08 @should
  Rule: A project without a queue trains as ever and writes nothing

    Scenario: A project without integration is trained
      Given a project without integration
      When its training completes
      Then the iteration is completed
      And nothing is written to any queue or container
