Feature: Training notification
  A training that completes or fails sends a Training message to the project's
  queue.
  Guide: "Get event notifications".

  @CVSI-TRAIN-01 @must @notifications
  Rule: A training that completes sends a Training message to the queue

    Scenario: A completed training sends a message
      Given a project with storage integration
      When it is trained and the training completes
      Then the queue holds a Training message

  @CVSI-TRAIN-02 @must @notifications
  Rule: The Training message matches the documented schema
    Its `version` is "1.0", its `type` is "Training", and `Content` has `projectId`, `iterationId` and `trainingStatus`.
    All members are spelled exactly like this.

    Scenario: The Training message has every documented member
      Given a project with storage integration
      When it is trained and the training completes
      Then every Training message matches the documented schema

  @CVSI-TRAIN-03 @must @notifications
  Rule: The Training message has the ids of the project and of the trained iteration

    Scenario: The iteration id in the message is the id that TrainProject returned
      Given a project with storage integration
      When it is trained and the training completes
      Then the Training message has the ids of the project and of the trained iteration

  @CVSI-TRAIN-04 @must @notifications
  Rule: The message of a training that completed has trainingStatus "TrainingCompleted"

    Scenario: The message of a completed training has trainingStatus "TrainingCompleted"
      Given a project with storage integration
      When it is trained and the training completes
      Then the Training message has trainingStatus "TrainingCompleted"

  @CVSI-TRAIN-05 @must @notifications @provoked-training-failure
  Rule: The message of a training that failed has trainingStatus "TrainingFailed"
    The requirement applies if a training can be made to fail.

    Scenario: The message of a failed training has trainingStatus "TrainingFailed"
      Given a project whose trainings fail
      When it is trained and the training fails
      Then the Training message has trainingStatus "TrainingFailed"
      And the Training message has the ids of the project and of the trained iteration

  @CVSI-TRAIN-06 @must @notifications
  Rule: The Training message is not early
    It is not stored before TrainProject has responded. From the moment that it was stored, the status of the iteration
    becomes final within the budget `status-lag`.

    Scenario: The Training message is sent after the training has finished
      Given a project with storage integration
      When it is trained and the training completes
      Then the Training message was not stored before TrainProject had responded
      And the iteration had finished when the Training message was stored

  @CVSI-TRAIN-07 @should @notifications
  Rule: Each training sends exactly one Training message of its own

    Scenario: Two trainings send two messages
      Given a project with storage integration
      And it has been trained
      When it is trained again
      Then each training sent exactly one Training message

  @CVSI-TRAIN-08 @should
  Rule: A project without a queue trains normally and writes to no queue or container

    Scenario: A project without storage integration is trained
      Given a project without storage integration
      When it is trained and the training completes
      Then the iteration's status is Completed
      And no queue or container of the run is written to

  @CVSI-TRAIN-09 @should
  Rule: TrainProject responds 200

    Scenario: A training is started
      Given a project with storage integration
      When it is trained and the training completes
      Then the response status is 200

  @CVSI-TRAIN-10 @must @notifications
  Rule: A project with a queue and no container gets its Training and Export messages

    Scenario: A project with a queue and no container is notified
      Given a project with a queue and no container
      And it has been trained
      When it is exported and the export completes
      Then the queue holds a Training message
      And the queue holds an Export message
